import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
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

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
