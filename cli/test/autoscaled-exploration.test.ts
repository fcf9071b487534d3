import { CanaryPair, IstioVirtualService, Stages } from '../../lib';
import { isFull } from '../../test/support/sampling';
import { REPLICAS_PATH } from '../src/core/kubernetes/autoscaler';
import { type Resource, at } from '../src/core/resource';
import { type Model, type ModelState, type Sight, explored, needOf, traceOf } from './support/autoscaled-model';
import { objectsOf, pair, synthesized } from './trees';

const MAX = 3;

const planned = (weights: readonly number[], max = MAX) =>
  objectsOf(
    synthesized((chart) => {
      const own = { ...pair('shop', '1', '2'), stages: Stages.percent(...weights, 100), autoscaling: { min: 1, max } };
      new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'shop', own) });
    }),
  );

const model = (more: Partial<Model> = {}): Model => ({ objects: planned([50]), load: 2, max: MAX, ...more });

/** Whether a track has fewer ready pods than its share of the load needs. */
const isShort = (subject: Model, { stable, canary, weight }: ModelState) =>
  canary.ready < needOf(subject, weight) || stable.ready < needOf(subject, 1 - weight);

const short = (subject: Model, sights: readonly Sight[]) => sights.filter(({ state }) => isShort(subject, state));

describe('in every order of events, autoscaled tracks have the pods for their share of the load', () => {
  test.each<readonly [string, Model]>([
    ['at 50 % and 100 %', model()],
    ['with a load at the maximum', model({ load: MAX })],
    ['at 10 %, where the minimum does not rise', model({ objects: planned([10]) })],
    ...(isFull
      ? ([
          ['with a load of one pod', model({ load: 1 })],
          ['with three stages and up to 4 pods', model({ objects: planned([10, 50], 4), load: 3, max: 4 })],
        ] as const)
      : []),
  ])('%s', (_, subject) => {
    const sights = explored(subject);
    const states = sights.map(({ state }) => state);
    expect(states.length).toBeGreaterThan(200);
    expect(short(subject, sights).slice(0, 1).flatMap(traceOf)).toEqual([]);
    // The rollout ends, and a rollback from every resting stage does, too.
    expect(states.some(({ folder, direction }) => folder === 'promoted' && direction === 'advance')).toBe(true);
    const ends = states.filter(({ isOver }) => isOver);
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.filter(({ weight, canary }) => weight !== 0 || canary.wanted !== 0)).toEqual([]);
  });
});

describe('the exploration finds planted bugs', () => {
  const finds = (more: Partial<Model>) => {
    const subject = model(more);
    const sights = explored(subject, (state) => isShort(subject, state));
    expect(short(subject, sights)).not.toEqual([]);
  };
  const edited = (kind: string, edit: (spec: Resource) => void) => ({
    change: (document: Resource) => {
      if (document['kind'] === kind) {
        edit(document['spec'] as Resource);
      }
      return document;
    },
  });

  test('the driver does not give the canary its pods', () => finds({ scales: false }));

  test('a track may shrink during the rollout', () =>
    finds(edited('HorizontalPodAutoscaler', (spec) => ((spec['behavior'] as { scaleDown: Resource }).scaleDown['selectPolicy'] = 'Max'))));

  test('a folder sets a count', () =>
    finds(
      edited('Deployment', (spec) => {
        if (at({ spec }, ...REPLICAS_PATH) === undefined) {
          spec['replicas'] = 1;
        }
      }),
    ));
});
