import type { ProofState } from '../src/core/rollout/settle-wait';
import { isPending, settleOf } from '../src/core/rollout/settle-wait';
import { isHolding } from '../src/core/rollout/stage-hold';
import type { Situation } from '../src/core/rollout/decide';
import { objectsOf, trees } from './trees';
import { type Story, tell } from './world';

// The driver goes on from a folder that moved a weight only if the weight is in force, or it cannot be proven.

const objects = objectsOf(trees.gateway());
const stale: ProofState = { kind: 'contradicted', why: 'pod envoy-b still serves 50 %' };
const at =
  (folder: string, state: ProofState): Story['proofAt'] =>
  (one) =>
    one === folder ? state : undefined;

test.each([
  ['a proxy still serves the old weight', stale],
  ['a controller has not accepted the route', { kind: 'waiting', why: 'HTTPRoute/shop: no controller has written a status' }],
] as const)('a rollout pauses at the timeout while %s, and takes no pods away', (_, state) => {
  const told = tell({ objects, mode: 'yes', proofAt: at('stage-100', state) });
  expect(told.end).toEqual({ do: 'end', result: 'paused', why: `the weight is not in force after 60 s: ${state.why}` });
  expect(told.position).toEqual({ kind: 'at', folder: 'stage-100' });
  expect(told.applied.at(-1)!.to).toBe('stage-100');
});

test('a rollback ends at the timeout before it drains the canary, and says what still serves the old weight', () => {
  const folder = objects.plan.order.rollback['stage-100']![0]!;
  const told = tell({ objects, mode: 'ask', answers: ['yes', 'yes', 'no'], proofAt: at(folder, stale) });
  expect(folder).toBe('rollback/from-stage-100');
  expect(told.end).toMatchObject({ result: 'rollback-failed', why: expect.stringContaining('pod envoy-b still serves 50 %') });
  expect(told.position).toEqual({ kind: 'at', folder });
});

test('a driver that is killed at any action and started again does not drain the canary of a rollback whose weight is not in force', () => {
  const isBack = (folder: string) => folder.startsWith('rollback/');
  const proofAt: Story['proofAt'] = (folder) => (isBack(folder) ? stale : undefined);
  const { things } = tell({ objects, mode: 'ask', answers: ['yes', 'yes', 'no'], proofAt });
  for (let n = 0; n < things; n += 1) {
    // A killed driver asks again at its stage, so the answers may be for other stages.
    const { applied, end } = tell({
      objects,
      mode: 'ask',
      answers: ['yes', 'yes', 'no', 'no'],
      proofAt,
      happenings: new Map([[n, 'kill']]),
    });
    expect([n, end.result, applied.filter(({ from }) => isBack(from))]).toEqual([n, 'rollback-failed', []]);
  }
});

test.each<[string, Story['proofAt']]>([
  ['all weights are in force', () => ({ kind: 'in force' })],
  ['no weight can be proven', () => ({ kind: 'not proven', why: 'not proven' })],
])('a rollout is promoted if %s', (_, proofAt) => {
  expect(tell({ objects, mode: 'yes', proofAt }).end.result).toBe('promoted');
});

test('with a required proof the rollout pauses where it is impossible', () => {
  const proofAt = at('stage-50', { kind: 'not proven', why: 'not proven (reached 1 of 2)' });
  const { end } = tell({ objects, mode: 'yes', proofAt, requiresProof: true });
  expect(end).toMatchObject({ result: 'paused', why: 'not proven (reached 1 of 2); --in-force require does not go on without the proof' });
});

test('a stage is measured only once its weight is in force, or cannot be proven', () => {
  const held = {
    plan: objects.plan,
    direction: 'advance',
    target: 'stage-50',
    position: { kind: 'at', folder: 'stage-50' },
    settledSince: 0,
    now: 5_000,
  };
  const holds = (proof: ProofState | undefined, now = 5_000) =>
    isHolding({ ...held, now, settle: 5_000, settleInForce: 1_000, proof } as unknown as Situation);
  expect([holds(undefined), holds({ kind: 'not proven', why: '' }), holds(stale), holds({ kind: 'waiting', why: '' })]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([holds({ kind: 'in force' }, 1_000), holds({ kind: 'not proven', why: '' }, 1_000)]).toEqual([true, false]);
});

test('the settle time that stands in for a proof is not needed after one', () => {
  expect(settleOf({ settle: 5_000, settleInForce: 1_000, proof: { kind: 'in force' } })).toBe(1_000);
  expect(settleOf({ settle: 5_000, settleInForce: 1_000 })).toBe(5_000);
  expect([isPending(undefined), isPending({ kind: 'in force' }), isPending(stale)]).toEqual([false, false, true]);
});
