import { Remark, error } from './finding';
import { PROMOTED, PROMOTED_UP, STAGE_0, rollbackFolder, upFolder } from './folders';
import { Fraction } from './fraction';
import { Plan, PlanRequest, PlannedStage, Transition } from './plan';
import { percent } from './format-share';
import { podsOf } from './split';
import { Keep, State, between, boundsOf, isSafe } from './transition';

/** What a stage may show of the canary: the share asked for or the one achieved. */
function largerShare({ weight, achieved }: PlannedStage): Fraction {
  return Fraction.max(weight, achieved);
}

/** Walks the stages and fills in the folders between them. */
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

  /** The larger weight of the two stages that a step forward joins, asked or achieved; undefined for any other step. */
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

  /** One sentence about the highest peak: where it fits, all others do. */
  private peak(): Remark[] {
    const { quota } = this.request;
    const [highest] = [...this.transitions].sort((a, b) => b.mostPods - a.mostPods);
    return quota === undefined || !highest || highest.mostPods <= quota
      ? []
      : [
          error(
            'quota-exceeded',
            `${highest.from} -> ${highest.to}: up to ${highest.mostPods} pods at once, more than the quota of ${quota}; lower maxReplicas or widen the tolerance`,
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
