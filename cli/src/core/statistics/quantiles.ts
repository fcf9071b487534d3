import { binomialAtLeast, binomialAtMost, firstWhere } from './binomial';

/** Numbers of answers by how long they took, ascending: each time in milliseconds stands for those up to it, and above the one before. */
export type Counts = readonly (readonly [number, number])[];

/**
 * Numbers of answers that are known as a histogram tells them: of each, between which two times it lies. Every answer is counted twice, by the
 * upper end of its bucket and by the lower one, so that each conclusion can take the end that speaks against it.
 */
export interface Buckets {
  /** By the upper ends, which no answer exceeds; {@link UNBOUNDED} where there is none. */
  readonly upTo: Counts;
  /** By the lower ends, which every answer exceeds. */
  readonly above: Counts;
}

/** Times as far as they are known: each for itself, or by buckets. */
export type Times = Counts | Buckets;

/**
 * The upper end of the last bucket, `le="+Inf"`, which has none. It is the largest number there is, because JSON has no infinity and would
 * make it null, which compares as zero.
 */
export const UNBOUNDED = Number.MAX_VALUE;

/** Neighbouring times of {@link countsOfBuckets} differ by this factor. */
const STEP = 1.01;

/** What is shorter, in milliseconds, counts as this. */
const SHORTEST = 0.001;

/**
 * The smallest of the values that at least a share `p` of them does not exceed: one that was really seen, not one between
 * two. Undefined without a value.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number | undefined {
  return sorted.length === 0 ? undefined : sorted[rankOf(sorted.length, p) - 1];
}

function rankOf(count: number, p: number): number {
  // 0.95 * 20 is 19, and a double makes it a hair more.
  return Math.max(1, Math.ceil(p * count - 1e-9));
}

/** Which of the times of {@link countsOfBuckets} stands for a value. */
export function bucketOf(milliseconds: number): number {
  return Math.ceil(Math.log(Math.max(milliseconds, SHORTEST)) / Math.log(STEP) - 1e-9);
}

/** Numbers of values by their bucket as numbers by time, each rounded up by less than 1 %. */
export function countsOfBuckets(buckets: ReadonlyMap<number, number>): Counts {
  const ascending = [...buckets].sort(([a], [b]) => a - b);
  return ascending.map(([bucket, count]) => [Number((STEP ** bucket).toPrecision(6)), count] as const);
}

/** What evidence says of times; none where it says nothing. */
export function timesOf(latency: { readonly counts?: Counts; readonly countsAbove?: Counts } | undefined): Times {
  const { counts = [], countsAbove } = latency ?? {};
  return countsAbove === undefined ? counts : { upTo: counts, above: countsAbove };
}

/** Answers by a time that none of them exceeded. */
export function upperEnds(times: Times): Counts {
  return 'upTo' in times ? times.upTo : times;
}

/** Answers by a time that each of them took at least. */
export function lowerEnds(times: Times): Counts {
  return 'upTo' in times ? times.above : times;
}

/** How many answers may have taken longer than a time. */
export function perhapsLonger(times: Times, limit: number): number {
  return totalOf(upperEnds(times).filter(([milliseconds]) => milliseconds > limit));
}

/** How many answers took longer than a time for sure: a bucket that begins there holds none that took just as long. */
export function surelyLonger(times: Times, limit: number): number {
  return 'upTo' in times ? totalOf(times.above.filter(([milliseconds]) => milliseconds >= limit)) : perhapsLonger(times, limit);
}

/** `p95` for 0.95. */
export function quantileName(quantile: number): string {
  // 0.999 * 100 is a hair more than 99.9.
  return `p${Number((quantile * 100).toPrecision(12))}`;
}

/** How many values there are. */
export function totalOf(counts: Counts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** The smallest time that at least a share `p` of the answers did not exceed; undefined without an answer. */
export function quantileOf(counts: Counts, p: number): number | undefined {
  const total = totalOf(counts);
  return total === 0 ? undefined : atRank(counts, rankOf(total, p));
}

/** The value of a rank, from 1; undefined where there are not so many. */
export function atRank(counts: Counts, rank: number): number | undefined {
  let seen = 0;
  return counts.find(([, count]) => (seen += count) >= rank)?.[0];
}

/**
 * Bounds of the quantile that values were drawn from, each at `1 - alpha`, whatever their distribution: order statistics,
 * by the binomial distribution of how many values lie below the quantile (David and Nagaraja, Order Statistics, 7.1).
 * A bound is undefined where there are too few values for one.
 */
export function quantileBounds(
  counts: Counts,
  p: number,
  alpha: number,
): { readonly lower: number | undefined; readonly upper: number | undefined } {
  const total = totalOf(counts);
  // The value of rank r exceeds the quantile where fewer than r values lie below it.
  const tooHigh = firstWhere(1, total + 1, (rank) => binomialAtMost(rank - 1, total, p) > alpha);
  const upper = firstWhere(1, total + 1, (rank) => binomialAtLeast(rank, total, p) <= alpha);
  return { lower: atRank(counts, tooHigh - 1 || Infinity), upper: atRank(counts, upper) };
}

/** How many values it takes for the quantile to have an upper bound at `1 - alpha`. */
export function valuesFor(p: number, alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log(p));
}
