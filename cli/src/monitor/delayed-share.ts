import type { Expectation } from '../core/traffic/expected-share';

/**
 * The share to expect of a counter's current values. Counters lag behind, so a share applies only after it has been constant
 * for the maximum lag; until then no share is known.
 */
export class DelayedShare {
  private share: string | undefined;
  private since: number;

  /**
   * @param expectation returns the share that applies now
   * @param milliseconds the maximum lag of the counted values
   * @param clock a monotonic clock, in milliseconds
   */
  constructor(
    private readonly expectation: () => Expectation,
    private readonly milliseconds: number,
    private readonly clock = () => performance.now(),
  ) {
    this.share = expectation().share?.toString();
    this.since = clock();
  }

  /** Returns the share to expect of the current values, or why none is known. */
  now(): Expectation {
    const expected = this.expectation();
    const share = expected.share?.toString();
    if (share !== this.share) {
      this.share = share;
      this.restart();
    }
    return share === undefined || this.clock() - this.since >= this.milliseconds
      ? expected
      : { why: `the counters may be up to ${this.milliseconds / 1_000} s old, and the expected share has not been constant for that long` };
  }

  /** Restarts the wait after a failed read: the next values may include older requests. */
  restart(): void {
    this.since = this.clock();
  }
}
