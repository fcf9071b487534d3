import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../../support/measured';

/** One row of a table of `docs/measured.md`. */
export interface Figure {
  readonly table: string;
  readonly row: Row;
}

/** The file in the results of a run that collects the figures, one per line. */
export const FIGURES = 'figures.jsonl';

/** Records a figure for `docs/measured.md`. */
export function keepFigure(results: string, figure: Figure): void {
  appendFileSync(join(results, FIGURES), `${JSON.stringify(figure)}\n`);
}
