/** The most requests for which a test waits before it closes a block. Beyond that, a block that lacks a version costs little. */
const MOST = 100;

/**
 * Chooses how many requests of both versions make a block, before the block begins.
 *
 * A block whose end depends on which version answered is no fair bet: if blocks end with the first request of the rarer version, the error
 * rate at the ends counts for that version alone, and a burst of errors that hits both versions becomes evidence. So the size depends on
 * earlier blocks only, and a block that lacks one version is dropped: then, given the responses of a block, every division of its requests
 * is as likely as their random assignment makes it, and the expectation of an e-value is at most 1 however the error rate moves.
 */
export class BlockSize {
  private least = 1;

  /** Whether a block of this many requests is complete. */
  isComplete(requests: number): boolean {
    return requests >= this.least;
  }

  /** Chooses the size of the next block. If the last one lacked a version, the next one is twice as large. */
  next({ stable, canary }: { readonly stable: number; readonly canary: number }): void {
    if (stable === 0 || canary === 0) {
      this.least = Math.min(MOST, 2 * (stable + canary));
    }
  }
}
