import type { GatesEntry } from '../generated/plan-types';

export type { GatesEntry };

/** The gates of a pair that sets none. */
export const DEFAULT_GATES: GatesEntry = {
  alpha: 0.05,
  beta: 0.05,
  errors: { tolerance: 0, margin: 0.05 },
  latency: { quantiles: [0.95], tolerance: 0.25, margin: 1, slackMilliseconds: 5 },
  share: true,
};

/** The error rate that is assumed before anything was measured. */
export const BASE_ERROR_RATE = 0.01;

/** The error rate that a canary with all the traffic may not exceed, because it has no stable to be compared with. */
export const ALONE_LIMIT = 0.05;

/**
 * The number of tests of a rollout that can fail it. The level is divided by it (Bonferroni). The evidence of each test goes on from stage to
 * stage, so a test counts once, whatever the number of stages.
 *
 * @param stages the gates at each stage
 */
export function testsOf(stages: readonly GatesEntry[]): number {
  const has = (isUsed: (gates: GatesEntry) => boolean) => (stages.some(isUsed) ? 1 : 0);
  return 1 + has(({ errors }) => errors.limit !== undefined) + has(({ latency }) => latency !== undefined) + has(({ share }) => share);
}
