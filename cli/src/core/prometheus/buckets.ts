import type { Latency } from '../traffic/evidence';
import { Buckets, UNBOUNDED } from '../statistics/quantiles';

/** Answers that took longer than `lower` milliseconds and at most `upper`. */
export interface Bucket {
  readonly lower: number;
  /** {@link UNBOUNDED} where it has no end. */
  readonly upper: number;
  /** Counters are doubles, and what a query computes of them need not be whole. */
  readonly answers: number;
}

/**
 * The buckets of a histogram as Prometheus counts it: each `le` with all answers that took at most so long
 * (https://prometheus.io/docs/concepts/metric_types/#histogram). What is no number is left out.
 *
 * @param byEnd the numbers of answers by `le`
 * @param unit how many milliseconds a unit of `le` is
 */
export function bucketsOf(byEnd: ReadonlyMap<string, number>, unit: number): readonly Bucket[] {
  const ends = [...byEnd]
    .map(([le, upTo]) => ({ end: endOf(le, unit), upTo }))
    .filter(({ end }) => !Number.isNaN(end))
    .sort((a, b) => a.end - b.end);
  return ends.flatMap(({ end, upTo }, n) => {
    const before = ends[n - 1];
    const answers = upTo - (before?.upTo ?? 0);
    // Fewer up to a later end cannot be: a server that was asked in the middle of a scrape, or a query that is no histogram.
    return answers > 0 ? [{ lower: before?.end ?? 0, upper: end, answers }] : [];
  });
}

function endOf(le: string, unit: number): number {
  // 0.57 s are 570 ms, and a double makes it a hair less.
  return le === '+Inf' ? UNBOUNDED : le.trim() === '' ? NaN : Math.max(0, Number((Number(le) * unit).toPrecision(12)));
}

/** Answers in buckets, added up. Histograms may be cut differently: each bucket is kept with both its ends. */
export class BucketCounts {
  private readonly buckets = new Map<string, Bucket>();

  add(added: readonly Bucket[]): void {
    for (const bucket of added) {
      const key = `${bucket.lower} ${bucket.upper}`;
      this.buckets.set(key, { ...bucket, answers: bucket.answers + (this.buckets.get(key)?.answers ?? 0) });
    }
  }

  /** What is in these and others. */
  with(others: BucketCounts): BucketCounts {
    const sum = new BucketCounts();
    sum.add([...this.buckets.values(), ...others.buckets.values()]);
    return sum;
  }

  /** All of them by both ends; `undefined` without an answer. */
  latency(): Latency | undefined {
    const whole = this.whole();
    if (whole.length === 0) {
      return undefined;
    }
    const { upTo, above } = endsOf(whole);
    const at = (p: number) => interpolated(whole, p);
    const slowest = upTo.at(-1)![0];
    return {
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      ...(slowest === UNBOUNDED ? {} : { slowest }),
      counts: upTo,
      countsAbove: above,
    };
  }

  /** Whole numbers of answers, by the upper end. Sums are rounded and not what is added, so that no answer is lost in many pieces. */
  private whole(): readonly Bucket[] {
    return [...this.buckets.values()]
      .map((bucket) => ({ ...bucket, answers: Math.round(bucket.answers) }))
      .filter(({ answers }) => answers > 0)
      .sort((a, b) => a.upper - b.upper || a.lower - b.lower);
  }
}

function endsOf(buckets: readonly Bucket[]): Buckets {
  const by = (end: 'upper' | 'lower') => {
    const sums = new Map<number, number>();
    buckets.forEach((bucket) => sums.set(bucket[end], (sums.get(bucket[end]) ?? 0) + bucket.answers));
    return [...sums].sort(([a], [b]) => a - b);
  };
  return { upTo: by('upper'), above: by('lower') };
}

/** A quantile, by proportion inside of its bucket, as `histogram_quantile` does it; the lower end of a bucket that has no upper one. */
function interpolated(buckets: readonly Bucket[], p: number): number {
  const rank = p * buckets.reduce((sum, { answers }) => sum + answers, 0);
  let before = 0;
  const bucket = buckets.find(({ answers }) => (before += answers) >= rank) ?? buckets.at(-1)!;
  const { lower, upper, answers } = bucket;
  return upper === UNBOUNDED ? lower : lower + ((upper - lower) * (rank - before + answers)) / answers;
}
