/** The suites on a real cluster; `run.ts` starts it, and them. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  // `stopping.ts` has a suite of its own.
  roots: [process.env.CANARY_TEST_SUITES ?? '<rootDir>/test/cluster/suites'],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: ['<rootDir>/test/cluster/reporter.js'],
  testTimeout: 300_000,
};
