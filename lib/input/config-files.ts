import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Chart } from 'cdk8s';
import * as kplus from '../kplus';
import type { ConfigDirectory } from '../versioned-config-props';

/** The bytes of a local file; undefined if there is no such file, or it cannot be read. */
export function readLocalFile(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/**
 * The files of a directory by their keys, as `ConfigMap.addDirectory` of cdk8s-plus chooses and names them; undefined if there is no such
 * directory, or it cannot be read.
 */
export function filesIn({ path: directory, ...options }: ConfigDirectory): Map<string, string> | undefined {
  try {
    const listed = new kplus.ConfigMap(new Chart(new App(), 'chart'), 'files');
    listed.addDirectory(directory, options);
    const prefix = options.keyPrefix ?? '';
    return new Map(Object.keys(listed.data).map((key) => [key, path.join(directory, key.slice(prefix.length))]));
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined if it is not UTF-8. */
export function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
