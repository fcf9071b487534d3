import type { RunRecord } from '../../src/core/rollout/record';
import { ROLLED_BACK } from './run-records';

/** What a page must show as it is: markup, an attribute's end, an entity's beginning. */
export const MARKUP = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`;

/** Every text of a value replaced by another one, keys that a record takes from outside (versions, kinds) included. */
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

/** Fields that decide what is drawn; with any text in them there would be nothing to look at. */
const STRUCTURE = /At$|\.at$|from$|until$|asked$|expected$|verdict$|decision$|direction$|track$|change$/;

/** A record whose every text would break a page that believed it. */
export const HOSTILE = withTexts(ROLLED_BACK, (text, path) => (STRUCTURE.test(path) ? text : MARKUP)) as RunRecord;

/** Names as long as Kubernetes takes them, without a place to break. */
export const LONG_WORDS = withTexts(ROLLED_BACK, (text, path) =>
  STRUCTURE.test(path) ? text : text.replace(/\s/g, '').padEnd(253, 'x'),
) as RunRecord;
