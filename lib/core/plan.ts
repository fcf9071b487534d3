import { Remark, error, warning } from './finding';
import { stageFolder } from './folders';
import { Fraction } from './fraction';
import { Split, SplitRule, defaultTolerance, finalSplit, podsOf, routedSplit, shareOf, splitFor } from './split';
import { Planner } from './planner';
import { percent, points } from './format-share';
import { Bounds, State } from './transition';

/** A stage as it was declared. */
export interface StageRequest {
  /** 0 < weight <= 1, not less than the weight of the stage before. */
  readonly weight: Fraction;
  /** The name in the folder's name, instead of the weight. */
  readonly name?: string;
  /** The counts that are given by hand. */
  readonly split?: Split;
}

/** The input of a pair's plan. */
export interface PlanRequest extends SplitRule {
  /** The stages between the baseline and the promotion, weights rising; empty for a pair at rest. */
  readonly stages: readonly StageRequest[];
  /** Whether a router divides the traffic, rather than pods alone. */
  readonly routed: boolean;
  /** The fewest ready pods at any moment. */
  readonly floor: number;
  /** How the new version becomes the stable one: the canary's Deployment becomes stable, or stable takes the canary's template. */
  readonly promotion: 'swap' | 'roll';
  /** The pods that the stable Deployment may add while its template changes: its strategy's `maxSurge`. */
  readonly surge: number;
  /** The fewest canary pods at a stage of a routed plan. */
  readonly minCanary: number;
  /** The most pods at any moment of any transition; undefined for no bound. */
  readonly quota: number | undefined;
}

/** A stage with its split. */
export interface PlannedStage {
  readonly folder: string;
  readonly weight: Fraction;
  readonly split: Split;
  /** The share that results: the pods' share, or with a router the weight itself. */
  readonly achieved: Fraction;
  /** The split nearest to the weight within `maxReplicas`, whatever it costs; undefined if it is the chosen one. */
  readonly optimum: { readonly split: Split; readonly achieved: Fraction } | undefined;
}

/** One `kubectl apply` of the plan. */
export interface Transition extends Bounds {
  readonly from: string;
  readonly to: string;
}

/** The rollout of a pair, folder by folder. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** The state of each folder, including folders that only another pair of the app needs. */
  readonly states: ReadonlyMap<string, State>;
  /** The `stage-N-up` and `rollback/from-stage-N` folders that this pair needs. */
  readonly needed: ReadonlySet<string>;
  readonly transitions: readonly Transition[];
  readonly remarks: readonly Remark[];
  /** Each folder's split as text: `9:0`, and for a stage also the weight and the achieved share. */
  readonly words: ReadonlyMap<string, string>;
}

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

/** A cache of plans. A plan depends only on its request, and most of a thousand services have equal requests. */
export class Plans {
  private readonly plans = new Map<string, Plan>();

  /** The plan of a request: the same object for equal requests. */
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
