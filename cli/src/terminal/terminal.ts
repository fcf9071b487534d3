import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'fast-string-width';

/** The output of a command, and what it supports. */
export interface Terminal {
  /** Writes the result to standard output. */
  print(text: string): void;
  /** Writes progress to standard error, so that the output can be piped. */
  note(text: string): void;
  /** Shows lines that change, below the permanent ones; undefined removes them. If the terminal is not live, nothing is shown. */
  show(text: string | undefined): void;
  /** Whether a person can see a view that changes, and answer a prompt. */
  readonly isLive: boolean;
  readonly paint: Paint;
  /** The number of columns for `note` and `show`; undefined if they do not write to a terminal. */
  readonly width?: number;
  /** The number of columns for `print`; undefined if it does not write to a terminal. */
  readonly printWidth?: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';
export type Paint = (style: Style | readonly Style[], text: string) => string;

/** The terminal of this process. A pipe, `CI` or `TERM=dumb` disables colour and moving output; `NO_COLOR` disables colour only. */
export async function terminal(): Promise<Terminal> {
  const { stdin, stdout, stderr, env } = process;
  const isQuiet = Boolean(env['CI']) || env['TERM'] === 'dumb';
  // Text painted for one stream may be written to the other, so both must be terminals.
  const hasColour =
    env['FORCE_COLOR'] !== undefined ? env['FORCE_COLOR'] !== '0' : stdout.isTTY && stderr.isTTY && !env['NO_COLOR'] && !isQuiet;
  const isLive = stderr.isTTY && stdin.isTTY && !isQuiet;
  // Loaded only if needed, because it takes a fifth of the time in which a command starts.
  const live = isLive ? liveView((await import('log-update')).createLogUpdate(stderr), () => stderr.columns) : undefined;
  let shown: string | undefined;
  const show = (text: string | undefined) => {
    shown = text;
    live?.(text);
  };
  // Redraw the changing lines below every written line, so that they are not torn.
  const write = (stream: NodeJS.WriteStream) => (text: string) => {
    const below = shown;
    if (below !== undefined) {
      show(undefined);
    }
    stream.write(`${stream.isTTY ? fold(text, stream.columns) : text}\n`);
    if (below !== undefined) {
      show(below);
    }
  };
  return {
    print: write(stdout),
    note: write(stderr),
    show,
    isLive,
    get width() {
      return isLive ? stderr.columns : undefined;
    },
    get printWidth() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    paint: (style, text) => (hasColour ? styleText(style as Style, text, { validateStream: false }) : text),
  };
}

/** What `log-update` offers: it shows a text in place of the last one. */
interface LogUpdate {
  (text: string): void;
  clear(): void;
}

/**
 * Returns a function that shows a text in place of the last one; undefined removes it. If the number of lines changes, the old text is removed
 * first: `log-update` rewrites only the lines that differ, and leaves an empty line where a text in the middle became shorter.
 */
export function liveView(update: LogUpdate, width: () => number): (text: string | undefined) => void {
  let lines: number | undefined;
  return (text) => {
    const folded = text === undefined ? undefined : fold(text, width());
    const now = folded?.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / width())), 0);
    if (folded === undefined || (lines !== undefined && lines !== now)) {
      update.clear();
    }
    if (folded !== undefined) {
      update(folded);
    }
    lines = now;
  };
}

/**
 * Wraps long lines between words, where a terminal would break them anywhere. Continuation lines are indented to
 * the line's last column, or a little more than the line.
 */
export function fold(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (stringWidth(line) > width ? folded(line, width) : line))
    .join('\n');
}

function folded(line: string, width: number): string {
  const shown = stripVTControlCharacters(line);
  const column = /^(.*\S {2,})\S/.exec(shown.slice(0, Math.floor(width / 2)))?.[1];
  const indent = ' '.repeat(column === undefined ? /^ */.exec(shown)![0].length + 2 : stringWidth(column));
  const lines: string[] = [];
  let last = '';
  // Keep the space before each word, so that columns keep their width, and keep each number with its unit.
  for (const part of line.match(/ *\S+(?: (?:%|ms|s|min)(?!\w)\S*)?/g) ?? []) {
    if (last !== '' && stringWidth(last + part) > width) {
      lines.push(last);
      last = indent + part.trimStart();
    } else {
      last += part;
    }
  }
  return [...lines, last].join('\n');
}

/** The number of columns that a text takes. */
export function displayWidth(text: string): number {
  return Math.max(...text.split('\n').map((line) => stringWidth(line)));
}
