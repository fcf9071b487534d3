import betainc from '@stdlib/math-base-special-betainc';
import gammaln from '@stdlib/math-base-special-gammaln';
import { Times, UNBOUNDED, atRank, lowerEnds, totalOf, upperEnds } from '../statistics/quantiles';

/**
 * Bounds of a quantile that hold at all times: confidence sequences without any assumption on the distribution, after Howard and
 * Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm identification" (Bernoulli, 2022).
 *
 * A value x is below the quantile q of the distribution where P(X <= x) < q. How many of n answers took at most x is a sum of
 * Bernoulli trials, so x is refuted by the evidence that their rate is on the other side of q: a mixture of likelihood ratios
 * over the rates of that side, with a Beta density, which is an e-process for all rates of the other.
 */

/** How many answers the density of the bets is worth: the bounds are tightest from about so many times 20 on. */
const WEIGHT = 20;

function betaln(a: number, b: number): number {
  return gammaln(a) + gammaln(b) - gammaln(a + b);
}

/** The logarithm of the part of a Beta distribution below a value, or above it. */
function logPart(value: number, a: number, b: number, side: 'below' | 'above'): number {
  return Math.log(betainc(value, a, b, true, side === 'above'));
}

/** The logarithm of the evidence that a rate is below q, or above it, from `count` successes of `trials`. */
export function logEvidenceOfSide(count: number, trials: number, q: number, side: 'below' | 'above'): number {
  const [a, b] = [q * WEIGHT, (1 - q) * WEIGHT];
  const [successes, failures] = [count + a, trials - count + b];
  const mixture = betaln(successes, failures) + logPart(q, successes, failures, side) - betaln(a, b) - logPart(q, a, b, side);
  return mixture - count * Math.log(q) - (trials - count) * Math.log1p(-q);
}

/** The fewest successes of `trials` that a rate of q is not refuted by as too few. */
function fewest(trials: number, q: number, threshold: number): number {
  return search(0, Math.floor(q * trials), (count) => logEvidenceOfSide(count, trials, q, 'below') < threshold);
}

/** The fewest successes that refute a rate of q as too many; `trials + 1` where none do. */
function tooMany(trials: number, q: number, threshold: number): number {
  return search(Math.ceil(q * trials), trials + 1, (count) => count > trials || logEvidenceOfSide(count, trials, q, 'above') >= threshold);
}

/** The two numbers depend on how many answers there are and on nothing else, and are asked for again and again. */
const known = new Map<string, readonly [number, number]>();

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

/** The first whole number from `low` to `high` of which something is true that stays true; `high` where it is true of none before. */
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
 * Bounds of the quantile that answers were drawn from. Each is wrong at any time at all with probability `alpha` at most. A bound is
 * undefined where nothing is known on that side. Times are those of the buckets: the truth may be lower by less than 1 %.
 *
 * Of a histogram's buckets the lower bound is by their lower ends and the upper one by their upper ends. A bound is the time of an answer of a
 * certain rank, and the answer of that rank lies between the ends of that rank: so these bounds enclose those of the times themselves.
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
  // So few took at most this long that a share q of all cannot: the quantile is longer. What is next is what it is at least.
  const lower = low > 0 ? atRank(lowerEnds(times), low) : undefined;
  const upper = atRank(upperEnds(times), high);
  return { lower, upper: upper === UNBOUNDED ? undefined : upper };
}
