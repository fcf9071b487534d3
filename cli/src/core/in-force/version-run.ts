import { Fraction } from '../../../../lib/core/fraction';
import type { Evidence, SeenAnswer } from './evidence';
import type { Signs } from './move';
import { runLength } from './run-length';

/**
 * The proof that one version gets everything: an unbroken run of its answers.
 *
 * While one of k proxies is stale, each answer is of the favored version with a probability of at most `oneStale`, whatever came before, so
 * a run of n answers has a probability of at most `oneStale^n`. A run that is broken begins anew, and enough attempts would succeed by
 * chance. So the j-th run gets the part `alpha / (j (j + 1))` of the error: its length n_j is the least with
 * `oneStale^n_j < alpha / (j (j + 1))`. These parts add up to alpha, so the probability that any run ever reaches its length while a proxy is
 * stale is below alpha, however long the proxy stays stale and whenever one looks.
 */
export class VersionRun implements Evidence {
  private attempt = 1;
  private length = 0;
  private needed: number;
  private start: number | undefined;
  private isContradicted = false;

  constructor(
    private readonly signs: Signs,
    private readonly alpha: Fraction,
  ) {
    this.needed = this.lengthOf(1);
  }

  add({ speaksFor, startedAtMs }: SeenAnswer): void {
    if (speaksFor === 'new weight') {
      this.start ??= startedAtMs;
      this.length += 1;
      // A stale proxy has had an even chance to show itself again.
      this.isContradicted &&= this.length * 2 < this.needed;
      return;
    }
    this.isContradicted ||= speaksFor === 'old weight';
    this.start = undefined;
    this.length = 0;
    this.attempt += 1;
    this.needed = this.lengthOf(this.attempt);
  }

  get isProven(): boolean {
    return this.length >= this.needed;
  }

  get speaksForStale(): boolean {
    return this.isContradicted;
  }

  get sinceMs(): number | undefined {
    return this.start;
  }

  /** The answers that are still missing if all of them are of the favored version. */
  get missing(): number {
    return Math.max(0, this.needed - this.length);
  }

  private lengthOf(attempt: number): number {
    return runLength(this.signs.oneStale, this.alpha.times(Fraction.of(1, BigInt(attempt) * BigInt(attempt + 1))));
  }
}
