import { stageNeed } from '../../lib/core/gates/planner';
import { type HoldRule, holdTimesAt } from '../src/core/rollout/hold-times';
import { gatesAt, rolloutPairs, testsOfPair } from '../src/core/plan/plan';
import { trees } from './trees';

/** Tests the hold time of a stage: the one that the user sets, or the one that the planner expects. */

const { plan } = trees.gated();
const [pair] = rolloutPairs(plan);
const rule = (more: Partial<HoldRule> = {}): HoldRule => ({ hold: undefined, longestHold: undefined, mode: 'auto', rate: 10, ...more });

const expected = (folder: string, share: number, rate: number) => {
  const { pass, fail } = stageNeed(gatesAt(pair!, folder), share, testsOfPair(pair!))!;
  return Math.ceil(Math.max(pass, fail) / rate) * 1_000;
};

test('if the gates decide, the hold is as long as they are expected to take at the rate of the requests', () => {
  expect(holdTimesAt(plan, 'stage-25', rule()).hold).toBe(expected('stage-25', 0.25, 10));
  expect(holdTimesAt(plan, 'stage-25', rule({ rate: 20 })).hold).toBe(expected('stage-25', 0.25, 20));
  expect(holdTimesAt(plan, 'stage-50', rule()).hold).toBe(expected('stage-50', 0.5, 10));
  // A smaller margin makes this stage take longer.
  expect(holdTimesAt(plan, 'stage-25', rule()).hold).toBeGreaterThan(2 * holdTimesAt(plan, 'stage-50', rule()).hold);
  // If the driver sends no requests, the hold time follows from the request rate in the plan.
  expect(holdTimesAt(plan, 'stage-50', rule({ rate: undefined }))).toEqual(holdTimesAt(plan, 'stage-50', rule({ rate: 10 })));
});

test('the hold is at least half a minute and at most the longest hold', () => {
  expect(holdTimesAt(plan, 'stage-50', rule({ rate: 10_000 })).hold).toBe(30_000);
  expect(holdTimesAt(plan, 'stage-25', rule({ rate: 0.1 }))).toEqual({ hold: 2_400_000, longestHold: 2_400_000 });
  expect(holdTimesAt(plan, 'stage-25', rule({ rate: 0.1, longestHold: 60_000 }))).toEqual({ hold: 60_000, longestHold: 60_000 });
  // At 100 % there is no stable version left to compare with.
  expect(holdTimesAt(plan, 'stage-100', rule()).hold).toBe(30_000);
});

test('a hold that the user sets is used as it is', () => {
  expect(holdTimesAt(plan, 'stage-25', rule({ hold: 0 }))).toEqual({ hold: 0, longestHold: 2_400_000 });
  expect(holdTimesAt(plan, 'stage-25', rule({ hold: 3_600_000 }))).toEqual({ hold: 3_600_000, longestHold: 3_600_000 });
  expect(holdTimesAt(trees.pods().plan, 'stage-50', rule({ hold: 1_000 }))).toEqual({ hold: 1_000, longestHold: 600_000 });
  expect(holdTimesAt(trees.pods().plan, 'stage-50', rule({ hold: 400_000 }))).toEqual({ hold: 400_000, longestHold: 1_200_000 });
});

test('the hold is half a minute if a prompt or --yes decides', () => {
  expect(holdTimesAt(plan, 'stage-25', rule({ mode: 'ask' })).hold).toBe(30_000);
  expect(holdTimesAt(plan, 'stage-25', rule({ mode: 'yes' })).hold).toBe(30_000);
});
