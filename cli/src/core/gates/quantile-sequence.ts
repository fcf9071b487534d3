import betainc from '@stdlib/math-base-special-betainc';
import gammaln from '@stdlib/math-base-special-gammaln';
import { type Times, UNBOUNDED, atRank, lowerEnds, totalOf, upperEnds } from '../statistics/quantiles';

/**
 * Bounds of a quantile that hold at all times: confidence sequences without any assumption on the distribution, after Howard and
 * Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm identification" (Bernoulli, 2022).
 *
 * A value x is below the quantile q of the distribution if P(X <= x) < q. The number of n responses that took at most x is a sum of
 * Bernoulli trials, so x is rejected by evidence that their rate is on the other side of q. This evidence is a mixture of likelihood
 * ratios over the rates of that side, with a Beta density, and is an e-process for all rates of the other side.
 */

/** The weight of the density of the bets, in responses: the bounds are tightest from about 20 times as many responses on. */
const WEIGHT = 20;

function betaln(a: number, b: number): number {
  return gammaln(a) + gammaln(b) - gammaln(a + b);
}

/** Returns the natural logarithm of the part of a Beta distribution below a value, or above it. */
function logPart(value: number, a: number, b: number, side: 'below' | 'above'): number {
  return Math.log(betainc(value, a, b, true, side === 'above'));
}

/** Returns the natural logarithm of the evidence that a rate is below q, or above it, from `count` successes of `trials`. */
export function logEvidenceOfSide(count: number, trials: number, q: number, side: 'below' | 'above'): number {
  const [a, b] = [q * WEIGHT, (1 - q) * WEIGHT];
  const [successes, failures] = [count + a, trials - count + b];
  const mixture = betaln(successes, failures) + logPart(q, successes, failures, side) - betaln(a, b) - logPart(q, a, b, side);
  return mixture - count * Math.log(q) - (trials - count) * Math.log1p(-q);
}

/** Returns the fewest successes of `trials` that do not reject a rate of q as too few. */
function fewest(trials: number, q: number, threshold: number): number {
  return search(0, Math.floor(q * trials), (count) => logEvidenceOfSide(count, trials, q, 'below') < threshold);
}

/** Returns the fewest successes that reject a rate of q as too many; `trials + 1` if none do. */
function tooMany(trials: number, q: number, threshold: number): number {
  return search(Math.ceil(q * trials), trials + 1, (count) => count > trials || logEvidenceOfSide(count, trials, q, 'above') >= threshold);
}

/** A cache of the two limits, which depend only on the number of responses, the quantile and the threshold, and are needed repeatedly. */
const known = new Map<string, readonly [number, number]>();

/** The most entries of the cache; a full cache is emptied. */
const MOST_KNOWN = 20_000;

function limits(trials: number, q: number, threshold: number): readonly [number, number] {
  const key = `${trials} ${q} ${threshold}`;
  let found = known.get(key);
  if (!found) {
    found = [fewest(trials, q, threshold), tooMany(trials, q, threshold)];
    if (known.size >= MOST_KNOWN) {
      known.clear();
    }
    known.set(key, found);
  }
  return found;
}

/** Returns the first whole number from `low` to `high` at which a condition begins to hold for good; `high` if there is none before it. */
function search(low: number, high: number, isTrue: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/**
 * Returns bounds of the quantile of the distribution that the responses were drawn from. The probability that a bound is wrong at any time
 * is at most `alpha`. A bound is undefined if nothing is known on that side. Bounds are milliseconds, rounded as the latencies are: the
 * true value may be lower by less than 1 %.
 *
 * For the buckets of a histogram, the lower bound uses their lower ends, and the upper bound their upper ends. A bound is the latency of
 * the response of a certain rank, and that latency lies between the ends of the same rank. So these bounds enclose those from the
 * latencies themselves.
 *
 * @param q the quantile, from 0 to 1
 */
export function quantileSequence(
  times: Times,
  q: number,
  alpha: number,
): { readonly lower: number | undefined; readonly upper: number | undefined } {
  const total = totalOf(upperEnds(times));
  if (total === 0) {
    return { lower: undefined, upper: undefined };
  }
  const [low, high] = limits(total, q, Math.log(1 / alpha));
  // Too few responses took at most this long for a share q of all, so the quantile is longer. The next latency is its lower bound.
  const lower = low > 0 ? atRank(lowerEnds(times), low) : undefined;
  const upper = atRank(upperEnds(times), high);
  return { lower, upper: upper === UNBOUNDED ? undefined : upper };
}
