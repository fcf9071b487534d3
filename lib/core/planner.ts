import { type Remark, error } from './finding';
import { PROMOTED, PROMOTED_ROUTE, PROMOTED_UP, STAGE_0, rollbackFolder, upFolder } from './folders';
import { Fraction } from './fraction';
import type { Plan, PlanRequest, PlannedStage, Transition } from './plan';
import { percent } from './format-share';
import { podsOf } from './split';
import { type Bounds, type Keep, type State, between, boundsOf, isSafe } from './transition';

/** The largest share that a stage may give the canary: its weight or its achieved share. */
function largerShare({ weight, achieved }: PlannedStage): Fraction {
  return Fraction.max(weight, achieved);
}

/** Goes through the stages and adds the folders between them. */
export class Planner {
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
      const exposure = Fraction.max(shareBefore, largerShare(stage));
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
      shareBefore = largerShare(stage);
    }
  }

  /**
   * With `swap`, the canary alone carries the baseline, and stable is drained. With `roll`, stable takes the canary's template and comes up
   * while the canary serves all traffic; then the canary is drained. A route to a Service of each track moves to stable in between. The way
   * back is the reverse.
   */
  promote(): void {
    const { baseline, promotion, routedByTrack, surge } = this.request;
    const last = this.stages[this.stages.length - 1]!;
    const route = this.rest.route && { weight: Fraction.ONE, matchedToCanary: true };
    if (promotion === 'swap') {
      this.states.set(PROMOTED_UP, this.stateAt(last.folder));
      this.states.set(PROMOTED_ROUTE, this.stateAt(last.folder));
      this.states.set(PROMOTED, { stable: 0, canary: baseline, route });
      this.move(last.folder, PROMOTED);
      this.move(PROMOTED, last.folder);
      return;
    }
    const finalRoute = routedByTrack ? this.rest.route : route;
    this.states.set(PROMOTED_UP, { stable: baseline, canary: last.split.canary, route });
    this.states.set(PROMOTED_ROUTE, { stable: baseline, canary: last.split.canary, route: finalRoute });
    this.states.set(PROMOTED, { stable: baseline, canary: 0, route: finalRoute });
    const way = [PROMOTED_UP, ...(routedByTrack ? [PROMOTED_ROUTE] : []), PROMOTED];
    way.slice(0, -1).forEach((folder) => this.needed.add(folder));
    this.roll(last.folder, PROMOTED_UP, surge);
    way.slice(1).forEach((folder, index) => this.move(way[index]!, folder));
    const back = [...way].reverse();
    back.slice(1).forEach((folder, index) => this.move(back[index]!, folder));
    this.roll(PROMOTED_UP, last.folder, surge);
  }

  /**
   * Plans the rollback to `stage-0` from every stage, and from interrupted advances. If one apply could fall below the floor, or would
   * remove pods that the route still uses, `rollback/from-stage-N` first restores stable and keeps the canary.
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

  /**
   * Checks rollbacks from interrupted advances. An advance may stop at any point, with both tracks at the fewer of their pods; the floor
   * must hold from there, too.
   */
  private checkHalfDone(folder: string, onTheWay: readonly State[], first: string): void {
    const { floor } = this.request;
    const to = this.stateAt(first);
    if (onTheWay.some((state) => podsOf(state) < floor)) {
      return; // The remark about the stage itself reports it.
    }
    for (const [index, from] of onTheWay.slice(0, -1).entries()) {
      const next = onTheWay[index + 1]!;
      const fewest = Math.min(from.stable, next.stable, to.stable) + Math.min(from.canary, next.canary, to.canary);
      if (fewest < floor) {
        this.faults.push(
          error(
            'floor-broken',
            `an interrupted advance to ${folder}, followed by ${first}: ready pods may fall to ${fewest}, below the floor of ${floor}; give ${folder} at least as many pods of each track as the stage before, or leave out its split`,
          ),
        );
        return;
      }
    }
  }

  result(remarks: readonly Remark[]): Omit<Plan, 'stages' | 'words'> {
    return {
      states: this.states,
      needed: this.needed,
      transitions: this.transitions,
      remarks: [...remarks, ...this.transitions.flatMap((transition) => this.remarksOn(transition)), ...this.peak(), ...this.faults],
    };
  }

  /** The larger share of the two stages that a step forward joins, weight or achieved; undefined for any other step. */
  private exposureOf(from: string, to: string): Fraction | undefined {
    const shareAt = (folder: string) => {
      const stage = this.stages.find((planned) => folder === planned.folder || folder === upFolder(planned.folder));
      return stage && largerShare(stage);
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
   * Adds an apply that changes stable's template, too. It replaces all of stable's old pods, and the new ones are not ready yet, so only
   * the canary's pods are certain.
   */
  private roll(from: string, to: string, surge: number): void {
    const [before, after] = [this.stateAt(from), this.stateAt(to)];
    const bounds = this.bounds(before, after);
    const isReplaced = Math.min(before.stable, after.stable) > 0;
    // Beside an autoscaler and without a router, stable serves during the change. The default strategy then keeps all of its pods.
    const keepsStable = this.request.autoscaling !== undefined && !before.route && surge === 1;
    this.transitions.push({
      from,
      to,
      ...bounds,
      fewestReady: keepsStable ? bounds.fewestReady : Math.min(before.canary, after.canary),
      mostPods: bounds.mostPods + (isReplaced ? surge : 0),
      mostShare: Fraction.ONE,
    });
  }

  private move(from: string, to: string): void {
    this.transitions.push({ from, to, ...this.bounds(this.stateAt(from), this.stateAt(to)) });
  }

  /** The bounds of one apply. An autoscaler may give each of its tracks as many pods as its maximum. */
  private bounds(from: State, to: State): Bounds {
    const bounds = boundsOf(from, to);
    const { autoscaling, routed } = this.request;
    if (!autoscaling) {
      return bounds;
    }
    const most = (track: 'stable' | 'canary') => {
      const pods = Math.max(from[track], to[track]);
      return pods > 0 && (routed || track === 'stable') ? Math.max(pods, autoscaling.max) : pods;
    };
    return { ...bounds, mostPods: most('stable') + most('canary') };
  }

  /** Reports only the highest peak: if it is within the quota, all others are. */
  private peak(): Remark[] {
    const { quota } = this.request;
    const [highest] = [...this.transitions].sort((a, b) => b.mostPods - a.mostPods);
    return quota === undefined || !highest || highest.mostPods <= quota
      ? []
      : [
          error(
            'quota-exceeded',
            `${highest.from} -> ${highest.to}: up to ${highest.mostPods} pods at once, more than the quota of ${quota}; ${this.request.autoscaling ? 'lower autoscaling.max' : 'lower maxReplicas or widen the tolerance'}`,
          ),
        ];
  }

  private remarksOn({ from, to, fewestReady, mostShare }: Transition): Remark[] {
    const { floor } = this.request;
    const remarks: Remark[] = [];
    const exposure = this.exposureOf(from, to);
    if (exposure && exposure.lessThan(mostShare)) {
      remarks.push(
        error(
          'share-off',
          `${from} -> ${to}: the canary may get ${percent(mostShare)} of the traffic, more than the ${percent(exposure)} of the larger stage; give the two stages splits in which both tracks grow or both shrink`,
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
    return remarks;
  }
}
