import type { Expectation } from '../core/traffic/expected-share';

/**
 * The share that is expected of what comes from a counter now. That is older than now, so a share holds for it only after a while without
 * a change; until then none is known.
 */
export class DelayedShare {
  private share: string | undefined;
  private since: number;

  /**
   * @param expectation the share that holds now
   * @param milliseconds how old what is counted may be
   * @param clock one that is never set back, in milliseconds
   */
  constructor(
    private readonly expectation: () => Expectation,
    private readonly milliseconds: number,
    private readonly clock = () => performance.now(),
  ) {
    this.share = expectation().share?.toString();
    this.since = clock();
  }

  now(): Expectation {
    const expected = this.expectation();
    const share = expected.share?.toString();
    if (share !== this.share) {
      this.share = share;
      this.restart();
    }
    return share === undefined || this.clock() - this.since >= this.milliseconds
      ? expected
      : { why: `what is counted may be up to ${this.milliseconds / 1_000} s old, and the share has not held for so long` };
  }

  /** What comes next may be older than that: the counters could not be read. */
  restart(): void {
    this.since = this.clock();
  }
}
