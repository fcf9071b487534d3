import type { RecordedStage } from '../core/rollout/record';
import type { Evidence, Verdict } from '../core/traffic/evidence';

/** Measures the traffic of the stages for the driver, and asks the user. */
export interface StageObserver {
  /**
   * Asks whether to continue with the rollout.
   *
   * @param signal withdraws the question
   * @returns the answer; undefined if the question was withdrawn or interrupted
   */
  ask(folder: string, next: string, signal: AbortSignal): Promise<'go on' | 'roll back' | undefined>;
  /** Starts to measure the traffic of a stage; replaces a measurement that runs. */
  watch(folder: string): Promise<void>;
  /** The evidence since `watch`; undefined if nothing is measured. */
  evidence(): Evidence | undefined;
  /** Evaluates the gates on the evidence. */
  judge(): StageVerdict;
  /** Stops the measurement. */
  unwatch(): Promise<void>;
}

/** The verdict of the gates on a stage, with all the data from which it can be computed again. */
export interface StageVerdict {
  readonly verdict: Verdict;
  readonly evidence: Evidence | undefined;
  readonly gates: RecordedStage['gates'];
  /** Why the evidence can never decide anything; see `unreadableText`. */
  readonly unreadable?: string;
}

/** The observer for commands that neither ask nor measure. */
export const noObserver: StageObserver = {
  ask: () => Promise.resolve(undefined),
  watch: () => Promise.resolve(),
  evidence: () => undefined,
  judge: () => ({ verdict: { verdict: 'inconclusive', checks: [] }, evidence: undefined, gates: undefined }),
  unwatch: () => Promise.resolve(),
};
