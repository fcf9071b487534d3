import type { Answers } from '../../../../lib/core/gates/bernoulli';

/** The gates whose evidence for a failure goes on from stage to stage. */
export type CarriedGate = 'errors' | 'limit' | 'latency' | 'share';

/**
 * What the gates of a stage take over from the stages before.
 *
 * The hypothesis that a gate bets against is the same at every stage: the canary is as good as stable. Given the past, the factor of each
 * later block is an e-value, so a capital that goes on is one e-process for the whole rollout, and the level need not be divided among stages.
 */
export interface CarriedEvidence {
  /** The capital of each gate, see `Capital.state`; undefined for a gate that has not bet yet. */
  readonly capital: Readonly<Partial<Record<CarriedGate, readonly number[]>>>;
  /** All responses of stable at the stages before. */
  readonly stable: Answers;
}

export const NOTHING_CARRIED: CarriedEvidence = { capital: {}, stable: { requests: 0, errors: 0 } };
