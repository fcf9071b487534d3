import type { PairEntry, PlanFile } from './generated/plan-types';
import { isPlan } from './plan-problem';

export type {
  FindingEntry,
  GatesEntry,
  ObjectEntry,
  OutsideEntry,
  PairEntry,
  PlanFile,
  StateEntry,
  TrackEntry,
} from './generated/plan-types';

/** The kinds of router in the schema. */
export type RouterName = PairEntry['router'];

/** The version of the format of `plan.json` that this library writes and reads. */
export const PLAN_VERSION = 1 satisfies PlanFile['version'];

/** Parses a plan that a synth wrote; returns undefined for anything else, such as a plan of another version. */
export function parsePlanFile(text: string): PlanFile | undefined {
  try {
    const plan: unknown = JSON.parse(text);
    return isPlan(plan) ? plan : undefined;
  } catch {
    return undefined;
  }
}
