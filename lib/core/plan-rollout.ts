import { achievedText, splitText } from './autoscaled-text';
import { type Remark, error, warning } from './finding';
import { stageFolder } from './folders';
import { percent, points } from './format-share';
import { Fraction } from './fraction';
import type { Plan, PlanRequest, PlannedStage } from './plan';
import { Planner } from './planner';
import {
  type Split,
  defaultTolerance,
  finalSplit,
  peakSplit,
  podsOf,
  routedSplit,
  shareOf,
  splitBesideAutoscaler,
  splitFor,
} from './split';

/** Plans a rollout: the splits, the folders between them, and the bounds of each transition. */
export function planRollout(request: PlanRequest): Plan {
  const faults = remarksOnRequest(request);
  const remarks: Remark[] = [];
  const stages = planStages(request, remarks);
  const planner = new Planner(request, stages);
  if (stages.length > 0) {
    planner.advance();
    planner.promote();
    planner.rollBack();
  }
  const planned = planner.result(remarks);
  const words = new Map([...planned.states].map(([folder, state]) => [folder, inWords(request, stages, folder, state)]));
  // The transitions of a request that cannot be planned say nothing.
  return { stages, ...planned, remarks: faults.length > 0 ? faults : planned.remarks, words };
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

/** Reports requests that cannot be planned. The router is attached after the pair is declared, so its properties do not show this. */
function remarksOnRequest({ routed, autoscaling, promotion, stages }: PlanRequest): Remark[] {
  const last = stages.at(-1)?.weight;
  if (last === undefined) {
    return [];
  }
  const isWhole = last.equals(Fraction.ONE);
  const stage = `stages[${stages.length - 1}].weight: got ${percent(last)}`;
  if (routed || !autoscaling) {
    return isWhole ? [] : [error('invalid-input', `${stage}; must be 100 % at the last stage; try a last stage of Weight.percent(100)`)];
  }
  return [
    ...(isWhole
      ? [
          error(
            'invalid-input',
            `${stage}; must be less than 100 %, because without a router the canary of an autoscaled pair has a fixed count, which may be too small for all of the traffic; try a last stage of Weight.percent(50), or attach a router`,
          ),
        ]
      : []),
    ...(promotion === 'roll'
      ? []
      : [
          error(
            'invalid-input',
            'promotion: got Promotion.SWAP; must be Promotion.ROLL for an autoscaled pair without a router, so that the autoscaler goes on with the same Deployment; try promotion: Promotion.ROLL, or attach a router',
          ),
        ]),
  ];
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
    const optimum =
      given || request.routed || request.autoscaling || weight.equals(Fraction.ONE) ? undefined : exactSplit(weight, request, before);
    const isOptimal = !optimum || (optimum.stable === split.stable && optimum.canary === split.canary);
    stages.push({ folder, weight, split, achieved, optimum: isOptimal ? undefined : { split: optimum, achieved: shareOf(optimum) } });
    remarks.push(...remarksOnStage(folder, weight, achieved, split, request));
    before = split;
  }
  return stages;
}

function computeSplit(weight: Fraction, request: PlanRequest, before: Split): Split | undefined {
  const { baseline, minCanary, autoscaling } = request;
  if (request.routed) {
    return autoscaling?.isPeak ? peakSplit(weight, baseline, autoscaling.max, minCanary) : routedSplit(weight, baseline, minCanary);
  }
  if (autoscaling && weight.lessThan(Fraction.ONE)) {
    return splitBesideAutoscaler(weight, baseline);
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
        `${folder}: ${split.stable}:${split.canary} achieves ${percent(achieved)} instead of ${percent(weight)}, an error of ${points(error_)} with a tolerance of ${points(tolerance)}; ${wayToNearerShare(request)}, widen the tolerance, or attach a router`,
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

function wayToNearerShare({ fixedTotal, maxReplicas, autoscaling }: PlanRequest): string {
  if (autoscaling) {
    return 'raise autoscaling.min';
  }
  return fixedTotal ? 'leave out fixedTotal' : `raise maxReplicas (${maxReplicas})`;
}

function inWords({ autoscaling, routed }: PlanRequest, stages: readonly PlannedStage[], folder: string, split: Split): string {
  const range = autoscaling && { max: autoscaling.max, routed };
  const stage = stages.find((planned) => planned.folder === folder);
  const shares = stage ? `, ${percent(stage.weight)} asked, ${achievedText(stage.achieved, split, range)} achieved` : '';
  return `${splitText(split, range)}${shares}`;
}
