import { Fraction } from '../../../lib/core/fraction';
import { percent } from '../../../lib/core/format-share';
import * as formats from '../core/text/format-number';

/** A no-break space, which keeps a number and its unit on one line. */
const SPACE = '\u00a0';

/** The placeholder for a missing number. */
export const NOTHING = '–';

/** Created once: `toLocaleString` makes a formatter for each number, and a page has thousands of them. */
const [WHOLE, TENTHS] = [0, 1].map((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits })) as [
  Intl.NumberFormat,
  Intl.NumberFormat,
];

/** `12,345` */
export function count(value: number): string {
  return isNumber(value) ? TENTHS.format(value) : NOTHING;
}

/** A measured share or rate: `20.1 %` */
export function rate(value: number): string {
  return isNumber(value) ? formats.rate(value).replace(' ', SPACE) : NOTHING;
}

/** `8.5 % to 11.2 %` */
export function interval([low, high]: readonly [number, number]): string {
  return `${rate(low)} to ${rate(high)}`;
}

/** A latency: `1,204 ms` */
export function milliseconds(value: number | undefined): string {
  return isNumber(value) ? `${(value < 10 ? TENTHS : WHOLE).format(value)}${SPACE}ms` : NOTHING;
}

/** A probability: `0.79`, `1e-38` */
export function probability(value: number): string {
  return isNumber(value) ? formats.probability(value) : NOTHING;
}

/** Formats an exact share such as `1/10` for people; returns the text unchanged if it is not a share. */
export function share(text: string): string {
  const value = fraction(text);
  return value ? percent(value).replace(' ', SPACE) : text;
}

/** An exact share as a number, for drawing only. */
export function shareAsNumber(text: string): number | undefined {
  const value = fraction(text);
  return value && Number(value.numerator) / Number(value.denominator);
}

/** Parses a share without throwing: a report must not fail on the content of a record. */
function fraction(text: string): Fraction | undefined {
  try {
    return Fraction.parse(text);
  } catch {
    return undefined;
  }
}

/** A value on a scale of shares: `25 %` */
export function percentOfScale(value: number): string {
  return `${Number((value * 100).toFixed(2))}${SPACE}%`;
}

export function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
