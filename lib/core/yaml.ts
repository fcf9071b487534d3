/**
 * Writes JSON data as YAML that every parser reads alike, kubectl's above all.
 *
 * The layout is cdk8s's (two spaces, indented sequences, keys sorted, `apiVersion`, `kind` and `metadata` first). The
 * difference is when a string may stand bare. cdk8s asks the YAML 1.1 rules of its own parser; kubectl's parser and
 * PyYAML know other numbers (`0o14`, `5e8_`), so that a version or a label written bare can come back as one. Here a
 * string stands bare only where a pattern proves that no parser can take it for anything else.
 */

/** Plain JSON: what a manifest is made of. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The keys of an API object that come first, as everywhere in the Kubernetes world. */
const FIRST_KEYS = ['apiVersion', 'kind', 'metadata'];

/** One object as a YAML document, without `---`, ending in a line feed. */
export function toYaml(document: JsonObject): string {
  const lines: string[] = [];
  const first = FIRST_KEYS.filter((key) => key in document);
  const rest = Object.keys(document).filter((key) => !FIRST_KEYS.includes(key));
  writeEntries(document, [...first, ...rest.sort()], '', lines);
  return lines.join('\n') + '\n';
}

/** Several documents as one file. */
export function joinDocuments(documents: readonly string[]): string {
  return documents.join('---\n');
}

function writeEntries(object: JsonObject, keys: readonly string[], indent: string, lines: string[]): void {
  for (const key of keys) {
    writeValue(`${indent}${keyToYaml(key)}:`, object[key]!, indent + '  ', lines);
  }
}

/** A value behind `head`, on the same line where it is a scalar; `indent` is that of lines below. */
function writeValue(head: string, value: Json, indent: string, lines: string[]): void {
  if (Array.isArray(value)) {
    if (value.length === 0) {
      lines.push(`${head} []`);
      return;
    }
    lines.push(head);
    for (const item of value) {
      writeItem(item, indent, lines);
    }
  } else if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).sort();
    if (keys.length === 0) {
      lines.push(`${head} {}`);
      return;
    }
    lines.push(head);
    writeEntries(value, keys, indent, lines);
  } else {
    lines.push(`${head} ${scalarToYaml(value, indent)}`);
  }
}

/** A sequence's item: its first line goes behind the dash. */
function writeItem(item: Json, indent: string, lines: string[]): void {
  const isEmpty = typeof item === 'object' && item !== null && Object.keys(item).length === 0;
  if (typeof item !== 'object' || item === null || isEmpty) {
    writeValue(`${indent}-`, item, indent + '  ', lines);
    return;
  }
  const start = lines.length;
  if (Array.isArray(item)) {
    for (const nested of item) {
      writeItem(nested, indent + '  ', lines);
    }
  } else {
    writeEntries(item, Object.keys(item).sort(), indent + '  ', lines);
  }
  lines[start] = `${indent}- ${lines[start]!.slice(indent.length + 2)}`;
}

function scalarToYaml(value: null | boolean | number | string, indent: string): string {
  if (typeof value === 'string') {
    return stringToYaml(value, indent);
  }
  return typeof value === 'number' ? numberToYaml(value) : String(value);
}

/** PyYAML takes `1e-7` for a string: its floats need a point. */
function numberToYaml(value: number): string {
  const text = Object.is(value, -0) ? '0' : String(value);
  return text.replace(/^(-?\d+)e/, '$1.0e');
}

/**
 * Bare where it starts with a letter, `/`, or one or two dashes and a letter, holds only characters without a meaning in
 * YAML, has no `: ` or ` #`, and is not one of the words that YAML 1.1 reads as a boolean or null. Of what starts with a
 * digit only whole quantities are: no number ends in `%`, `m` or `Mi`.
 */
const BARE = /^(?:-{0,2}[A-Za-z]|\/)(?:[\w./@+=,()-]|:(?=[^\s])| (?=[\w./@+=,()]))*$|^\d+(?:%|m|[KMGT]i)$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function stringToYaml(text: string, indent: string): string {
  if (BARE.test(text) && !RESERVED.test(text)) {
    return text;
  }
  return isBlockText(text) ? blockToYaml(text, indent) : quote(text);
}

function keyToYaml(key: string): string {
  return BARE.test(key) && !RESERVED.test(key) && !key.includes(' ') ? key : quote(key);
}

/** Printable in every parser's eyes and no kind of white space but the blank. */
const BLOCK_LINE = /^[ -~\u00a1-\u167f\u1681-\u1fff\u3001-\ud7ff]*$/;

/** Whether a literal block holds it safely: ordinary characters, no blanks where a parser could take them for indentation or an editor for waste. */
function isBlockText(text: string): boolean {
  const lines = text.split('\n');
  return (
    lines.length > 1 &&
    lines[0] !== '' &&
    !lines[0]!.startsWith(' ') &&
    !text.endsWith('\n\n') &&
    lines.every((line) => BLOCK_LINE.test(line) && !line.endsWith(' '))
  );
}

function blockToYaml(text: string, indent: string): string {
  const endsInLineFeed = text.endsWith('\n');
  const lines = (endsInLineFeed ? text.slice(0, -1) : text).split('\n');
  return [endsInLineFeed ? '|' : '|-', ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n');
}

/** Everything that is not printable in every parser's eyes: C0 and C1 controls, line and paragraph separators, byte order marks, noncharacters. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f"\\\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

function quote(text: string): string {
  const escape = (char: string) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(UNPRINTABLE, escape)}"`;
}
