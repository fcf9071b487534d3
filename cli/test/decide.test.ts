import fc from 'fast-check';
import { amountOf } from '../../test/support/sampling';
import { healthOf } from '../src/core/kubernetes/health';
import { nextStep } from '../src/core/rollout/decide';
import { objectsOf, trees } from './trees';
import { type Happening, type Story, type Told, tell } from './world';

const NAMES = ['pods', 'istio', 'roll', 'two', 'gateway', 'gatewayRoll'] as const;

/** Checks the rules that every story must keep, whatever happens in it, and returns a sentence for each broken rule. */
function broken(story: Story, told: Told): string[] {
  const { objects } = story;
  const steps = new Set(objects.steps.map(([from, to]) => `${from} -> ${to}`));
  const wrong: string[] = [];
  const { advance } = objects.plan.order;
  const happened = [...(story.happenings ?? new Map<number, Happening>()).values()];
  for (const { from, to } of told.applied) {
    // Restarting a folder is not a step. After a manual change, or after two kills, any start is possible.
    if (
      from !== to &&
      from !== '' &&
      !steps.has(`${from} -> ${to}`) &&
      !happened.includes('moved') &&
      happened.filter((one) => one === 'kill').length < 2
    ) {
      wrong.push(`${to} was applied at ${from}`);
    }
  }
  const isBack = ({ to }: { to: string }) => to === 'stage-0' || !advance.includes(to);
  if (told.end.result === 'rolled-back' && !(told.position.kind === 'at' && told.position.folder === 'stage-0')) {
    wrong.push('rolled back, and not at stage-0');
  }
  if (told.end.result === 'promoted' && !(told.position.kind === 'at' && told.position.folder === 'promoted')) {
    wrong.push('promoted, and not at promoted');
  }
  if (
    told.end.result === 'promoted' &&
    happened.includes('canary breaks') &&
    !happened.includes('moved') &&
    told.applied.at(-1) === undefined
  ) {
    wrong.push('a broken canary was promoted');
  }
  // After the driver starts a rollback, it never advances again.
  const firstBack = told.applied.findIndex(isBack);
  const goesOn =
    firstBack >= 0 &&
    told.applied
      .slice(firstBack)
      .some(
        ({ to, from }) =>
          advance.indexOf(to) > advance.indexOf('stage-0') && advance.indexOf(from) >= 0 && advance.indexOf(to) > advance.indexOf(from),
      );
  if (goesOn && told.turned) {
    wrong.push('it went forward on the way back');
  }
  return wrong;
}

describe.each(NAMES)('the tree %s', (name) => {
  const objects = objectsOf(trees[name]());
  const stages = objects.plan.stages.map(({ folder }) => folder);
  const plainStory: Story = { objects, mode: 'ask' };

  test('the driver asks at each stage, and with a yes at each it applies all folders in order', () => {
    const told = tell(plainStory);
    expect(told.end.result).toBe('promoted');
    expect(told.asked).toEqual(stages);
    expect(told.applied.map(({ to }) => to)).toEqual(objects.plan.order.advance.slice(1));
  });

  test.each(stages.map((stage, n) => [stage, n] as const))('a no at %s rolls back in the order of the plan', (stage, n) => {
    const told = tell({ ...plainStory, answers: [...Array<'yes'>(n).fill('yes'), 'no'] });
    expect(told.end.result).toBe('rolled-back');
    expect(told.applied.slice(-objects.plan.order.rollback[stage]!.length).map(({ to }) => to)).toEqual(objects.plan.order.rollback[stage]);
  });

  test('the driver rolls back if the gates fail, and pauses if they stay inconclusive for too long', () => {
    expect(tell({ objects, mode: 'auto', answers: ['yes', 'no'] }).end.result).toBe('rolled-back');
    const paused = tell({ objects, mode: 'auto', answers: Array<'unknown'>(50).fill('unknown') });
    expect(paused.end).toMatchObject({ result: 'paused', why: expect.stringContaining('still inconclusive') });
    expect(paused.position).toEqual({ kind: 'at', folder: stages[0] });
    expect(tell({ objects, mode: 'auto', answers: ['unknown', 'yes'] }).end.result).toBe('promoted');
  });

  test('the driver pauses at the first look if no response names a version, with the reason, and does not roll back', () => {
    const answers = Array<'unknown'>(50).fill('unknown');
    const told = tell({ objects, mode: 'auto', answers, unreadable: 'no response names version 1.0 or 1.1' });
    expect(told.end).toEqual({ do: 'end', result: 'paused', why: 'the gates cannot decide: no response names version 1.0 or 1.1' });
    expect(told.position).toEqual({ kind: 'at', folder: stages[0] });
    // A person decides without the gates, and a canary that fails its gates is still rolled back.
    expect(tell({ objects, mode: 'ask', unreadable: 'x' }).end.result).toBe('promoted');
    expect(tell({ objects, mode: 'auto', answers: ['no'], unreadable: 'x' }).end.result).toBe('rolled-back');
  });

  test('--until ends the rollout at that stage', () => {
    const told = tell({ objects, mode: 'yes', last: stages[0] });
    expect(told).toMatchObject({ end: { result: 'at-stage' }, position: { kind: 'at', folder: stages[0] } });
  });

  const { things } = tell(plainStory);
  const everywhere = Array.from({ length: things }, (_, n) => n);

  test('a driver that is killed before any action and started again reaches the same end', () => {
    for (const n of everywhere) {
      const story: Story = { ...plainStory, happenings: new Map([[n, 'kill']]) };
      const told = tell(story);
      expect({ n, end: told.end.result, broken: broken(story, told) }).toEqual({ n, end: 'promoted', broken: [] });
    }
  });

  test('a driver that is killed at any action of a rollback and started again still rolls back', () => {
    const answers = [...Array<'yes'>(stages.length - 1).fill('yes'), 'no'] as const;
    const back = tell({ ...plainStory, answers });
    const forward = tell({ ...plainStory, last: stages.at(-1) }).things;
    for (let n = forward + 1; n < back.things; n += 1) {
      const story: Story = { ...plainStory, answers, happenings: new Map([[n, 'kill']]) };
      const told = tell(story);
      expect({ n, end: told.end.result, broken: broken(story, told) }).toEqual({ n, end: 'rolled-back', broken: [] });
    }
  });

  test('a driver that is killed while it rolls a promotion back and started again goes back by the same folders', () => {
    const last = tell({ ...plainStory, last: stages.at(-1) }).things;
    const promotion: Story = { ...plainStory, happenings: new Map([[last + 2, 'interrupt twice']]) };
    const back = tell(promotion);
    for (let n = last + 3; n < back.things; n += 1) {
      const story: Story = { ...plainStory, happenings: new Map([...promotion.happenings!, [n, 'kill']]) };
      const told = tell(story);
      // If the driver is killed before it records the rollback, the next driver does not know of the interrupt and promotes.
      const end = told.turned ? 'rolled-back' : 'promoted';
      expect({ n, end: told.end.result, broken: broken(story, told) }).toEqual({ n, end, broken: [] });
    }
  });

  test('the driver rolls back if the canary breaks at any moment before the promotion, and does not blame stable', () => {
    const last = tell({ ...plainStory, last: stages.at(-1) }).things;
    for (const n of everywhere.filter((thing) => thing < last)) {
      const story: Story = { ...plainStory, happenings: new Map([[n, 'canary breaks']]) };
      const told = tell(story);
      expect({ n, end: told.end.result, broken: broken(story, told) }).toEqual({ n, end: 'rolled-back', broken: [] });
    }
  });

  test('the driver pauses if stable breaks, because a rollback would not repair stable', () => {
    for (const n of everywhere) {
      const told = tell({ ...plainStory, happenings: new Map([[n, 'stable breaks']]) });
      // Where stable has no pods any more, its failure has no effect, so the rollout is promoted.
      expect(['paused', 'promoted']).toContain(told.end.result);
      expect(told.turned).toBe(false);
    }
  });

  test('the driver waits for an API server that does not respond and blames neither track, and pauses if that lasts too long', () => {
    for (const n of everywhere) {
      const heard = tell({ ...plainStory, happenings: new Map([[n, 'silence']]) });
      expect({ n, end: heard.end.result, turned: heard.turned }).toEqual({ n, end: 'promoted', turned: false });
      const unheard = tell({ ...plainStory, happenings: new Map([[n, 'silence for good']]) });
      expect({ n, end: unheard.end, turned: unheard.turned }).toMatchObject({
        n,
        end: { result: 'paused', why: expect.stringContaining('no contact with the API server') },
        turned: false,
      });
    }
  });

  test('one Ctrl-C stops the rollout at a named position, and two roll it back', () => {
    for (const n of everywhere) {
      const once = tell({ ...plainStory, happenings: new Map([[n, 'interrupt']]) });
      expect({ n, end: once.end.result }).toEqual({ n, end: 'interrupted' });
      expect(['at', 'between']).toContain(once.position.kind);
      const twice = tell({ ...plainStory, happenings: new Map([[n, 'interrupt twice']]) });
      expect({ n, end: twice.end.result }).toEqual({ n, end: 'rolled-back' });
    }
  });

  test('the driver stops if another client moves the rollout', () => {
    for (const n of everywhere) {
      const told = tell({ ...plainStory, happenings: new Map([[n, 'moved']]) });
      expect(['paused', 'promoted']).toContain(told.end.result);
    }
  });

  test('with any events at any moment the rollout ends, takes only steps of the plan, and never advances after a rollback', () => {
    const happening = fc.constantFrom<Happening>(
      ...(['kill', 'canary breaks', 'stable breaks', 'interrupt', 'interrupt twice', 'silence', 'silence for good', 'moved'] as const),
    );
    const moment = fc.integer({ min: 0, max: things + 10 });
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, happening), { maxLength: 4 }), fc.constantFrom('ask', 'auto', 'yes'), (list, mode) => {
        const story: Story = { objects, mode, happenings: new Map(list) };
        const told = tell(story);
        expect(broken(story, told)).toEqual([]);
      }),
      { numRuns: amountOf('decisions: random stories') },
    );
  });
});

test.each(['pods', 'roll'] as const)('a promotion names the Deployment that serves and the one without pods: %s', (name) => {
  const objects = objectsOf(trees[name]());
  const { stable, canary } = objects.plan.pairs[0]!;
  const [serving, empty] = name === 'roll' ? [stable, canary!] : [canary!, stable];
  expect(tell({ objects, mode: 'yes' }).end).toMatchObject({
    result: 'promoted',
    why: `${canary!.version} (${serving.deployment}) serves all traffic; ${empty.deployment} has no pods`,
  });
});

test('an advance fails at a paused Deployment although all its pods are ready, and a rollback continues', () => {
  const objects = objectsOf(trees.pods());
  const folder = objects.plan.stages[0]!.folder;
  const well = { name: 'x', wanted: 1, ready: 1, pods: 1, endpoints: 1, terminating: 0, isSettled: true, troubles: [] };
  const paused = { reason: 'Paused', pod: undefined, message: 'the Deployment is paused', isLasting: true, isWanted: true };
  const steps = (['advance', 'rollback'] as const).map((direction) =>
    nextStep({
      plan: objects.plan,
      direction,
      target: folder,
      position: { kind: 'at', folder },
      pairs: [{ path: 'shop', service: 'shop', stable: { ...well, troubles: [paused] }, canary: well, foreign: [] }],
      applied: folder,
      now: 10_000,
      since: 0,
      settledSince: 1_000,
      timeout: 60_000,
      settle: 0,
      staleMs: 0,
      apiTimeout: 60_000,
    }),
  );
  expect(steps).toEqual([
    { do: 'fail', whose: 'other', why: 'x: Paused (the Deployment is paused)' },
    { do: 'apply', folder: objects.plan.order.rollback[folder]![0] },
  ]);
});

test('a Deployment that is deleted in the middle of an advance is named', () => {
  const { plan } = objectsOf(trees.pods());
  const folder = plan.stages[0]!.folder;
  const health = (name: string) => healthOf(name, { deployment: undefined, replicaSets: [], pods: [], endpointSlices: [] }, true);
  const well = { name: 'a', wanted: 1, ready: 1, pods: 1, endpoints: 1, terminating: 0, isSettled: true, troubles: [] };
  const situation = {
    plan,
    direction: 'advance' as const,
    target: folder,
    position: { kind: 'at' as const, folder: 'stage-0' },
    applied: folder,
    ...{ now: 0, since: 0, settledSince: undefined, timeout: 60_000, settle: 0, staleMs: 0, apiTimeout: 60_000 },
  };
  const pair = { path: 'shop', service: 'shop', stable: well, foreign: [] };
  expect(nextStep({ ...situation, pairs: [{ ...pair, canary: health('b') }] })).toMatchObject({
    do: 'fail',
    why: `this run applied ${folder}, and another client deleted Deployment/b; perhaps its namespace is being deleted`,
  });
  expect(nextStep({ ...situation, pairs: [{ ...pair, canary: { ...well, name: 'b' } }] })).toMatchObject({
    do: 'fail',
    why: `another client changed the cluster: this run applied ${folder}, and now the cluster is at stage-0`,
  });
});

test.each(['advance', 'rollback'] as const)('without any Deployment of the plan, an %s says that they were deleted', (direction) => {
  const { plan } = objectsOf(trees.pods());
  const folder = plan.stages[0]!.folder;
  const times = { now: 0, since: 0, settledSince: undefined, timeout: 60_000, settle: 0, staleMs: 0, apiTimeout: 60_000 };
  expect(nextStep({ plan, direction, target: folder, position: { kind: 'absent' }, pairs: [], applied: folder, ...times })).toEqual({
    do: 'fail',
    whose: 'other',
    why: `this run applied ${folder}, and now none of the plan's Deployments exists: they were deleted, perhaps with their namespace`,
  });
});
