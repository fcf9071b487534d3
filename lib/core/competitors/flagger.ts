import type { Fraction } from '../fraction';
import { type Competitor, type CompetitorSplit, competitorSplit, isWholePercent } from './competitor';

/*
 * Flagger, fluxcd/flagger@15bd6ad5. N is the target's `replicas`; w is a weight of the route and changes no replicas.
 *
 * Weights are Go ints of a total of 100 (`StepWeight` in `pkg/apis/flagger/v1beta1/canary.go`, `totalWeight` in
 * `pkg/controller/scheduler.go`): 12.5 % is impossible, although the schema of the CRD says `number`.
 */

export const FLAGGER: Competitor = { name: 'Flagger', routed: true, splitFor: flagger };

/**
 * The canary has its full size at every weight (`ScaleFromZero` in `pkg/canary/deployment_controller.go`: the target's own `replicas`, else
 * the primary's). Without a router Flagger has no canary at all.
 *
 * N = 10: 1 % is 10:10, and so is every weight to 100 %.
 */
export function flagger(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? competitorSplit(replicas, replicas) : undefined;
}
