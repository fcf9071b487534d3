import type { RunRecord } from '../../src/core/rollout/record';
import { ROLLED_BACK } from './run-records';

/** Text that a page must escape: markup, the end of an attribute, the beginning of an entity. */
export const MARKUP = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`;

/** Replaces every text of a value, including the keys that a record takes from outside (versions, kinds). */
export function withTexts(value: unknown, replace: (text: string, path: string) => string, path = ''): unknown {
  if (typeof value === 'string') {
    return replace(value, path);
  }
  if (Array.isArray(value)) {
    return value.map((item, n) => withTexts(item, replace, `${path}[${n}]`));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          /\.(versions|kinds)$/.test(path) ? replace(key, path) : key,
          withTexts(item, replace, `${path}.${key}`),
        ]),
      )
    : value;
}

/** Fields that decide which elements are drawn; if they were replaced, the page would be empty. */
const STRUCTURE = /At$|\.at$|from$|until$|asked$|expected$|verdict$|decision$|direction$|track$|change$/;

/** A record in which every text would break a page that does not escape it. */
export const HOSTILE = withTexts(ROLLED_BACK, (text, path) => (STRUCTURE.test(path) ? text : MARKUP)) as RunRecord;

/** A record with names of the maximum length in Kubernetes and without a place to break. */
export const LONG_WORDS = withTexts(ROLLED_BACK, (text, path) =>
  STRUCTURE.test(path) ? text : text.replace(/\s/g, '').padEnd(253, 'x'),
) as RunRecord;
