import type { RecordedTransition } from '../src/core/rollout/position';
import { recognize } from '../src/core/rollout/recognize-position';
import type { Resource } from '../src/core/resource';
import { advancePath, isGoingBack, nextStage, rollbackPath } from '../src/core/plan/path';
import { liveFrom, objectsOf, trees } from './trees';

const NAMES = ['pods', 'istio', 'roll', 'two', 'gateway', 'gatewayRoll'] as const;

describe.each(NAMES)('the tree %s', (name) => {
  const objects = objectsOf(trees[name]());
  const { plan } = objects;

  test('a cluster at a folder is recognized from its objects alone', () => {
    for (const folder of objects.folders) {
      expect(
        recognize(
          objects,
          liveFrom(objects, () => folder),
        ),
      ).toEqual({ kind: 'at', folder });
    }
  });

  test('every half-applied step is recognized with and without the recorded transition, and has a path forward and back', () => {
    for (const [from, to] of objects.steps) {
      const keys = objects.in(to).map(({ key }) => key);
      for (let done = 0; done <= keys.length; done += 1) {
        const live = liveFrom(objects, (key) => (keys.indexOf(key) < done ? to : from));
        const going: RecordedTransition = { direction: plan.order.advance.includes(to) ? 'advance' : 'rollback', from, to };
        for (const position of [recognize(objects, live), recognize(objects, live, going)]) {
          if (position.kind === 'at') {
            expect([from, to]).toContain(position.folder);
            continue;
          }
          expect(position.kind).toBe('between');
          // Both paths end where they should, even from a folder that was applied in part.
          expect(rollbackPath(plan, position).at(-1) ?? 'stage-0').toBe('stage-0');
          if (!isGoingBack(plan, position) && nextStage(plan, position)) {
            expect(advancePath(plan, position, 'promoted').at(-1)).toBe('promoted');
          }
        }
        const written = recognize(objects, live, going);
        if (written.kind === 'between') {
          expect(written).toEqual({ kind: 'between', from, to });
        }
      }
    }
  });

  test('a rollout that was interrupted on the way forward and again on the way back is still recognized', () => {
    const [first, second] = [plan.order.advance[1]!, plan.order.advance[2]!];
    const back = rollbackPath(plan, { kind: 'between', from: first, to: second })[0]!;
    const { telling } = objects;
    const live = liveFrom(objects, (key) => [back, second, first][telling.findIndex((object) => object.key === key) % 3] ?? first);
    const position = recognize(objects, live, { direction: 'rollback', from: second, to: back });
    expect(position.kind === 'at' || position.kind === 'between').toBe(true);
    expect(rollbackPath(plan, position).at(-1) ?? 'stage-0').toBe('stage-0');
  });

  test('a half-created stage-0 is continued if the transition to it was recorded', () => {
    const keys = objects.in('stage-0').map(({ key }) => key);
    for (let done = 1; done < keys.length; done += 1) {
      const live = liveFrom(objects, (key) => (keys.indexOf(key) < done ? 'stage-0' : undefined));
      const position = recognize(objects, live, { direction: 'advance', from: undefined, to: 'stage-0' });
      const isAllThere = objects.telling.every(({ key }) => live.has(key));
      const isNoneThere = objects.telling.every(({ key }) => !live.has(key));
      if (!isAllThere && !isNoneThere && position.kind !== 'at') {
        expect(position).toEqual({ kind: 'between', from: 'stage-0', to: 'stage-0' });
        expect(advancePath(plan, position, 'promoted')).toEqual(plan.order.advance);
      }
    }
  });

  test('a cluster without objects of the plan is absent, and one with a count that no folder has is unrecognized', () => {
    expect(recognize(objects, new Map())).toEqual({ kind: 'absent' });
    const live = liveFrom(objects, () => 'stage-0');
    const hasCount = (path: readonly string[]) => path.join('.') === 'spec.replicas';
    const deployment = objects.telling.find(({ varying }) => varying.some(hasCount))!;
    const scaled = structuredClone(live.get(deployment.key)!);
    (scaled['spec'] as Resource)['replicas'] = 47;
    live.set(deployment.key, scaled);
    const position = recognize(objects, live);
    expect(position).toMatchObject({
      kind: 'unrecognized',
      nearest: 'stage-0',
      why: expect.stringContaining('has .spec.replicas 47, and stage-0'),
    });
  });

  test('a cluster is recognized after cleanup', () => {
    for (const [folder, refs] of [
      ['promoted', plan.cleanup.afterPromotion],
      ['stage-0', plan.cleanup.afterRollback],
    ] as const) {
      const live = liveFrom(objects, () => folder);
      refs.forEach((ref) => live.delete(objects.find(ref)!.key));
      expect(recognize(objects, live)).toEqual({ kind: 'at', folder });
    }
  });
});

describe('other releases', () => {
  const first = objectsOf(trees.first());
  const next = objectsOf(trees.next());

  test('the next release starts from the promoted state of the previous one', () => {
    expect(
      recognize(
        next,
        liveFrom(first, () => 'promoted'),
      ),
    ).toEqual({ kind: 'before' });
    const cleaned = liveFrom(first, () => 'promoted');
    cleaned.delete(next.deployment({}, 'shop-a')!.key);
    expect(recognize(next, cleaned)).toEqual({ kind: 'before' });
  });

  test('a cluster in the middle of another release is refused, because three versions would serve', () => {
    const position = recognize(
      next,
      liveFrom(first, () => 'stage-25'),
    );
    expect(position).toMatchObject({ kind: 'unrecognized' });
    expect((position as { why: string }).why).toMatch(/shop-a runs version 1 of another rollout/);
  });

  test('a plan that changes both versions but no names is refused, because it would remove the running pods', () => {
    // In this plan shop-a is the canary, but it runs the version that should be stable; shop-b does not run that version.
    const live = liveFrom(first, () => 'stage-0');
    const renamed = new Map([...live].map(([key, object]) => [key, withVersion(object, key.endsWith('shop-a') ? '2' : '1')]));
    const position = recognize(next, renamed);
    expect((position as { why: string }).why).toMatch(/declares shop-b as stable with version 2, but shop-a runs that version/);
  });

  test('a cluster that runs another version than the plan starts from is refused', () => {
    const live = new Map([...liveFrom(first, () => 'promoted')].map(([key, object]) => [key, withVersion(object, '99')]));
    const position = recognize(next, live);
    expect((position as { why: string }).why).toMatch(/shop-b runs version 99 .*, but this plan starts from version 2/);
  });
});

function withVersion(object: Resource, version: string): Resource {
  const copy = structuredClone(object);
  const labels = ((copy['spec'] as Resource | undefined)?.['template'] as { metadata: { labels: Record<string, string> } } | undefined)
    ?.metadata.labels;
  if (labels) {
    labels['version'] = version;
  }
  return copy;
}
