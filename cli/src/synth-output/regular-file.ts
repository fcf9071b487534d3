import { type Stats, closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { UsageError } from '../core/errors';

/** The largest file that is read, in bytes: the plan of a few ten thousand pairs. */
export const LARGEST_FILE = 256 * 1024 * 1024;

/** Reads a file; returns undefined if there is none. @throws UsageError if it is anything else than a file of a reasonable size */
export function readRegularFile(path: string): Buffer | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) {
    return undefined;
  }
  refuseOthers(path, found);
  // Another process may replace the file now, so the open file is checked again: no link is followed, and a pipe does not block.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    refuseOthers(path, fstatSync(file));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function refuseOthers(path: string, found: Stats): void {
  if (!found.isFile()) {
    throw new UsageError(`${path}: got ${kindOf(found)}; must be a regular file; synthesize again`);
  }
  if (found.size > LARGEST_FILE) {
    const megabytes = (size: number) => `${Math.round(size / 1024 / 1024)} MB`;
    throw new UsageError(`${path}: got a file of ${megabytes(found.size)}; must have at most ${megabytes(LARGEST_FILE)}`);
  }
}

/** Says what lies at a path. */
export function kindOf(found: Stats): string {
  return found.isSymbolicLink()
    ? 'a symbolic link'
    : found.isDirectory()
      ? 'a folder'
      : found.isFIFO()
        ? 'a pipe'
        : found.isFile()
          ? 'a file'
          : 'a device or a socket';
}
