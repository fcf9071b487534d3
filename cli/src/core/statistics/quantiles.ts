import { binomialAtLeast, binomialAtMost, firstWhere } from './binomial';

/** Numbers of responses by latency, ascending. Each latency, in milliseconds, stands for those up to it and above the previous one. */
export type Counts = readonly (readonly [number, number])[];

/**
 * Numbers of responses as a histogram gives them: it tells between which two latencies each response lies. Every response is counted
 * twice, by the upper end of its bucket and by the lower end, so that each conclusion can use the end that speaks against it.
 */
export interface Buckets {
  /** By the upper ends, which no response exceeds; {@link UNBOUNDED} if there is none. */
  readonly upTo: Counts;
  /** By the lower ends, which every response exceeds. */
  readonly above: Counts;
}

/** Latencies as precisely as they are known: individually, or by buckets. */
export type Times = Counts | Buckets;

/**
 * The upper end of the last bucket, `le="+Inf"`, which has none. It is the largest double, because JSON has no infinity and would make it
 * null, which compares as zero.
 */
export const UNBOUNDED = Number.MAX_VALUE;

/** The ratio of neighboring latencies of {@link countsOfBuckets}. */
const STEP = 1.01;

/** Latencies below this, in milliseconds, count as this. */
const SHORTEST = 0.001;

/**
 * Returns the smallest of the values that at least a share `p` of them does not exceed: an observed value, not one between two.
 * Undefined without a value.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number | undefined {
  return sorted.length === 0 ? undefined : sorted[rankOf(sorted.length, p) - 1];
}

function rankOf(count: number, p: number): number {
  // 0.95 * 20 is 19, and the product of the doubles is slightly more.
  return Math.max(1, Math.ceil(p * count - 1e-9));
}

/** Returns the bucket of {@link countsOfBuckets} that stands for a value. */
export function bucketOf(milliseconds: number): number {
  return Math.ceil(Math.log(Math.max(milliseconds, SHORTEST)) / Math.log(STEP) - 1e-9);
}

/** Converts numbers of values by bucket to numbers by latency. Each latency is rounded up by less than 1 %. */
export function countsOfBuckets(buckets: ReadonlyMap<number, number>): Counts {
  const ascending = [...buckets].sort(([a], [b]) => a - b);
  return ascending.map(([bucket, count]) => [Number((STEP ** bucket).toPrecision(6)), count] as const);
}

/** Returns the latencies in evidence, or none if it has none. */
export function timesOf(latency: { readonly counts?: Counts; readonly countsAbove?: Counts } | undefined): Times {
  const { counts = [], countsAbove } = latency ?? {};
  return countsAbove === undefined ? counts : { upTo: counts, above: countsAbove };
}

/** Returns the numbers of responses by a latency that none of them exceeded. */
export function upperEnds(times: Times): Counts {
  return 'upTo' in times ? times.upTo : times;
}

/** Returns the numbers of responses by a latency that each of them took at least. */
export function lowerEnds(times: Times): Counts {
  return 'upTo' in times ? times.above : times;
}

/** Returns how many responses may have taken longer than a limit. */
export function perhapsLonger(times: Times, limit: number): number {
  return totalOf(upperEnds(times).filter(([milliseconds]) => milliseconds > limit));
}

/** Returns how many responses certainly took longer than a limit. In a bucket that begins at the limit, no response took just as long. */
export function surelyLonger(times: Times, limit: number): number {
  return 'upTo' in times ? totalOf(times.above.filter(([milliseconds]) => milliseconds >= limit)) : perhapsLonger(times, limit);
}

/** Formats a quantile: `p95` for 0.95. */
export function quantileName(quantile: number): string {
  // 0.999 * 100 is slightly more than 99.9.
  return `p${Number((quantile * 100).toPrecision(12))}`;
}

/** Returns the number of values. */
export function totalOf(counts: Counts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** Returns the smallest latency that at least a share `p` of the responses did not exceed; undefined without a response. */
export function quantileOf(counts: Counts, p: number): number | undefined {
  const total = totalOf(counts);
  return total === 0 ? undefined : atRank(counts, rankOf(total, p));
}

/** Returns the value of a rank, from 1; undefined if there are fewer values. */
export function atRank(counts: Counts, rank: number): number | undefined {
  let seen = 0;
  return counts.find(([, count]) => (seen += count) >= rank)?.[0];
}

/**
 * Returns bounds of the quantile of the distribution that the values were drawn from, each at `1 - alpha`, for any distribution. They are
 * order statistics, by the binomial distribution of the number of values below the quantile (David and Nagaraja, Order Statistics, 7.1).
 * A bound is undefined if there are too few values for one.
 */
export function quantileBounds(
  counts: Counts,
  p: number,
  alpha: number,
): { readonly lower: number | undefined; readonly upper: number | undefined } {
  const total = totalOf(counts);
  // The value of rank r exceeds the quantile if fewer than r values lie below the quantile.
  const tooHigh = firstWhere(1, total + 1, (rank) => binomialAtMost(rank - 1, total, p) > alpha);
  const upper = firstWhere(1, total + 1, (rank) => binomialAtLeast(rank, total, p) <= alpha);
  return { lower: atRank(counts, tooHigh - 1 || Infinity), upper: atRank(counts, upper) };
}

/** Returns how many values it takes for the quantile to have an upper bound at `1 - alpha`. */
export function valuesFor(p: number, alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log(p));
}
