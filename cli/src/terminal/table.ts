import stringWidth from 'fast-string-width';
import { displayWidth } from './terminal';

/** A table for a terminal. Cells may be painted. */
export interface Table {
  /** Undefined for a table without a header. */
  readonly header?: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns of the terminal. Default: no limit. */
  readonly width?: number;
  /** Spaces before each line. Default: none. */
  readonly indent?: string;
  /** How many of the first cells name a row. Default: 1. */
  readonly names?: number;
  /** Whether the last column is a sentence, which may be folded. Default: false. */
  readonly endsInText?: boolean;
}

/**
 * Formats rows under a header; each column has the display width of its widest cell. If that is too wide, each row becomes a block instead: the
 * cells that name it, and below them a line for each other cell.
 */
export function tableText(table: Table): string {
  const { header, rows, width = Infinity, indent = '', endsInText = false } = table;
  const all = header ? [header, ...rows] : rows;
  const lines = columns(all, indent);
  // `fold` keeps the last column in place if it begins in the first half of the terminal.
  const isNarrow = endsInText
    ? columns(
        all.map((cells) => [...cells.slice(0, -1), '']),
        indent,
      ).some((line) => stringWidth(line) + 2 > width / 2) && displayWidth(lines.join('\n')) > width
    : displayWidth(lines.join('\n')) > width;
  return isNarrow ? blocks(table) : lines.join('\n');
}

/** Rows in columns, without trailing spaces. */
function columns(rows: readonly (readonly string[])[], indent: string): readonly string[] {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => stringWidth(row[n] ?? ''))));
  return rows.map(
    (cells) =>
      indent +
      cells
        .map((cell, n) => (n === cells.length - 1 ? cell : cell + ' '.repeat(widths[n]! - stringWidth(cell))))
        .join('  ')
        .trimEnd(),
  );
}

function blocks({ header = [], rows, indent = '', names = 1 }: Table): string {
  const labels = header.slice(names);
  return rows
    .map((row) => {
      const name = row.slice(0, names).filter((cell) => cell !== '');
      const cells = row.slice(names).map((cell, n) => [labels[n] ?? '', cell] as const);
      const shown = cells.filter(([, cell]) => cell !== '');
      // One cell needs no label.
      const below = cells.length === 1 ? shown.map(([, cell]) => `${indent}  ${cell}`) : columns(shown, `${indent}  `);
      return [indent + name.join('  '), ...below].join('\n');
    })
    .join('\n');
}
