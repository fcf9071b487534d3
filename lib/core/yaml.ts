/**
 * Writes JSON data as YAML that all parsers read in the same way, above all kubectl's.
 *
 * The layout is cdk8s's (two spaces, indented sequences, sorted keys, but `apiVersion`, `kind` and `metadata` first). The difference is
 * which strings have no quotes. cdk8s uses the YAML 1.1 rules of its own parser; kubectl's parser and PyYAML recognize other numbers too
 * (`0o14`, `5e8_`), so they can read a version or a label without quotes as a number. Here a string has no quotes only if a pattern ensures
 * that no parser takes it for anything else.
 */

/** A JSON value, as manifests contain. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** An object without its undefined values, which JSON does not have. */
export function withoutUndefined(object: { readonly [key: string]: unknown }): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** The keys that come first in an API object, as is usual in Kubernetes. */
const FIRST_KEYS = ['apiVersion', 'kind', 'metadata'];

/** Joins documents to one file. */
export function joinDocuments(documents: readonly string[]): string {
  return documents.join('---\n');
}

/** Writes an object as a YAML document, without `---`, ending in a line feed. */
export function toYaml(document: JsonObject): string {
  return new YamlText<never>(document, () => undefined).fill((open) => open);
}

/**
 * An object as a YAML document in which some values are left open. The text between them is written once, so the cost of filling them in
 * does not depend on the size of the document.
 */
export class YamlText<T> {
  private readonly parts: readonly Part<T>[];

  /** @param openAt returns an identifier for a value that is left open, and undefined for any other value */
  constructor(document: JsonObject, openAt: (value: Json) => T | undefined) {
    const lines = new Lines<T>(openAt);
    const first = FIRST_KEYS.filter((key) => key in document);
    const rest = Object.keys(document).filter((key) => !FIRST_KEYS.includes(key));
    lines.writeEntries(document, [...first, ...rest.sort()], '');
    this.parts = lines.joined();
  }

  /** The document with values in the open places: the text that `toYaml` writes for an object with these values. */
  fill(valueOf: (open: T) => Json): string {
    let text = '';
    for (const part of this.parts) {
      text += typeof part === 'string' ? part : joinLines(part.lines(valueOf(part.open)));
    }
    return text === '' ? '{}\n' : text;
  }
}

/** Complete lines, each with its line feed, or an open place. */
type Part<T> = string | Place<T>;

interface Place<T> {
  readonly open: T;
  /** The lines of the place with a value in it, including the key or the dash before it. */
  lines(value: Json): string[];
}

const joinLines = (lines: readonly string[]) => lines.join('\n') + '\n';

/** A YAML parser looks for the colon only in the first 1024 characters of a key. A longer key needs a `?` before it. */
const LONGEST_KEY = 1024;

/** Writes the lines of a document. */
class Lines<T> {
  private readonly lines: Part<T>[] = [];

  constructor(private readonly openAt: (value: Json) => T | undefined) {}

  /** Joins the lines between two open places to one part. */
  joined(): Part<T>[] {
    const parts: Part<T>[] = [];
    let since: string[] = [];
    for (const line of this.lines) {
      if (typeof line === 'string') {
        since.push(line);
      } else {
        parts.push(...(since.length > 0 ? [joinLines(since)] : []), line);
        since = [];
      }
    }
    return since.length > 0 ? [...parts, joinLines(since)] : parts;
  }

  writeEntries(object: JsonObject, keys: readonly string[], indent: string): void {
    for (const key of keys) {
      const value = object[key]!;
      const open = this.openAt(value);
      if (open === undefined) {
        this.writeEntry(key, value, indent);
      } else {
        this.leaveOpen(open, (lines, filled) => lines.writeEntry(key, filled, indent));
      }
    }
  }

  /** Leaves a place open. `write` writes it when its value is known. */
  private leaveOpen(open: T, write: (lines: Lines<T>, filled: Json) => void): void {
    const lines = (filled: Json) => {
      const written = new Lines<T>(() => undefined);
      write(written, filled);
      return written.lines as string[];
    };
    this.lines.push({ open, lines });
  }

  private writeEntry(key: string, value: Json, indent: string): void {
    const text = isBare(key) ? key : quote(key);
    if (text.length > LONGEST_KEY) {
      this.lines.push(`${indent}? ${text}`);
    }
    this.writeValue(text.length > LONGEST_KEY ? `${indent}:` : `${indent}${text}:`, value, indent + '  ');
  }

  /** Writes a value after `head`: on the same line if it is a scalar, otherwise on new lines with `indent`. */
  private writeValue(head: string, value: Json, indent: string): void {
    if (Array.isArray(value)) {
      if (value.length === 0) {
        this.lines.push(`${head} []`);
        return;
      }
      this.lines.push(head);
      this.writeItems(value, indent);
    } else if (value !== null && typeof value === 'object') {
      const keys = Object.keys(value).sort();
      if (keys.length === 0) {
        this.lines.push(`${head} {}`);
        return;
      }
      this.lines.push(head);
      this.writeEntries(value, keys, indent);
    } else {
      this.lines.push(`${head} ${scalarToYaml(value, indent)}`);
    }
  }

  private writeItems(items: readonly Json[], indent: string): void {
    for (const item of items) {
      const open = this.openAt(item);
      if (open === undefined) {
        this.writeItem(item, indent);
      } else {
        this.leaveOpen(open, (lines, filled) => lines.writeItem(filled, indent));
      }
    }
  }

  /** Writes an item of a sequence. Its first line comes after the dash. */
  private writeItem(item: Json, indent: string): void {
    const isEmpty = typeof item === 'object' && item !== null && Object.keys(item).length === 0;
    if (typeof item !== 'object' || item === null || isEmpty) {
      this.writeValue(`${indent}-`, item, indent + '  ');
      return;
    }
    const start = this.lines.length;
    if (Array.isArray(item)) {
      this.writeItems(item, indent + '  ');
    } else {
      this.writeEntries(item, Object.keys(item).sort(), indent + '  ');
    }
    this.lines[start] = behindDash(this.lines[start]!, indent);
  }
}

/** Makes a line of an item its first line: the dash replaces two spaces. */
function behindDash<T>(line: Part<T>, indent: string): Part<T> {
  if (typeof line === 'string') {
    return `${indent}- ${line.slice(indent.length + 2)}`;
  }
  return {
    open: line.open,
    lines: (value) => line.lines(value).map((text, index) => (index === 0 ? `${indent}- ${text.slice(indent.length + 2)}` : text)),
  };
}

function scalarToYaml(value: null | boolean | number | string, indent: string): string {
  if (typeof value === 'string') {
    return stringToYaml(value, indent);
  }
  return typeof value === 'number' ? numberToYaml(value) : String(value);
}

/** PyYAML reads `1e-7` as a string, because its floats need a point. */
function numberToYaml(value: number): string {
  const text = Object.is(value, -0) ? '0' : String(value);
  return text.replace(/^(-?\d+)e/, '$1.0e');
}

/**
 * The characters that a quoted string escapes and that other styles never contain: control characters, lone surrogates, characters that a
 * reviewer cannot see (zero width, direction marks, fillers, byte order marks), and every space and line separator except the ordinary
 * ones.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\ufff9-\uffff]|[^\S ]/u;

function stringToYaml(text: string, indent: string): string {
  if (isBare(text)) {
    return text;
  }
  return isBlockText(text) ? blockToYaml(text, indent) : quote(text);
}

const BARE_START = /^(?:-{0,2}[A-Za-z]|\/|[\u{80}-\u{10ffff}])/u;
/** Matches most keys and many values without a look at the properties of each character. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const MEANS_MORE = /:(?: |$)| (?:#|$)/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|-?e[-+]?\d+)$/i;
const QUANTITY = /^\d+(?:%|m|[KMGT]i)$/;

/**
 * Whether a string needs no quotes. It starts with a letter, `/`, or one or two dashes and a letter, contains no `: ` or ` #`, and is not
 * one of the words that YAML 1.1 reads as a boolean or null. No parser knows a number, a date or an indicator that starts like this, except
 * `e1`, which the parser in cdk8s reads as a float. Of the strings that start with a digit, only whole quantities need no quotes, because
 * no number ends in `%`, `m` or `Mi`.
 */
function isBare(text: string): boolean {
  if (PLAIN.test(text)) {
    return !RESERVED.test(text);
  }
  const isWord = BARE_START.test(text) && !MEANS_MORE.test(text) && !HIDDEN.test(text) && !RESERVED.test(text);
  return isWord || QUANTITY.test(text);
}

/**
 * Whether a literal block can contain a text: only visible characters and tabs, and no trailing whitespace in a line or at the end that an
 * editor might remove.
 */
function isBlockText(text: string): boolean {
  const lines = text.split('\n');
  return lines.length > 1 && /\S\n?$/.test(text) && lines.every((line) => !/[ \t]$/.test(line) && !HIDDEN.test(line.replaceAll('\t', '')));
}

/** If the first line is empty or starts with a space, a parser cannot detect the indentation, so the header states it: `2`. */
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
