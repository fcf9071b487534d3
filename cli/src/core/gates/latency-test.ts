import { Answers, logEvidenceOfOdds } from '../../../../lib/core/gates/bernoulli';
import { ODDS, logSum } from './bets';
import { Counts, totalOf } from '../quantiles';

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
 */
export class SlowCounter {
  /** Stable's answers so far, by time. */
  private readonly known = new Map<number, number>();
  private thresholds: readonly number[] | undefined;
  private total = 0;
  private chosenAt = 0;
  private waiting: { stable: Counts; canary: Counts } = { stable: [], canary: [] };

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
  add(times: { readonly stable: Counts; readonly canary: Counts }): readonly SlowCount[] {
    const { thresholds } = this;
    this.waiting = { stable: [...this.waiting.stable, ...times.stable], canary: [...this.waiting.canary, ...times.canary] };
    const { stable, canary } = this.waiting;
    if (thresholds !== undefined && (stable.length === 0 || canary.length === 0)) {
      return [];
    }
    const slow = (counts: Counts, threshold: number): Answers => ({
      requests: totalOf(counts),
      errors: totalOf(counts.filter(([milliseconds]) => milliseconds > threshold)),
    });
    const found = (thresholds ?? []).map((threshold, n) => ({
      quantile: this.quantiles[n]!,
      threshold,
      stable: slow(stable, threshold),
      canary: slow(canary, Math.max(threshold * (1 + this.tolerance), threshold + this.slack)),
    }));
    stable.forEach(([milliseconds, count]) => this.known.set(milliseconds, (this.known.get(milliseconds) ?? 0) + count));
    this.waiting = { stable: [], canary: [] };
    this.total += totalOf(stable);
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

  /** The logarithm of the largest evidence so far that the canary is slower. */
  get logSlower(): number {
    return this.largest;
  }
}
