/** What the gates of a pair ask, as `plan.json` has it: all values filled in. Rates and shares are numbers from 0 to 1. */
export interface GatesEntry {
  /** The chance that the gates ever turn back a canary that is as good as stable, all stages and gates of the rollout together. */
  readonly alpha: number;
  /** The chance that a gate lets a canary pass that is worse by its margin; for each gate and stage. */
  readonly beta: number;
  readonly errors: {
    /** How much higher than stable's the canary's error rate may be without being worse. */
    readonly tolerance: number;
    /** How much higher it would have to be for a pass to be wrong. */
    readonly margin: number;
    /** An error rate that the canary may not exceed, whatever stable has. */
    readonly limit?: number;
  };
  readonly latency?: {
    /** Which quantiles are compared, rising: 0.95 is the 95th percentile. */
    readonly quantiles: readonly number[];
    /** By which part of stable's the canary's may be longer without being worse. */
    readonly tolerance: number;
    /** By which part it would have to be longer for a pass to be wrong. */
    readonly margin: number;
    /** Milliseconds that are no difference to anybody, whatever part of the whole they are. */
    readonly slackMilliseconds: number;
  };
  /** Whether traffic must divide as planned. */
  readonly share: boolean;
  /** What is expected of the traffic, for the planner; left out where it is not known. */
  readonly traffic?: {
    /** Requests that are measured, of both versions, a second. */
    readonly requestsPerSecond: number;
    readonly errorRate: number;
    /** Seconds that a stage may take to be decided. */
    readonly longestHoldSeconds: number;
  };
}

/** The gates where nothing is said. */
export const DEFAULT_GATES: GatesEntry = {
  alpha: 0.05,
  beta: 0.05,
  errors: { tolerance: 0, margin: 0.05 },
  latency: { quantiles: [0.95], tolerance: 0.25, margin: 1, slackMilliseconds: 5 },
  share: true,
};

/** The error rate that is expected before anything was seen. */
export const BASE_ERROR_RATE = 0.01;

/** The error rate that a canary may not exceed where it has all the traffic, so that there is no stable beside it. */
export const ALONE_LIMIT = 0.05;

/** How many tests of a rollout can turn it back: the level is divided by it (Bonferroni). */
export function testsOf(gates: GatesEntry, stages: number): number {
  const each = 1 + (gates.errors.limit === undefined ? 0 : 1) + (gates.latency ? 1 : 0) + (gates.share ? 1 : 0);
  return each * Math.max(1, stages);
}
