/** What is bet on, and with which part of the capital. Whichever is true, the evidence is little behind a bet on that one alone. */
export interface Bet {
  readonly on: number;
  /** The logarithm of the part of the capital that is on it. */
  readonly logPart: number;
}

/** Bets with parts in these proportions. */
export function bets(parts: readonly (readonly [on: number, part: number])[]): readonly Bet[] {
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  return parts.map(([on, part]) => ({ on, logPart: Math.log(part / total) }));
}

/**
 * By how much a canary that is worse is bet to multiply the odds. Most is on 1 % of errors becoming 3 to 7 %, which is what a rollout is
 * watched for; `npm run bench:gates` says what each harm takes.
 */
export const ODDS: readonly Bet[] = bets([
  [1.5, 0.7],
  [2, 1.5],
  [3.5, 4],
  [7, 3],
  [20, 1],
  [100, 0.3],
]);

/** The logarithm of the sum of numbers whose logarithms are given: the capital of several bets together. */
export function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return Number.isFinite(largest) ? largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0)) : largest;
}
