import { countToKeep, handOver, startFromZero } from '../src/core/kubernetes/autoscaled-count';
import { autoscalerStatus } from '../src/core/kubernetes/autoscaler';
import { inWriteOrder } from '../src/core/kubernetes/write-order';
import { hasValueOf } from '../src/core/kubernetes/field-match';
import type { DeploymentHealth } from '../src/core/kubernetes/health';
import { type Situation, isSettledFor, nextStep } from '../src/core/rollout/decide';
import { isMet, loadOf, requirements, scaledText } from '../src/core/rollout/capacity';
import type { PairHealth } from '../src/core/rollout/pair-health';
import { recognize } from '../src/core/rollout/recognize-position';
import { objectsOf as recordedObjects, recordsOf } from '../src/core/rollout/rollback-record';
import type { Status } from '../src/core/rollout/status';
import type { Resource } from '../src/core/resource';
import { planText } from '../src/terminal/plan-text';
import type { Paint } from '../src/terminal/terminal';
import { statusText } from '../src/terminal/status-text';
import { health } from './support/pair-health';
import { liveFrom, objectsOf, trees } from './trees';

/** A Deployment whose autoscaler sees a load of this many pods. */
function scaled(name: string, wanted: number, load?: number, ready = wanted): DeploymentHealth {
  return {
    ...health(name, ready, wanted),
    isSettled: true,
    ...(wanted > 0 && { autoscaler: { min: 1, max: 20, load, stopped: undefined } }),
  };
}

const pairOf = (stable: DeploymentHealth, canary: DeploymentHealth): PairHealth => ({
  path: objectsOf(trees.autoscaled()).plan.pairs[0]!.path,
  service: 'shop',
  stable,
  canary,
  foreign: [],
});

describe('the load of a service', () => {
  test.each<[string, DeploymentHealth, DeploymentHealth, number]>([
    ["without metrics is stable's count, because it does not scale down", scaled('a', 8), scaled('b', 2), 8],
    ["after a promotion is the canary's count", scaled('a', 0), scaled('b', 9), 9],
    ['is what both autoscalers measure, if that is more', scaled('a', 8, 6.2), scaled('b', 4, 5.1), 12],
    ['is not what was, if the load fell', scaled('a', 8, 2), scaled('b', 2, 0.3), 8],
    ['ignores the old metrics of a track without pods', scaled('a', 0, 9), scaled('b', 5, 4), 5],
  ])('%s', (_, stable, canary, load) => {
    expect(loadOf(pairOf(stable, canary))).toBe(load);
  });
});

describe('the pods before a step', () => {
  const { plan } = objectsOf(trees.autoscaled());
  const at = (folder: string) => ({ kind: 'at' as const, folder });
  const needs = (situation: Pick<Situation, 'direction' | 'target'>, folder: string, pair: PairHealth) =>
    requirements({ plan, ...situation, position: at(folder), pairs: [pair] }).map((one) => [one.whose, one.pods, isMet(one)]);
  const forward = (target: string) => ({ direction: 'advance' as const, target });

  test.each<[string, string, string, DeploymentHealth, DeploymentHealth, unknown[]]>([
    ['none before the canary has pods', 'stage-0', 'stage-10', scaled('a', 8), scaled('b', 0), []],
    ['the share of the next weight', 'stage-10-up', 'stage-10', scaled('a', 15), scaled('b', 1), [['canary', 2, false]]],
    ['none for a folder that only starts pods', 'stage-10', 'stage-50', scaled('a', 15), scaled('b', 2), []],
    ['met by ready pods', 'stage-50-up', 'stage-50', scaled('a', 15), scaled('b', 8), [['canary', 8, true]]],
    ['not met by pods that go', 'stage-50-up', 'stage-50', scaled('a', 15), scaled('b', 7, undefined, 8), [['canary', 8, false]]],
    ['not met by pods that start', 'stage-50-up', 'stage-50', scaled('a', 15), scaled('b', 8, undefined, 7), [['canary', 8, false]]],
    ['none while a stage is held', 'stage-50', 'stage-50', scaled('a', 15), scaled('b', 1), []],
    ['at most the maximum', 'stage-100-up', 'stage-100', scaled('a', 20, 31), scaled('b', 10), [['canary', 20, false]]],
    ['all of the load before stable is drained', 'stage-100', 'promoted', scaled('a', 15), scaled('b', 12), [['canary', 15, false]]],
  ])('%s', (_, from, to, stable, canary, expected) => {
    expect(needs(forward(to), from, pairOf(stable, canary))).toEqual(expected);
  });

  test('a rollback needs all of the load on stable, unless stable has no pods yet', () => {
    const back = { direction: 'rollback' as const, target: 'stage-0' };
    expect(needs(back, 'stage-50', pairOf(scaled('a', 6), scaled('b', 8)))).toEqual([['stable', 8, false]]);
    expect(needs(back, 'promoted', pairOf(scaled('a', 0), scaled('b', 8)))).toEqual([]);
  });

  test('do not follow what the start of a canary costs that has no traffic yet', () => {
    expect(needs(forward('stage-10'), 'stage-10-up', pairOf(scaled('a', 5, 4.6), scaled('b', 1, 6)))).toEqual([['canary', 1, true]]);
  });

  test('do not follow the metrics while the driver has scaled for a load', () => {
    const pairs = [pairOf(scaled('a', 5, 3), scaled('b', 5, 9))];
    const situation = { plan, ...forward('stage-100'), position: at('stage-100-up'), pairs };
    expect(requirements(situation).map(({ pods }) => pods)).toEqual([12]);
    expect(requirements({ ...situation, loads: new Map([[pairs[0]!.path, 5]]) }).map(({ pods }) => pods)).toEqual([5]);
  });

  test('fixed counts need nothing', () => {
    const fixed = objectsOf(trees.istio()).plan;
    const pairs = [pairOf(health('a', 1, 3), health('b', 0, 1))];
    expect(requirements({ plan: fixed, ...forward('stage-25'), position: at('stage-10'), pairs })).toEqual([]);
  });

  test('says why a track is scaled', () => {
    const [one] = requirements({
      plan,
      ...forward('stage-50'),
      position: at('stage-50-up'),
      pairs: [pairOf(scaled('a', 15), scaled('b', 1))],
    });
    expect(scaledText(one!)).toBe('b scaled from 1 to 8 pods, for 50 % of the load of 15 pods');
    const [most] = requirements({
      plan,
      ...forward('promoted'),
      position: at('stage-100'),
      pairs: [pairOf(scaled('a', 15), scaled('b', 1, 40))],
    });
    expect(scaledText(most!)).toBe('b scaled from 1 to 20 pods, its maximum, for the load of 40 pods');
  });
});

describe('the next step of an autoscaled plan', () => {
  const { plan } = objectsOf(trees.autoscaled());
  const situation = (more: Partial<Situation>): Situation => ({
    plan,
    direction: 'advance',
    target: 'stage-10',
    position: { kind: 'at', folder: 'stage-10-up' },
    pairs: [pairOf(scaled('a', 15), scaled('b', 2))],
    applied: 'stage-10-up',
    now: 10_000,
    since: 0,
    settledSince: 1_000,
    timeout: 60_000,
    settle: 0,
    staleMs: 0,
    apiTimeout: 60_000,
    ...more,
  });

  test('moves the weight when the canary has the pods for it', () => {
    expect(nextStep(situation({}))).toEqual({ do: 'apply', folder: 'stage-10' });
  });

  test('scales the canary first, then waits until its pods are ready, and gives up after the timeout', () => {
    expect(nextStep(situation({ pairs: [pairOf(scaled('a', 15), scaled('b', 1))] }))).toMatchObject({
      do: 'scale',
      requirement: { whose: 'canary', pods: 2 },
    });
    const starting = situation({ pairs: [pairOf(scaled('a', 15), scaled('b', 2, undefined, 1))], settledSince: undefined });
    expect(isSettledFor(starting)).toBe(false);
    expect(nextStep(starting)).toEqual({ do: 'wait', until: 60_000 });
    expect(nextStep({ ...starting, now: 60_000 })).toEqual({
      do: 'fail',
      whose: 'canary',
      why: 'b: 1 of 2 pods are ready and 1 receive traffic after 60 s',
    });
  });

  test('a rollback scales stable first, and after the timeout it goes on with the pods that stable has', () => {
    const back = situation({ direction: 'rollback', target: 'stage-0', position: { kind: 'at', folder: 'stage-50' }, applied: undefined });
    expect(nextStep({ ...back, pairs: [pairOf(scaled('a', 4), scaled('b', 6))] })).toMatchObject({ do: 'scale', requirement: { pods: 6 } });
    const starting = { ...back, pairs: [pairOf(scaled('a', 6, undefined, 5), scaled('b', 6))], settledSince: undefined };
    expect(nextStep(starting)).toEqual({ do: 'wait', until: 60_000 });
    expect(nextStep({ ...starting, now: 60_000 })).toEqual({ do: 'apply', folder: 'rollback/from-stage-50' });
  });

  test('a rollback goes on with the least pods of stable if a quota refuses more of them beside the canary', () => {
    const refused = { reason: 'FailedCreate', pod: undefined, message: 'exceeded quota', isLasting: true, isWanted: false };
    const stuck = (ready: number): DeploymentHealth => ({ ...scaled('a', 6, undefined, ready), isSettled: false, troubles: [refused] });
    const step = (ready: number, now: number) =>
      nextStep(
        situation({
          direction: 'rollback',
          target: 'stage-0',
          position: { kind: 'at', folder: 'stage-50' },
          applied: undefined,
          pairs: [pairOf(stuck(ready), scaled('b', 3))],
          settledSince: undefined,
          now,
        }),
      );
    expect(step(4, 59_000)).toEqual({ do: 'wait', until: 60_000 });
    expect(step(4, 60_000)).toEqual({ do: 'apply', folder: 'rollback/from-stage-50' });
    expect(step(0, 60_000)).toMatchObject({ do: 'fail', whose: 'stable' });
  });
});

describe('before a folder that lets tracks shrink, the driver waits for late metrics', () => {
  const objects = objectsOf(trees.autoscaled());
  const step = (direction: 'advance' | 'rollback', folder: string, stable: DeploymentHealth, canary: DeploymentHealth, now = 20_000) =>
    nextStep({
      plan: objects.plan,
      direction,
      target: direction === 'advance' ? 'promoted' : 'stage-0',
      position: { kind: 'at', folder },
      pairs: [pairOf(stable, canary)],
      applied: folder,
      now,
      since: 0,
      settledSince: 10_000,
      timeout: 1e6,
      settle: 0,
      staleMs: 0,
      apiTimeout: 60_000,
    });

  test.each<[string, 'advance' | 'rollback', string, DeploymentHealth, DeploymentHealth, string]>([
    [
      'stable was quiet before it got all traffic back',
      'rollback',
      'rollback/from-stage-100',
      scaled('a', 6, 0.2),
      scaled('b', 6, 5),
      'wait',
    ],
    ['stable shows its load', 'rollback', 'rollback/from-stage-100', scaled('a', 6, 4.9), scaled('b', 6, 0.4), 'apply'],
    ['the canary has not shown its new load', 'advance', 'stage-100', scaled('a', 6, 2.5), scaled('b', 6, 2.4), 'wait'],
    ['the canary shows its load', 'advance', 'stage-100', scaled('a', 6, 0.1), scaled('b', 6, 5), 'apply'],
    ['there are no metrics', 'advance', 'stage-100', scaled('a', 6), scaled('b', 6), 'apply'],
    ['there is no load', 'advance', 'stage-100', scaled('a', 4, 0.4), scaled('b', 4, 0.3), 'apply'],
  ])('%s', (_, direction, folder, stable, canary, expected) => {
    expect(step(direction, folder, stable, canary).do).toBe(expected);
  });

  test('for two minutes at most, and says why', () => {
    const [stable, canary] = [scaled('a', 6, 0.2), scaled('b', 6, 5)];
    expect(step('rollback', 'rollback/from-stage-100', stable, canary)).toEqual({
      do: 'wait',
      until: 130_000,
      why: 'a: its autoscaler sees a load of 0.2 of 5.2 pods; waiting up to 2 min for its metrics, because the next folder lets it shrink',
    });
    expect(step('rollback', 'rollback/from-stage-100', stable, canary, 130_000).do).toBe('apply');
  });
});

describe('the order in which the driver writes', () => {
  const objects = objectsOf(trees.autoscaled());
  const kindsIn = (folder: string) =>
    inWriteOrder(objects.in(folder), folder)
      .map(({ ref }) => ref.kind)
      .filter((kind, index, kinds) => kind !== kinds[index - 1]);

  test.each(['stage-10-up', 'stage-10', 'stage-100', 'rollback/from-stage-50'])(
    'the autoscalers may not shrink before all else: %s',
    (folder) => {
      expect(kindsIn(folder)).toEqual(['HorizontalPodAutoscaler', 'Service', 'Deployment', 'DestinationRule', 'VirtualService']);
    },
  );

  test.each(['stage-0', 'promoted'])('the autoscalers may shrink again after all else: %s', (folder) => {
    expect(kindsIn(folder)).toEqual(['Service', 'Deployment', 'DestinationRule', 'VirtualService', 'HorizontalPodAutoscaler']);
  });
});

describe('the position of an autoscaled plan', () => {
  test.each(['autoscaled', 'autoscaledByPods'] as const)(
    'is the folder that was applied, whatever count the autoscalers set: %s',
    (name) => {
      const objects = objectsOf(trees[name]());
      for (const folder of objects.folders) {
        const live = new Map([...liveFrom(objects, () => folder)].map(([key, object]) => [key, withCount(object, 7)]));
        expect(recognize(objects, live)).toEqual({ kind: 'at', folder });
        const steps = recordedObjects(recordsOf(objects), 'default');
        expect(recognize(steps, live)).toEqual({ kind: 'at', folder });
      }
    },
  );

  /** A live Deployment has a count, also where its folder has none. */
  function withCount(object: Resource, pods: number): Resource {
    const { replicas = pods, ...spec } = (object['spec'] ?? {}) as { replicas?: number };
    return object['kind'] === 'Deployment' ? { ...object, spec: { ...spec, replicas } } : object;
  }

  test('a count of 0 is not one that an autoscaler sets', () => {
    const deployment = (replicas?: number): Resource => ({ kind: 'Deployment', spec: replicas === undefined ? {} : { replicas } });
    const path = ['spec', 'replicas'];
    expect(hasValueOf(deployment(5), deployment(), path)).toBe(true);
    expect(hasValueOf(deployment(0), deployment(), path)).toBe(false);
    expect(hasValueOf(deployment(5), deployment(0), path)).toBe(false);
    expect(hasValueOf(deployment(3), deployment(3), path)).toBe(true);
  });
});

describe('the count of a Deployment that its folder leaves to an autoscaler', () => {
  const manifest = (spec: Resource): Resource => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec });
  const live = (replicas: number, ...managers: string[]): Resource => ({
    ...manifest({ replicas }),
    metadata: {
      name: 'shop',
      resourceVersion: '7',
      managedFields: managers.map((manager) => ({ manager, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } })),
    },
  });

  test.each<[string, Resource, Resource | undefined, number | undefined]>([
    ['is kept if this manager set it', manifest({}), live(5, 'us'), 5],
    ['stays by itself if another manager set it', manifest({}), live(5, 'kubectl'), undefined],
    ['is not kept at 0: the track starts', manifest({}), live(0, 'us'), undefined],
    ['is what the folder says, if it says one', manifest({ replicas: 3 }), live(5, 'us'), undefined],
    ['is none of a Deployment that does not exist', manifest({}), undefined, undefined],
  ])('%s', (_, wanted, before, count) => {
    expect(countToKeep(wanted, before, 'us')).toBe(count);
  });

  test('is handed over with nothing but the count, for the version that was read', () => {
    expect(handOver(manifest({ template: {} }), live(5, 'us'), 5)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', resourceVersion: '7' },
      spec: { replicas: 5 },
    });
  });

  test('starts from 0, and only then', () => {
    expect(startFromZero(manifest({}), live(0, 'kubectl'))).toEqual({ metadata: { resourceVersion: '7' }, spec: { replicas: 1 } });
    expect(startFromZero(manifest({}), live(1, 'kubectl'))).toBeUndefined();
    expect(startFromZero(manifest({ replicas: 0 }), live(0, 'us'))).toBeUndefined();
  });
});

describe('what an autoscaler says', () => {
  const spec = {
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      {
        type: 'ContainerResource',
        containerResource: { name: 'memory', container: 'web', target: { type: 'AverageValue', averageValue: '64Mi' } },
      },
      { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '100' } } },
    ],
  };
  const cpu = (averageUtilization: number) => ({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } });

  test.each<[string, Resource[], number | undefined]>([
    ['one metric', [cpu(75)], 6],
    [
      'the largest of several, whatever their order',
      [{ type: 'Pods', pods: { metric: { name: 'rps' }, current: { averageValue: '50' } } }, cpu(25)],
      2,
    ],
    [
      'a quantity',
      [{ type: 'ContainerResource', containerResource: { name: 'memory', container: 'web', current: { averageValue: '96Mi' } } }],
      6,
    ],
    ['no metrics', [], undefined],
    ['metrics of something else', [{ type: 'Resource', resource: { name: 'memory', current: { averageUtilization: 99 } } }], undefined],
    ['an entry that the controller left empty', [{ type: '' }], undefined],
  ])('the load of 4 pods by %s', (_, currentMetrics, load) => {
    expect(autoscalerStatus({ spec, status: { currentReplicas: 4, currentMetrics } })).toEqual({
      min: 2,
      max: 9,
      load,
      stopped: undefined,
    });
  });

  test('that it does nothing, and why; a pause at 0 is meant', () => {
    const stopped = (condition: Resource) =>
      autoscalerStatus({ spec, status: { conditions: [{ type: 'ScalingActive', ...condition }] } }).stopped;
    expect(stopped({ status: 'False', reason: 'FailedGetResourceMetric', message: 'no metrics returned' })).toBe('no metrics returned');
    expect(stopped({ status: 'False', reason: 'ScalingDisabled', message: 'scaling is disabled' })).toBeUndefined();
    expect(stopped({ status: 'True', reason: 'ValidMetricFound' })).toBeUndefined();
  });
});

describe('what a user reads', () => {
  const plain: Paint = (_, text) => text;

  test('plan: the bounds, the range of each count, and the range of a share that pods divide', () => {
    const routed = planText(objectsOf(trees.autoscaled()).plan, false, plain);
    expect(routed).toContain('autoscaled from 4 to 20 pods, floor 4');
    expect(routed).toMatch(/stage-50 +50 % +50 % +4-20:2-20 +at least 6 /);
    expect(planText(objectsOf(trees.autoscaledByPods()).plan, false, plain)).toMatch(/stage-50 +50 % +16.67 % to 50 % +4-20:4 /);
  });

  test('status: the bounds and the load of each autoscaler, or why it does nothing', () => {
    const stopped = { min: 1, max: 20, load: undefined, stopped: 'failed to get cpu utilization' };
    const pair = pairOf(scaled('a', 8, 6.24), { ...scaled('b', 2), autoscaler: stopped });
    const status: Status = {
      context: 'test',
      namespace: 'shop',
      position: { kind: 'at', folder: 'stage-10' },
      next: 'stage-50',
      pairs: [{ ...pair, versions: { stable: '1', canary: '2' }, share: { why: 'not asked' } }],
      drift: [],
      holders: [],
      turned: undefined,
    };
    const text = statusText(status, plain);
    expect(text).toContain('ready, autoscaled 1-20 (load of 6.2 pods, of 8 in all)');
    expect(text).toContain('ready, autoscaled 1-20 (failed to get cpu utilization)');
  });
});
