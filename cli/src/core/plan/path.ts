import { STAGE_0 } from '../../../../lib/core/folders';
import { type PlanFile, isUnderWay } from './plan';
import type { Position } from '../rollout/position';
import { CliError, EXIT, UsageError } from '../errors';

/** Returns the resting stages of a rollout: `stage-0`, the stages of the plan, and `promoted`. */
export function restingStages(plan: PlanFile): readonly string[] {
  return plan.order.advance.filter((folder) => !isUnderWay(folder) || isStage(plan, folder));
}

/** Whether a folder is a stage of the plan, with a weight. */
export function isStage(plan: PlanFile, folder: string): boolean {
  return plan.stages.some((stage) => stage.folder === folder);
}

/** Resolves a stage that the user typed: `stage-10`, or `10`. */
export function stageNamed(plan: PlanFile, text: string): string {
  const known = restingStages(plan);
  const folder = known.find((stop) => stop === text || stop === `stage-${text.replace(/\s*%$/, '')}`);
  if (folder === undefined) {
    throw new UsageError(`STAGE: got ${JSON.stringify(text)}; must be one of ${known.join(', ')}`);
  }
  return folder;
}

/**
 * Returns the index in `order.advance` of the last complete folder: -1 before the first folder, undefined if the cluster is on a rollback
 * path or unrecognized.
 */
function forward(plan: PlanFile, position: Position): number | undefined {
  const { advance } = plan.order;
  if (position.kind === 'at') {
    const index = advance.indexOf(position.folder);
    return index < 0 ? undefined : index;
  }
  if (position.kind === 'between') {
    const [from, to] = [advance.indexOf(position.from), advance.indexOf(position.to)];
    // An incomplete transition is applied again.
    return to >= 0 && (from === to || to === from + 1) ? to - 1 : undefined;
  }
  return position.kind === 'before' || position.kind === 'absent' ? -1 : undefined;
}

/** Whether the cluster is on the rollback path to `stage-0`. */
export function isGoingBack(plan: PlanFile, position: Position): boolean {
  return (position.kind === 'at' || position.kind === 'between') && forward(plan, position) === undefined;
}

/** Returns the folders to apply, in order, to reach a stage; empty if the cluster is there. */
export function advancePath(plan: PlanFile, position: Position, stage: string): readonly string[] {
  const { advance } = plan.order;
  const from = forward(plan, position);
  const to = advance.indexOf(stage);
  if (from === undefined) {
    throw new CliError(`cannot advance: a rollback to ${STAGE_0} is not finished, and the cluster is ${atText(position)}`, EXIT.refused, [
      'kubectl canary rollback   finishes it',
    ]);
  }
  if (from > to || (from === to && position.kind === 'between')) {
    throw new CliError(`cannot go back to ${stage}: the cluster is ${atText(position)}`, EXIT.refused, [
      `kubectl canary rollback   goes back to ${STAGE_0}, with all traffic on stable`,
    ]);
  }
  return advance.slice(from + 1, to + 1);
}

/** Returns the next stage of a rollout, or undefined at the end. A folder between two stages belongs to the later one. */
export function nextStage(plan: PlanFile, position: Position): string | undefined {
  const from = forward(plan, position);
  return restingStages(plan).find((stop) => from === undefined || plan.order.advance.indexOf(stop) > from);
}

/** Returns the folders to apply, in order, to reach `stage-0`; empty if the cluster is there or before it. */
export function rollbackPath(plan: PlanFile, position: Position): readonly string[] {
  const { advance, rollback } = plan.order;
  if (position.kind === 'before' || position.kind === 'absent' || (position.kind === 'at' && position.folder === STAGE_0)) {
    return [];
  }
  if (position.kind === 'unrecognized') {
    throw new CliError(position.why, EXIT.refused, position.next);
  }
  const begun = position.kind === 'between' ? wayThrough(plan, position.from, position.to) : undefined;
  if (begun) {
    return begun;
  }
  const at = position.kind === 'at' ? position.folder : position.to;
  if (advance.includes(at) && !(at === STAGE_0)) {
    // An incomplete advance to a stage is rolled back from that stage.
    const from = restingStages(plan).find((stop) => advance.indexOf(stop) >= advance.indexOf(at))!;
    return after(rollback[from] ?? [STAGE_0], position);
  }
  const way = Object.values(rollback).find((folders) => folders.includes(at));
  return way ? after(way, position) : [STAGE_0];
}

/**
 * Returns the rest of the rollback path that contains the transition from `from` to `to`, beginning with `to`. This finds the rollback of
 * a promotion, which goes through the last stage.
 */
function wayThrough({ order }: PlanFile, from: string, to: string): readonly string[] | undefined {
  const ways = Object.entries(order.rollback).map(([start, folders]) => [start, ...folders]);
  const way = ways.find((folders) => folders.some((folder, n) => folder === from && folders[n + 1] === to));
  return way?.slice(way.indexOf(to));
}

/**
 * Returns the folders of a path that are still to be applied: those after a complete folder, an incomplete folder and those after it, or
 * the whole path if the position is not on it.
 */
function after(way: readonly string[], position: Extract<Position, { kind: 'at' | 'between' }>): readonly string[] {
  return position.kind === 'at' ? way.slice(way.indexOf(position.folder) + 1) : way.slice(Math.max(0, way.indexOf(position.to)));
}

/** Returns the limits of a transition, summed over all pairs; undefined if the plan does not state them for every pair. */
export function boundsOf(plan: PlanFile, from: string | undefined, to: string): { fewestReady: number; mostPods: number } | undefined {
  const steps = plan.pairs.flatMap((pair) => pair.transitions.filter((step) => step.from === from && step.to === to));
  const sum = (name: 'fewestReady' | 'mostPods') => steps.reduce((total, step) => total + step[name], 0);
  return steps.length === plan.pairs.length && steps.length > 0
    ? { fewestReady: sum('fewestReady'), mostPods: sum('mostPods') }
    : undefined;
}

/** Names the position of the cluster. */
export function placeText(position: Position): string {
  switch (position.kind) {
    case 'absent':
      return 'nothing of this plan exists';
    case 'before':
      return `before ${STAGE_0}`;
    case 'at':
      return position.folder;
    case 'between':
      return position.from === position.to ? `on the way to ${position.to}` : `between ${position.from} and ${position.to}`;
    case 'unrecognized':
      return 'at no folder of this plan';
  }
}

/** Describes the position of the cluster as the rest of a sentence: `at stage-25`. */
export function atText(position: Position): string {
  switch (position.kind) {
    case 'absent':
      return `before ${STAGE_0}, with nothing of this plan`;
    case 'at':
      return `at ${position.folder}`;
    default:
      return placeText(position);
  }
}
