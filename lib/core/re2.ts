/**
 * The regular expressions of Envoy and Istio: RE2 (https://github.com/google/re2/wiki/Syntax). It has no construct that needs
 * backtracking, such as look-around, and some constructs that JavaScript does not have, such as `(?P<name>…)` and `[[:alpha:]]`.
 */

import { CATEGORIES, POSIX, Refused, has, isProperty, literal, repeatable, unescaped } from './re2-characters';

/** An expression as JavaScript has it, or what RE2 refuses. */
export type Re2 =
  | { readonly pattern: RegExp; readonly problem?: undefined }
  /** The end of a sentence that begins with 'must be an RE2 expression'. */
  | { readonly pattern?: undefined; readonly problem: string };

/** The longest expression that Istio's webhook accepts, in bytes of UTF-8. */
const LONGEST = 1024;

/** The most repetitions of an expression, those of its parts multiplied. */
const MOST_REPEATS = 1000;

/**
 * Reads an RE2 expression. The pattern matches a whole string, as Istio's conditions do. It ignores case everywhere if any part of the
 * expression does, so it is no substitute for RE2 where that matters.
 */
export function readRe2(text: string): Re2 {
  if (new TextEncoder().encode(text).length > LONGEST) {
    return { problem: `of at most ${LONGEST} characters` };
  }
  try {
    const { source, ignoresCase } = new Reader(text).read();
    return { pattern: new RegExp(`^(?:${source})$`, `su${ignoresCase ? 'i' : ''}`) };
  } catch (error) {
    return { problem: error instanceof Refused ? error.message : 'that can be compiled' };
  }
}

/** An open group: the most repetitions inside it so far. */
interface Group {
  repeats: number;
}

/** Reads an expression from left to right, and translates it to JavaScript. */
class Reader {
  private at = 0;
  private source = '';
  private ignoresCase = false;
  private readonly groups: Group[] = [{ repeats: 1 }];
  private readonly names = new Set<string>();
  /** The most repetitions inside the last item; undefined if there is no item that could be repeated. */
  private item: number | undefined;
  private isRepeated = false;

  constructor(private readonly text: string) {}

  read(): { source: string; ignoresCase: boolean } {
    while (this.at < this.text.length) {
      this.readNext();
    }
    if (this.groups.length > 1) {
      throw new Refused('in which every "(" is closed');
    }
    return { source: this.source, ignoresCase: this.ignoresCase };
  }

  private readNext(): void {
    const char = this.peek();
    switch (char) {
      case '(':
        return this.openGroup();
      case ')':
        return this.closeGroup();
      case '|':
        this.at += 1;
        this.source += '|';
        this.item = undefined;
        this.isRepeated = false;
        return;
      case '*':
      case '+':
      case '?':
        this.at += 1;
        return this.repeat(char, char, 1);
      case '{':
        return this.readCount();
      case '[':
        return this.add(this.readClass());
      case '\\':
        return this.readEscape();
      case '^':
      case '$':
      case '.':
        this.at += 1;
        return this.add(repeatable(char));
      default:
        this.at += char.length;
        return this.add(literal(char));
    }
  }

  /** The code point at the position. */
  private peek(): string {
    return String.fromCodePoint(this.text.codePointAt(this.at)!);
  }

  private rest(pattern: RegExp): RegExpExecArray | null {
    return pattern.exec(this.text.slice(this.at));
  }

  private add(source: string, repeats = 1): void {
    this.source += source;
    this.item = repeats;
    this.isRepeated = false;
    const group = this.groups[this.groups.length - 1]!;
    group.repeats = Math.max(group.repeats, repeats);
  }

  private openGroup(): void {
    const other = this.rest(/^\(\?(?:<?[=!]|>|#|\(|R\)|[+-]?\d|&|P[>=]|\|)/)?.[0];
    if (other !== undefined) {
      throw has(/[=!]$/.test(other) && !other.includes('P') ? `look-around: "${other}"` : `group of this kind: "${other}"`);
    }
    const flags = this.rest(/^\(\?([imsU]*(?:-[imsU]+)?)([:)])/);
    const name = this.rest(/^\(\?P?<(\w+)>/);
    if (flags) {
      this.ignoresCase ||= flags[1]!.split('-')[0]!.includes('i');
      this.at += flags[0].length;
      if (flags[2] === ')') {
        this.item = undefined;
        return;
      }
    } else if (name) {
      if (this.names.has(name[1]!)) {
        throw has(`second group called "${name[1]}"`);
      }
      this.names.add(name[1]!);
      this.at += name[0].length;
    } else if (this.rest(/^\(\?/)) {
      throw has(`group that begins with ${JSON.stringify(this.text.slice(this.at, this.at + 4))}`);
    } else {
      this.at += 1;
    }
    this.groups.push({ repeats: 1 });
    this.source += '(?:';
    this.item = undefined;
    this.isRepeated = false;
  }

  private closeGroup(): void {
    if (this.groups.length === 1) {
      throw new Refused('in which every ")" closes a "("');
    }
    this.at += 1;
    const { repeats } = this.groups.pop()!;
    this.add(')', repeats);
  }

  private readCount(): void {
    const count = this.rest(/^\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/);
    if (!count) {
      this.at += 1;
      return this.add(literal('{'));
    }
    const [all, least, range, most] = count;
    this.at += all.length;
    const times = Number(most ?? least);
    if (times > MOST_REPEATS || Number(least) > times) {
      throw has(`repetition such as "${all}": at most ${MOST_REPEATS}, and the smaller number first`);
    }
    this.repeat(all, `{${least}${range === undefined ? '' : `,${most ?? ''}`}}`, Math.max(times, 1));
  }

  private repeat(operator: string, source: string, times: number): void {
    if (this.item === undefined) {
      throw has(`"${operator}" without something before it to repeat`);
    }
    if (this.isRepeated) {
      throw has(`"${operator}" right after another repetition, as in possessive quantifiers`);
    }
    const repeats = this.item * times;
    if (repeats > MOST_REPEATS) {
      throw has(`more than ${MOST_REPEATS} repetitions, nested ones multiplied`);
    }
    const isLazy = this.text[this.at] === '?';
    this.at += isLazy ? 1 : 0;
    this.add(`${source}${isLazy ? '?' : ''}`, repeats);
    this.isRepeated = true;
  }

  private readEscape(): void {
    const quoted = this.rest(/^\\Q([^]*?)(?:\\E|$)/);
    const edge = this.rest(/^\\[AzbB]/)?.[0];
    if (quoted) {
      this.at += quoted[0].length;
      for (const char of quoted[1]!) {
        this.add(literal(char));
      }
    } else if (edge !== undefined) {
      this.at += 2;
      this.add(repeatable({ '\\A': '^', '\\z': '$' }[edge] ?? edge));
    } else {
      this.add(this.readSet() ?? literal(this.readChar()));
    }
  }

  /** A set of characters such as `\d` or `\pL`; undefined if there is none at the position. */
  private readSet(): string | undefined {
    const perl = this.rest(/^\\[dDsSwW]/)?.[0];
    if (perl !== undefined) {
      this.at += perl.length;
      return perl;
    }
    const unicode = this.rest(/^\\([pP])(?:([A-Z])|\{(\^?)(\w+)\})/);
    if (!unicode) {
      return undefined;
    }
    const [all, letter, short, caret, long] = unicode;
    this.at += all.length;
    const name = (short ?? long)!;
    const property = CATEGORIES.includes(name) ? name : `Script=${name}`;
    if (!isProperty(property)) {
      throw has(`property "${all}"`);
    }
    return `\\${caret === '^' ? (letter === 'p' ? 'P' : 'p') : letter}{${property}}`;
  }

  /** A single character, escaped or not. */
  private readChar(): string {
    if (this.text[this.at] !== '\\') {
      const char = this.peek();
      this.at += char.length;
      return char;
    }
    const escape = this.rest(
      /^\\(?:x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|0[0-7]{0,2}|[1-7][0-7]{1,2}|[aftnrv]|[^0-9A-Za-z_\u0080-\u{10ffff}])/u,
    )?.[0];
    if (escape === undefined) {
      const got = this.text.slice(this.at, this.at + 2);
      throw has(/^\\[1-9kg]/.test(got) ? `back-reference: "${got}"` : `escape "${got}"`);
    }
    this.at += escape.length;
    return unescaped(escape);
  }

  private readClass(): string {
    const open = this.rest(/^\[\^?/)![0];
    this.at += open.length;
    let source = open;
    for (let isFirst = true; isFirst || this.text[this.at] !== ']'; isFirst = false) {
      if (this.at >= this.text.length) {
        throw new Refused('in which every "[" is closed');
      }
      source += this.readPosix() ?? this.readSet() ?? this.readRange();
    }
    this.at += 1;
    return `${source}]`;
  }

  private readPosix(): string | undefined {
    const named = this.rest(/^\[:(\^?)(.*?):\]/);
    if (!named) {
      return undefined;
    }
    const set = POSIX[named[2]!];
    if (set === undefined) {
      throw has(`class "${named[0]}"`);
    }
    this.at += named[0].length;
    // JavaScript has no complement inside of a class, so this is only near it.
    return named[1] === '^' ? '\\u{0}-\\u{10ffff}' : set;
  }

  private readRange(): string {
    const low = this.readChar();
    if (!this.rest(/^-[^\]]/)) {
      return literal(low);
    }
    this.at += 1;
    const high = this.readChar();
    if (high.codePointAt(0)! < low.codePointAt(0)!) {
      throw has(`range from "${low}" to "${high}"`);
    }
    return `${literal(low)}-${literal(high)}`;
  }
}
