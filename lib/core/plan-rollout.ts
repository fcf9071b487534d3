import { type Remark, error, warning } from './finding';
import { stageFolder } from './folders';
import { percent, points } from './format-share';
import { Fraction } from './fraction';
import type { Plan, PlanRequest, PlannedStage } from './plan';
import { Planner } from './planner';
import { type Split, defaultTolerance, finalSplit, podsOf, routedSplit, shareOf, splitFor } from './split';

/** Plans a rollout: the splits, the folders between them, and the bounds of each transition. */
export function planRollout(request: PlanRequest): Plan {
  const remarks: Remark[] = [];
  const stages = planStages(request, remarks);
  const planner = new Planner(request, stages);
  if (stages.length > 0) {
    planner.advance();
    planner.promote();
    planner.rollBack();
  }
  const planned = planner.result(remarks);
  const words = new Map([...planned.states].map(([folder, state]) => [folder, inWords(stages, folder, state)]));
  return { stages, ...planned, words };
}

/** A cache of plans. A plan depends only on its request, and in an app of a thousand services most requests are equal. */
export class Plans {
  private readonly plans = new Map<string, Plan>();

  /** Returns the plan of a request: the same object for equal requests. */
  of(request: PlanRequest): Plan {
    const key = JSON.stringify(request);
    const plan = this.plans.get(key) ?? planRollout(request);
    this.plans.set(key, plan);
    return plan;
  }
}

function planStages(request: PlanRequest, remarks: Remark[]): PlannedStage[] {
  const stages: PlannedStage[] = [];
  let before: Split = { stable: request.baseline, canary: 0 };
  for (const { weight, name, split: given } of request.stages) {
    const folder = stageFolder(weight, name);
    const split = given ?? computeSplit(weight, request, before);
    if (split === undefined) {
      remarks.push(
        error(
          'share-off',
          `${folder}: no split of at most ${request.maxReplicas} pods has a canary pod beside the ${request.baseline} pods of the baseline; raise maxReplicas to at least ${request.baseline + 1}`,
        ),
      );
      continue;
    }
    const achieved = request.routed ? weight : shareOf(split);
    const optimum = given || request.routed || weight.equals(Fraction.ONE) ? undefined : exactSplit(weight, request, before);
    const isOptimal = !optimum || (optimum.stable === split.stable && optimum.canary === split.canary);
    stages.push({ folder, weight, split, achieved, optimum: isOptimal ? undefined : { split: optimum, achieved: shareOf(optimum) } });
    remarks.push(...remarksOnStage(folder, weight, achieved, split, request));
    before = split;
  }
  return stages;
}

function computeSplit(weight: Fraction, request: PlanRequest, before: Split): Split | undefined {
  if (request.routed) {
    return routedSplit(weight, request.baseline, request.minCanary);
  }
  if (weight.equals(Fraction.ONE)) {
    return request.fixedTotal ? { stable: 0, canary: request.baseline } : finalSplit(request.baseline, before);
  }
  return splitFor(weight, request, before.canary);
}

function exactSplit(weight: Fraction, request: PlanRequest, before: Split): Split | undefined {
  return splitFor(weight, { ...request, tolerance: Fraction.ZERO, fixedTotal: false }, before.canary);
}

function remarksOnStage(folder: string, weight: Fraction, achieved: Fraction, split: Split, request: PlanRequest): Remark[] {
  const remarks: Remark[] = [];
  const error_ = achieved.minus(weight).abs();
  const tolerance = request.tolerance ?? defaultTolerance(weight);
  if (tolerance.lessThan(error_)) {
    remarks.push(
      warning(
        'share-off',
        `${folder}: ${split.stable}:${split.canary} achieves ${percent(achieved)} instead of ${percent(weight)}, an error of ${points(error_)} with a tolerance of ${points(tolerance)}; ${request.fixedTotal ? 'leave out fixedTotal' : `raise maxReplicas (${request.maxReplicas})`}, widen the tolerance, or attach a router`,
      ),
    );
  }
  if (podsOf(split) < request.floor) {
    remarks.push(
      error(
        'floor-broken',
        `${folder}: ${split.stable}:${split.canary} is ${podsOf(split)} pods, fewer than the floor of ${request.floor}; give the stage more replicas`,
      ),
    );
  }
  if (request.routed && split.stable < request.baseline) {
    remarks.push(
      error(
        'floor-broken',
        `${folder}: ${split.stable}:${split.canary} leaves stable with fewer pods than the baseline of ${request.baseline}, so a rollback would have to start pods before it moves the route; give stable ${request.baseline} pods`,
      ),
    );
  }
  return remarks;
}

function inWords(stages: readonly PlannedStage[], folder: string, { stable, canary }: Split): string {
  const stage = stages.find((planned) => planned.folder === folder);
  const shares = stage ? `, ${percent(stage.weight)} asked, ${percent(stage.achieved)} achieved` : '';
  return `${stable}:${canary}${shares}`;
}
