import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from './load';
import { facts } from './facts';

/** One row of a table of `docs/measured.md`. */
export interface Figure {
  readonly table: string;
  readonly row: Readonly<Record<string, string | number>>;
}

export const FIGURES = 'figures.jsonl';

/** Prints a figure as soon as it is known, and keeps it for `docs/measured.md`. */
export function figure(table: string, row: Figure['row']): void {
  const text = Object.entries(row).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`    ${table}: ${text.join(', ')}\n`);
  appendFileSync(join(facts.results, FIGURES), `${JSON.stringify({ table, row } satisfies Figure)}\n`);
}

/** Failures by kind, in words. */
export function failures(report: Report): string {
  const kinds = Object.entries(report.kinds).map(([kind, count]) => `${count} ${kind}`);
  return kinds.length === 0 ? '0' : `${report.failed} (${kinds.join(', ')})`;
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
