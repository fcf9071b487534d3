import { type Answers, logEvidenceOfOdds } from '../../../../lib/core/gates/bernoulli';
import { ODDS } from './bets';
import { BlockSize } from './block-size';
import { Capital } from './capital';
import { type Times, perhapsLonger, surelyLonger, totalOf, upperEnds } from '../statistics/quantiles';

/** The number of responses of a block that took longer than a threshold that was chosen before the block. */
export interface SlowCount {
  /** The quantile of stable's latencies that is the threshold, from 0 to 1. */
  readonly quantile: number;
  /** In milliseconds. The canary's latencies may be longer by the tolerance or the slack. */
  readonly threshold: number;
  /** The responses of each version; `errors` are those that took longer. */
  readonly stable: Answers;
  readonly canary: Answers;
}

/** The number of stable's responses that must be known before a threshold is chosen from them. */
const LEAST = 20;

/** The growth of the number of stable's responses after which better thresholds are chosen, as a factor. A choice sorts all latencies. */
const GROWN = 1.1;

/**
 * Counts slow responses: those that took longer than a quantile of stable's latencies so far. The threshold of a block is chosen before the
 * block is seen, so that the slow responses of each version are Bernoulli trials with a rate of its own.
 *
 * If latencies are known by buckets, stable's responses count by their upper ends, from which the threshold is chosen too, and the canary's
 * responses count by their lower ends. So a response of the canary is slow only if it certainly took longer, and a response of stable is
 * slow as soon as it may have taken longer. A failure is then never due to the width of a bucket:
 *
 * - Null hypothesis: at no threshold t is a latency of the canary beyond t, tolerance included, more likely than one of stable beyond t.
 *   The counted events are a subset of the canary's events and a superset of stable's. So under the null hypothesis the canary's rate of
 *   counted events is at most stable's, and a bet against that is an e-process as before.
 * - Response by response, at the same thresholds: the canary has no more slow responses than by its latencies, and stable has no fewer. The
 *   evidence of a block rises with the canary's number and falls with stable's, so it is at most the evidence by the latencies. The reason:
 *   given k slow responses in all, the canary's number y has a hypergeometric distribution H(k) under equal odds, and the evidence is
 *   `ratio^y / E[ratio^H(k)]`. One more of the k belongs to the canary or does not, so H(k) <= H(k + 1) <= H(k) + 1 for draws from the same
 *   urn. One more slow response of stable does not make the denominator smaller. One more of the canary multiplies the numerator by `ratio`
 *   and the denominator by no more.
 * - The threshold itself is at least the one by stable's latencies, so the canary also has no more slow responses than by the latencies and
 *   their own threshold.
 */
export class SlowCounter {
  /** Stable's responses so far, by latency. */
  private readonly known = new Map<number, number>();
  private thresholds: readonly number[] | undefined;
  private total = 0;
  private chosenAt = 0;
  private readonly size = new BlockSize();
  private waiting: { stable: readonly Times[]; canary: readonly Times[] } = { stable: [], canary: [] };

  /**
   * @param quantiles the quantiles of stable's latencies, from 0 to 1
   * @param tolerance the fraction of stable's latencies by which the canary's may be longer
   * @param slack the milliseconds by which the canary's latencies may be longer in any case
   */
  constructor(
    private readonly quantiles: readonly number[],
    private readonly tolerance: number,
    private readonly slack: number,
  ) {}

  /**
   * Returns the slow responses of a block; none while the block is not complete, see {@link BlockSize}, if it lacks responses of one version,
   * or if no threshold is known yet.
   */
  add(times: { readonly stable: Times; readonly canary: Times }): readonly SlowCount[] {
    const { thresholds } = this;
    this.waiting = { stable: joined(this.waiting.stable, times.stable), canary: joined(this.waiting.canary, times.canary) };
    const { stable, canary } = this.waiting;
    const answers = (parts: readonly Times[]) => sum(parts, (part) => totalOf(upperEnds(part)));
    const sizes = { stable: answers(stable), canary: answers(canary) };
    if (!this.size.isComplete(sizes.stable + sizes.canary)) {
      return [];
    }
    const isLacking = sizes.stable === 0 || sizes.canary === 0;
    if (thresholds !== undefined) {
      this.size.next(sizes);
    }
    const slow = (parts: readonly Times[], threshold: number, longer: typeof surelyLonger): Answers => ({
      requests: answers(parts),
      errors: sum(parts, (part) => longer(part, threshold)),
    });
    const found = (isLacking ? [] : (thresholds ?? [])).map((threshold, n) => ({
      quantile: this.quantiles[n]!,
      threshold,
      stable: slow(stable, threshold, perhapsLonger),
      canary: slow(canary, Math.max(threshold * (1 + this.tolerance), threshold + this.slack), surelyLonger),
    }));
    for (const [milliseconds, count] of stable.flatMap(upperEnds)) {
      this.known.set(milliseconds, (this.known.get(milliseconds) ?? 0) + count);
    }
    this.waiting = { stable: [], canary: [] };
    this.total += sizes.stable;
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
 * Tests whether the canary's responses take longer: evidence against 'the canary exceeds no latency more often than stable does, except for
 * the tolerance', with bets in equal parts at each quantile.
 */
export class LatencyTest {
  private readonly slower: Capital;
  private largest = 0;

  /** @param carried the state of the capital that goes on */
  constructor(
    private readonly quantiles: readonly number[],
    carried?: readonly number[],
  ) {
    this.slower = new Capital(
      quantiles.flatMap(() => ODDS.map(({ logPart }) => logPart - Math.log(quantiles.length))),
      carried,
    );
  }

  /** The capital of the bets on a slower canary. */
  get capital(): Capital {
    return this.slower;
  }

  /**
   * @param counts those of each quantile; none if no block is complete
   * @param seconds the time since the previous call
   */
  add(counts: readonly SlowCount[], seconds = 0): void {
    this.slower.renew(seconds);
    if (counts.length > 0) {
      const of = (quantile: number) => counts.find((one) => one.quantile === quantile);
      this.slower.bet(
        this.quantiles.flatMap((quantile) => {
          const found = of(quantile);
          return ODDS.map(({ on }) => (found ? logEvidenceOfOdds(found, on) : 0));
        }),
      );
    }
    this.largest = Math.max(this.largest, this.slower.log);
  }

  /** The natural logarithm of the present evidence at one quantile. Comparing quantiles shows at which one the canary is slower. */
  logAt(quantile: number): number {
    const index = this.quantiles.indexOf(quantile);
    return this.slower.logOf((bet) => Math.floor(bet / ODDS.length) === index);
  }

  /** The natural logarithm of the largest evidence so far that the canary is slower. */
  get logSlower(): number {
    return this.largest;
  }
}
