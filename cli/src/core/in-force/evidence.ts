/** An answer that came through a proxy, by what it says about the weight. */
export interface SeenAnswer {
  /** `unclear` if it did not name its version, and may hide an answer for the old weight. */
  readonly speaksFor: 'new weight' | 'old weight' | 'unclear';
  readonly startedAtMs: number;
}

/** Evidence from answers, in the order in which their requests began. */
export interface Evidence {
  add(answer: SeenAnswer): void;
  /** Whether the new weight is proven to be in force. */
  readonly isProven: boolean;
  /** Whether the last answers are those of a proxy that serves the old weight. */
  readonly speaksForStale: boolean;
  /** When the first request of the evidence for the new weight began; undefined if there is none. Where answers are a mixture, it is an estimate. */
  readonly sinceMs: number | undefined;
  /** The estimated number of answers until the proof, if the new weight is in force now. */
  readonly missing: number;
}
