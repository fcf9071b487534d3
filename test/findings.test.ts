import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type Chart, Duration, JsonPatch, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  CanaryPair,
  type CanaryPairProps,
  IstioVirtualService,
  PodSecurity,
  PreStop,
  SessionAffinity,
  Stages,
  TopologySpread,
  Weight,
} from '../lib';
import { FINDING_CODES, type FindingCode } from '../lib/core/finding';
import type { PlanFile } from '../lib/core/plan-file';
import { ACCEPTABLE } from '../lib/findings';
import { inChart, pairProps, synthesize } from './support/apps';

type Declare = (chart: Chart) => unknown;

/** The findings that a synth reports, or the message of the error that it throws. */
function findingsOf(declare: Declare): PlanFile['findings'] | string {
  try {
    return synthesize(inChart((chart) => void declare(chart))).plan.findings;
  } catch (error) {
    return (error as Error).message;
  }
}

const pair =
  (more: Partial<CanaryPairProps> = {}) =>
  (chart: Chart) =>
    new CanaryPair(chart, 'shop', pairProps(more));

const object = (chart: Chart, kind: string, spec: object, name = kind.toLowerCase(), apiVersion = 'policy/v1') =>
  new ApiObject(chart, name, { apiVersion, kind, metadata: { name }, spec });

/** An autoscaled pair behind a route. */
const autoscaled = (more: Partial<CanaryPairProps>, metric: kplus.Metric) => (chart: Chart) => {
  const shop = pair({ autoscaling: { min: 2, max: 9, metrics: [metric] }, ...more })(chart);
  new IstioVirtualService(chart, 'route', { pair: shop });
};

const budget =
  (selector: object, rule: object, name = 'budget') =>
  (chart: Chart) => {
    pair()(chart);
    object(chart, 'PodDisruptionBudget', { selector, ...rule }, name);
  };

const OF_STABLE = { matchLabels: { 'cdk8s-canary/deployment': 'shop-a' } };
const SHARED = { matchLabels: { app: 'shop' } };

const pod = pairProps().pod!;

const ANTI_AFFINITY = '/spec/template/spec/affinity';

/** A pair whose tracks both have a required anti-affinity with this term. */
const apart = (term: object) => (chart: Chart) =>
  pair()(chart).patchTracks(
    JsonPatch.add(ANTI_AFFINITY, {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...term }] },
    }),
  );

/** A pair whose tracks both have this spread constraint too. */
const spread = (constraint: object) => (chart: Chart) =>
  pair()(chart).patchTracks(
    JsonPatch.add('/spec/template/spec/topologySpreadConstraints/-', { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, ...constraint }),
  );

/** One example of each finding that does not stop a synth, with its message. */
const SHOWN: [FindingCode, string, Declare, RegExp][] = [
  ['share-off', 'warning', pair({ stages: Stages.percent(1, 100) }), /stage-1: 29:1 achieves 3.33 % instead of 1 %/],
  ['share-off', 'warning', pair({ stages: Stages.percent(10, 100), fixedTotal: true }), /2:1 achieves 33.33 %.*leave out fixedTotal/],
  [
    'stage-undecided',
    'warning',
    pair({
      baseline: 10,
      maxReplicas: 1_000,
      stages: Stages.percent(1, 100),
      gates: { requestsPerSecond: 2, longestHold: Duration.hours(1) },
    }),
    /stage-1: with 1 % of 2 requests per second, its gates need about 84 min \([\d,]+ requests\), more than the longestHold of 60 min/,
  ],
  ['no-readiness-probe', 'warning', pair({ pod: { image: 'shop:1.0' } }), /shop-a has no readiness probe/],
  ['no-pre-stop', 'warning', pair({ pod: { ...pod, preStop: PreStop.none() } }), /shop-a has no preStop hook/],
  ['latest-tag', 'warning', pair({ pod: { ...pod, image: 'shop' } }), /shop-a runs shop, whose content can change/],
  ['always-pull-rollback', 'info', pair({ pod: { ...pod, imagePullPolicy: kplus.ImagePullPolicy.ALWAYS } }), /depend on the registry/],
  [
    'scheduling-across-tracks',
    'warning',
    apart({ labelSelector: SHARED }),
    /^shop-a and shop-b: affinity\.podAntiAffinity\.requiredDuringSchedulingIgnoredDuringExecution\[0\] selects the pods of both/,
  ],
  [
    'scheduling-across-tracks',
    'warning',
    (chart) =>
      ApiObject.of(pair()(chart).canary!).addJsonPatch(
        JsonPatch.add(ANTI_AFFINITY, {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: OF_STABLE }] },
        }),
      ),
    /^shop-b: affinity/,
  ],
  [
    'scheduling-across-tracks',
    'warning',
    apart({ labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['shop', 'web'] }] }, namespaceSelector: {} }),
    /a kubernetes\.io\/hostname with a pod of one track takes none of the other/,
  ],
  [
    'scheduling-across-tracks',
    'warning',
    apart({
      labelSelector: {
        matchExpressions: [
          { key: 'version', operator: 'Exists' },
          { key: 'job', operator: 'DoesNotExist' },
        ],
      },
    }),
    /^shop-a and shop-b/,
  ],
  [
    'scheduling-across-tracks',
    'warning',
    spread({ labelSelector: SHARED, whenUnsatisfiable: 'DoNotSchedule' }),
    /^shop-a and shop-b: topologySpreadConstraints\[1\] \(DoNotSchedule\) counts the pods of both tracks/,
  ],
  [
    'sticky-service',
    'warning',
    pair({ service: { ...pairProps().service!, sessionAffinity: SessionAffinity.CLIENT_IP } }),
    /binds clients to pods/,
  ],
  [
    'load-balancer-bypasses-route',
    'warning',
    (chart) =>
      new IstioVirtualService(chart, 'route', {
        pair: pair({ service: { ...pairProps().service!, type: kplus.ServiceType.LOAD_BALANCER } })(chart),
      }),
    /get the pods' share, not the route's weights/,
  ],
  [
    'undeclared-port',
    'warning',
    pair({ service: { name: 'shop', ports: [{ port: 80, targetPort: 9090 }] } }),
    /no container of the tracks declares port 9090 \(declared by both: 8080\)/,
  ],
  [
    'undeclared-port',
    'warning',
    (chart) => ApiObject.of(pair()(chart).service).addJsonPatch(JsonPatch.replace('/spec/ports/0/targetPort', 9999)),
    /no container of the tracks declares port 9999/,
  ],
  [
    'adopted-pods',
    'warning',
    pair({ stable: { name: 'shop-a', version: '1.0', selector: { app: 'shop' } }, accept: { 'shared-selector': 'it runs already' } }),
    /shop-a adopts a Deployment: the first apply of stage-0 adds the label version=1.0 to its pods, and so replaces all of them once/,
  ],
  [
    'recreate-strategy',
    'warning',
    pair({ stable: { name: 'shop-a', version: '1.0', strategy: kplus.DeploymentStrategy.recreate() } }),
    /shop-a may stop all its pods before it starts new ones/,
  ],
  [
    'recreate-strategy',
    'warning',
    (chart) => ApiObject.of(pair()(chart).canary!).addJsonPatch(JsonPatch.add('/spec/strategy', { type: 'Recreate' })),
    /shop-b may stop all its pods before it starts new ones/,
  ],
  ['not-restricted', 'info', pair({ pod: { ...pod, security: PodSecurity.IMAGE } }), /the image decides which user it runs as/],
  [
    'not-restricted',
    'info',
    pair({ pod: { ...pod, securityContext: { privileged: true, allowPrivilegeEscalation: true } } }),
    /main is privileged, main may escalate its privileges/,
  ],
  ['not-restricted', 'info', pair({ pod: { ...pod, podSecurityContext: { ensureNonRoot: false } } }), /main may run as root/],
  [
    'not-restricted',
    'info',
    (chart) =>
      ApiObject.of(pair()(chart).canary!).addJsonPatch(JsonPatch.remove('/spec/template/spec/containers/0/securityContext/capabilities')),
    /main does not drop all capabilities/,
  ],
  ['single-replica', 'warning', pair({ baseline: 1, stages: Stages.percent(50, 100) }), /a floor of 1 allows a single ready pod/],
  [
    'blocked-drain',
    'warning',
    budget(OF_STABLE, { minAvailable: 3 }),
    /allows no eviction of its 3 pods at stage-0, stage-50, rollback\/from-stage-100/,
  ],
  ['blocked-drain', 'warning', budget(OF_STABLE, { maxUnavailable: 0 }), /allows no eviction of its 3 pods/],
  [
    'blocked-drain',
    'warning',
    budget(SHARED, { minAvailable: '100%' }),
    /at stage-0, stage-10-up, stage-10, stage-50, stage-100, promoted/,
  ],
  [
    'blocked-drain',
    'warning',
    (chart) => {
      budget(OF_STABLE, { maxUnavailable: 1 }, 'one')(chart);
      object(
        chart,
        'PodDisruptionBudget',
        { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['shop'] }] }, maxUnavailable: 1 },
        'two',
      );
    },
    /PodDisruptionBudgets one and two select the pods of shop-a/,
  ],
];

/** One example of each finding that stops a synth. */
const STOPPED: [FindingCode, Declare, RegExp][] = [
  ['invalid-input', pair({ baseline: 0 }), /baseline: got 0/],
  [
    'floor-broken',
    pair({ stages: [{ weight: Weight.percent(50), split: { stable: 1, canary: 1 } }, { weight: Weight.percent(100) }] }),
    /1:1 is 2 pods, fewer than the floor of 3/,
  ],
  ['quota-exceeded', pair({ quota: 5 }), /more than the quota of 5/],
  [
    'shared-selector',
    pair({ stable: { name: 'shop-a', version: '1.0', selector: { app: 'shop' } } }),
    /the selector of shop-a also matches the pods of shop-b/,
  ],
  [
    'patched-plan-field',
    (chart) => ApiObject.of(pair()(chart).stable).addJsonPatch(JsonPatch.replace('/spec/replicas', 7)),
    /spec.replicas: got 7 from a patch/,
  ],
  [
    'patched-plan-field',
    (chart) => ApiObject.of(pair()(chart).stable).addJsonPatch(JsonPatch.remove('/metadata/annotations')),
    /metadata.annotations.cdk8s-canary\/stage: got undefined from a patch/,
  ],
  [
    'selector-mismatch',
    (chart) => ApiObject.of(pair()(chart).service).addJsonPatch(JsonPatch.add('/spec/selector/tier', 'x')),
    /selects tier=x, but the pods of shop-a do not have that label/,
  ],
  ['invalid-object', (chart) => object(chart, 'Widget', {}, 'Bad_Name', 'example.org/v1'), /metadata.name: got "Bad_Name"/],
  [
    'duplicate-object',
    (chart) => ['one', 'two'].forEach((id) => new kplus.ConfigMap(chart, id, { metadata: { name: 'same' } })),
    /ConfigMap same: got the same name as chart\/one\/Resource/,
  ],
  [
    'grace-too-short',
    (chart) => ApiObject.of(pair()(chart).stable).addJsonPatch(JsonPatch.replace('/spec/template/spec/terminationGracePeriodSeconds', 5)),
    /has a preStop sleep of 10 s, but its pods are killed after 5 s/,
  ],
  ['equal-templates', pair({ canary: { name: 'shop-b', version: '1.1' } }), /run the same pods, so there is nothing to roll out/],
  [
    'foreign-pods',
    (chart) => {
      pair()(chart);
      object(chart, 'Job', { template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [] } } }, 'import', 'batch/v1');
    },
    /Service shop also selects the pods of Job import \(chart\/import\)/,
  ],
  [
    'autoscaled-track',
    (chart) => {
      pair()(chart);
      object(chart, 'HorizontalPodAutoscaler', { scaleTargetRef: { kind: 'Deployment', name: 'shop-b' } }, 'hpa', 'autoscaling/v2');
    },
    /hpa scales shop-b/,
  ],
  [
    'ambiguous-autoscalers',
    autoscaled(
      { stable: { name: 'shop-a', version: '1.0', selector: { app: 'shop' } }, accept: { 'shared-selector': 'x' } },
      kplus.Metric.resourceCpu(kplus.MetricTarget.averageValue(0.5)),
    ),
    /the selector of shop-a also matches the pods of shop-b, and Kubernetes stops both autoscalers/,
  ],
  [
    'shared-metric',
    autoscaled({}, kplus.Metric.external({ name: 'queue_length', target: kplus.MetricTarget.averageValue(30) })),
    /autoscaling.metrics\[0\] is of type External, which measures the service and not a track/,
  ],
  [
    'no-resource-request',
    autoscaled(
      { pod: { ...pod, resources: { cpu: { request: kplus.Cpu.millis(100) } } } },
      kplus.Metric.resourceMemory(kplus.MetricTarget.averageUtilization(80)),
    ),
    /shop-a: main requests no memory, so the autoscaler cannot compute its utilization/,
  ],
];

/** The findings about configuration of a version; versioned-config.test.ts and literal-secrets.test.ts test them. */
const BY_CONFIG: FindingCode[] = ['shared-config', 'config-elsewhere', 'literal-secret', 'secret-in-env', 'large-config'];

/** The findings about Istio and other tools for canary releases; istio/findings.test.ts tests them. */
const BY_ROUTE: FindingCode[] = [
  'mesh-bypasses-route',
  'gateway-without-host',
  'port-bypasses-route',
  'service-bypasses-route',
  'route-changes-port',
  'sticky-route',
  'sticky-overrides-weight',
  'no-reference-grant',
  'gateway-refuses-route',
  'gateway-limit',
  'foreign-controller',
];

/** Findings that depend on the previous plan; core/compare-plans.test.ts, shared-config.test.ts, and with an output folder declarations.test.ts, test them. */
const BY_HISTORY: FindingCode[] = [
  'versions-in-place',
  'canary-version-changed',
  'shared-config-changed',
  'track-changed',
  'template-changed',
  'selector-changed',
  'service-changed',
  'route-before-services',
  'route-shape-changed',
];

describe('findings', () => {
  test.each(SHOWN)('the synth reports %s as %s', (code, level, declare, says) => {
    const found = findingsOf(declare);
    expect(found).toContainEqual({
      code,
      level,
      path: expect.stringMatching(/^chart\/shop/) as string,
      message: expect.stringMatching(says) as string,
    });
  });

  test.each(STOPPED)('%s stops the synth', (_, declare, says) => {
    expect(findingsOf(declare)).toMatch(says);
  });

  test('a minimal pair has no findings', () => {
    expect(findingsOf(pair())).toEqual([]);
  });

  test('a budget that allows the eviction of one pod at every stage is not a finding', () => {
    expect(findingsOf(budget(OF_STABLE, { maxUnavailable: 1 }))).toEqual([]);
    expect(findingsOf(budget(SHARED, { minAvailable: '50%' }))).toEqual([]);
    expect(findingsOf(budget({ matchLabels: { app: 'other' } }, { minAvailable: 99 }))).toEqual([]);
  });

  test('an accepted finding has the level info and shows its reason, and does not stop the synth', () => {
    const found = findingsOf(pair({ canary: { name: 'shop-b', version: '1.1' }, accept: { 'equal-templates': 'a drill' } }));
    expect(found).toEqual([
      expect.objectContaining({
        code: 'equal-templates',
        level: 'info',
        message: expect.stringMatching(/\(accepted: a drill\)$/) as string,
      }),
    ]);
  });

  test('the synth reports the errors of all checks at once, and invalid input only once', () => {
    const named = (name: string, more: Partial<CanaryPairProps>): CanaryPairProps =>
      pairProps({
        service: { name, ports: [{ port: 80, targetPort: 8080 }] },
        stable: { name: `${name}-a`, version: '1.0' },
        canary: { name: `${name}-b`, version: '1.1', image: 'shop:1.1' },
        ...more,
      });
    const message = findingsOf((chart) => {
      new CanaryPair(chart, 'input', named('input', { baseline: 0, stages: [] }));
      new CanaryPair(chart, 'quota', named('quota', { quota: 4 }));
      new CanaryPair(chart, 'equal', named('equal', { canary: { name: 'equal-b', version: '1.1' } }));
      ApiObject.of(new CanaryPair(chart, 'patched', named('patched', {})).stable).addJsonPatch(JsonPatch.replace('/spec/replicas', 7));
      new ApiObject(chart, 'late', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'late' },
        data: Lazy.any({
          produce: () => {
            throw new Error('not today');
          },
        }),
      });
    }) as string;
    const lines = message.split('\n  ').map((line) => line.replace(/;.*|, more than.*|\(.*/, ''));
    expect(lines).toMatchInlineSnapshot(`
     [
       "6 errors, nothing was written:",
       "[chart/input] baseline: got 0",
       "[chart/input] stages: got []",
       "[chart/quota] stage-10 -> stage-50: up to 12 pods at once",
       "[chart/late] ConfigMap late: rendering failed with "not today"",
       "[chart/patched/stable] Deployment patched-a, spec.replicas: got 7 from a patch",
       "[chart/equal] equal-a and equal-b run the same pods, so there is nothing to roll out",
     ]
    `);
  });

  test('every code has a test and a section in docs/findings.md that says whether it can be accepted', () => {
    const tested = new Set([...SHOWN, ...STOPPED].map(([code]) => code).concat(BY_HISTORY, BY_ROUTE, BY_CONFIG));
    expect([...FINDING_CODES].filter((code) => !tested.has(code))).toEqual([]);
    const page = readFileSync(join(__dirname, '..', 'docs', 'findings.md'), 'utf8');
    for (const code of FINDING_CODES) {
      const section = new RegExp(`^## ${code}\\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(page)?.[1];
      expect([code, section === undefined]).toEqual([code, false]);
      expect([code, /\*\*Accept:\*\* no\./.test(section!)]).toEqual([code, !(ACCEPTABLE as readonly string[]).includes(code)]);
    }
  });
});

test.each<[string, Declare]>([
  ['the own track, by the label of its Deployment', apart({ labelSelector: SHARED, matchLabelKeys: ['cdk8s-canary/deployment'] })],
  ['no pods', apart({})],
  ['the pods of another namespace', apart({ labelSelector: SHARED, namespaces: ['other'] })],
  ['the own track, by matchLabelKeys', apart({ labelSelector: SHARED, matchLabelKeys: ['version'] })],
  ['the own ReplicaSet', spread({ labelSelector: SHARED, whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['pod-template-hash'] })],
  ['both tracks, as a preference', spread({ labelSelector: SHARED, whenUnsatisfiable: 'ScheduleAnyway' })],
  ['all but two versions', apart({ labelSelector: { matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['1.0', '1.1'] }] } })],
  ['the own track, by the property', pair({ pod: { ...pod, topologySpread: [TopologySpread.require('zone', 1)] } })],
])('a rule for the scheduler that selects %s is not a finding', (_, declare) => {
  expect(findingsOf(declare)).toEqual([]);
});

test('a pod that is killed at once and has no preStop sleep is no finding of its sleep', () => {
  const found = findingsOf((chart) => {
    const { stable } = pair({ pod: { ...pod, preStop: PreStop.none() } })(chart);
    ApiObject.of(stable).addJsonPatch(JsonPatch.replace('/spec/template/spec/terminationGracePeriodSeconds', 0));
  });
  expect(JSON.stringify(found)).not.toContain('grace-too-short');
});

test('a duration in minutes is converted to seconds', () => {
  // The message of grace-too-short is in seconds, so a minute must be converted to 60 of them.
  const found = findingsOf(
    pair({ pod: { ...pod, preStop: PreStop.sleep(Duration.minutes(1)), terminationGracePeriod: Duration.seconds(90) } }),
  );
  expect(found).toEqual([]);
});
