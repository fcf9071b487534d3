/**
 * Whether all of what could be tried is tried (`--all`, `--faults`, `--record`), which takes twice as long. An ordinary run takes a part of what there is
 * a lot of, the same part each time, so that it says the same of the same code.
 */
export const isFull = process.env['CANARY_TEST_FULL'] !== undefined;
