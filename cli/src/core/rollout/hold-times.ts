import { stageNeed } from '../../../../lib/core/gates/planner';
import { Fraction } from '../../../../lib/core/fraction';
import type { Mode } from './decide';
import { type PlanFile, gatesAt, rolloutPairs, testsOfPair } from '../plan/plan';

/** How long a stage is held, in milliseconds: at least `hold`, and at most `longestHold` while the gates are inconclusive. */
export interface HoldTimes {
  readonly hold: number;
  readonly longestHold: number;
}

/** The hold times that the user set, the mode of the run, and the measured request rate. */
export interface HoldRule {
  /** Undefined if the user does not set it; the same for `longestHold`. */
  readonly hold: number | undefined;
  readonly longestHold: number | undefined;
  readonly mode: Mode;
  /** Requests of both versions per second that the gates see; undefined if the rate is not known. */
  readonly rate: number | undefined;
}

/** The minimum hold by default, in milliseconds: a person sees some traffic before the prompt, without a long wait. */
const SHORTEST = 30_000;

/** How long the gates may be inconclusive, in milliseconds, if neither the user nor the plan sets a limit. */
const LONGEST = 600_000;

/**
 * Returns how long a stage is held. If the gates decide and the user sets no hold, the stage is held for as long as the planner expects
 * the gates to take for the slowest pair; see `stageNeed`.
 */
export function holdTimesAt(plan: PlanFile, folder: string, rule: HoldRule): HoldTimes {
  const hold = rule.hold ?? Math.max(SHORTEST, rule.mode === 'auto' ? expected(plan, folder, rule.rate) : 0);
  const planned = Math.max(0, ...rolloutPairs(plan).map((pair) => (gatesAt(pair, folder).traffic?.longestHoldSeconds ?? 0) * 1_000));
  const longestHold = rule.longestHold ?? (planned > 0 ? Math.max(planned, rule.hold ?? 0) : Math.max(LONGEST, 3 * hold));
  return { hold: rule.hold ?? Math.min(hold, longestHold), longestHold };
}

function expected(plan: PlanFile, folder: string, rate: number | undefined): number {
  const seconds = rolloutPairs(plan).map((pair) => {
    const gates = gatesAt(pair, folder);
    const stage = pair.stages.find((one) => one.folder === folder);
    const share = stage && Fraction.parse(stage.achieved);
    const need = share && stageNeed(gates, Number(share.numerator) / Number(share.denominator), testsOfPair(pair));
    const measured = rate ?? gates.traffic?.requestsPerSecond;
    return need === undefined || measured === undefined ? 0 : Math.max(need.pass, need.fail) / measured;
  });
  return Math.ceil(Math.max(0, ...seconds)) * 1_000;
}
