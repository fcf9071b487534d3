import type { Entry, Expression } from './expression';

/** The longest line of the generated program. */
const WIDTH = 120;

/**
 * Writes an expression as TypeScript, in the layout of Prettier: on one line if it fits, otherwise an entry a line.
 *
 * @param indent the spaces before the lines that follow the first one
 * @param before the characters on the first line before the expression
 * @param after the characters on the last line after it
 */
export function print(expression: Expression, indent = '', before = indent.length, after = 1): string {
  const line = onOneLine(expression);
  return line !== undefined && before + line.length + after <= WIDTH ? line : onLines(expression, indent, before);
}

/** An expression on one line; undefined if a comment in it needs lines of its own. */
function onOneLine(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quote(expression.value) : numberText(expression.value);
    case 'name':
      return expression.text;
    case 'call': {
      const args = allOf(expression.args.map(onOneLine));
      return args && `${expression.callee}(${args.join(', ')})`;
    }
    case 'list': {
      const items = allOf(expression.items.map(onOneLine));
      return items && `[${items.join(', ')}]`;
    }
    case 'object': {
      const entries = allOf(expression.entries.map(entryOnOneLine));
      return entries && (entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`);
    }
  }
}

function entryOnOneLine({ key, value, comment }: Entry): string | undefined {
  const text = comment === undefined ? onOneLine(value) : undefined;
  return text === undefined ? undefined : key === text ? key : `${keyText(key)}: ${text}`;
}

function allOf(texts: readonly (string | undefined)[]): string[] | undefined {
  return texts.every((text) => text !== undefined) ? (texts as string[]) : undefined;
}

function numberText(value: null | boolean | number): string {
  return String(value);
}

function onLines(expression: Expression, indent: string, before: number): string {
  const inner = `${indent}  `;
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return onOneLine(expression)!;
    case 'list':
      return `[\n${expression.items.map((item) => `${inner}${print(item, inner)},\n`).join('')}${indent}]`;
    case 'object':
      return `{\n${expression.entries.map((entry) => printEntry(entry, inner)).join('')}${indent}}`;
    case 'call':
      return `${expression.callee}(${printArguments(expression.args, indent, before + expression.callee.length + 1)})`;
  }
}

function printEntry({ key, value, comment }: Entry, indent: string): string {
  const head = `${keyText(key)}: `;
  const lines = comment === undefined ? '' : commentLines(comment, indent);
  const text = print(value, indent, indent.length + head.length);
  return `${lines}${indent}${key === text ? key : head + text},\n`;
}

/** If the last argument is an object or a list, and the others fit before it, only that one has lines of its own. */
function printArguments(args: readonly Expression[], indent: string, before: number): string {
  const last = args.at(-1);
  const others = allOf(args.slice(0, -1).map(onOneLine));
  if (last && others && (last.kind === 'object' || last.kind === 'list') && args.filter(({ kind }) => kind === last.kind).length === 1) {
    const head = others.map((text) => `${text}, `).join('');
    if (before + head.length + 1 <= WIDTH) {
      return head + print(last, indent, before + head.length, 2);
    }
  }
  const inner = `${indent}  `;
  return args.length === 0 ? '' : `\n${args.map((arg) => `${inner}${print(arg, inner)},\n`).join('')}${indent}`;
}

/** A comment of one or more lines, each with its line feed. */
export function commentLines(comment: string, indent: string): string {
  const lines: string[] = [];
  for (const word of comment.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || indent.length + last.length + word.length + 4 > WIDTH) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = `${last} ${word}`;
    }
  }
  return lines.map((line) => `${indent}// ${line}\n`).join('');
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function keyText(key: string): string {
  // A literal `__proto__: value` would set the prototype.
  return key === '__proto__' ? "['__proto__']" : IDENTIFIER.test(key) ? key : quote(key);
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** A string literal with the quotes that need fewer escapes. Characters that a reviewer cannot see are escaped. */
export function quote(text: string): string {
  const mark = count(text, "'") > count(text, '"') ? '"' : "'";
  const hidden = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\\]/gu;
  const escaped = text.replace(hidden, (char) => SHORT[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`);
  return mark + escaped.replaceAll(mark, `\\${mark}`) + mark;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
