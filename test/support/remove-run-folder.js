const { rmSync } = require('node:fs');

/** Removes the folder that `make-run-folder.js` made. */
module.exports = () => rmSync(process.env.CANARY_TEST_RUN, { recursive: true });
