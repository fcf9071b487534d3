import { Fraction } from '../../lib/core/fraction';
import type { PlanRequest } from '../../lib/core/plan';

/** A request with default values for all other properties. Percentages have at most three decimals. */
export function request(baseline: number, percentages: readonly number[], more: Partial<PlanRequest> = {}): PlanRequest {
  return {
    autoscaling: undefined,
    baseline,
    fixedTotal: false,
    floor: baseline,
    maxReplicas: 10 * baseline,
    minCanary: 1,
    promotion: 'swap',
    quota: undefined,
    routed: false,
    routedByTrack: false,
    stableKeepsBaseline: false,
    stages: percentages.map((percent) => ({ weight: Fraction.of(Math.round(percent * 1000), 100_000) })),
    surge: 1,
    tolerance: undefined,
    ...more,
  };
}
