import { declare } from '../src/core/init/declare';
import type { Json, JsonObject } from '../../lib/core/yaml';
import { synthesized as run } from './support/generated-app';

/** `kubectl canary init` of a service with an autoscaler. */

const deployment = (resources: JsonObject = { requests: { cpu: '100m', memory: '64Mi' } }): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop', version: '1.0' } },
      spec: { containers: [{ name: 'web', image: 'shop:1.0', ports: [{ containerPort: 8080 }], resources }] },
    },
  },
});

const service: JsonObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop' },
  spec: { selector: { app: 'shop' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
};

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } };

const scaler = (spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
    minReplicas: 3,
    maxReplicas: 12,
    metrics: [CPU],
    ...spec,
  },
  ...more,
});

const destination = (subset: string) => ({ destination: { host: 'shop', subset } });
const virtualService: JsonObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'shop' },
  spec: { hosts: ['shop'], http: [{ route: [destination('stable'), destination('canary')] }] },
};

/** The same pods as an Argo Rollout, whose Deployment is new and so needs no selector of the old one. */
const rollout = (): JsonObject => ({
  ...deployment(),
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  spec: { ...(deployment().spec as JsonObject), replicas: 3, strategy: { canary: {} } },
});

const init = (objects: readonly JsonObject[], weights?: readonly number[]) => declare(objects, { image: 'shop:1.1', weights });

const find = (objects: readonly JsonObject[], kind: string, name = 'shop') =>
  objects.find((object) => object.kind === kind && (object.metadata as JsonObject).name === name);

const rendered = (program: string, stage?: string) => run(program, stage).objects as readonly JsonObject[];

/** The behavior that the API server fills in. */
const API_BEHAVIOR = {
  scaleUp: {
    selectPolicy: 'Max',
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: 'Max', stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
};

describe('an autoscaler becomes the autoscaling of the pair', () => {
  test('by pods, stable alone is autoscaled as before, and its promotion is a roll', () => {
    const { program, report } = init([deployment(), service, scaler()]);
    const objects = rendered(program);
    expect(find(objects, 'HorizontalPodAutoscaler')!.spec).toEqual({ ...(scaler().spec as JsonObject), behavior: API_BEHAVIOR });
    expect(find(objects, 'Deployment')!.spec).not.toHaveProperty('replicas');
    expect(program).toContain('Stages.percent(10, 25, 50)');
    expect(report.same.join()).toContain('HorizontalPodAutoscaler/shop: bounds, metrics and behavior');
    expect(report.left).toEqual([]);
    expect(report.remarks.join()).toContain('no route divides the requests, so only stable is autoscaled');
    expect(program).toMatch(/No route divides the requests[^]*\n {2}promotion: Promotion.ROLL/);
  });

  test('behind a route both versions are', () => {
    const { program } = init([
      rollout(),
      service,
      scaler({ scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'shop' } }),
      virtualService,
    ]);
    const objects = rendered(program, 'stage-10');
    for (const name of ['shop', 'shop-b']) {
      const { spec } = find(objects, 'HorizontalPodAutoscaler', name)!;
      expect(spec).toMatchObject({ maxReplicas: 12, scaleTargetRef: { kind: 'Deployment', name }, metrics: [CPU] });
    }
    expect(program).not.toContain('Promotion');
  });

  test.each<[string, JsonObject, Json, Json]>([
    [
      'its own behavior',
      {
        behavior: {
          scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] },
          scaleDown: { selectPolicy: 'Disabled' },
        },
      },
      {
        scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] },
        scaleDown: { ...API_BEHAVIOR.scaleDown, selectPolicy: 'Disabled' },
      },
      [CPU],
    ],
    [
      'metrics of memory and of pods',
      {
        metrics: [
          { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1500M' } } },
          { type: 'Pods', pods: { metric: { name: 'requests_per_second' }, target: { type: 'AverageValue', averageValue: '500m' } } },
        ],
      },
      API_BEHAVIOR,
      [
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: 1_500_000_000 } } },
        { type: 'Pods', pods: { metric: { name: 'requests_per_second' }, target: { type: 'AverageValue', averageValue: 0.5 } } },
      ],
    ],
  ])('%s', (_, spec, behavior, metrics) => {
    const { spec: found } = find(rendered(init([deployment(), service, scaler(spec)]).program), 'HorizontalPodAutoscaler')!;
    expect(found).toMatchObject({ behavior, metrics });
  });

  test('of version 1, and one without metrics, whose default is the processor', () => {
    const { metrics: _, ...plain } = scaler().spec as JsonObject;
    const v1 = scaler({}, { apiVersion: 'autoscaling/v1', spec: { ...plain, targetCPUUtilizationPercentage: 70 } });
    expect(find(rendered(init([deployment(), service, v1]).program), 'HorizontalPodAutoscaler')!.spec).toMatchObject({ metrics: [CPU] });
    const none = scaler({}, { spec: plain });
    expect(find(rendered(init([deployment(), service, none]).program), 'HorizontalPodAutoscaler')!.spec).not.toHaveProperty('metrics');
  });

  test('of another name, which must go before the first apply', () => {
    const { report } = init([deployment(), service, scaler({}, { metadata: { name: 'shop-hpa' } })]);
    expect(report.remarks.join()).toContain('run kubectl delete hpa shop-hpa right before the first apply; this changes no count');
  });

  test('a pair at rest has no stages to end, and the remark on another name', () => {
    const { program, report } = declare([deployment(), service, scaler({}, { metadata: { name: 'shop-hpa' } })], {});
    expect(program).not.toContain('Promotion');
    expect(find(rendered(program), 'HorizontalPodAutoscaler')).toBeDefined();
    expect(report.remarks.join()).toContain('kubectl delete hpa shop-hpa');
    expect(report.remarks.join()).not.toContain('no route');
  });

  test.each([1, 2, 3, 5, 10])('by pods with a minimum of %i the app synthesizes', (minReplicas) => {
    const { program } = init([deployment(), service, scaler({ minReplicas })]);
    expect(find(rendered(program, 'stage-50'), 'HorizontalPodAutoscaler')!.spec).toMatchObject({ minReplicas });
  });

  test('what cdk8s-plus cannot say is patched for both versions behind a route', () => {
    const metric = {
      type: 'ContainerResource',
      containerResource: { name: 'memory', container: 'web', target: { type: 'Utilization', averageUtilization: 60 } },
    };
    const scaled = scaler({ metrics: [metric, CPU, metric], behavior: { scaleUp: { tolerance: '50m' } } });
    const { program, report } = init([rollout(), service, scaled, virtualService]);
    expect(report.patches.map(({ path }) => path)).toEqual(['/spec/metrics/0', '/spec/metrics/2', '/spec/behavior/scaleUp/tolerance']);
    for (const name of ['shop', 'shop-b']) {
      const { spec } = find(rendered(program, 'stage-10'), 'HorizontalPodAutoscaler', name)!;
      expect(spec).toMatchObject({ metrics: [metric, CPU, metric], behavior: { scaleUp: { tolerance: '50m' } } });
    }
  });

  test('quantities have no more digits than the API server keeps', () => {
    const target = { type: 'AverageValue', averageValue: '700m' };
    expect(init([deployment(), service, scaler({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] })]).program).toContain(
      'Metric.resourceCpu(MetricTarget.averageValue(0.7))',
    );
  });

  test('requests that a LimitRange of the namespace sets are accepted by its name', () => {
    const range: JsonObject = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'defaults' },
      spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '100m' } }] },
    };
    const { program } = init([deployment({}), service, scaler(), range]);
    expect(program).toContain("'no-resource-request': 'LimitRange/defaults sets the requests of cpu'");
    expect(find(rendered(program), 'HorizontalPodAutoscaler')).toBeDefined();
    const other = { ...range, spec: { limits: [{ type: 'Pod', max: { cpu: 1 } }] } };
    expect(() => init([deployment({}), service, scaler(), other])).toThrow('requests none');
  });

  test('its labels are left out, and an autoscaler of something else stays as it is', () => {
    const other = scaler({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'shop' } }, { metadata: { name: 'other' } });
    const { report } = init([deployment(), service, scaler({}, { metadata: { name: 'shop', labels: { team: 'web' } } }), other]);
    expect(report.differs).toContain('HorizontalPodAutoscaler/shop: the labels and annotations team are left out');
    expect(report.left.map(({ object }) => object)).toEqual(['HorizontalPodAutoscaler/other']);
  });

  test('a restart that ends at most one of the pods that it keeps loses no request', () => {
    const { spec } = deployment();
    const careful = { ...deployment(), spec: { ...(spec as JsonObject), strategy: { rollingUpdate: { maxUnavailable: 1 } } } };
    const risks = (objects: readonly JsonObject[]) => init(objects).report.remarks.filter((remark) => remark.includes('may end all pods'));
    expect(risks([careful, service])).toHaveLength(1);
    expect(risks([careful, service, scaler()])).toEqual([]);
  });

  test.each([
    [[20, 60, 100], '20, 60'],
    [[20, 40, 100], '20, 40, 50'],
    [[100], '50'],
  ])('stages %j become %s: below 100 %%, and the canary can stand in for the pods that any strategy stops', (asked, stages) => {
    for (const minReplicas of [1, 2, 3, 4, 7]) {
      const stopping = deployment();
      (stopping.spec as JsonObject).strategy = { type: 'Recreate' };
      for (const original of [deployment(), stopping]) {
        const { program, report } = init([original, service, scaler({ minReplicas })], asked);
        expect(program).toContain(`Stages.percent(${stages})`);
        expect(report.remarks.join()).toContain(`the stages are ${stages} %`);
        expect(find(rendered(program), 'HorizontalPodAutoscaler')).toBeDefined();
      }
    }
  });
});

describe('refused in one sentence', () => {
  const KEDA = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'shop', controller: true };
  const V1_METRICS = { 'autoscaling.alpha.kubernetes.io/metrics': '[]' };
  const ofContainer = {
    type: 'ContainerResource',
    containerResource: { name: 'memory', container: 'web', target: { type: 'Utilization', averageUtilization: 60 } },
  };
  const flagger = (autoscalerRef: JsonObject): JsonObject => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'shop' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, autoscalerRef, service: { port: 80 } },
  });
  const external = { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } } };

  test.each<[string, readonly JsonObject[], string]>([
    [
      "KEDA's object",
      [deployment(), service, scaler({}, { kind: 'ScaledObject' })],
      'ScaledObject/shop scales it by a HorizontalPodAutoscaler that KEDA makes',
    ],
    [
      'two autoscalers',
      [deployment(), service, scaler(), scaler({}, { metadata: { name: 'other' } })],
      'HorizontalPodAutoscaler/shop and HorizontalPodAutoscaler/other scale it',
    ],
    [
      'the autoscaler that KEDA makes',
      [deployment(), service, scaler({}, { metadata: { name: 'keda-hpa-shop', ownerReferences: [KEDA] } })],
      'HorizontalPodAutoscaler/keda-hpa-shop scales it, but ScaledObject/shop makes that autoscaler',
    ],
    [
      "a Canary's reference to KEDA's object",
      [deployment(), service, flagger({ kind: 'ScaledObject', name: 'shop-so' })],
      'Canary/shop: ScaledObject/shop-so scales it by a HorizontalPodAutoscaler that KEDA makes',
    ],
    [
      "a Canary's reference to what is not there",
      [deployment(), service, flagger({ kind: 'HorizontalPodAutoscaler', name: 'shop' })],
      'Canary/shop, autoscalerRef: HorizontalPodAutoscaler/shop is not in the input',
    ],
    [
      'metrics of the whole service behind a route',
      [rollout(), service, scaler({ metrics: [external] }), virtualService],
      'HorizontalPodAutoscaler/shop, spec.metrics[0]: got type External, which measures the whole service',
    ],
    [
      'metrics that version 1 has in an annotation',
      [deployment(), service, scaler({}, { apiVersion: 'autoscaling/v1', metadata: { name: 'shop', annotations: V1_METRICS } })],
      'must be autoscaling/v2: kubectl get hpa.v2.autoscaling shop -o yaml',
    ],
    ['no pods at rest', [deployment(), service, scaler({ minReplicas: 0 })], 'spec.minReplicas: got 0; must be at least 1'],
    ['no maximum', [deployment(), service, scaler({ maxReplicas: 2 })], 'spec.maxReplicas: got 2; must be at least minReplicas, 3'],
    [
      'a utilization of one container that requests nothing',
      [deployment({}), service, scaler({ metrics: [ofContainer] })],
      'it compares the utilization of memory, and container web of Deployment/shop requests none',
    ],
    [
      'a version that is gone',
      [deployment(), service, scaler({}, { apiVersion: 'autoscaling/v2beta1' })],
      'got apiVersion autoscaling/v2beta1',
    ],
    [
      'a utilization of nothing',
      [deployment({}), service, scaler()],
      'it compares the utilization of cpu, and container web of Deployment/shop requests none',
    ],
    [
      'a selector that matches both versions behind a route',
      [deployment(), service, scaler(), virtualService],
      'its selector {"app":"shop"} also matches the pods of the new version, so Kubernetes would stop the autoscalers of both',
    ],
  ])('%s', (_, objects, message) => {
    expect(() => init(objects)).toThrow(message);
  });
});
