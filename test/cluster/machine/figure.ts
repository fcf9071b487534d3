import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Row } from '../../support/measured';

/** One row of a table of `docs/measured.md`. */
export interface Figure {
  readonly table: string;
  readonly row: Row;
}

/** The file among a run's results that collects them, one a line. */
export const FIGURES = 'figures.jsonl';

/** Keeps a figure for `docs/measured.md`. */
export function keepFigure(results: string, figure: Figure): void {
  appendFileSync(join(results, FIGURES), `${JSON.stringify(figure)}\n`);
}
