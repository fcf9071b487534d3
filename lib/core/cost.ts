import { Fraction } from './fraction';
import type { PlanRequest } from './plan';
import { planRollout } from './plan-rollout';
import { type Split, podsOf } from './split';

/** The cost of a rollout from the baseline to the promotion, which helps to choose a tolerance. */
export interface Cost {
  /** The pods of all stages together: how much runs if every stage lasts equally long. */
  readonly pods: number;
  /** The largest difference between an achieved share and its weight. */
  readonly worstError: Fraction;
  /** The pods that start and stop on the way, stage by stage, of both tracks. */
  readonly moved: number;
}

/** A way to choose the splits, and its cost. */
export interface Alternative {
  readonly name: 'chosen' | 'exact' | 'fixed';
  readonly cost: Cost;
}

/**
 * The cost of the plan and of its alternatives: the nearest splits within `maxReplicas`, whatever they cost (`Tolerance.exact()`), and the
 * baseline's pods at every stage (`fixedTotal`). Splits that are given by hand stay the same. With a router the pods follow the weights,
 * and beside an autoscaler they follow the load, so there is no alternative.
 *
 * The tutorial's plan, 9:1, 3:1, 3:3, 0:6 of 3: 26 pods, no error, 24 moved (3:0 -> 9:1 is 7, then 6, 2, 6, and 3 to 0:3).
 */
export function alternatives(request: PlanRequest): Alternative[] {
  const chosen: Alternative = { name: 'chosen', cost: costOf(request) };
  return request.routed || request.autoscaling
    ? [chosen]
    : [
        chosen,
        { name: 'exact', cost: costOf({ ...request, tolerance: Fraction.ZERO, fixedTotal: false }) },
        ...(request.baseline > 1 ? [{ name: 'fixed' as const, cost: costOf({ ...request, fixedTotal: true }) }] : []),
      ];
}

function costOf(request: PlanRequest): Cost {
  const { stages } = planRollout(request);
  const splits = stages.map(({ split }) => split);
  const path: Split[] = [{ stable: request.baseline, canary: 0 }, ...splits, { stable: 0, canary: request.baseline }];
  return {
    pods: splits.reduce((sum, split) => sum + podsOf(split), 0),
    worstError: stages.reduce((worst, { achieved, weight }) => Fraction.max(worst, achieved.minus(weight).abs()), Fraction.ZERO),
    moved: path.slice(1).reduce((sum, split, index) => sum + distance(path[index]!, split), 0),
  };
}

function distance(from: Split, to: Split): number {
  return Math.abs(to.stable - from.stable) + Math.abs(to.canary - from.canary);
}
