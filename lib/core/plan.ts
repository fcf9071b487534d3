import { Remark, error, warning } from './finding';
import { PROMOTED, PROMOTED_UP, STAGE_0, rollbackFolder, stageFolder, upFolder } from './folders';
import { Fraction } from './fraction';
import { Split, SplitRule, defaultTolerance, finalSplit, podsOf, routedSplit, shareOf, splitFor } from './split';
import { Bounds, Keep, State, between, boundsOf, isSafe } from './transition';

/** One stage as it was asked for. */
export interface StageRequest {
  /** 0 < weight <= 1, not less than the stage before. */
  readonly weight: Fraction;
  /** Names the folder instead of the weight. */
  readonly name?: string;
  /** The counts given by hand. */
  readonly split?: Split;
}

/** What one pair's plan is made from. */
export interface PlanRequest extends SplitRule {
  /** The stages between the baseline and the promotion, weights rising; empty for a pair at rest. */
  readonly stages: readonly StageRequest[];
  /** Whether a router divides the traffic, rather than pods alone. */
  readonly routed: boolean;
  /** The fewest ready pods at any moment. */
  readonly floor: number;
  /** How the new version becomes the stable one: its Deployment does, or stable is rolled to it. */
  readonly promotion: 'swap' | 'roll';
  /** The pods that the stable Deployment may add while its template changes: its strategy's `maxSurge`. */
  readonly surge: number;
  /** The fewest canary pods at a stage of a routed plan. */
  readonly minCanary: number;
  /** The most pods at any moment of any transition; undefined for no bound. */
  readonly quota: number | undefined;
}

/** One stage as it will be. */
export interface PlannedStage {
  readonly folder: string;
  readonly weight: Fraction;
  readonly split: Split;
  /** The share that is realized: the pods' share, or with a router the weight itself. */
  readonly achieved: Fraction;
  /** The split nearest to the weight whatever it costs within `maxReplicas`, where another one was chosen. */
  readonly optimum: { readonly split: Split; readonly achieved: Fraction } | undefined;
}

/** One `kubectl apply` of the plan. */
export interface Transition extends Bounds {
  readonly from: string;
  readonly to: string;
}

/** Everything a pair does in a rollout, folder by folder. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** What each folder holds. The folders a pair does not need itself are here too: another pair of the app may need them. */
  readonly states: ReadonlyMap<string, State>;
  /** The `stage-N-up` and `rollback/from-stage-N` folders that this pair needs. */
  readonly needed: ReadonlySet<string>;
  readonly transitions: readonly Transition[];
  readonly remarks: readonly Remark[];
}

/** Plans a rollout: the splits, the folders between them, and what may be seen on the way. */
export function planRollout(request: PlanRequest): Plan {
  const remarks: Remark[] = [];
  const stages = planStages(request, remarks);
  const planner = new Planner(request, stages);
  if (stages.length > 0) {
    planner.advance();
    planner.promote();
    planner.rollBack();
  }
  return { stages, ...planner.result(remarks) };
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
          `${folder}: no split of at most ${request.maxReplicas} pods has a canary beside ${request.baseline} pods that hold the baseline; raise maxReplicas to at least ${request.baseline + 1}`,
        ),
      );
      continue;
    }
    const achieved = request.routed ? weight : shareOf(split);
    const optimum = given || request.routed || weight.equals(Fraction.ONE) ? undefined : exactSplit(weight, request, before);
    const isOptimal = !optimum || (optimum.stable === split.stable && optimum.canary === split.canary);
    stages.push({ folder, weight, split, achieved, optimum: isOptimal ? undefined : { split: optimum, achieved: shareOf(optimum) } });
    remarks.push(...remarksOnStage(folder, weight, achieved, split, request));
    if (request.routed && split.stable < request.baseline) {
      remarks.push(
        error(
          'floor-broken',
          `${folder}: ${split.stable}:${split.canary} leaves stable with less than the baseline of ${request.baseline}, so a rollback could not move the route at once; give stable ${request.baseline}`,
        ),
      );
    }
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
        `${folder}: asked for ${percent(weight)}, ${split.stable}:${split.canary} achieves ${percent(achieved)}, ${points(error_)} off where ${points(tolerance)} are allowed; ${request.fixedTotal ? 'leave out fixedTotal' : `raise maxReplicas (${request.maxReplicas})`}, allow a wider tolerance, or attach a router`,
      ),
    );
  }
  if (podsOf(split) < request.floor) {
    remarks.push(
      error(
        'floor-broken',
        `${folder}: ${split.stable}:${split.canary} is ${podsOf(split)} pods, fewer than the floor of ${request.floor}; give it more replicas`,
      ),
    );
  }
  return remarks;
}

/** A folder's split in words: `9:0`, and where it is a stage what was asked for and what it achieves. */
export function describeFolder({ stages }: Plan, folder: string, { stable, canary }: Split): string {
  const stage = stages.find((planned) => planned.folder === folder);
  const shares = stage ? `, ${percent(stage.weight)} asked, ${percent(stage.achieved)} achieved` : '';
  return `${stable}:${canary}${shares}`;
}

/** A share as people read it: `10 %`, `33.33 %`. */
export function percent(share: Fraction): string {
  return `${share.times(100).toRounded(2)} %`;
}

function points(difference: Fraction): string {
  return `${difference.times(100).toRounded(2)} points`;
}

/** Walks the stages and fills in the folders between them. */
class Planner {
  private readonly states = new Map<string, State>();
  private readonly needed = new Set<string>();
  private readonly transitions: Transition[] = [];
  private readonly faults: Remark[] = [];
  private readonly rest: State;

  constructor(
    private readonly request: PlanRequest,
    private readonly stages: readonly PlannedStage[],
  ) {
    this.rest = {
      stable: request.baseline,
      canary: 0,
      route: request.routed ? { weight: Fraction.ZERO, matchedToCanary: false } : undefined,
    };
    this.states.set(STAGE_0, this.rest);
  }

  advance(): void {
    let from = STAGE_0;
    let shareBefore = Fraction.ZERO;
    for (const stage of this.stages) {
      const target = this.stateOf(stage);
      const exposure = Fraction.max(shareBefore, stage.weight, stage.achieved);
      const step = between(this.stateAt(from), target, { floor: this.request.floor, exposure });
      const up = upFolder(stage.folder);
      this.states.set(up, step ?? this.stateAt(from));
      this.states.set(stage.folder, target);
      if (step) {
        this.needed.add(up);
        this.move(from, up);
        from = up;
      }
      this.move(from, stage.folder);
      from = stage.folder;
      shareBefore = Fraction.max(stage.weight, stage.achieved);
    }
  }

  /**
   * By swap the canary alone carries the baseline, and stable is drained. By roll stable takes the canary's template and
   * comes up while the canary serves all, and then the canary is drained; back goes the same way.
   */
  promote(): void {
    const { baseline, promotion, surge } = this.request;
    const last = this.stages[this.stages.length - 1]!;
    const route = this.rest.route && { weight: Fraction.ONE, matchedToCanary: true };
    if (promotion === 'swap') {
      this.states.set(PROMOTED_UP, this.stateAt(last.folder));
      this.states.set(PROMOTED, { stable: 0, canary: baseline, route });
      this.move(last.folder, PROMOTED);
      this.move(PROMOTED, last.folder);
      return;
    }
    this.states.set(PROMOTED_UP, { stable: baseline, canary: last.split.canary, route });
    this.states.set(PROMOTED, { stable: baseline, canary: 0, route });
    this.needed.add(PROMOTED_UP);
    this.roll(last.folder, PROMOTED_UP, surge);
    this.move(PROMOTED_UP, PROMOTED);
    this.move(PROMOTED, PROMOTED_UP);
    this.roll(PROMOTED_UP, last.folder, surge);
  }

  /**
   * Back to `stage-0` from every stage, half-done advances included. Where one apply could go below the floor, or would
   * take pods from under a route, `rollback/from-stage-N` first restores stable and holds the canary as it is.
   */
  rollBack(): void {
    const keep: Keep = { floor: this.request.floor, exposure: undefined };
    let before = STAGE_0;
    for (const { folder, split } of this.stages) {
      const rollback = rollbackFolder(folder);
      this.states.set(rollback, {
        stable: Math.max(split.stable, this.request.baseline),
        canary: split.canary,
        route: this.rest.route,
      });
      const onTheWay = [before, upFolder(folder), folder].map((at) => this.stateAt(at));
      if (onTheWay.every((state) => isSafe(state, this.rest, keep))) {
        this.move(folder, STAGE_0);
      } else {
        this.needed.add(rollback);
        this.move(folder, rollback);
        this.move(rollback, STAGE_0);
      }
      this.checkHalfDone(folder, onTheWay, this.needed.has(rollback) ? rollback : STAGE_0);
      before = folder;
    }
  }

  /** An advance may be broken off anywhere, with both tracks at the fewer of their pods; from there, too, the floor must hold. */
  private checkHalfDone(folder: string, onTheWay: readonly State[], first: string): void {
    const { floor } = this.request;
    const to = this.stateAt(first);
    if (onTheWay.some((state) => podsOf(state) < floor)) {
      return; // Said of the stage itself.
    }
    for (const [index, from] of onTheWay.slice(0, -1).entries()) {
      const next = onTheWay[index + 1]!;
      const fewest = Math.min(from.stable, next.stable, to.stable) + Math.min(from.canary, next.canary, to.canary);
      if (fewest < floor) {
        this.faults.push(
          error(
            'floor-broken',
            `a half-done advance to ${folder}, then ${first}: ready pods may fall to ${fewest}, below the floor of ${floor}; give ${folder} no fewer pods of either track than the stage before, or let the weights choose`,
          ),
        );
        return;
      }
    }
  }

  result(remarks: readonly Remark[]): Omit<Plan, 'stages'> {
    return {
      states: this.states,
      needed: this.needed,
      transitions: this.transitions,
      remarks: [...remarks, ...this.transitions.flatMap((transition) => this.remarksOn(transition)), ...this.faults],
    };
  }

  /** The larger weight of the two stages that a step forward joins, asked or achieved; undefined for any other step. */
  private exposureOf(from: string, to: string): Fraction | undefined {
    const shareAt = (folder: string) => {
      const stage = this.stages.find((planned) => folder === planned.folder || folder === upFolder(planned.folder));
      return stage && Fraction.max(stage.weight, stage.achieved);
    };
    const [before, after] = [from === STAGE_0 ? Fraction.ZERO : shareAt(from), shareAt(to)];
    return before && after && !to.startsWith('rollback') ? Fraction.max(before, after) : undefined;
  }

  private stateOf({ weight, split }: PlannedStage): State {
    return { ...split, route: this.rest.route && { weight, matchedToCanary: true } };
  }

  private stateAt(folder: string): State {
    return this.states.get(folder)!;
  }

  /**
   * One apply that changes stable's template, too: its old pods are all replaced, and its new ones are not ready yet, so
   * only the canary's are certain.
   */
  private roll(from: string, to: string, surge: number): void {
    const [before, after] = [this.stateAt(from), this.stateAt(to)];
    const bounds = boundsOf(before, after);
    const isReplaced = Math.min(before.stable, after.stable) > 0;
    this.transitions.push({
      from,
      to,
      ...bounds,
      fewestReady: Math.min(before.canary, after.canary),
      mostPods: bounds.mostPods + (isReplaced ? surge : 0),
      mostShare: Fraction.ONE,
    });
  }

  private move(from: string, to: string): void {
    this.transitions.push({ from, to, ...boundsOf(this.stateAt(from), this.stateAt(to)) });
  }

  private remarksOn({ from, to, fewestReady, mostPods, mostShare }: Transition): Remark[] {
    const { floor, quota } = this.request;
    const remarks: Remark[] = [];
    const exposure = this.exposureOf(from, to);
    if (exposure && exposure.lessThan(mostShare)) {
      remarks.push(
        error(
          'share-off',
          `${from} -> ${to}: the canary may get ${percent(mostShare)}, more than the ${percent(exposure)} of the larger stage; give both stages counts that grow or shrink together`,
        ),
      );
    }
    const endsAreEnough = [from, to].every((folder) => podsOf(this.stateAt(folder)) >= floor);
    if (fewestReady < floor && endsAreEnough) {
      remarks.push(
        error(
          'floor-broken',
          `${from} -> ${to}: ready pods may fall to ${fewestReady}, below the floor of ${floor}; give the stages more replicas`,
        ),
      );
    }
    if (quota !== undefined && mostPods > quota) {
      remarks.push(
        error(
          'quota-exceeded',
          `${from} -> ${to}: up to ${mostPods} pods at once, more than the quota of ${quota}; lower maxReplicas or widen the tolerance`,
        ),
      );
    }
    return remarks;
  }
}
