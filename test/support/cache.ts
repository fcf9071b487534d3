import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where things lie that are made once and used by every run, outside of any clone. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cdk8s-canary');

/** A short name for what things are made of: another content, another name. */
export function digest(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  parts.forEach((part) => hash.update(part).update('\0'));
  return hash.digest('hex').slice(0, 12);
}

/** The file of a cached folder that says how long it took to make. */
const SECONDS = '.seconds';

/** A folder of the cache, made if it is not there. It appears under its name when it is complete, and not before. */
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
      // Another run may have made it in the meantime; then its copy stays.
      if (!existsSync(folder)) {
        renameSync(unfinished, folder);
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { folder, seconds: Number(readFileSync(join(folder, SECONDS), 'utf8')) };
}
