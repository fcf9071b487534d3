import { type Figure, keepFigure } from '../machine/figure';
import type { TableName } from '../measured';
import { clusterInfo } from './cluster-info';

/** Prints a figure at once, and records it. */
export function figure(table: TableName, row: Figure['row']): void {
  const text = Object.entries(row).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`    ${table}: ${text.join(', ')}\n`);
  keepFigure(clusterInfo.results, { table, row });
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
