const { join, relative, resolve } = require('node:path');

const PROJECT = resolve(__dirname, '..', '..');
const SNAPSHOTS = join(PROJECT, '__snapshots__');

/** The folders of tests and the folders of their snapshots. */
const HOMES = [
  { tests: join(PROJECT, 'cli', 'test'), snapshots: join(SNAPSHOTS, 'cli') },
  { tests: join(PROJECT, 'test'), snapshots: SNAPSHOTS },
];

const isBelow = (folder) => (path) => !relative(folder, path).startsWith('..');

/** Stores all snapshots in one folder at the top, where reviewers look for them. */
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
