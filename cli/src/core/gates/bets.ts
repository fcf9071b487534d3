/**
 * A bet of a test on one value. A test bets on several values at once, each with a part of its capital. Whichever value is true, its
 * evidence is only slightly less than that of a bet on this value alone.
 */
export interface Bet {
  /** The value: a factor of odds, or an excess over an error rate. */
  readonly on: number;
  /** The natural logarithm of the part of the capital that is on this value; at most 0. */
  readonly logPart: number;
}

/** Returns bets with parts in these proportions. The parts need not add up to 1. */
export function bets(parts: readonly (readonly [on: number, part: number])[]): readonly Bet[] {
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return parts.map(([on, part]) => ({ on, logPart: Math.log(part / total) }));
}

/**
 * The factors on which the tests bet: a worse canary multiplies the odds of an error by one of them. Most of the capital is on a rise of
 * the error rate from 1 % to 3 to 7 %, which a rollout must detect soon. `npm run bench:gates` shows what it takes to detect each harm.
 */
export const ODDS: readonly Bet[] = bets([
  [1.5, 0.7],
  [2, 1.5],
  [3.5, 4],
  [7, 3],
  [20, 1],
  [100, 0.3],
]);

/** Returns the natural logarithm of a sum, given those of its terms: the capital of several bets together. */
export function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return Number.isFinite(largest) ? largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0)) : largest;
}
