import { EXIT, type ExitCode } from '../src/core/errors';
import type { Situation } from '../src/core/rollout/decide';
import type { Position } from '../src/core/rollout/position';
import { endByError, endByStep } from '../src/core/rollout/run-end';
import { type Look, newWait, waitAfter } from '../src/core/rollout/settle-wait';
import { isHolding } from '../src/core/rollout/stage-hold';
import { transitionBack, transitionTo } from '../src/core/rollout/transition';
import { objectsOf, trees } from './trees';

// The pure decisions of the driver beside `nextRunStep`.

const { plan } = objectsOf(trees.pods());

const POSITIONS = {
  absent: { kind: 'absent' },
  before: { kind: 'before' },
  at: { kind: 'at', folder: 'stage-25' },
  between: { kind: 'between', from: 'stage-10', to: 'stage-25' },
} satisfies Record<string, Position>;

describe('the wait for settled pods', () => {
  const settled = { applied: 'stage-10', since: 1_000, settledSince: 2_000 };
  const unsettled = { ...settled, settledSince: undefined };
  const look: Look = { now: 9_000, elapsed: 500, isSettled: false, isStale: false };

  test.each([
    ['pods that are not settled yet', unsettled, {}, unsettled],
    ['pods that settle now', unsettled, { isSettled: true }, { ...unsettled, settledSince: 9_000 }],
    ['pods that stay settled', settled, { isSettled: true }, settled],
    ['pods that are not settled any more begin a new timeout', settled, {}, { ...unsettled, since: 9_000 }],
    ['stale time does not count', unsettled, { isStale: true }, { ...unsettled, since: 1_500 }],
    ['stale time does not count for settled pods', settled, { isSettled: true, isStale: true }, { ...settled, since: 1_500 }],
    ['a new timeout begins now, although the state is stale', settled, { isStale: true }, { ...unsettled, since: 9_000 }],
  ])('%s', (_what, before, change, after) => {
    expect(waitAfter(before, { ...look, ...change })).toEqual(after);
  });

  test('a new wait begins with its folder, or without one', () => {
    expect(newWait(7, 'stage-10')).toEqual({ applied: 'stage-10', since: 7, settledSince: undefined });
    expect(newWait(7)).toEqual({ applied: undefined, since: 7, settledSince: undefined });
  });
});

describe('a stage is held', () => {
  const held = { plan, direction: 'advance', target: 'stage-25', position: POSITIONS.at, settledSince: 1_000, settle: 500, now: 1_500 };

  test.each([
    ['if its pods are settled for long enough', {}, true],
    ['not before that', { now: 1_499 }, false],
    ['not if its pods are not settled', { settledSince: undefined }, false],
    ['not during a rollback', { direction: 'rollback' }, false],
    ['not at a folder that is no stage', { target: 'stage-0', position: { kind: 'at', folder: 'stage-0' } }, false],
    ['not at another stage than the target', { target: 'stage-50' }, false],
    ['not while it is incomplete', { position: POSITIONS.between }, false],
  ])('%s', (_when, change, expected) => {
    expect(isHolding({ ...held, ...change } as unknown as Situation)).toBe(expected);
  });
});

describe('the transition that is recorded', () => {
  test.each([
    ['absent', undefined],
    ['before', undefined],
    ['at', 'stage-25'],
    ['between', 'stage-10'],
  ] as const)('an apply at the position %s begins from %s', (kind, from) => {
    const position = POSITIONS[kind];
    expect(transitionTo('stage-50', 'advance', position)).toEqual({ direction: 'advance', from, to: 'stage-50' });
    expect(transitionTo('stage-0', 'rollback', position)).toEqual({ direction: 'rollback', from, to: 'stage-0' });
  });

  test.each([
    ['absent', undefined],
    ['before', undefined],
    ['at', 'stage-25'],
    ['between', 'stage-25'],
  ] as const)('a rollback at the position %s begins from %s', (kind, from) => {
    const first = from === undefined ? 'stage-0' : plan.order.rollback[from]![0];
    expect(transitionBack(plan, POSITIONS[kind])).toEqual({ direction: 'rollback', from, to: first });
  });
});

describe('the end of a run', () => {
  test.each([
    ['promoted', 'advance', 0],
    ['at-stage', 'advance', 0],
    ['rolled-back', 'advance', 7],
    ['rolled-back', 'rollback', 0],
    ['paused', 'advance', 6],
    ['rollback-failed', 'advance', 8],
    ['rollback-failed', 'rollback', 8],
    ['interrupted', 'advance', 130],
    ['interrupted', 'rollback', 130],
  ] as const)('%s, where the command asked for %s: exit code %d', (result, asked, code) => {
    expect(endByStep(result, asked)).toEqual({ result, code });
  });

  const { refused, held, conflict, paused, interrupted, rollbackFailed } = EXIT;
  test.each<[ExitCode, 'advance' | 'rollback', boolean, string, ExitCode]>([
    [refused, 'advance', false, 'refused', refused],
    [refused, 'advance', true, 'paused', paused],
    [conflict, 'advance', false, 'refused', conflict],
    [conflict, 'advance', true, 'refused', conflict],
    [paused, 'advance', false, 'paused', paused],
    [held, 'advance', true, 'refused', held],
    [interrupted, 'advance', true, 'interrupted', interrupted],
    [refused, 'rollback', false, 'rollback-failed', rollbackFailed],
    [conflict, 'rollback', true, 'rollback-failed', rollbackFailed],
    [paused, 'rollback', true, 'rollback-failed', rollbackFailed],
    [held, 'rollback', true, 'refused', held],
    [interrupted, 'rollback', true, 'interrupted', interrupted],
  ])('an error with exit code %d during %s, after a write: %s', (code, direction, hasWritten, result, expected) => {
    expect(endByError({ code }, direction, hasWritten)).toEqual({ result, code: expected });
  });
});
