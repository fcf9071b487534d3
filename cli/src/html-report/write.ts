import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../core/rollout/record';
import { reportPage } from './page';

/** The file is world-readable; the permissions of the folder decide who can reach it. */
const MODE = 0o644;

/** The last write into each folder: an earlier record must not overwrite a later one. */
const last = new Map<string, Promise<void>>();

/**
 * Writes `run.json` and `run.html` into a folder, which is created if it is missing. Each file is replaced atomically, so
 * this can be called after every event: a process that is killed during a write leaves the previous record.
 */
export function writeRecord(folder: string, record: RunRecord): Promise<void> {
  // Serialize now: changes that the caller makes during an earlier write belong to the next record.
  const json = `${JSON.stringify(record, undefined, 2)}\n`;
  const before = last.get(folder) ?? Promise.resolve();
  // The caller of the earlier write has received its error.
  const write = before.catch(() => undefined).then(() => writeBoth(folder, json));
  last.set(folder, write);
  return write;
}

/** Writes the record first: it must exist even if the page cannot be rendered. */
async function writeBoth(folder: string, json: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWhole(folder, 'run.json', json);
  await writeWhole(folder, 'run.html', reportPage(JSON.parse(json) as RunRecord));
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `.${name}.${process.pid}`);
  try {
    const file = await open(unfinished, 'w', MODE);
    try {
      await file.writeFile(text);
      // Restore the bits that the umask removed.
      await file.chmod(MODE);
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
