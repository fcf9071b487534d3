/** Terminal control sequences: OSC (names), then CSI (cursor movement and colors), then the other two-character sequences (ECMA-48). */
// eslint-disable-next-line no-control-regex
const SEQUENCES = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[@-Z\\-_]/g;

/** Characters that change the direction of the text around them, and line breaks of Unicode: they can make a line look like another one. */
const REORDERING = /[\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The colors and weights that `paint` of a terminal produces. */
// eslint-disable-next-line no-control-regex
const PAINT = /(\u001b\[(?:1|2|22|31|32|33|35|36|39)m)/;

/**
 * Returns text from a cluster, a file or a response as one line that is safe to print, without control sequences and control characters.
 * Line breaks and tabs between words become spaces.
 */
export function plainText(text: string): string {
  return text
    .replace(SEQUENCES, '')
    .replace(/^[\t\n\r]+|[\t\n\r]+$/g, '')
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(REORDERING, '')
    .replace(/\p{Cc}/gu, '');
}

/** Applies `plainText` to every text of a value, the keys of maps included. Objects with a class of their own stay as they are. */
export function plainValue<T>(value: T): T {
  return plain(value) as T;
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') {
    return plainText(value);
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [plainText(key), plain(item)]));
  }
  return value;
}

/** Whether a value is an object as JSON has them, from any realm. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Returns text of several lines that is safe to write to a terminal: the text of `paint` stays, and every other control character is written
 * as its JSON escape, such as `\u001b`, so that JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text
    .split(PAINT)
    .map((part, n) => (n % 2 === 1 ? part : part.replace(/[^\P{Cc}\n\t]/gu, escaped).replace(REORDERING, escaped)))
    .join('');
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
