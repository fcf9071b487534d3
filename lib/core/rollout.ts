import { PROMOTED, PROMOTED_ROUTE, PROMOTED_UP, STAGE_0, rollbackFolder, upFolder } from './folders';
import type { Plan, PlannedStage } from './plan';

/** The folders of an app. All pairs of an app have the same stages, so they share the folders. */
export interface Rollout {
  readonly stages: readonly PlannedStage[];
  /** The folders of an advance from `stage-0` to `promoted`, in the order in which they are applied. */
  readonly advance: readonly string[];
  /** The folders of a rollback from each stage, in the order in which they are applied. */
  readonly rollback: Readonly<Record<string, readonly string[]>>;
  /** All folders that hold manifests. */
  readonly folders: readonly string[];
}

/**
 * Joins the plans of pairs that have the same stages. A folder exists if at least one pair needs it; the other pairs keep their state in
 * it. A pair at rest has no stages of its own and fits any.
 */
export function joinPlans(plans: readonly Plan[]): Rollout {
  const stages = plans.find((plan) => plan.stages.length > 0)?.stages ?? [];
  const isNeeded = (folder: string) => plans.some(({ needed }) => needed.has(folder));
  const advance = [
    STAGE_0,
    ...stages.flatMap(({ folder }) => [upFolder(folder), folder].filter((name) => name === folder || isNeeded(name))),
    ...[PROMOTED_UP, PROMOTED_ROUTE, PROMOTED].filter((name) => stages.length > 0 && (name === PROMOTED || isNeeded(name))),
  ];
  const rollback: Record<string, string[]> = {};
  for (const { folder } of stages) {
    rollback[folder] = [rollbackFolder(folder), STAGE_0].filter((name) => name === STAGE_0 || isNeeded(name));
  }
  const last = stages[stages.length - 1];
  if (last) {
    rollback[PROMOTED] = [...[PROMOTED_ROUTE, PROMOTED_UP].filter(isNeeded), last.folder, ...rollback[last.folder]!];
  }
  const rollbackFolders = stages.map(({ folder }) => rollbackFolder(folder)).filter(isNeeded);
  return { stages, advance, rollback, folders: [...advance, ...rollbackFolders] };
}

/** Whether two pairs can be in one app: they have the same folders with the same weights, in the same order. */
export function sharesStages(a: Plan, b: Plan): boolean {
  return describeStages(a) === describeStages(b);
}

/** The stages on one line, for messages. */
export function describeStages(plan: Plan): string {
  return plan.stages.map(({ folder, weight }) => `${folder} (${weight.times(100).toRounded(4)} %)`).join(', ');
}
