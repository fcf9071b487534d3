import { GatesEntry } from '../generated/plan-types';

export type { GatesEntry };

/** The gates of a pair that sets none. */
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
