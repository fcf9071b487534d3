import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../core/errors';

/** @throws UsageError if there is anything at a path */
export function refuseExisting(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })) {
    throw new UsageError(
      `--out: got ${folder}, which exists; must be a new folder, because nothing is overwritten; try --out ${folder}-canary`,
    );
  }
}

/**
 * Writes a new folder: all of its files, or nothing.
 *
 * @throws UsageError if there is anything at its path, or it cannot be written
 */
export function writeNewFolder(folder: string, files: Readonly<Record<string, string>>): void {
  refuseExisting(folder);
  const parent = dirname(resolve(folder));
  let staging: string | undefined;
  try {
    mkdirSync(parent, { recursive: true });
    staging = mkdtempSync(join(parent, `.${basename(folder)}-`));
    const whole = join(staging, 'app');
    mkdirSync(whole);
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(whole, name), text, { flag: 'wx' });
    }
    // If another process made the folder in the meantime and put something in it, the rename fails.
    renameSync(whole, folder);
  } catch (error) {
    throw new UsageError(`--out: cannot write ${folder}: ${(error as Error).message}`);
  } finally {
    if (staging !== undefined) {
      rmSync(staging, { recursive: true, force: true });
    }
  }
}
