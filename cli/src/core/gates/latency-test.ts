import { Answers, logEvidenceOfOdds } from '../../../../lib/core/gates/bernoulli';
import { ODDS, logSum } from './bets';
import { Times, perhapsLonger, surelyLonger, totalOf, upperEnds } from '../statistics/quantiles';

/** How many answers of a block took longer than a time that was chosen before it. */
export interface SlowCount {
  /** The quantile of stable's times that the threshold is. */
  readonly quantile: number;
  /** Milliseconds; the canary's times may be longer by the tolerance or the slack. */
  readonly threshold: number;
  /** `errors` are the answers that took longer. */
  readonly stable: Answers;
  readonly canary: Answers;
}

/** Stable's answers that must be known before a threshold is chosen from them. */
const LEAST = 20;

/** A threshold is chosen anew when so many times as much is known: a better one then, and cheap to find in the mean. */
const GROWN = 1.1;

/**
 * Turns times into slow answers: those longer than a quantile of stable's times so far. The threshold of a block is chosen before the block
 * is seen, so that how often each version exceeds it is a matter of two Bernoulli rates.
 *
 * Where times are known by buckets, stable's count by their upper ends, and the threshold is chosen from these; the canary's count by their
 * lower ends. So an answer of the canary is slow only if it took longer for sure, and one of stable as soon as it may have. A failure is
 * then never due to the width of a bucket:
 *
 * - Null: at no threshold t is a canary's time beyond t, tolerance included, likelier than one of stable's beyond t. The events that are
 *   counted lie inside of the canary's and around stable's, so that under the null the canary's rate of them is at most stable's, and what is
 *   bet against that is an e-process as ever.
 * - Answer by answer, at the same thresholds: the canary has no more slow answers than by its times, stable no fewer. The evidence of a
 *   block rises with the first and falls with the second, so it is no more than by the times. It does, because with k slow answers in all
 *   the number of the canary's has under equal odds a hypergeometric distribution H(k), and the evidence is `ratio^y / E[ratio^H(k)]`.
 *   One more among the k is the canary's or is not, so H(k) <= H(k + 1) <= H(k) + 1 for draws from the same urn: one more of stable's makes the
 *   denominator no smaller, one more of the canary's multiplies the numerator by `ratio` and the denominator by no more.
 * - The threshold itself is no less than the one by stable's times, so the canary has no more slow answers than by times and their own
 *   threshold either.
 */
export class SlowCounter {
  /** Stable's answers so far, by time. */
  private readonly known = new Map<number, number>();
  private thresholds: readonly number[] | undefined;
  private total = 0;
  private chosenAt = 0;
  private waiting: { stable: readonly Times[]; canary: readonly Times[] } = { stable: [], canary: [] };

  /**
   * @param quantiles of stable's times
   * @param tolerance by which part of stable's the canary's times may be longer
   * @param slack milliseconds by which they may be longer in any case
   */
  constructor(
    private readonly quantiles: readonly number[],
    private readonly tolerance: number,
    private readonly slack: number,
  ) {}

  /** The slow answers of a block; none while it lacks answers of one version, or stable is not known yet. */
  add(times: { readonly stable: Times; readonly canary: Times }): readonly SlowCount[] {
    const { thresholds } = this;
    this.waiting = { stable: joined(this.waiting.stable, times.stable), canary: joined(this.waiting.canary, times.canary) };
    const { stable, canary } = this.waiting;
    if (thresholds !== undefined && (stable.length === 0 || canary.length === 0)) {
      return [];
    }
    const answers = (parts: readonly Times[]) => sum(parts, (part) => totalOf(upperEnds(part)));
    const slow = (parts: readonly Times[], threshold: number, longer: typeof surelyLonger): Answers => ({
      requests: answers(parts),
      errors: sum(parts, (part) => longer(part, threshold)),
    });
    const found = (thresholds ?? []).map((threshold, n) => ({
      quantile: this.quantiles[n]!,
      threshold,
      stable: slow(stable, threshold, perhapsLonger),
      canary: slow(canary, Math.max(threshold * (1 + this.tolerance), threshold + this.slack), surelyLonger),
    }));
    for (const [milliseconds, count] of stable.flatMap(upperEnds)) {
      this.known.set(milliseconds, (this.known.get(milliseconds) ?? 0) + count);
    }
    this.waiting = { stable: [], canary: [] };
    this.total += answers(stable);
    if (this.total >= Math.max(LEAST, this.chosenAt * GROWN)) {
      this.thresholds = this.chosen();
      this.chosenAt = this.total;
    }
    return found;
  }

  private chosen(): readonly number[] {
    const sorted = [...this.known].sort(([a], [b]) => a - b);
    return this.quantiles.map((quantile) => {
      let seen = 0;
      return sorted.find(([, count]) => (seen += count) >= quantile * this.total)![0];
    });
  }
}

function joined(parts: readonly Times[], part: Times): readonly Times[] {
  return upperEnds(part).length === 0 ? parts : [...parts, part];
}

function sum(parts: readonly Times[], of: (part: Times) => number): number {
  return parts.reduce((total, part) => total + of(part), 0);
}

/**
 * Whether the canary's answers take longer: evidence against 'it exceeds no time more often than stable does, but for the tolerance',
 * bet on by equal parts at each quantile.
 */
export class LatencyTest {
  private readonly logs = new Map<number, number[]>();
  private largest = 0;

  constructor(private readonly quantiles: readonly number[]) {
    quantiles.forEach((quantile) =>
      this.logs.set(
        quantile,
        ODDS.map(({ logPart }) => logPart - Math.log(quantiles.length)),
      ),
    );
  }

  add(counts: readonly SlowCount[]): void {
    for (const { quantile, stable, canary } of counts) {
      const logs = this.logs.get(quantile);
      ODDS.forEach(({ on }, n) => logs && (logs[n]! += logEvidenceOfOdds({ stable, canary }, on)));
    }
    this.largest = Math.max(this.largest, logSum(this.quantiles.flatMap((quantile) => this.logs.get(quantile)!)));
  }

  /** The logarithm of what the bets at one quantile are worth now: which of them shows that the canary is slower. */
  logAt(quantile: number): number {
    return logSum(this.logs.get(quantile) ?? []);
  }

  /** The logarithm of the largest evidence so far that the canary is slower. */
  get logSlower(): number {
    return this.largest;
  }
}
