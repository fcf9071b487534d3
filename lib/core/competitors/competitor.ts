import { Fraction } from '../fraction';
import type { Split } from '../split';

/** All pods that one Service selects at a weight. */
export interface Pods extends Split {
  /** Additional new pods of stable's version, to compare the canary with; 0 if the competitor has none. */
  readonly baselinePods: number;
}

/** The pods that a competitor runs at a weight, once they have settled. */
export interface CompetitorSplit extends Pods {
  /** The canary's share if one Service selects all of these pods. */
  readonly share: Fraction;
}

/** The rule of another tool: what it does with a weight and a fixed replica count. */
export interface Competitor {
  readonly name: string;
  /** Whether a route divides the traffic, so that the split only provides capacity. */
  readonly routed: boolean;
  /**
   * @param weight 0 < weight <= 1
   * @param replicas the replica count of the competitor, N: an integer of at least 1
   * @returns undefined if the competitor refuses the weight
   */
  readonly splitFor: (weight: Fraction, replicas: number) => CompetitorSplit | undefined;
}

export function allPodsOf({ stable, canary, baselinePods }: Pods): number {
  return stable + canary + baselinePods;
}

export function competitorSplit(stable: number, canary: number, baselinePods = 0): CompetitorSplit {
  return { stable, canary, baselinePods, share: Fraction.of(canary, stable + canary + baselinePods) };
}

/** Whether the weight is a whole percentage, the only kind that these competitors accept. */
export function isWholePercent(weight: Fraction): boolean {
  return weight.times(100).denominator === 1n;
}

/** ceil(w N), the most common rule: 25 % of 10 are 3. */
export function roundedUp(weight: Fraction, replicas: number): number {
  return Number(weight.times(replicas).ceil());
}

/**
 * Canary pods in addition to the N that stay. 100 % is the promotion: the new version replaces the N pods, and the pods that were added for
 * the canary are removed.
 */
export function onTop(weight: Fraction, replicas: number, canary: number, baselinePods = 0): CompetitorSplit {
  return weight.equals(Fraction.ONE) ? competitorSplit(0, replicas) : competitorSplit(replicas, canary, baselinePods);
}
