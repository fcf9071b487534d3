import { ApiObject, App, Chart, Duration, JsonPatch, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import fc from 'fast-check';
import { CanaryPair, type CanaryPairProps, IstioVirtualService, Promotion, Sizing, Stages } from '../lib';
import { type Output, type Written, inChart, pairProps, synthesize } from './support/apps';
import { routed, withCode } from './support/routed';

const metrics = [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(60))];

const REQUESTS = { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(64) } };

/** A pair whose tracks have from 4 to 20 pods. */
const autoscaled = (more: Partial<CanaryPairProps> = {}): Partial<CanaryPairProps> => ({
  autoscaling: { min: 4, max: 20, metrics },
  pod: { image: 'shop:1.0', ports: [{ number: 8080 }], resources: REQUESTS },
  ...more,
});

const byPods = (more: Partial<CanaryPairProps> = {}) =>
  synthesize(
    inChart(
      (chart) =>
        new CanaryPair(
          chart,
          'shop',
          pairProps(
            autoscaled({ stages: Stages.percent(20, 50), promotion: Promotion.ROLL, accept: { 'share-off': 'a few pods' }, ...more }),
          ),
        ),
    ),
  );

/** For each folder the replicas of both Deployments, `-` where the folder has none, and the minimums of their autoscalers. */
function counts(output: Output): Record<string, string> {
  return Object.fromEntries(
    output.folders().map((folder) => {
      const objects = output.objects(folder);
      const of = (kind: string, read: (spec: Written) => unknown) =>
        objects.filter((object) => object['kind'] === kind).map(({ spec }) => read(spec as Written) ?? '-');
      const replicas = of('Deployment', ({ replicas: pods }) => pods).join(':');
      return [folder, `${replicas} min ${of('HorizontalPodAutoscaler', ({ minReplicas }) => minReplicas).join(':')}`];
    }),
  );
}

describe('an autoscaled pair behind a router', () => {
  const output = () => routed({}, autoscaled());

  test('has no replicas where a track receives traffic, 0 where it does not, and minimums that follow the weights', () => {
    expect(counts(output())).toEqual({
      'stage-0': '-:0 min 4:1',
      'stage-10-up': '-:- min 4:1',
      'stage-10': '-:- min 4:1',
      'stage-50-up': '-:- min 4:2',
      'stage-50': '-:- min 4:2',
      'stage-100-up': '-:- min 4:4',
      'stage-100': '-:- min 4:4',
      promoted: '0:- min 1:4',
      'rollback/from-stage-10': '-:- min 4:1',
      'rollback/from-stage-50': '-:- min 4:2',
      'rollback/from-stage-100': '-:- min 4:4',
    });
  });

  test('sized for the peak gives the canary its share of the maximum, and stable the maximum before a promotion', () => {
    const peak = routed({}, autoscaled({ autoscaling: { min: 4, max: 20, metrics, sizing: Sizing.PEAK } }));
    expect(counts(peak)).toMatchObject({
      'stage-0': '-:0 min 4:1',
      'stage-10': '-:- min 4:2',
      'stage-50': '-:- min 4:10',
      'stage-100-up': '-:- min 20:20',
      'stage-100': '-:- min 20:20',
      promoted: '0:- min 1:4',
      'rollback/from-stage-100': '-:- min 20:20',
    });
  });

  test('does not scale down from the first stage until the promotion', () => {
    const policies = (folder: string) =>
      output()
        .objects(folder)
        .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
        .map(({ spec }) => spec.behavior.scaleDown.selectPolicy);
    for (const folder of output().folders()) {
      const wanted = folder === 'stage-0' || folder === 'promoted' ? 'Max' : 'Disabled';
      expect([folder, policies(folder)]).toEqual([folder, [wanted, wanted]]);
    }
  });

  test('writes the metrics and rules of the declaration to both autoscalers, and each scales its own track', () => {
    const scaleDown = { stabilizationWindow: Duration.minutes(10), strategy: kplus.ScalingStrategy.MIN_CHANGE };
    const scaleUp = { policies: [{ replicas: kplus.Replicas.percent(100), duration: Duration.seconds(30) }] };
    const written = routed({}, autoscaled({ autoscaling: { min: 4, max: 20, metrics, scaleDown, scaleUp } }));
    for (const name of ['shop-a', 'shop-b']) {
      const { apiVersion, spec } = written.object('stage-0', 'HorizontalPodAutoscaler', name);
      expect(apiVersion).toBe('autoscaling/v2');
      expect(spec).toMatchObject({
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        maxReplicas: 20,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
        behavior: {
          scaleDown: { selectPolicy: 'Min', stabilizationWindowSeconds: 600 },
          scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }] },
        },
      });
    }
  });

  test('states its range in plan.json, in the report and in the annotation, and cleans up the autoscalers too', () => {
    const { plan, ...rest } = output();
    const pair = plan.pairs[0]!;
    expect(pair.autoscaling).toEqual({ min: 4, max: 20, sizing: 'live' });
    expect({ baseline: pair.baseline, floor: pair.floor }).toEqual({ baseline: 4, floor: 4 });
    expect(pair.stages.map(({ stable, canary }) => [stable, canary])).toEqual([
      [4, 1],
      [4, 2],
      [4, 4],
    ]);
    expect(new Set(pair.transitions.map(({ mostPods }) => mostPods))).toEqual(new Set([40]));
    const deployment = output().object('stage-10', 'Deployment', 'shop-b');
    expect(deployment.metadata.annotations['cdk8s-canary/split']).toBe('4-20:1-20, 10 % asked, 10 % achieved');
    expect(plan.cleanup.afterPromotion.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'HorizontalPodAutoscaler shop-a',
      'Deployment shop-a',
    ]);
    expect(Object.keys(rest.files)).toContain('cleanup/after-promotion.k8s.yaml');
  });

  test('has an autoscaler for each track, for patches; one at rest has only that of stable', () => {
    const patched = routed({}, autoscaled(), ({ pair }) => {
      expect(pair.canary!.autoscaler).toBeDefined();
      ApiObject.of(pair.stable.autoscaler!).addJsonPatch(JsonPatch.add('/metadata/labels', { team: 'web' }));
    });
    expect(patched.object('stage-50', 'HorizontalPodAutoscaler', 'shop-a').metadata.labels).toEqual({ team: 'web' });
    expect(counts(routed({}, autoscaled({ canary: undefined, stages: undefined })))).toEqual({ 'stage-0': '- min 4' });
  });

  test('renders the selected stage in any other cdk8s app', () => {
    const chart = new Chart(new App(), 'chart');
    Stages.select(chart, 'stage-50');
    const pair = new CanaryPair(chart, 'shop', pairProps(autoscaled()));
    new IstioVirtualService(chart, 'route', { pair });
    const objects = Testing.synth(chart) as Written[];
    expect(objects.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => 'replicas' in spec)).toEqual([false, false]);
    expect(objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map(({ spec }) => spec.minReplicas)).toEqual([4, 2]);
  });
});

test('promoted equals stage-0 of the next declaration, but for the track without traffic', () => {
  const next = autoscaled({
    stable: { name: 'shop-b', version: '1.1', image: 'shop:1.1' },
    canary: { name: 'shop-a', version: '1.2', image: 'shop:1.2' },
  });
  const serving = (output: Output, folder: string) =>
    ['Deployment', 'HorizontalPodAutoscaler'].map((kind) => {
      const { metadata, ...object } = output.object(folder, kind, 'shop-b');
      return { ...object, name: metadata.name as string, labels: metadata.labels as unknown };
    });
  const promoted = serving(routed({}, autoscaled()), 'promoted');
  expect(promoted).toEqual(serving(routed({}, next), 'stage-0'));
  expect(promoted).toEqual(serving(routed({}, { ...next, canary: undefined }), 'stage-0'));
});

test('a budget counts the least pods of an autoscaled track', () => {
  const warningsWith = (minAvailable: number) => {
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'shop-a' },
      spec: { minAvailable, selector: { matchLabels: { 'cdk8s-canary/deployment': 'shop-a' } } },
    };
    return withCode(
      routed({}, autoscaled(), ({ chart }) => void new ApiObject(chart, 'budget', budget)),
      'blocked-drain',
    );
  };
  expect(warningsWith(3)).toEqual([]);
  expect(warningsWith(4).map(({ message }) => message)).toEqual([
    expect.stringContaining('PodDisruptionBudget shop-a allows no eviction of its 4 pods at stage-0'),
  ]);
});

test('a metric of the whole service may be accepted for two tracks, with a reason', () => {
  const queue = kplus.Metric.external({ name: 'queue_length', target: kplus.MetricTarget.averageValue(30) });
  const accept = { 'shared-metric': 'the adapter adds the version to the query' };
  const output = routed({}, autoscaled({ autoscaling: { min: 4, max: 20, metrics: [queue] }, accept }));
  expect(withCode(output, 'shared-metric').map(({ level, message }) => [level, message])).toEqual([
    ['info', expect.stringContaining(accept['shared-metric'])],
  ]);
});

test('in any autoscaled plan a folder has a count only of tracks without pods, and minimums that the plan states', () => {
  fc.assert(
    fc.property(
      fc.record({
        min: fc.integer({ min: 1, max: 9 }),
        more: fc.nat({ max: 20 }),
        weights: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 }),
        sizing: fc.constantFrom(Sizing.LIVE, Sizing.PEAK),
        promotion: fc.constantFrom(Promotion.SWAP, Promotion.ROLL),
        minCanary: fc.integer({ min: 1, max: 3 }),
      }),
      ({ min, more, weights, sizing, promotion, minCanary }) => {
        const stages = Stages.percent(...weights.sort((a, b) => a - b), 100);
        const output = routed({}, autoscaled({ autoscaling: { min, max: min + more + 2, metrics, sizing }, stages, promotion, minCanary }));
        for (const folder of output.folders()) {
          const state = output.plan.pairs[0]!.states[folder]!;
          for (const [name, pods] of [
            ['shop-a', state.stable],
            ['shop-b', state.canary],
          ] as const) {
            const { spec } = output.object(folder, 'Deployment', name);
            const { minReplicas, maxReplicas, behavior } = output.object(folder, 'HorizontalPodAutoscaler', name).spec as Written;
            const isMoving = folder !== 'stage-0' && folder !== 'promoted';
            expect({
              folder,
              name,
              replicas: spec.replicas as unknown,
              minReplicas,
              isDisabled: behavior.scaleDown.selectPolicy === 'Disabled',
            }).toEqual({
              folder,
              name,
              replicas: pods === 0 ? 0 : undefined,
              minReplicas: Math.max(1, pods),
              isDisabled: isMoving,
            });
            expect(minReplicas).toBeLessThanOrEqual(maxReplicas as number);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

describe('an autoscaled pair without a router', () => {
  test('autoscales stable alone; the canary has a fixed count', () => {
    expect(counts(byPods())).toEqual({
      'stage-0': '-:0 min 4',
      'stage-20': '-:1 min 4',
      'stage-50': '-:4 min 4',
      'promoted-up': '-:4 min 4',
      promoted: '-:0 min 4',
    });
  });

  test('states the share as an interval, because it falls as stable grows', () => {
    const output = byPods();
    const deployment = output.object('stage-50', 'Deployment', 'shop-b');
    expect(deployment.metadata.annotations['cdk8s-canary/split']).toBe('4-20:4, 50 % asked, 16.67 % to 50 % achieved');
    expect(Math.max(...output.plan.pairs[0]!.transitions.map(({ mostPods }) => mostPods))).toBe(25);
    expect(Math.min(...output.plan.pairs[0]!.transitions.map(({ fewestReady }) => fewestReady))).toBe(4);
    expect(output.plan.cleanup.afterPromotion.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Deployment shop-b']);
  });

  test('may have a metric of the whole service, because one autoscaler alone starts the pods for it', () => {
    const queue = kplus.Metric.external({ name: 'queue_length', target: kplus.MetricTarget.averageValue(30) });
    const { spec } = byPods({ autoscaling: { min: 4, max: 20, metrics: [queue] } }).object('stage-20', 'HorizontalPodAutoscaler', 'shop-a');
    expect(spec.metrics).toMatchObject([{ type: 'External', external: { metric: { name: 'queue_length' } } }]);
  });
});
