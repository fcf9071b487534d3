/** The suites on a real cluster; `run.ts` starts it, and `suites.ts` them. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  // `suites.ts` runs one folder after the other.
  roots: [process.env.CANARY_TEST_ROOT],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: ['<rootDir>/test/cluster/reporter.js'],
  testTimeout: 300_000,
};
