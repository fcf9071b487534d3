import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type ApiObjectProps, Chart, Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type CanaryApp, CanaryPair, IstioVirtualService, Promotion, Stages } from '../../lib';
import { freshFolder } from '../support/fresh-folder';
import { type RefusedInput, accepted, app, props, refused } from '../support/refused';

// ScaledObjects as users of KEDA write them. Whatever they do, a track of a pair can have none.

const CPU = 'triggers: [{ type: cpu, metricType: Utilization, metadata: { value: "70" } }]';
const PROMETHEUS = `triggers:
    - type: prometheus
      metadata:
        serverAddress: http://prometheus.monitoring:9090
        query: sum(rate(http_requests_total{service="shop"}[2m]))
        threshold: "100"`;

interface Written {
  readonly target?: string;
  readonly annotations?: string;
  readonly spec: string;
}

const scaledObject = ({ target = 'name: shop-green', annotations = '{}', spec }: Written) => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: shop-scaler
  annotations: ${annotations}
spec:
  scaleTargetRef: { ${target} }
  maxReplicaCount: 20
  ${spec}
`;

/** Includes a manifest of another tool into the chart of a pair. */
function include(pair: CanaryPair, text: string): void {
  const file = join(freshFolder(), 'keda.yaml');
  writeFileSync(file, text);
  new Include(Chart.of(pair), 'keda', { url: file });
}

const validPair = (given: CanaryApp, change: object) => new CanaryPair(new Chart(given, 'shop'), 'web', props(change));

const KINDS: readonly (readonly [string, Written, string])[] = [
  [
    'by the processor',
    { spec: `minReplicaCount: 2\n  ${CPU}` },
    'ScaledObject shop-scaler scales shop-green by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ],
  [
    'by the processor, without a minimum: KEDA never stops the last pod then',
    { target: 'apiVersion: apps/v1, kind: Deployment, name: shop-green', spec: CPU },
    'ScaledObject shop-scaler scales shop-green by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ],
  [
    'by a query of Prometheus',
    { spec: `minReplicaCount: 2\n  ${PROMETHEUS}` },
    'ScaledObject shop-scaler scales shop-green by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with a metric of the pods instead of the trigger prometheus',
  ],
  [
    'to zero, in so many words',
    { spec: `minReplicaCount: 0\n  ${PROMETHEUS}` },
    'ScaledObject shop-scaler scales shop-green, down to 0 pods, by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, which keeps at least one pod, with a metric of the pods instead of the trigger prometheus',
  ],
  [
    'to zero, by the default',
    { spec: PROMETHEUS },
    'ScaledObject shop-scaler scales shop-green, down to 0 pods, by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, which keeps at least one pod, with a metric of the pods instead of the trigger prometheus',
  ],
  [
    'to zero while nothing happens',
    { spec: `minReplicaCount: 2\n  idleReplicaCount: 0\n  ${PROMETHEUS}` },
    'ScaledObject shop-scaler scales shop-green, down to 0 pods, by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, which keeps at least one pod, with a metric of the pods instead of the trigger prometheus',
  ],
  [
    'paused at a count',
    { annotations: '{ autoscaling.keda.sh/paused-replicas: "4" }', spec: `minReplicaCount: 2\n  ${CPU}` },
    'ScaledObject shop-scaler holds shop-green at 4 pods by the annotation autoscaling.keda.sh/paused-replicas, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ],
  [
    'paused at zero',
    {
      annotations: '{ autoscaling.keda.sh/paused-replicas: "0", autoscaling.keda.sh/paused: "true" }',
      spec: `minReplicaCount: 2\n  ${CPU}`,
    },
    'ScaledObject shop-scaler holds shop-green at 0 pods by the annotation autoscaling.keda.sh/paused-replicas, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ],
  [
    'paused as it is',
    { annotations: '{ autoscaling.keda.sh/paused: "true" }', spec: `minReplicaCount: 2\n  ${CPU}` },
    'ScaledObject shop-scaler is paused, and scales shop-green by a HorizontalPodAutoscaler that KEDA makes when its annotation autoscaling.keda.sh/paused goes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ],
];

const INCLUDED: RefusedInput[] = KINDS.map(([what, written, sentence]) =>
  app(`a ScaledObject ${what}`, (given) => include(validPair(given, {}), scaledObject(written)), `[shop/web] ${sentence}`),
);

const DECLARED: ApiObjectProps & { readonly spec: object } = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'shop-scaler' },
  spec: { scaleTargetRef: { name: 'shop-blue' }, minReplicaCount: 1, triggers: [{ type: 'cpu', metadata: { value: '70' } }] },
};

const SCALED = {
  baseline: undefined,
  autoscaling: { min: 2, max: 9, metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(70))] },
};

const OTHERS: RefusedInput[] = [
  app(
    'a ScaledObject of stable behind a router, as an ApiObject',
    (given) => {
      const web = validPair(given, {});
      new IstioVirtualService(Chart.of(web), 'route', { pair: web });
      new ApiObject(Chart.of(web), 'keda', DECLARED);
    },
    '[shop/web] ScaledObject shop-scaler scales shop-blue by a HorizontalPodAutoscaler that KEDA makes, but the plan sets its replicas at every stage; remove it and set autoscaling of the pair, with the same metrics',
  ),
  app(
    'a ScaledObject of an autoscaled track, in a List',
    (given) => {
      const web = validPair(given, SCALED);
      new IstioVirtualService(Chart.of(web), 'route', { pair: web });
      new ApiObject(Chart.of(web), 'keda', { apiVersion: 'v1', kind: 'List', items: [DECLARED] });
    },
    '[shop/web] ScaledObject shop-scaler scales shop-blue by a HorizontalPodAutoscaler that KEDA makes, but the pair has its own autoscaling; remove the ScaledObject',
  ),
  app(
    'a ScaledObject of a canary with a fixed count, beside the autoscaler of stable',
    (given) =>
      include(
        validPair(given, { ...SCALED, stages: Stages.percent(50), promotion: Promotion.ROLL }),
        scaledObject({ spec: `minReplicaCount: 0\n  ${PROMETHEUS}` }),
      ),
    '[shop/web] ScaledObject shop-scaler scales shop-green, down to 0 pods, by a HorizontalPodAutoscaler that KEDA makes, but the pair has its own autoscaling; remove the ScaledObject',
  ),
];

refused([...INCLUDED, ...OTHERS]);

accepted(
  (
    [
      ['another Deployment', 'name: worker'],
      ['a StatefulSet with the name of a track', 'apiVersion: apps/v1, kind: StatefulSet, name: shop-green'],
    ] as const
  ).map(([what, target]) => ({
    what: `a ScaledObject of ${what}`,
    declare: (given: CanaryApp) => include(validPair(given, {}), scaledObject({ target, spec: PROMETHEUS })),
  })),
);

accepted([
  {
    what: 'a ScaledObject of a Deployment of the same name in another namespace',
    declare: (given) => {
      const web = validPair(given, {});
      new ApiObject(Chart.of(web), 'keda', { ...DECLARED, metadata: { name: 'shop-scaler', namespace: 'other' } });
    },
  },
]);
