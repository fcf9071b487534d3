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
  return (lines.length === 0 ? '{}' : lines.join('\n')) + '\n';
}

/** Several documents as one file. */
export function joinDocuments(documents: readonly string[]): string {
  return documents.join('---\n');
}

/** YAML looks no further for the colon behind a key; a longer one has to say that it is a key. */
const LONGEST_KEY = 1024;

function writeEntries(object: JsonObject, keys: readonly string[], indent: string, lines: string[]): void {
  for (const key of keys) {
    const text = isBare(key) ? key : quote(key);
    if (text.length > LONGEST_KEY) {
      lines.push(`${indent}? ${text}`);
    }
    writeValue(text.length > LONGEST_KEY ? `${indent}:` : `${indent}${text}:`, object[key]!, indent + '  ', lines);
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
 * What a quoted string escapes and the other styles never hold: controls, halves of a surrogate pair, what a reviewer cannot
 * see (zero width, direction marks, fillers, byte order marks), and every blank and line separator but the ordinary ones.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\uffff]|[^\S ]/u;

function stringToYaml(text: string, indent: string): string {
  if (isBare(text)) {
    return text;
  }
  return isBlockText(text) ? blockToYaml(text, indent) : quote(text);
}

const BARE_START = /^(?:-{0,2}[A-Za-z]|\/|[\u{80}-\u{10ffff}])/u;
const MEANS_MORE = /:(?: |$)| (?:#|$)/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|-?e[-+]?\d+)$/i;
const QUANTITY = /^\d+(?:%|m|[KMGT]i)$/;

/**
 * Bare where it starts with a letter, `/`, or one or two dashes and a letter, holds no `: ` or ` #`, and is not one of the
 * words that YAML 1.1 reads as a boolean or null: no parser knows a number, a date or an indicator that starts so, but for
 * `e1`, which the parser within cdk8s takes for a float. Of what starts with a digit only whole quantities are: no number ends in `%`,
 * `m` or `Mi`.
 */
function isBare(text: string): boolean {
  const isWord = BARE_START.test(text) && !MEANS_MORE.test(text) && !HIDDEN.test(text) && !RESERVED.test(text);
  return isWord || QUANTITY.test(text);
}

/** Whether a literal block holds it: visible characters and tabs, and no end of a line or of the text that an editor takes for waste. */
function isBlockText(text: string): boolean {
  const lines = text.split('\n');
  return lines.length > 1 && /\S\n?$/.test(text) && lines.every((line) => !/[ \t]$/.test(line) && !HIDDEN.test(line.replaceAll('\t', '')));
}

/** A first line that is empty or starts with a blank hides the indentation: the `2` tells it. */
function blockToYaml(text: string, indent: string): string {
  const header = `|${/^\s/.test(text) ? '2' : ''}${text.endsWith('\n') ? '' : '-'}`;
  const lines = text.replace(/\n$/, '').split('\n');
  return [header, ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n');
}

const ESCAPED = new RegExp(`${HIDDEN.source}|["\\\\]`, 'gu');
const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

function quote(text: string): string {
  return `"${text.replace(ESCAPED, (char) => SHORT[char] ?? codePoint(char.codePointAt(0)!))}"`;
}

function codePoint(code: number): string {
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
