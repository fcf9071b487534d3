import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of build results that all runs share. It is outside of any clone. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cdk8s-canary');

/** A short name derived from content, so that changed content gets another name. */
export function digest(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  parts.forEach((part) => hash.update(part).update('\0'));
  return hash.digest('hex').slice(0, 12);
}

/** The file in a cached folder that holds the build time in seconds. */
const SECONDS = '.seconds';

/** Returns a folder of the cache, and creates it if it is missing. The folder gets its name only when it is complete. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<{ folder: string; seconds: number }> {
  const folder = join(CACHE, name);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    const begin = performance.now();
    try {
      await make(unfinished);
      writeFileSync(join(unfinished, SECONDS), String(Math.round((performance.now() - begin) / 1000)));
      // If another run has created the folder in the meantime, keep that copy.
      if (!existsSync(folder)) {
        renameSync(unfinished, folder);
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { folder, seconds: Number(readFileSync(join(folder, SECONDS), 'utf8')) };
}
