import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import { DEFAULT_GATES, type GatesEntry, testsOf } from '../../../../lib/core/gates/settings';
import { PLAN_VERSION, type PairEntry, type PlanFile } from '../../../../lib/core/plan-file';
import { type PlanProblem, planProblem } from '../../../../lib/core/plan-problem';
import { UsageError } from '../errors';

export type { PairEntry, PlanFile };

/** A pair that has a canary. Only such a pair has a rollout. */
export type RolloutPair = PairEntry & Required<Pick<PairEntry, 'canary'>>;

export function rolloutPairs(plan: PlanFile): readonly RolloutPair[] {
  return plan.pairs.filter((pair): pair is RolloutPair => pair.canary !== undefined);
}

/** Whether a pair has a Service. The plan states it only for a pair without one. */
export function hasService(pair: PairEntry): boolean {
  return pair.hasService !== false;
}

/** Returns the gate settings of a pair at a folder: those of the stage, else those of the pair, else the defaults. */
export function gatesAt(pair: PairEntry, folder: string): GatesEntry {
  return pair.stages.find((stage) => stage.folder === folder)?.gates ?? pair.gates ?? DEFAULT_GATES;
}

/** The number of tests over which the level of a pair's gates is divided. */
export function testsOfPair(pair: PairEntry): number {
  return testsOf(pair.stages.map(({ folder }) => gatesAt(pair, folder)));
}

/**
 * Reads `plan.json`. The schema defines the valid content; in addition, the folders that its parts name must be consistent.
 *
 * @param where the file's name, for messages
 * @throws UsageError that names the first invalid place
 */
export function readPlan(text: string, where: string): PlanFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: not JSON: ${(error as Error).message}`);
  }
  const version = typeof value === 'object' && value !== null ? (value as { version?: unknown }).version : undefined;
  if (typeof version === 'number' && version > PLAN_VERSION) {
    throw new UsageError(
      `${where}: version: got ${version}; must be ${PLAN_VERSION}; try a newer kubectl-canary, or the one in the project that wrote the file`,
    );
  }
  const problem = planProblem(value) ?? folderProblem(value as PlanFile);
  if (problem) {
    const { path, got, must } = problem;
    const shown = got === undefined ? 'nothing' : excerpt(got);
    throw new UsageError(`${where}: ${path || 'the file'}: got ${shown}; must ${must}`);
  }
  return value as PlanFile;
}

/** The beginning of a value as JSON. */
function excerpt(value: unknown): string {
  try {
    return JSON.stringify(value).slice(0, 60);
  } catch {
    return 'a value that is nested too deeply to be shown';
  }
}

/**
 * Checks that `order.advance` contains every stage, and that every pair with a canary has a state for each folder that is applied. A pair
 * at rest has a state only in `stage-0`.
 */
function folderProblem({ order, pairs, stages }: PlanFile): PlanProblem | undefined {
  for (const [n, { folder }] of stages.entries()) {
    if (!order.advance.includes(folder)) {
      return { path: `stages[${n}].folder`, got: folder, must: 'be in order.advance' };
    }
  }
  const folders = [...new Set([...order.advance, ...Object.values(order.rollback).flat()])];
  for (const [n, { canary, states }] of pairs.entries()) {
    const missing = folders.find((folder) => canary && states[folder] === undefined);
    if (missing) {
      return {
        path: `pairs[${n}].states`,
        got: Object.keys(states).join(', '),
        must: `have every folder that is applied; ${missing} is missing`,
      };
    }
  }
  return undefined;
}

/** Whether a folder is in the middle of a rollout: not `stage-0`, where it has not begun, and not `promoted`, where it is finished. */
export function isUnderWay(folder: string | undefined): folder is string {
  return folder !== undefined && folder !== STAGE_0 && folder !== PROMOTED;
}
