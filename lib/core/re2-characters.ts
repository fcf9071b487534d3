/** The characters of RE2's expressions, and how JavaScript writes them. */

/** The end of a sentence about an expression that RE2 refuses. */
export class Refused extends Error {}

export const has = (construct: string): Refused => new Refused(`, which has no ${construct}`);

/** The general categories of Unicode that RE2 knows; all other properties are scripts. */
export const CATEGORIES = 'Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(
  ' ',
);

/** The named classes of characters, as a class of JavaScript has them. */
export const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** JavaScript repeats an edge such as `^` only in a group. */
export function repeatable(source: string): string {
  return `(?:${source})`;
}

/** A character that stands for itself. */
export function literal(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

const CONTROLS: Readonly<Record<string, string>> = { a: '\u0007', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' };

/** The character that an escape stands for. */
export function unescaped(escape: string): string {
  const body = escape.slice(1);
  if (/^x/.test(body)) {
    return ofCode(parseInt(body.replace(/[x{}]/g, ''), 16), escape);
  }
  return /^\d/.test(body) ? ofCode(parseInt(body, 8), escape) : (CONTROLS[body] ?? body);
}

function ofCode(code: number, escape: string): string {
  if (code > 0x10ffff) {
    throw has(`character "${escape}"`);
  }
  return String.fromCodePoint(code);
}

/** Whether Unicode has a property. */
export function isProperty(property: string): boolean {
  try {
    return new RegExp(`\\p{${property}}`, 'u').source !== '';
  } catch {
    return false;
  }
}
