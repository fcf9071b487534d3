const { join, relative, resolve } = require('node:path');

const PROJECT = resolve(__dirname, '..', '..');
const SNAPSHOTS = join(PROJECT, '__snapshots__');

/** Where tests lie, and below which name their snapshots do. */
const HOMES = [
  { tests: join(PROJECT, 'cli', 'test'), snapshots: join(SNAPSHOTS, 'cli') },
  { tests: join(PROJECT, 'test'), snapshots: SNAPSHOTS },
];

const isBelow = (folder) => (path) => !relative(folder, path).startsWith('..');

/** Snapshots lie in one folder at the top, where a reviewer looks for them. */
module.exports = {
  resolveSnapshotPath: (testPath, extension) => {
    const home = HOMES.find(({ tests }) => isBelow(tests)(testPath));
    return join(home.snapshots, relative(home.tests, testPath)) + extension;
  },
  resolveTestPath: (snapshotPath, extension) => {
    const home = HOMES.find(({ snapshots }) => isBelow(snapshots)(snapshotPath));
    return join(home.tests, relative(home.snapshots, snapshotPath).slice(0, -extension.length));
  },
  testPathForConsistencyCheck: join(PROJECT, 'test', 'nested', 'example.test.ts'),
};
