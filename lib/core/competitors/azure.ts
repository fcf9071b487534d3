import { Fraction } from '../fraction';
import { type Competitor, type CompetitorSplit, onTop } from './competitor';

/*
 * Azure/k8s-deploy@4fa6d569, `src/strategyHelpers/canary/podCanaryHelper.ts`. N is the manifest's `replicas`, w its `percentage`.
 *
 * `parseInt` reads the percentage and stops at the decimal point: 12.5 % becomes 12 %, and 0.5 % becomes 0 %.
 */

export const AZURE: Competitor = { name: 'Azure k8s-deploy', routed: false, splitFor: azure };

/**
 * max(1, round(N p / 100)) canary pods, where p is the whole percentage and halves are rounded up, and as many baseline pods of the old
 * version, all in addition to the N pods that stay (`calculateReplicaCountForCanary`; its README says floor). 100 % is `action: promote`,
 * which deletes both.
 *
 * N = 10: 10 % is 10:1+1, 25 % 10:3+3, 33 % 10:3+3, 50 % 10:5+5, a quarter of the pods; the end is 0:10.
 */
export function azure(weight: Fraction, replicas: number): CompetitorSplit {
  const percentage = weight.times(100).floor();
  const rounded = Fraction.of(percentage * BigInt(replicas), 100).plus(Fraction.of(1, 2));
  const canary = Math.max(1, Number(rounded.floor()));
  return onTop(weight, replicas, canary, canary);
}
