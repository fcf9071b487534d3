/** A bet of a test on one value. Whichever value is true, the evidence is only slightly less than that of a bet on this value alone. */
export interface Bet {
  readonly on: number;
  /** The logarithm of the part of the capital that is on this value. */
  readonly logPart: number;
}

/** Returns bets with parts in these proportions. */
export function bets(parts: readonly (readonly [on: number, part: number])[]): readonly Bet[] {
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return parts.map(([on, part]) => ({ on, logPart: Math.log(part / total) }));
}

/**
 * The factors on which the tests bet: a worse canary multiplies the odds of an error by one of them. Most of the capital is on a rise from
 * 1 % of errors to 3 to 7 %, for which a rollout is watched. `npm run bench:gates` shows what it takes to detect each harm.
 */
export const ODDS: readonly Bet[] = bets([
  [1.5, 0.7],
  [2, 1.5],
  [3.5, 4],
  [7, 3],
  [20, 1],
  [100, 0.3],
]);

/** Returns the logarithm of the sum of numbers whose logarithms are given: the capital of several bets together. */
export function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return Number.isFinite(largest) ? largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0)) : largest;
}
