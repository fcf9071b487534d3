import { stageNeed } from '../../../../lib/core/gates/planner';
import { Fraction } from '../../../../lib/core/fraction';
import type { Mode } from './decide';
import { type PlanFile, gatesAt, rolloutPairs } from '../plan/plan';

/** How long a stage is watched, in milliseconds: at least, and at most while the gates do not know. */
export interface Holds {
  readonly hold: number;
  readonly longestHold: number;
}

/** What was asked for, and what is measured. */
export interface HoldRule {
  /** Undefined where nobody says. */
  readonly hold: number | undefined;
  readonly longestHold: number | undefined;
  readonly mode: Mode;
  /** Requests of both versions a second that the gates see; undefined where that is not known. */
  readonly rate: number | undefined;
}

/** A person who is asked wants to have seen something, and not to wait for more. */
const SHORTEST = 30_000;

/** Until when the gates are waited for, where nobody says. */
const LONGEST = 600_000;

/**
 * How long a stage is held. Where the gates decide and nobody says for how long, it is as long as the planner expects them to take, of
 * the pair that takes longest; see `stageNeed`.
 */
export function holdsAt(plan: PlanFile, folder: string, rule: HoldRule): Holds {
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
    const need = share && stageNeed(gates, Number(share.numerator) / Number(share.denominator), pair.stages.length);
    const measured = rate ?? gates.traffic?.requestsPerSecond;
    return need === undefined || measured === undefined ? 0 : Math.max(need.pass, need.fail) / measured;
  });
  return Math.ceil(Math.max(0, ...seconds)) * 1_000;
}
