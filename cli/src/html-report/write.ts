import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../core/rollout/record';
import { reportPage } from './page';

/** Readable by whoever has to look into it later; the folder decides who gets that far. */
const MODE = 0o644;

/** The last write into each folder: a later record must not be overtaken by an earlier one. */
const last = new Map<string, Promise<void>>();

/**
 * Writes `run.json` and `run.html` into a folder, which is made if it is not there. Each of them appears whole or not at
 * all, so that this can be called whenever something has happened: whoever is killed in between leaves the record before.
 */
export function writeRecord(folder: string, record: RunRecord): Promise<void> {
  // What the caller adds to the record while an earlier one is being written belongs to the next.
  const json = `${JSON.stringify(record, undefined, 2)}\n`;
  const before = last.get(folder) ?? Promise.resolve();
  // That an earlier write failed was said to its own caller.
  const write = before.catch(() => undefined).then(() => writeBoth(folder, json));
  last.set(folder, write);
  return write;
}

/** The record first: it must be there even if the page could not be made. */
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
      // What the umask took away.
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
