import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, type ScalarTag, parseAllDocuments } from 'yaml';
import { UsageError } from '../core/errors';

/** The largest input, in bytes. */
const LARGEST_INPUT = 64 * 1024 * 1024;

/**
 * Reads the documents of files, of the YAML and JSON files in folders, and of standard input (`-`).
 *
 * @throws UsageError if a path cannot be read, or is not valid YAML
 */
export function readManifests(paths: readonly string[]): unknown[] {
  return paths.flatMap(filesOf).flatMap((path) => parseManifests(path === '-' ? readInput() : readText(path), path));
}

function readInput(): string {
  try {
    return readFileSync(0, 'utf8');
  } catch (error) {
    throw new UsageError(`standard input: ${(error as Error).message}`);
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > LARGEST_INPUT) {
      throw new UsageError(`${path}: got a file of more than ${LARGEST_INPUT / 1024 / 1024} MB; must be manifests`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** The files of a path in a fixed order. Like kubectl, a folder stands for the manifests in it, not for those in its folders. */
function filesOf(path: string): string[] {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path !== '-' && !found) {
    throw new UsageError(`${path}: no such file or folder`);
  }
  if (!found?.isDirectory()) {
    return [path];
  }
  const files = readdirSync(path)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort()
    .map((file) => join(path, file));
  if (files.length === 0) {
    throw new UsageError(`${path}: the folder has no .yaml, .yml or .json file`);
  }
  return files;
}

/**
 * Parses YAML as kubectl does, by the rules of YAML 1.1: `0644` is octal and `on` is true. Unlike other parsers of YAML 1.1, kubectl's knows
 * no times, and reads a date as a string.
 *
 * @throws UsageError if the text is not valid YAML
 */
export function parseManifests(text: string, path: string): unknown[] {
  try {
    const documents = parseAllDocuments(text, { version: '1.1', customTags, uniqueKeys: true, logLevel: 'error' });
    return (Array.isArray(documents) ? documents : []).map((document) => {
      if (document.errors.length > 0) {
        throw document.errors[0]!;
      }
      return document.toJS({ maxAliasCount: 1000 }) as unknown;
    });
  } catch (error) {
    const isTemplate = text.includes('{{') ? '; render a Helm chart first: helm template CHART | kubectl canary init -f -' : '';
    throw new UsageError(
      `${path === '-' ? 'standard input' : path}: not valid YAML: ${(error as Error).message.split('\n')[0]}${isTemplate}`,
    );
  }
}

const NOT_KUBECTLS = ['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary', 'tag:yaml.org,2002:set', 'tag:yaml.org,2002:omap'];

function customTags(tags: (ScalarTag | CollectionTag | string)[]): (ScalarTag | CollectionTag)[] {
  return tags.filter(
    (tag): tag is ScalarTag | CollectionTag =>
      typeof tag !== 'string' && !NOT_KUBECTLS.includes(tag.tag) && !('format' in tag && tag.format === 'TIME'),
  );
}
