import { Fraction } from '../fraction';
import { Split } from '../split';

/** All pods that one Service selects at a weight. */
export interface Pods extends Split {
  /** Further pods of stable's version, as young as the canary, to compare it with; 0 where the competitor has none. */
  readonly baselinePods: number;
}

/** The pods that a competitor runs at a weight, once it has settled. */
export interface CompetitorSplit extends Pods {
  /** The canary's share where one Service selects all of these pods. */
  readonly share: Fraction;
}

/** What another tool would do with a weight, its replica count being fixed. */
export interface Competitor {
  readonly name: string;
  /** Whether a route divides the traffic, so that the split is a matter of capacity alone. */
  readonly routed: boolean;
  /**
   * @param weight 0 < weight <= 1
   * @param replicas the one count that the competitor is given, N: an integer of at least 1
   * @returns undefined where the competitor refuses the weight
   */
  readonly splitFor: (weight: Fraction, replicas: number) => CompetitorSplit | undefined;
}

export function allPodsOf({ stable, canary, baselinePods }: Pods): number {
  return stable + canary + baselinePods;
}

export function competitorSplit(stable: number, canary: number, baselinePods = 0): CompetitorSplit {
  return { stable, canary, baselinePods, share: Fraction.of(canary, stable + canary + baselinePods) };
}

/** Whether the weight is a whole percent, as all of these competitors are given it. */
export function isWholePercent(weight: Fraction): boolean {
  return weight.times(100).denominator === 1n;
}

/** ceil(w N), the commonest rule: 25 % of 10 are 3. */
export function roundedUp(weight: Fraction, replicas: number): number {
  return Number(weight.times(replicas).ceil());
}

/**
 * Canary pods on top of N that stay, and at 100 % the promotion: the N are replaced by the new version, and what was
 * added for the canary is removed.
 */
export function onTop(weight: Fraction, replicas: number, canary: number, baselinePods = 0): CompetitorSplit {
  return weight.equals(Fraction.ONE) ? competitorSplit(0, replicas) : competitorSplit(replicas, canary, baselinePods);
}
