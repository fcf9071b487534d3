import { stripVTControlCharacters, styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';

/** Where a command writes, and what may be written there. */
export interface Terminal {
  /** What was asked for: standard output. */
  print(text: string): void;
  /** What goes on meanwhile: standard error, so that the output can be piped. */
  note(text: string): void;
  /** Lines that change, below those that stay; nothing takes them away. Without a terminal that is live nothing is shown. */
  show(text: string | undefined): void;
  /** Whether somebody is there to see a view that changes, and to answer. */
  readonly isLive: boolean;
  readonly paint: Paint;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';
export type Paint = (style: Style | readonly Style[], text: string) => string;

/** The terminal of this process. `NO_COLOR`, `CI` and a pipe are enough to have neither colour nor anything that moves. */
export function terminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isQuiet = Boolean(env['CI']) || env['TERM'] === 'dumb';
  // What is written to the one may be painted for the other: both must be there to be looked at.
  const hasColour =
    env['FORCE_COLOR'] !== undefined ? env['FORCE_COLOR'] !== '0' : stdout.isTTY && stderr.isTTY && !env['NO_COLOR'] && !isQuiet;
  const isLive = stderr.isTTY && stdin.isTTY && !isQuiet;
  const live = isLive ? createLogUpdate(stderr) : undefined;
  let shown: string | undefined;
  const show = (text: string | undefined) => {
    shown = text;
    if (text === undefined) {
      live?.clear();
    } else {
      live?.(fold(text, stderr.columns));
    }
  };
  // Whoever writes a line, the ones that change stay below it and are not torn.
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
    paint: (style, text) => (hasColour ? styleText(style as Style, text, { validateStream: false }) : text),
  };
}

/**
 * Breaks lines that are too long between words, where a terminal would break them anywhere. What goes on is indented as far as
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
  // Each word with the space before it, so that columns keep theirs, and each number with its unit.
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

/** Rows under a header, each column as wide as its widest cell on a screen. Cells may be painted. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[], indent = ''): string {
  const widths = header.map((title, n) => Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[n] ?? ''))));
  const line = (cells: readonly string[]) =>
    indent +
    cells
      .map((cell, n) => (n === cells.length - 1 ? cell : cell + ' '.repeat(widths[n]! - stringWidth(cell))))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** Text from a cluster as it may be shown: without what a terminal would obey. */
export function plain(text: string): string {
  return [...stripVTControlCharacters(text)].filter((char) => char === '\n' || char === '\t' || !/\p{Cc}/u.test(char)).join('');
}
