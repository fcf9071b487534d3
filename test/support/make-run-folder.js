const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Makes a folder that the test files of one run share, such as for the build of the command. */
module.exports = () => {
  process.env.CANARY_TEST_RUN = mkdtempSync(join(tmpdir(), 'canary-run-'));
};
