import { Fraction } from './fraction';

/**
 * The splits in which one track alone holds the baseline, in the order of the other track's share.
 *
 * With B pods of the baseline and at most n pods in all, these are the pairs (total, other) of integers with `1 <= other <= total - B` and
 * `total <= n`: the lattice points of a triangle. The share `other / total` of rank k is found without a list: walk down the Stern-Brocot
 * tree and count, at each step, the points at or below a share. A count is two arithmetic sums and a sum of floors, which Euclid's
 * algorithm computes. So finding a rank takes O(log^2 n) steps, and 10^9 pods take little longer than 10^3.
 *
 * Source: Graham, Knuth and Patashnik, Concrete Mathematics, sections 4.5 (Stern-Brocot tree) and 3.5 (sums of floors).
 */
export class RankedSplits {
  private readonly baseline: bigint;
  private readonly most: bigint;

  /**
   * @param baseline the pods that hold the baseline, B: at least 1
   * @param most the most pods in all, n; there are splits only if it is above B
   */
  constructor(baseline: number | bigint, most: number | bigint) {
    this.baseline = BigInt(baseline);
    this.most = BigInt(most);
  }

  /** The number of splits: k (k + 1) / 2, with k = n - B. */
  count(): bigint {
    return triangle(this.most - this.baseline);
  }

  /**
   * The number of splits with a share of at most `share`. With B = 3 and n = 6, these are 3:1, 4:1, 5:1 and 4:2 for 1/3, four of the six.
   */
  countUpTo(share: Fraction): bigint {
    return this.countWhere(share, 0n);
  }

  /** The number of splits with a share below `share`. */
  countBelow(share: Fraction): bigint {
    return this.countWhere(share, 1n);
  }

  /**
   * The share of rank k, in lowest terms: the smallest share that at least k splits do not exceed.
   *
   * @param rank from 1 to {@link count}
   */
  shareOfRank(rank: bigint): Fraction {
    // Fewer than `rank` splits are at or below `low`; at least `rank` are at or below `high`.
    let low = { part: 0n, whole: 1n };
    let high = { part: 1n, whole: 1n };
    const reaches = (part: bigint, whole: bigint) => this.countUpTo(Fraction.of(part, whole)) >= rank;
    for (;;) {
      const up = this.stepsWhile((k) => !reaches(low.part + k * high.part, low.whole + k * high.whole), low.whole, high.whole);
      low = { part: low.part + up * high.part, whole: low.whole + up * high.whole };
      const down = this.stepsWhile((k) => reaches(high.part + k * low.part, high.whole + k * low.whole), high.whole, low.whole);
      high = { part: high.part + down * low.part, whole: high.whole + down * low.whole };
      if (up === 0n && down === 0n) {
        // No share between the two has a total of at most n, so the splits that are missing at `low` are at `high`.
        return Fraction.of(high.part, high.whole);
      }
    }
  }

  /** The fewest pods that realize a share of the list: the smallest multiple that leaves the baseline. */
  fewestPods(share: Fraction): { readonly other: number; readonly total: number } {
    const holder = share.denominator - share.numerator;
    const times = (this.baseline + holder - 1n) / holder;
    return { other: Number(times * share.numerator), total: Number(times * share.denominator) };
  }

  /**
   * The largest number of steps k for which a condition holds, with totals up to n. The condition fails for all larger k. Found by
   * doubling, then halving.
   */
  private stepsWhile(holds: (steps: bigint) => boolean, from: bigint, by: bigint): bigint {
    const limit = from > this.most ? 0n : (this.most - from) / by;
    let reached = 0n;
    let jump = 1n;
    while (reached + jump <= limit && holds(reached + jump)) {
      reached += jump;
      jump *= 2n;
    }
    for (; jump > 0n; jump /= 2n) {
      if (reached + jump <= limit && holds(reached + jump)) {
        reached += jump;
      }
    }
    return reached;
  }

  /**
   * Sums, over the totals t, the number of `other` from 1 to `min(floor((p t - strict) / q), t - B)`. Below t = B q / (q - p) the second
   * bound is the smaller one; from there on the first one is.
   */
  private countWhere({ numerator: p, denominator: q }: Fraction, strict: bigint): bigint {
    if (p <= 0n) {
      return 0n;
    }
    if (p >= q) {
      return this.count();
    }
    const turn = (this.baseline * q + (q - p) - 1n) / (q - p);
    const capped = triangle((turn <= this.most ? turn - 1n : this.most) - this.baseline);
    return turn > this.most ? capped : capped + floorSum(this.most - turn + 1n, q, p, p * turn - strict);
  }
}

/** 1 + 2 + … + k. */
function triangle(k: bigint): bigint {
  return k <= 0n ? 0n : (k * (k + 1n)) / 2n;
}

/** The sum of `floor((a i + b) / m)` over i from 0 to n - 1, for a, b >= 0 and m >= 1. */
function floorSum(n: bigint, m: bigint, a: bigint, b: bigint): bigint {
  let sum = 0n;
  while (n > 0n) {
    sum += ((n * (n - 1n)) / 2n) * (a / m) + n * (b / m);
    a %= m;
    b %= m;
    const top = a * n + b;
    [n, m, a, b] = [top / m, a, m, top % m];
    if (m === 0n) {
      break;
    }
  }
  return sum;
}
