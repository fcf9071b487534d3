import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';

/** Where a command writes, and what may be written there. */
export interface Terminal {
  /** What was asked for: standard output. */
  print(text: string): void;
  /** What goes on meanwhile: standard error, so that the output can be piped. */
  note(text: string): void;
  /** Whether somebody is there to see a view that changes, and to answer. */
  readonly isLive: boolean;
  readonly paint: Paint;
  /** Characters in a line. */
  readonly width: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';
export type Paint = (style: Style | readonly Style[], text: string) => string;

/** The terminal of this process. `NO_COLOR`, `CI` and a pipe are enough to have neither colour nor anything that moves. */
export function terminal(): Terminal {
  const isLive = process.stderr.isTTY && process.stdin.isTTY && !process.env['CI'] && process.env['TERM'] !== 'dumb';
  const hasColour =
    process.env['FORCE_COLOR'] !== undefined
      ? process.env['FORCE_COLOR'] !== '0'
      : process.stdout.isTTY && !process.env['NO_COLOR'] && !process.env['CI'] && process.env['TERM'] !== 'dumb';
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    isLive,
    paint: (style, text) => (hasColour ? styleText(style as Style, text, { validateStream: false }) : text),
    width: process.stdout.columns ?? 100,
  };
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
