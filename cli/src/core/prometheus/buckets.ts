import type { Latency } from '../traffic/evidence';
import { type Buckets, UNBOUNDED } from '../statistics/quantiles';

/** The responses that took longer than `lower` milliseconds and at most `upper`. */
export interface Bucket {
  readonly lower: number;
  /** {@link UNBOUNDED} if the bucket has no upper end. */
  readonly upper: number;
  /** Counters are doubles, so the result of a query need not be whole. */
  readonly answers: number;
}

/**
 * Converts the buckets of a Prometheus histogram, in which each `le` counts all responses that took at most that long
 * (https://prometheus.io/docs/concepts/metric_types/#histogram). An `le` that is not a number is ignored.
 *
 * @param byEnd the numbers of responses by `le`
 * @param unit the number of milliseconds in one unit of `le`
 */
export function bucketsOf(byEnd: ReadonlyMap<string, number>, unit: number): readonly Bucket[] {
  const ends = [...byEnd]
    .map(([le, upTo]) => ({ end: endOf(le, unit), upTo }))
    .filter(({ end }) => !Number.isNaN(end))
    .sort((a, b) => a.end - b.end);
  return ends.flatMap(({ end, upTo }, n) => {
    const before = ends[n - 1];
    const answers = upTo - (before?.upTo ?? 0);
    // A count never falls as `le` rises, unless the server was queried during a scrape, or the query does not return a histogram.
    return answers > 0 ? [{ lower: before?.end ?? 0, upper: end, answers }] : [];
  });
}

function endOf(le: string, unit: number): number {
  // 0.57 s are 570 ms, and the product of the doubles is slightly less.
  return le === '+Inf' ? UNBOUNDED : le.trim() === '' ? NaN : Math.max(0, Number((Number(le) * unit).toPrecision(12)));
}

/** The sums of responses in buckets. Histograms may have different boundaries, so each bucket keeps both its ends. */
export class BucketCounts {
  private readonly buckets = new Map<string, Bucket>();

  add(added: readonly Bucket[]): void {
    for (const bucket of added) {
      const key = `${bucket.lower} ${bucket.upper}`;
      this.buckets.set(key, { ...bucket, answers: bucket.answers + (this.buckets.get(key)?.answers ?? 0) });
    }
  }

  /** Returns the sum of these counts and others. */
  with(others: BucketCounts): BucketCounts {
    const sum = new BucketCounts();
    sum.add([...this.buckets.values(), ...others.buckets.values()]);
    return sum;
  }

  /** Returns the latencies of all responses, by both ends; `undefined` without a response. */
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

  /** Whole numbers of responses, by the upper end. Sums are rounded, not their parts, so that no response is lost in many fractions. */
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

/** Interpolates a quantile in its bucket, as `histogram_quantile` does. In a bucket without an upper end, it is the lower end. */
function interpolated(buckets: readonly Bucket[], p: number): number {
  const rank = p * buckets.reduce((sum, { answers }) => sum + answers, 0);
  let before = 0;
  const bucket = buckets.find(({ answers }) => (before += answers) >= rank) ?? buckets.at(-1)!;
  const { lower, upper, answers } = bucket;
  return upper === UNBOUNDED ? lower : lower + ((upper - lower) * (rank - before + answers)) / answers;
}
