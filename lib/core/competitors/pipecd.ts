import type { Fraction } from '../fraction';
import { type Competitor, type CompetitorSplit, isWholePercent, onTop, roundedUp } from './competitor';

/*
 * PipeCD, pipe-cd/pipecd@7e228592. N is the primary variant's `replicas`, w the `replicas` of a `K8S_CANARY_ROLLOUT`.
 *
 * Go's `strconv.Atoi` reads the percentage and refuses 12.5 % ("invalid replicas"). A stage may give a count instead.
 */

export const PIPECD: Competitor = { name: 'PipeCD', routed: false, splitFor: pipecd };

/**
 * ceil(w N) pods in addition to the N pods of the primary variant (`Replicas.Calculate` in `pkg/plugin/sdk/unit/replicas.go`). 100 % is
 * `K8S_PRIMARY_ROLLOUT` and `K8S_CANARY_CLEAN`. The baseline variant, which is a separate stage, is left out.
 *
 * N = 10: 10 % is 10:1, 25 % 10:3, 50 % 10:5; the end is 0:10.
 */
export function pipecd(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? onTop(weight, replicas, roundedUp(weight, replicas)) : undefined;
}
