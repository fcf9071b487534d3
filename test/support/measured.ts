import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';

const MEASURED = resolve(__dirname, '..', '..', 'docs', 'measured.md');

const HEAD = `# Measured

Every figure on this page was written by the command named above it, and none by hand. Run the command and the page says what
your machine says.
`;

/** One row of a table, its cells by their columns. */
export type Row = Readonly<Record<string, string | number>>;

/** A Markdown table. Its columns are those of all rows, in order of first appearance. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\n');
}

/** The command, the date, the machine and the programs of a measurement. */
export function measuredBy(command: string, programs: readonly string[]): string {
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}: ${machine}; ${programs.join(', ')}.`;
}

/** Replaces one producer's part of `docs/measured.md`, and keeps the parts of the others. */
export function writeMeasured(part: string, text: string): void {
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const page = existsSync(MEASURED) ? readFileSync(MEASURED, 'utf8') : HEAD;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const own = `${begin}\n\n${text.trim()}\n\n${end}`;
  writeFileSync(MEASURED, from === -1 ? `${page.trimEnd()}\n\n${own}\n` : page.slice(0, from) + own + page.slice(to + end.length));
}
