import { type Counts, bucketOf, countsOfBuckets } from './quantiles';

/** Latencies in milliseconds. All of them are kept, so that quantiles are exact; a million of them take 8 MB. */
export class Latencies {
  private ordered = new Float64Array(0);
  private recent: number[] = [];
  private readonly buckets = new Map<number, number>();

  add(milliseconds: number): void {
    // Clocks and networks are less precise than a microsecond.
    const rounded = Math.round(milliseconds * 1_000) / 1_000;
    this.recent.push(rounded);
    const bucket = bucketOf(rounded);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
  }

  /** Returns all latencies, ascending. Only the new ones are sorted, so that a caller can ask every second. */
  sorted(): Float64Array {
    if (this.recent.length > 0) {
      this.ordered = merge(this.ordered, Float64Array.from(this.recent).sort());
      this.recent = [];
    }
    return this.ordered;
  }

  counts(): Counts {
    return countsOfBuckets(this.buckets);
  }
}

function merge(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const all = new Float64Array(a.length + b.length);
  for (let n = 0, i = 0, j = 0; n < all.length; n += 1) {
    all[n] = j === b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
  }
  return all;
}
