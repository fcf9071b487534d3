import { YAML11_SCHEMA, load } from 'js-yaml';
import { parse } from 'yaml';

/** YAML parsers of Node: both packages, each with the rules of YAML 1.1 and of 1.2. */
export const READERS: readonly { readonly name: string; readonly read: (text: string) => unknown }[] = [
  { name: 'js-yaml, YAML 1.2', read: (text) => load(text) },
  { name: 'js-yaml, YAML 1.1', read: (text) => load(text, { schema: YAML11_SCHEMA }) },
  { name: 'yaml, YAML 1.2', read: (text) => parse(text, { version: '1.2' }) },
  { name: 'yaml, YAML 1.1', read: (text) => parse(text, { version: '1.1' }) },
];

/**
 * Whether two JSON values are equal. Unlike a comparison of texts it distinguishes a date from its text; unlike `toEqual` it sees a key
 * `__proto__`.
 */
export function isSame(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return left === right;
  }
  if (Array.isArray(left) !== Array.isArray(right) || left instanceof Date || right instanceof Date) {
    return false;
  }
  const [a, b] = [new Map(Object.entries(left)), new Map(Object.entries(right))];
  return a.size === b.size && [...a].every(([key, item]) => b.has(key) && isSame(item, b.get(key)));
}
