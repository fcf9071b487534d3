import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps the files of this folder in memory, where thousands of small files take a fraction of the time. Programs may not run from it. */
const MEMORY = '/dev/shm';

/** A container may give that folder a few megabytes only, which one large test output could fill. */
const ENOUGH = 2 ** 30;

function root(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ENOUGH ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

const ROOT = root();

/** Folders to remove after the tests of a file. */
const folders: string[] = [];

afterAll(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Creates an empty folder outside the project, and removes it after the tests of the file. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(ROOT, 'canary-test-'));
  folders.push(folder);
  return folder;
}
