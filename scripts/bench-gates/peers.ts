/**
 * The gates of other tools, with the settings that their users have. Each receives one request at a time and returns whether it would roll
 * back.
 */

/** A request to one of the two versions, with its outcome. */
export interface Request {
  readonly isCanary: boolean;
  readonly isError: boolean;
  readonly milliseconds: number;
}

export interface Gate {
  /** Returns whether the gate rolls back now. */
  add(request: Request): boolean;
}

/** A person who tests after every request, and acts on a one-sided z-test of two proportions at 5 %. */
export class ZTestAtEveryLook implements Gate {
  private readonly counts = { stable: { n: 0, k: 0 }, canary: { n: 0, k: 0 } };

  add({ isCanary, isError }: Request): boolean {
    const row = this.counts[isCanary ? 'canary' : 'stable'];
    row.n += 1;
    row.k += isError ? 1 : 0;
    const { stable, canary } = this.counts;
    // The textbook rule for the normal approximation requires five errors of each version; in practice people test earlier.
    if (stable.n < 30 || canary.n < 30) {
      return false;
    }
    const pooled = (stable.k + canary.k) / (stable.n + canary.n);
    const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / stable.n + 1 / canary.n));
    return deviation > 0 && (canary.k / canary.n - stable.k / stable.n) / deviation > 1.6449;
  }
}

/** Flagger's gate: the canary's success rate must be 99 % in each interval; the fifth interval below that rolls back. */
export class FixedThreshold implements Gate {
  private inInterval = 0;
  private canary = { n: 0, k: 0 };
  private failed = 0;

  constructor(
    private readonly interval: number,
    private readonly least = 0.99,
    private readonly threshold = 5,
  ) {}

  add({ isCanary, isError }: Request): boolean {
    this.inInterval += 1;
    this.canary.n += isCanary ? 1 : 0;
    this.canary.k += isCanary && isError ? 1 : 0;
    if (this.inInterval < this.interval) {
      return false;
    }
    const isFailed = this.canary.n > 0 && 1 - this.canary.k / this.canary.n < this.least;
    this.failed += isFailed ? 1 : 0;
    this.inInterval = 0;
    this.canary = { n: 0, k: 0 };
    return this.failed >= this.threshold;
  }
}

/**
 * Kayenta's gate: a Mann-Whitney test in each window of 50 values of each version. The canary is too high if the lower end of the 98 %
 * interval of the Hodges-Lehmann estimate is above a quarter of the estimate.
 */
export class MannWhitneyAtEveryWindow implements Gate {
  private stable: number[] = [];
  private canary: number[] = [];

  constructor(private readonly window = 50) {}

  add({ isCanary, milliseconds }: Request): boolean {
    const values = isCanary ? this.canary : this.stable;
    if (values.length < this.window) {
      values.push(milliseconds);
    }
    if (this.stable.length < this.window || this.canary.length < this.window) {
      return false;
    }
    const differences = new Float64Array(this.window * this.window);
    this.canary.forEach((c, i) => this.stable.forEach((s, j) => (differences[i * this.window + j] = c - s)));
    differences.sort();
    this.stable = [];
    this.canary = [];
    const n = this.window;
    const estimate = (differences[(n * n) / 2 - 1]! + differences[(n * n) / 2]!) / 2;
    const rank = Math.floor((n * n) / 2 - 2.3263 * Math.sqrt((n * n * (2 * n + 1)) / 12));
    return estimate > 0 && differences[rank]! > 0.25 * estimate;
  }
}
