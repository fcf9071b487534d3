const { delimiter } = require('node:path');

/** Jest's configuration for the suites on a real cluster. `run.ts` starts the cluster, and `suites.ts` starts Jest. */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  // `suites.ts` runs the folders in phases and passes the folders of one phase here.
  roots: process.env.CANARY_TEST_ROOTS.split(delimiter),
  testPathIgnorePatterns: ['/node_modules/'],
  testSequencer: '<rootDir>/test/cluster/sequencer.js',
  reporters: ['<rootDir>/test/cluster/reporter.js'],
  testTimeout: 300_000,
};
