import { ApiObject, type Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryPair, ContainerRestartPolicy, type PodOptions, Probes, TopologySpread, Volumes } from '../lib';
import { inChart, pairProps, synthesize } from './support/apps';

const podsOf = (pod: PodOptions, own: PodOptions = {}, change: (pair: CanaryPair, chart: Chart) => void = () => undefined) => {
  const props = pairProps({ pod: { ...pairProps().pod, ...pod } });
  const output = synthesize(
    inChart((chart) => change(new CanaryPair(chart, 'shop', { ...props, canary: { ...props.canary!, ...own } }), chart)),
  );
  return ['shop-a', 'shop-b'].map((name) => output.object('stage-10', 'Deployment', name).spec.template.spec);
};

const ZONE = 'topology.kubernetes.io/zone';
const labelSelector = { matchLabels: { app: 'shop' } };
const term = { podAffinityTerm: { labelSelector, topologyKey: ZONE }, weight: 100 };
const affinity: kplus.k8s.Affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] }],
    },
  },
  podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [term] },
};
const toleration = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };

/** Options, and the fields of a pod spec that they set. */
const FIELDS: [string, PodOptions, object][] = [
  ['affinity', { affinity }, { affinity }],
  ['tolerations', { tolerations: [toleration] }, { tolerations: [toleration] }],
  ['a priority class', { priorityClassName: 'high' }, { priorityClassName: 'high' }],
  ['a runtime class', { runtimeClassName: 'nvidia' }, { runtimeClassName: 'nvidia' }],
  [
    'host aliases',
    { hostAliases: [{ ip: '10.0.0.7', hostnames: ['db.internal'] }] },
    { hostAliases: [{ ip: '10.0.0.7', hostnames: ['db.internal'] }] },
  ],
  [
    'DNS options',
    { dns: { options: [{ name: 'ndots', value: '2' }], hostname: 'web' } },
    { dnsConfig: { options: [{ name: 'ndots', value: '2' }] }, hostname: 'web' },
  ],
  ['no Service links', { enableServiceLinks: false }, { enableServiceLinks: false }],
  ['a shared process namespace', { shareProcessNamespace: true }, { shareProcessNamespace: true }],
];

test.each(FIELDS)('%s: both tracks have them', (_, pod, fields) => {
  podsOf(pod).forEach((spec) => expect(spec).toMatchObject(fields));
});

test.each(FIELDS)('%s: unset, no pod has the fields', (_, __, fields) => {
  podsOf({}).forEach((spec) => Object.keys(fields).forEach((field) => expect(spec).not.toHaveProperty(field)));
});

test("a track's own scheduling replaces the shared one", () => {
  const [stable, canary] = podsOf({ tolerations: [toleration], priorityClassName: 'high' }, { tolerations: [], priorityClassName: 'low' });
  expect(stable).toMatchObject({ tolerations: [toleration], priorityClassName: 'high' });
  expect(canary).toMatchObject({ priorityClassName: 'low' });
  expect(canary).not.toHaveProperty('tolerations');
});

test('terms of cdk8s-plus come after those of the options', () => {
  const tainted = kplus.Node.tainted(kplus.NodeTaintQuery.is('team', 'shop'));
  const [stable] = podsOf({ affinity, tolerations: [toleration] }, {}, ({ stable: { deployment } }) => {
    deployment.scheduling.tolerate(tainted);
    deployment.scheduling.attract(kplus.Node.labeled(kplus.NodeLabelQuery.exists('ssd')));
    deployment.scheduling.attract(kplus.Node.labeled(kplus.NodeLabelQuery.exists('gpu')), { weight: 5 });
    deployment.scheduling.separate(deployment, { weight: 50 });
  });
  expect(stable.tolerations).toEqual([toleration, { key: 'team', operator: 'Equal', value: 'shop' }]);
  const { nodeAffinity, podAntiAffinity } = stable.affinity;
  expect(nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
    { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] },
    { matchExpressions: [{ key: 'ssd', operator: 'Exists' }] },
  ]);
  expect(nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
  expect(podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.map(({ weight }: any) => weight)).toEqual([100, 50]);
});

test('any node label can be spread over without making a pod wait', () => {
  const [stable] = podsOf({ topologySpread: [TopologySpread.prefer('rack', 2)] });
  expect(stable.topologySpreadConstraints).toMatchObject([{ topologyKey: 'rack', maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway' }]);
});

describe('resources', () => {
  const resourcesOf = (pod: PodOptions, own: PodOptions = {}) => podsOf(pod, own).map(({ containers }) => containers[0].resources);

  test('a GPU is both requested and the limit, beside the other resources', () => {
    const [stable, canary] = resourcesOf({ extendedResources: { 'nvidia.com/gpu': 1 } }, { extendedResources: { 'nvidia.com/gpu': 0 } });
    expect(stable).toEqual({
      limits: { 'nvidia.com/gpu': '1' },
      requests: { cpu: '100m', memory: '128Mi', 'nvidia.com/gpu': '1' },
    });
    expect(canary).toEqual({ requests: { cpu: '100m', memory: '128Mi' } });
  });

  test.each([
    [Size.gibibytes(2), '2Gi'],
    [Size.gibibytes(0.25), '256Mi'],
    [Size.mebibytes(1536), '1536Mi'],
  ])('ephemeral storage of %s', (size, text) => {
    const [stable] = resourcesOf({ resources: { ephemeralStorage: { request: size, limit: size } } });
    expect(stable).toEqual({ limits: { 'ephemeral-storage': text }, requests: { 'ephemeral-storage': text } });
  });

  test('a sidecar has ephemeral storage, and no GPU of the main container', () => {
    const sidecars = [{ name: 'proxy', image: 'proxy:1', resources: { ephemeralStorage: { limit: Size.mebibytes(100) } } }];
    const [stable] = podsOf({ sidecars, extendedResources: { 'nvidia.com/gpu': 1 } });
    expect(stable.containers[1].resources).toEqual({ limits: { 'ephemeral-storage': '100Mi' } });
  });
});

describe('init containers that keep running', () => {
  const proxy = { name: 'proxy', image: 'proxy:1', restartPolicy: ContainerRestartPolicy.ALWAYS };
  const startup = kplus.Probe.fromTcpSocket({ port: 5432, periodSeconds: Duration.seconds(1) });

  test('stay in their order, with our defaults and their probes', () => {
    const initContainers = [
      { name: 'setup', image: 'setup:1' },
      { ...proxy, startup },
      { name: 'migrate', image: 'migrate:1' },
    ];
    for (const spec of podsOf({ initContainers, sidecars: [{ name: 'logs', image: 'logs:1' }] })) {
      expect(spec.initContainers.map(({ name, restartPolicy }: any) => [name, restartPolicy])).toEqual([
        ['setup', undefined],
        ['proxy', 'Always'],
        ['migrate', undefined],
      ]);
      expect(spec.containers.map(({ name }: any) => name)).toEqual(['main', 'logs']);
      expect(spec.initContainers[1]).toMatchObject({
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        securityContext: { allowPrivilegeEscalation: false },
        startupProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
      });
    }
  });

  test('can have a gRPC probe, a volume and a preStop hook', () => {
    const [stable] = podsOf({}, {}, ({ stable: { deployment } }, chart) => {
      const volume = kplus.Volume.fromEmptyDir(chart, 'cache', 'cache');
      const lifecycle = { preStop: kplus.Handler.fromCommand(['drain']) };
      const more = { readiness: Probes.fromGrpc({ port: 9090 }), volumeMounts: [{ path: '/cache', volume }], lifecycle };
      deployment.addInitContainer({ name: 'first', image: 'first:1' });
      deployment.addInitContainer({ ...proxy, ...more });
    });
    expect(stable.initContainers[1]).toMatchObject({
      name: 'proxy',
      lifecycle: { preStop: { exec: { command: ['drain'] } } },
      readinessProbe: { grpc: { port: 9090 } },
      restartPolicy: 'Always',
      volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
    });
    expect(stable.volumes).toEqual([{ name: 'cache', emptyDir: {} }]);
  });
});

describe('a token of the service account', () => {
  const volumesOf = (more: (chart: Chart) => PodOptions) => {
    const output = synthesize(
      inChart((chart) => new CanaryPair(chart, 'shop', pairProps({ pod: { ...pairProps().pod, ...more(chart) } }))),
    );
    return ['shop-a', 'shop-b'].map((name) => output.object('stage-0', 'Deployment', name).spec.template.spec.volumes);
  };
  const token = (chart: Chart) =>
    Volumes.fromServiceAccountToken(chart, 'vault', 'vault-token', { audience: 'vault', expiration: Duration.minutes(10), path: 'vault' });
  const projected = { sources: [{ serviceAccountToken: { audience: 'vault', expirationSeconds: 600, path: 'vault' } }] };

  test.each<[string, (chart: Chart) => PodOptions]>([
    ['the main container', (chart) => ({ volumeMounts: [{ path: '/var/run/vault', volume: token(chart), readOnly: true }] })],
    [
      'a sidecar',
      (chart) => ({ sidecars: [{ name: 'agent', image: 'agent:1', volumeMounts: [{ path: '/vault', volume: token(chart) }] }] }),
    ],
    ['the pod', (chart) => ({ volumes: [token(chart)] })],
  ])('is a volume of %s', (_, more) => {
    volumesOf(more).forEach((volumes) => expect(volumes).toEqual([{ name: 'vault-token', projected }]));
  });

  test('leaves other volumes alone, and has defaults', () => {
    const [volumes] = volumesOf((chart) => ({
      volumes: [kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp'), Volumes.fromServiceAccountToken(chart, 'token', 'token')],
    }));
    expect(volumes).toEqual([
      { name: 'tmp', emptyDir: {} },
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ]);
  });

  test.each<[string, any, string]>([
    ['Vault', {}, 'name: got "Vault"; must be lower-case letters, digits and "-", at most 63 of them'],
    [
      'vault',
      { expiration: Duration.minutes(5) },
      'expiration: got 300s; must be a duration of whole seconds from 10 minutes to 136 years',
    ],
    ['vault', { expiration: 3600 }, 'expiration: got 3600; must be a duration'],
    ['vault', { path: '../token' }, 'path: got "../token"; must be a relative path without ".."; try "token"'],
  ])('of %s with %j is refused', (name, options, message) => {
    expect(() => volumesOf((chart) => ({ volumes: [Volumes.fromServiceAccountToken(chart, 'x', name, options)] }))).toThrow(
      `Volumes.fromServiceAccountToken, ${message}`,
    );
  });
});

test('a patch is checked as the option is', () => {
  const patched = (path: string, value: unknown) => () =>
    podsOf({}, {}, (pair) => pair.patchTracks(JsonPatch.add(`/spec/template/spec/${path}`, value)));
  expect(patched('tolerations', [{ operator: 'exists', key: 'gpu' }])).toThrow(
    'Deployment shop-a, spec.template.spec.tolerations[0].operator: got "exists"; must be one of Equal, Exists, Gt, Lt',
  );
  expect(patched('initContainers', [{ name: 'a', image: 'a:1', readinessProbe: { tcpSocket: { port: 1 } } }])).toThrow(
    'spec.template.spec.initContainers[0].readinessProbe: got {"tcpSocket":{"port":1}}; must be left out, because an init container ends before the main one starts',
  );
});

test('a Deployment of a chart may have fields without a value, and fields that are newer than these checks', () => {
  const rule = { topologyKey: ZONE, newField: true };
  const terms = { requiredDuringSchedulingIgnoredDuringExecution: [rule], preferredDuringSchedulingIgnoredDuringExecution: null };
  const spec = {
    affinity: { nodeAffinity: null, podAffinity: terms },
    containers: [{ name: 'main', image: 'redis:7' }],
    hostAliases: [{ ip: '10.0.0.1' }],
    initContainers: [{ name: 'setup', image: 'setup:1', readinessProbe: null }],
    priorityClassName: '',
    runtimeClassName: null,
    tolerations: [{ key: 'speed', operator: 'Gt', value: '5', tolerationSeconds: null }],
  };
  const rendered = (pod: object) => (_: CanaryPair, chart: Chart) => {
    const labels = { app: 'redis' };
    const template = { metadata: { labels }, spec: { ...spec, ...pod } };
    const workload = { selector: { matchLabels: labels }, template };
    new ApiObject(chart, 'redis', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'redis' }, spec: workload });
  };
  expect(() => podsOf({}, {}, rendered({}))).not.toThrow();
  expect(() => podsOf({}, {}, rendered({ affinity: null, tolerations: null, hostAliases: null }))).not.toThrow();
});
