const { delimiter } = require('node:path');

/** The suites on a real cluster; `run.ts` starts it, and `suites.ts` them. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  // `suites.ts` runs some folders after others.
  roots: process.env.CANARY_TEST_ROOTS.split(delimiter),
  testPathIgnorePatterns: ['/node_modules/'],
  testSequencer: '<rootDir>/test/cluster/sequencer.js',
  reporters: ['<rootDir>/test/cluster/reporter.js'],
  testTimeout: 300_000,
};
