import { Fraction } from '../fraction';
import { Competitor, CompetitorSplit, isWholePercent, onTop, roundedUp } from './competitor';

/*
 * PipeCD, pipe-cd/pipecd@7e228592. N is the primary variant's `replicas`, w the `replicas` of a `K8S_CANARY_ROLLOUT`.
 *
 * A percentage is read by Go's `strconv.Atoi`: 12.5 % is refused ("invalid replicas"). A stage may give a count instead.
 */

export const PIPECD: Competitor = { name: 'PipeCD', routed: false, splitFor: pipecd };

/**
 * ceil(w N) pods on top of the N of the primary variant (`Replicas.Calculate` in `pkg/plugin/sdk/unit/replicas.go`).
 * 100 % is `K8S_PRIMARY_ROLLOUT` and `K8S_CANARY_CLEAN`. The baseline variant, a stage of its own, is left out.
 *
 * N = 10: 10 % is 10:1, 25 % 10:3, 50 % 10:5; the end is 0:10.
 */
export function pipecd(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? onTop(weight, replicas, roundedUp(weight, replicas)) : undefined;
}
