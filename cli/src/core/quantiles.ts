import { binomialAtLeast, binomialAtMost, firstWhere } from './binomial';

/** Numbers of answers by how long they took, ascending: each time in milliseconds stands for those up to it, and above the one before. */
export type Counts = readonly (readonly [number, number])[];

/** Neighbouring times of {@link countsOf} differ by this factor. */
const STEP = 1.01;

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

/** Values as numbers of them, each rounded up by less than 1 %: what a record keeps, and what {@link quantileBounds} reads. */
export function countsOf(sorted: ArrayLike<number>): Counts {
  const counts = new Map<number, number>();
  for (let n = 0; n < sorted.length; n += 1) {
    const bucket = Math.ceil(Math.log(Math.max(sorted[n]!, 0.001)) / Math.log(STEP) - 1e-9);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts].map(([bucket, count]) => [Number((STEP ** bucket).toPrecision(6)), count] as const);
}

export function totalOf(counts: Counts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** The value of a rank, from 1. */
function atRank(counts: Counts, rank: number): number | undefined {
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
