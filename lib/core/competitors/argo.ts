import { Fraction } from '../fraction';
import { type Split, shareOf } from '../split';
import { type Competitor, type CompetitorSplit, competitorSplit, isWholePercent, roundedUp } from './competitor';

/*
 * Argo Rollouts, argoproj/argo-rollouts@9f8d111d, `utils/replicaset/canary.go`. N is `spec.replicas`, w is `setWeight`.
 *
 * `setWeight` is an int32 from 0 to 100, so the API server refuses 12.5 %. (With nginx and plugins, `maxTrafficWeight` allows finer
 * weights; a basic canary and Istio do not.) Argo Rollouts computes in doubles; for N up to 1000 and whole percentages the result equals
 * that of exact fractions.
 */

export const ARGO_WITHOUT_SURGE: Competitor = {
  name: 'Argo Rollouts, maxSurge 0',
  routed: false,
  splitFor: (weight, replicas) => argoBasic(weight, replicas, 0),
};

export const ARGO_WITH_SURGE: Competitor = {
  name: 'Argo Rollouts, maxSurge 1+',
  routed: false,
  splitFor: (weight, replicas) => argoBasic(weight, replicas, 1),
};

export const ARGO_ROUTED: Competitor = {
  name: 'Argo Rollouts, router',
  routed: true,
  splitFor: argoRouted,
};

export const ARGO_DYNAMIC: Competitor = {
  name: 'Argo Rollouts, dynamicStableScale',
  routed: true,
  splitFor: argoDynamic,
};

/**
 * The basic canary (`approximateWeightedCanaryStableReplicaCounts`). Of N pods, and with any surge also of N + 1 pods, it considers the
 * counts ceil(w N) and floor(w N), and takes the one whose share is nearest to w; of two equally near ones, the one that it considers
 * first.
 *
 * N = 10, no surge: 1 % to 10 % are 9:1, 25 % and 33 % 7:3. With surge: 5 % is 10:1, 25 % 8:3, 33 % 7:3.
 *
 * Its defect is modelled too. Without surge, if w N is in (N - 1, N) and ends in one half, it does not round up, because no stable pod
 * would be left, and does not round down, because that is a tie. No candidate is left, and there is no canary at all. 10 pods are 1:9 at
 * 94 %, 10:0 at 95 % and 1:9 at 96 %; (2, 75 %), (5, 90 %), (25, 98 %), (50, 99 %) are the others.
 *
 * @param maxSurge the count that `maxSurge` results in; only whether it is above 0 matters
 */
export function argoBasic(weight: Fraction, replicas: number, maxSurge: number): CompetitorSplit | undefined {
  if (!isWholePercent(weight)) {
    return undefined;
  }
  const errorOf = (split: Split) => shareOf(split).minus(weight).abs();
  const [first, ...others] = argoCandidates(weight, replicas, maxSurge > 0);
  if (first === undefined) {
    return competitorSplit(replicas, 0);
  }
  const best = others.reduce((nearest, next) => (errorOf(next).lessThan(errorOf(nearest)) ? next : nearest), first);
  return competitorSplit(best.stable, best.canary);
}

/** The candidates, in the order in which Argo Rollouts considers them. */
function argoCandidates(weight: Fraction, replicas: number, surges: boolean): Split[] {
  const up = roundedUp(weight, replicas);
  const down = Number(weight.times(replicas).floor());
  const mayBeEmpty = weight.equals(Fraction.ONE) || (replicas === 1 && !surges);
  const mayRoundDown = (pods: number) => !isTied(weight, pods) && (down !== 0 || mayBeEmpty);
  const split = (canary: number, pods: number): Split => ({ stable: pods - canary, canary });
  return [
    ...(up < replicas || mayBeEmpty ? [split(up, replicas)] : []),
    ...(mayRoundDown(replicas) ? [split(down, replicas)] : []),
    ...(surges ? [split(up, replicas + 1)] : []),
    ...(surges && mayRoundDown(replicas + 1) ? [split(down, replicas + 1)] : []),
  ];
}

/** Whether rounding up and rounding down are equally near: w pods ends in one half. */
function isTied(weight: Fraction, pods: number): boolean {
  return weight.times(pods).denominator === 2n;
}

/**
 * With a router (`CalculateReplicaCountsForTrafficRoutedCanary`): ceil(w N) canary pods. Stable keeps N until the promotion, so there are
 * up to 2 N pods. `minPodsPerReplicaSet` and `setCanaryScale` have their defaults.
 *
 * N = 10: 1 % is 10:1, 25 % 10:3, 33 % 10:4, 100 % 10:10.
 */
export function argoRouted(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? competitorSplit(replicas, roundedUp(weight, replicas)) : undefined;
}

/**
 * With a router and `dynamicStableScale`: ceil(w N) canary pods and ceil((1 - w) N) stable pods, each rounded up separately, so there are N
 * or N + 1 pods. This is the settled state; before it, stable stays as large as the weight that is still in force needs.
 *
 * N = 10: 1 % is 10:1, 10 % 9:1, 25 % 8:3, 33 % 7:4, 100 % 0:10.
 */
export function argoDynamic(weight: Fraction, replicas: number): CompetitorSplit | undefined {
  return isWholePercent(weight) ? competitorSplit(roundedUp(Fraction.ONE.minus(weight), replicas), roundedUp(weight, replicas)) : undefined;
}
