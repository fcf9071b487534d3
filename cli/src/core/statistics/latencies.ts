import { Counts, bucketOf, countsOfBuckets } from './quantiles';

/** Times in milliseconds, all of them kept, so that quantiles are exact. A million of them are 8 MB. */
export class Latencies {
  private ordered = new Float64Array(0);
  private recent: number[] = [];
  private readonly buckets = new Map<number, number>();

  add(milliseconds: number): void {
    // A microsecond is more than clocks and networks are good for.
    const rounded = Math.round(milliseconds * 1_000) / 1_000;
    this.recent.push(rounded);
    const bucket = bucketOf(rounded);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
  }

  /** All of them, ascending. Only those that are new are sorted, so that it can be asked every second. */
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
