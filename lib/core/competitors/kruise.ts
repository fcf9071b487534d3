import { Fraction } from '../fraction';
import { type Competitor, type CompetitorSplit, competitorSplit, isWholePercent, onTop, roundedUp } from './competitor';

/*
 * OpenKruise Rollouts, openkruise/rollouts@9dd6279d. N is the workload's `replicas`, w a step's `replicas` as a percentage.
 *
 * Kubernetes' intstr reads the percentage and accepts only whole ones: the webhook refuses a step of 12.5 %
 * (`pkg/webhook/rollout/validating/rollout_create_update_handler.go`). A step may give a count of pods instead.
 */

export const KRUISE_PARTITION: Competitor = { name: 'OpenKruise, partition', routed: false, splitFor: kruisePartition };

export const KRUISE_CANARY: Competitor = { name: 'OpenKruise, canary', routed: false, splitFor: kruiseCanary };

/**
 * Partition style: ceil(w N) of the N pods are new (`CalculateBatchReplicas` in `pkg/controller/batchrelease/control/util.go`). Below 100 %
 * and with more than one pod, at most N - 1 are (`NewRSReplicasLimit` in `pkg/controller/deployment/util/deployment_util.go`).
 *
 * N = 10: 1 % to 10 % are 9:1, 25 % 7:3, 33 % 6:4, 99 % 1:9.
 */
export function kruisePartition(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  if (!isWholePercent(weight)) {
    return undefined;
  }
  const most = replicas > 1 && weight.lessThan(Fraction.ONE) ? replicas - 1 : replicas;
  const canary = Math.min(most, roundedUp(weight, replicas));
  return competitorSplit(replicas - canary, canary);
}

/**
 * Canary style: a Deployment of ceil(w N) pods in addition to the N that stay, by the same `CalculateBatchReplicas`. So 50 % of the count
 * is a third of the pods, and no step before the promotion exceeds one half.
 *
 * N = 10: 10 % is 10:1, 25 % 10:3, 50 % 10:5; the end is 0:10.
 */
export function kruiseCanary(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? onTop(weight, replicas, roundedUp(weight, replicas)) : undefined;
}
