const { join, relative, resolve } = require('node:path');

const TESTS = resolve(__dirname, '..');
const SNAPSHOTS = resolve(__dirname, '..', '..', '__snapshots__');

/** Snapshots lie in one folder at the top, where a reviewer looks for them. */
module.exports = {
  resolveSnapshotPath: (testPath, extension) => join(SNAPSHOTS, relative(TESTS, testPath)) + extension,
  resolveTestPath: (snapshotPath, extension) => join(TESTS, relative(SNAPSHOTS, snapshotPath).slice(0, -extension.length)),
  testPathForConsistencyCheck: join(TESTS, 'nested', 'example.test.ts'),
};
