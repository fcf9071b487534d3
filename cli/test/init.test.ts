import { declare } from '../src/core/init/declare';
import { withoutAssigned } from '../src/core/init/live';
import { flatten } from '../src/core/init/select';
import type { Json, JsonObject } from '../../lib/core/yaml';
import { synthesized as run } from './support/generated-app';

/** A Deployment of a service `shop`, changed by each test. */
function deployment(change: { readonly spec?: JsonObject; readonly pod?: JsonObject; readonly container?: JsonObject } = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'apps', labels: { app: 'shop' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' } },
        spec: {
          containers: [{ name: 'web', image: 'shop:1.0', ports: [{ name: 'http', containerPort: 8080 }], ...change.container }],
          ...change.pod,
        },
      },
      ...change.spec,
    },
  };
}

const service = (spec: JsonObject = {}, name = 'shop'): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'apps' },
  spec: { selector: { app: 'shop' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
});

const init = (objects: readonly JsonObject[], image: string | undefined = 'shop:1.1') => declare(flatten(objects), { image });

const synthesized = (program: string, stage?: string) => run(program, stage).objects as readonly JsonObject[];

const find = (objects: readonly JsonObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && (object.metadata as JsonObject).name === name)!;

const podOf = (objects: readonly JsonObject[], name = 'shop') =>
  (find(objects, 'Deployment', name).spec as { template: { spec: JsonObject } }).template.spec;

/** Features of a pod, each with the fields that need a patch. */
const PODS: readonly (readonly [feature: string, pod: JsonObject, patches?: readonly string[]])[] = [
  ['service account', { serviceAccountName: 'shop-sa', automountServiceAccountToken: false }],
  ['grace period', { terminationGracePeriodSeconds: 75 }],
  ['no grace period', { terminationGracePeriodSeconds: 0 }, ['/spec/template/spec/terminationGracePeriodSeconds']],
  ['pull secret', { imagePullSecrets: [{ name: 'registry' }] }],
  ['pull secrets', { imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }] }, ['/spec/template/spec/imagePullSecrets']],
  ['node selector', { nodeSelector: { 'kubernetes.io/os': 'linux' }, tolerations: [{ key: 'gpu', operator: 'Exists' }] }],
  ['priority and runtime classes', { priorityClassName: 'high', runtimeClassName: 'gvisor' }],
  ['host aliases', { hostAliases: [{ ip: '10.1.2.3', hostnames: ['db.example'] }] }],
  ['name resolution', { dnsPolicy: 'Default', dnsConfig: { options: [{ name: 'ndots', value: '2' }] }, hostname: 'shop' }],
  ['host network', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, ['/spec/template/spec/hostNetwork']],
  ['service links', { enableServiceLinks: false, shareProcessNamespace: true }],
  ['security context', { securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' } }],
  ['supplemental groups', { securityContext: { supplementalGroups: [3000] } }, ['/spec/template/spec/securityContext']],
  [
    'affinity',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
          },
        },
      },
    },
  ],
  [
    'init containers',
    {
      initContainers: [
        { name: 'migrate', image: 'shop:1.0', command: ['migrate'], env: [{ name: 'DB', value: 'db' }] },
        { name: 'proxy', image: 'proxy:2.0', restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 5432 } } },
      ],
    },
  ],
  [
    'sidecars',
    {
      containers: [
        { name: 'web', image: 'shop:1.0', ports: [{ name: 'http', containerPort: 8080 }] },
        {
          name: 'log',
          image: 'log:1.0',
          lifecycle: { preStop: { exec: { command: ['flush'] } } },
          volumeMounts: [{ name: 'logs', mountPath: '/logs' }],
        },
      ],
      volumes: [{ name: 'logs', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
    },
  ],
  [
    'a hook that no property sets',
    {
      containers: [
        { name: 'web', image: 'shop:1.0', ports: [{ name: 'http', containerPort: 8080 }] },
        { name: 'log', image: 'log:1.0', lifecycle: { preStop: { sleep: { seconds: 5 } } } },
      ],
    },
    ['/spec/template/spec/containers/1/lifecycle'],
  ],
];

/** A volume, which the main container mounts. */
const mounted = (source: JsonObject, mount: JsonObject = {}): JsonObject => ({
  containers: [
    {
      name: 'web',
      image: 'shop:1.0',
      ports: [{ name: 'http', containerPort: 8080 }],
      volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }],
    },
  ],
  volumes: [{ name: 'data', ...source }],
});

const VOLUMES: typeof PODS = [
  ['emptyDir', mounted({ emptyDir: {} }, { readOnly: true, subPath: 'a' })],
  ['configMap', mounted({ configMap: { name: 'shop-config', items: [{ key: 'a', path: 'a.txt' }], defaultMode: 256, optional: true } })],
  ['secret', mounted({ secret: { secretName: 'shop-tls', items: [{ key: 'tls.crt', path: 'tls.crt', mode: 256 }] } })],
  ['claim', mounted({ persistentVolumeClaim: { claimName: 'shop-data' } })],
  ['host path', mounted({ hostPath: { path: '/var/log', type: 'Directory' } }, { mountPropagation: 'HostToContainer' })],
  ['NFS', mounted({ nfs: { server: 'nfs.example', path: '/shop' } })],
  ['CSI', mounted({ csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'shop' } } })],
  ['projected', mounted({ projected: { sources: [{ configMap: { name: 'a' } }] } }), ['/spec/template/spec/volumes/0']],
  ['a size in decimal units', mounted({ emptyDir: { sizeLimit: '100M' } }), ['/spec/template/spec/volumes/0']],
];

/** Features of the main container. */
const CONTAINERS: typeof PODS = [
  ['command', { command: ['sh', '-c'], args: ["echo 'it''s \"quoted\"'\n\tnext"], workingDir: '/app' }],
  [
    'ports',
    {
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'dns', containerPort: 53, protocol: 'UDP', hostPort: 5353 },
      ],
    },
  ],
  [
    'env',
    {
      env: [
        { name: 'PLAIN', value: '1' },
        { name: '__proto__', value: 'kept' },
        { name: 'MAP', valueFrom: { configMapKeyRef: { name: 'shop-config', key: 'a', optional: true } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'shop-secret', key: 'b' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      ],
    },
  ],
  [
    'a field that EnvValue lacks',
    { env: [{ name: 'IPS', valueFrom: { fieldRef: { fieldPath: 'status.hostIPs' } } }] },
    ['/spec/template/spec/containers/0/env'],
  ],
  ['envFrom', { envFrom: [{ configMapRef: { name: 'shop-config' }, prefix: 'A_' }, { secretRef: { name: 'shop-secret' } }] }],
  [
    'an optional envFrom',
    { envFrom: [{ configMapRef: { name: 'shop-config', optional: true } }] },
    ['/spec/template/spec/containers/0/envFrom'],
  ],
  [
    'resources',
    { resources: { requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2', memory: '1536Mi' } } },
  ],
  ['resources in decimal units', { resources: { limits: { memory: '500M' } } }, ['/spec/template/spec/containers/0/resources']],
  ['GPUs', { resources: { limits: { 'nvidia.com/gpu': '1' } } }],
  [
    'probes',
    {
      readinessProbe: { httpGet: { path: '/ready', port: 'http', httpHeaders: [{ name: 'Host', value: 'shop' }] }, periodSeconds: 5 },
      livenessProbe: { exec: { command: ['check'] }, initialDelaySeconds: 30, failureThreshold: 6 },
      startupProbe: { grpc: { port: 9090, service: 'shop' }, timeoutSeconds: 2 },
    },
  ],
  [
    'a probe with a grace period',
    { livenessProbe: { tcpSocket: { port: 8080 }, terminationGracePeriodSeconds: 10 } },
    ['/spec/template/spec/containers/0/livenessProbe'],
  ],
  ['a sleep before the end', { lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
  ['a command before the end', { lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } }],
  ['a hook after the start', { lifecycle: { postStart: { exec: { command: ['warm'] } } } }, ['/spec/template/spec/containers/0/lifecycle']],
  [
    'security context',
    { securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] }, runAsUser: 101 } },
  ],
  ['capabilities', { securityContext: { privileged: true, capabilities: { drop: ['NET_RAW'] } } }],
  ['SELinux', { securityContext: { seLinuxOptions: { level: 's0' } } }, ['/spec/template/spec/containers/0/securityContext']],
  ['pull policy', { imagePullPolicy: 'Never' }],
  ['a field that no property sets', { stdin: true }, ['/spec/template/spec/containers/0/stdin']],
];

const FEATURES = [
  ...PODS,
  ...VOLUMES,
  ...CONTAINERS.map(([feature, container, patches]) => [feature, { container }, patches] as const),
].map(([feature, pod, patches = []]) => {
  const change = 'container' in pod ? { container: pod.container as JsonObject } : { pod };
  return { feature, objects: [deployment(change), service()], patches };
});

describe('the pods of the program have what the manifest has', () => {
  test.each(FEATURES)('$feature', ({ objects, patches }) => {
    const declared = init(objects);
    const rendered = synthesized(declared.program);
    const original = podOf(objects);
    for (const name of ['shop', 'shop-b']) {
      const expected = withImage(original, name === 'shop' ? 'shop:1.0' : 'shop:1.1');
      expect(podOf(rendered, name)).toMatchObject(expected);
      expect(added(original, podOf(rendered, name))).toEqual([]);
    }
    expect(declared.report.patches.map(({ path }) => path)).toEqual(patches);
  });
});

/** The pod with another image of its first container. */
function withImage(pod: JsonObject, image: string): JsonObject {
  const [first, ...others] = pod.containers as JsonObject[];
  return { ...pod, containers: [{ ...first, image }, ...others] };
}

/** What a pod may have that its manifest does not say: the defaults of Kubernetes, written out. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  automountServiceAccountToken: true,
  failureThreshold: 3,
  imagePullPolicy: 'IfNotPresent',
  protocol: 'TCP',
  readOnly: false,
  requests: { 'nvidia.com/gpu': '1' },
  scheme: 'HTTP',
  terminationGracePeriodSeconds: 30,
};

/** The paths of what the rendered pod has and the original has not, but for defaults. */
function added(original: Json | undefined, rendered: Json, path = ''): string[] {
  if (Array.isArray(rendered)) {
    return rendered.flatMap((item, index) => added((original as Json[] | undefined)?.[index], item, `${path}/${index}`));
  }
  if (typeof rendered !== 'object' || rendered === null) {
    return original === undefined ? [path] : [];
  }
  return Object.entries(rendered).flatMap(([key, value]) => {
    const has = (original as JsonObject | undefined)?.[key];
    return has === undefined && JSON.stringify(DEFAULTS[key]) === JSON.stringify(value) ? [] : added(has, value, `${path}/${key}`);
  });
}

test('the whole program', () => {
  const { program, report } = init([
    deployment({ pod: { hostNetwork: true, terminationGracePeriodSeconds: 60, securityContext: { runAsNonRoot: true } } }),
    service({ type: 'LoadBalancer', internalTrafficPolicy: 'Local' }),
  ]);
  expect(program).toMatchSnapshot();
  expect(report).toMatchSnapshot();
});

describe('a Deployment', () => {
  test.each<[string, JsonObject]>([
    ['defaults', {}],
    ['times', { minReadySeconds: 5, progressDeadlineSeconds: 120, revisionHistoryLimit: 3 }],
    ['counts', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: '50%' } } }],
    ['recreation', { strategy: { type: 'Recreate' } }],
  ])('keeps how it replaces pods: %s', (_, spec) => {
    const rendered = find(synthesized(init([deployment({ spec }), service()]).program), 'Deployment', 'shop').spec as JsonObject;
    const { strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, ...rest } = spec;
    expect(rendered).toMatchObject({ progressDeadlineSeconds: 600, revisionHistoryLimit: 10, ...rest, strategy });
  });

  test('keeps its name, selector, labels and annotations, without what a tool owns', () => {
    const object = deployment();
    object.metadata = {
      name: 'shop',
      labels: { app: 'shop', 'app.kubernetes.io/instance': 'shop', 'argocd.argoproj.io/instance': 'x' },
      annotations: { team: 'checkout', 'argocd.argoproj.io/tracking-id': 'x', 'meta.helm.sh/release-name': 'shop' },
      ownerReferences: [{ kind: 'App', name: 'x' }],
    };
    const declared = init([object, service()]);
    const rendered = synthesized(declared.program);
    const shop = find(rendered, 'Deployment', 'shop');
    expect((shop.spec as JsonObject).selector).toEqual({ matchLabels: { app: 'shop' } });
    expect(shop.metadata).toMatchObject({
      labels: { app: 'shop', 'app.kubernetes.io/instance': 'shop' },
      annotations: { team: 'checkout' },
    });
    expect(JSON.stringify(rendered)).not.toMatch(/argocd|helm|ownerReferences/);
    expect((find(rendered, 'Deployment', 'shop-b').metadata as JsonObject).labels).not.toHaveProperty(['app.kubernetes.io/instance']);
    expect(declared.report.remarks.join()).toContain('Argo CD owns Deployment/shop');
  });

  test('restarts its pods for the label version, and says so', () => {
    expect(init([deployment(), service()]).report.restarts).toContain('the label version=1.0');
  });

  test('restarts no pod if the template stays the same', () => {
    const object = deployment({ pod: { automountServiceAccountToken: true } });
    ((object.spec as JsonObject).template as JsonObject).metadata = { labels: { app: 'shop', version: '0.9' } };
    const declared = init([object, service()]);
    expect(declared.report.restarts).toEqual([]);
    expect(declared.program).toContain("version: '0.9'");
  });

  test('spreads each version on its own', () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'shop' } },
    };
    const declared = init([deployment({ pod: { topologySpreadConstraints: [constraint] } }), service()]);
    expect(podOf(synthesized(declared.program)).topologySpreadConstraints).toEqual([
      { ...constraint, labelSelector: { matchLabels: { app: 'shop', version: '1.0' } } },
    ]);
    expect(declared.report.differs).toHaveLength(1);
  });

  test('without a new version is a pair at rest', () => {
    const rendered = synthesized(declare([deployment(), service()], {}).program);
    expect(rendered.map(({ kind }) => kind)).toEqual(['Service', 'Deployment']);
  });

  test('that complies with the restricted standard is declared so', () => {
    const container = {
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
    };
    const declared = init([deployment({ container, pod: undefined }), service()]);
    expect(declared.program).toContain('PodSecurity.IMAGE');
    const restricted = deployment({ container: { securityContext: { ...container.securityContext, runAsNonRoot: true } } });
    const { program, report } = init([restricted, service()]);
    expect(program).toContain('PodSecurity.RESTRICTED');
    expect(report.patches).toEqual([]);
    expect(report.restarts).toContain('the security contexts, written out as the restricted standard has them');
    expect(podOf(synthesized(program))).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: false } },
      ],
    });
  });
});

describe('a Service', () => {
  test.each<[string, JsonObject]>([
    ['node ports', { type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080 }] }],
    ['a load balancer', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: ['10.0.0.0/8'] }],
    ['affinity', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }],
    ['two families', { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' }],
    ['fields that no property sets', { internalTrafficPolicy: 'Local', externalIPs: ['192.0.2.1'] }],
  ])('keeps %s', (_, spec) => {
    const rendered = synthesized(init([deployment(), service(spec)]).program);
    expect(find(rendered, 'Service', 'shop').spec).toMatchObject({ selector: { app: 'shop' }, ...spec });
  });

  test('that is headless stands beside the pair, whose pods divide its clients', () => {
    const { program } = init([deployment(), service({ clusterIP: 'None' })]);
    expect(program).toContain("name: 'shop',\n  baseline");
    expect(find(synthesized(program), 'Service', 'shop').spec).toMatchObject({ clusterIP: 'None' });
  });

  test('beside another one is an additional one', () => {
    const rendered = synthesized(init([deployment(), service({}, 'shop-external'), service()]).program);
    expect(rendered.filter(({ kind }) => kind === 'Service')).toHaveLength(2);
  });

  test('with other labels stays outside', () => {
    const object = deployment();
    ((object.spec as JsonObject).template as JsonObject).metadata = { labels: { app: 'shop', tier: 'web' } };
    const { report } = init([object, service(), service({ selector: { tier: 'web' } }, 'tier')]);
    expect(report.left.map((left) => left.object)).toEqual(['Service/tier']);
  });

  test('that publishes pods before they are ready stays outside', () => {
    const { report } = init([deployment(), service(), service({ publishNotReadyAddresses: true, clusterIP: 'None' }, 'peers')]);
    expect(report.left.map((left) => left.object)).toEqual(['Service/peers']);
  });

  test('read from a cluster loses what the cluster assigned', () => {
    const live = service({ clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    (live.metadata as JsonObject).uid = 'x';
    expect(init([deployment(), withoutAssigned(live)]).program).not.toMatch(/10\.0\.0\.7|IpFamily/);
  });
});

test('objects that are not a part of the pair are left, and Secrets are not in the program', () => {
  const other = (kind: string): JsonObject => ({ apiVersion: 'v1', kind, metadata: { name: 'other' }, data: { key: 'c2VjcmV0' } });
  const { program, report } = init([deployment(), service(), other('Secret'), other('ConfigMap'), other('PodDisruptionBudget')]);
  expect(report.left.map(({ object }) => object)).toEqual(['Secret/other', 'ConfigMap/other', 'PodDisruptionBudget/other']);
  expect(program).not.toContain('c2VjcmV0');
});

test('a constant that a patch makes needless is not in the program', () => {
  const envFrom: JsonObject[] = [{ configMapRef: { name: 'shop' } }, { secretRef: { name: 'shop', optional: true } }];
  const { program, report } = init([deployment({ container: { envFrom } }), service()]);
  expect(report.patches).toHaveLength(1);
  expect(program).not.toContain('ConfigMap');
});

test('of a whole namespace, only objects that have to do with the workload are named', () => {
  const other = deployment();
  other.metadata = { name: 'cart', namespace: 'apps' };
  (other.spec as { template: JsonObject }).template.metadata = { labels: { app: 'cart' } };
  const objects = [
    deployment(),
    service(),
    other,
    service({ selector: { app: 'cart' } }, 'cart'),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  ];
  const left = (isWholeNamespace: boolean) =>
    declare(flatten(objects), { workload: 'deployment/shop', isWholeNamespace }).report.left.map(({ object }) => object);
  expect(left(true)).toEqual(['ServiceAccount/default']);
  expect(left(false)).toEqual(['Deployment/cart', 'Service/cart', 'ServiceAccount/default']);
});

test('another workload behind the same Service is named', () => {
  const other = deployment();
  (other.metadata as JsonObject).name = 'shop-v2';
  const { report } = declare(flatten([deployment(), other, service()]), { workload: 'deployment/shop', image: 'shop:1.1' });
  expect(report.remarks).toContain(
    'Deployment/shop-v2 has the labels of the pair, so its pods get requests, too; scale it to 0 before the first stage',
  );
});

/** A workload of another kind with the pods of the Deployment. */
function rollout(strategy: JsonObject): JsonObject {
  const { spec } = deployment();
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'shop', namespace: 'apps' },
    spec: { ...(spec as JsonObject), strategy },
  };
}

const canary = (spec: JsonObject): JsonObject => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'shop', namespace: 'apps' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' }, ...spec },
});

describe('a workload of another tool', () => {
  test('a Rollout: its pods, its weights, its stable Service', () => {
    const steps: Json = [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }];
    const strategy = { canary: { stableService: 'shop-stable', canaryService: 'shop-canary', steps } };
    const { program, report } = init([rollout(strategy), service({}, 'shop-canary'), service({}, 'shop-stable')]);
    expect(program).toContain('stages: Stages.percent(20, 60, 100)');
    const rendered = synthesized(program);
    expect(find(rendered, 'Service', 'shop-stable')).toBeDefined();
    expect((find(rendered, 'Deployment', 'shop').spec as JsonObject).selector).toEqual({
      matchLabels: { app: 'shop', 'cdk8s-canary/deployment': 'shop' },
    });
    expect(report.restarts).toEqual([]);
    expect(report.remarks.join()).toContain('the controller of Rollout/shop works against every stage');
    expect(report.left.map(({ object }) => object)).toContain('Service/shop-canary');
  });

  test('a Canary: its Deployment, its weights, the Service that Flagger makes', () => {
    const { program, report } = init([
      canary({ service: { port: 80, targetPort: 'http' }, analysis: { stepWeight: 25, maxWeight: 50 } }),
      deployment(),
    ]);
    expect(program).toContain('stages: Stages.percent(25, 50, 100)');
    expect(find(synthesized(program), 'Service', 'shop').spec).toMatchObject({ ports: [{ port: 80, targetPort: 'http' }] });
    expect(report.workload).toBe('Canary/shop');
    expect(report.remarks.join()).toContain('the controller of Canary/shop works against every stage');
  });

  test('a route of Istio that divides the requests becomes the route of the pair', () => {
    const destination = (subset: string) => ({ destination: { host: 'shop', subset } });
    const virtualService: JsonObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shop-route', namespace: 'apps' },
      spec: {
        hosts: ['shop.example'],
        gateways: ['public'],
        http: [
          { match: [{ uri: { prefix: '/old' } }], route: [{ destination: { host: 'old' } }] },
          { route: [destination('stable'), destination('canary')] },
        ],
      },
    };
    const rule: JsonObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'shop-rule', namespace: 'apps' },
      spec: { host: 'shop.apps.svc.cluster.local', trafficPolicy: { loadBalancer: { simple: 'LEAST_REQUEST' } } },
    };
    const { program, report } = init([deployment(), service({ ports: [{ name: 'http', port: 80 }] }), virtualService, rule]);
    const rendered = synthesized(program, 'stage-10');
    const { spec } = find(rendered, 'VirtualService', 'shop-route') as { spec: { http: JsonObject[] } };
    expect(spec).toMatchObject({ hosts: ['shop.example'], gateways: ['public'] });
    expect(spec.http[0]).toEqual((virtualService.spec as { http: Json[] }).http[0]);
    expect(spec.http[1]!.route).toMatchObject([{ weight: 90 }, { weight: 10 }]);
    expect(find(rendered, 'DestinationRule', 'shop-rule').spec).toMatchObject({
      trafficPolicy: { loadBalancer: { simple: 'LEAST_REQUEST' } },
    });
    expect(report.left).toEqual([]);
  });

  test('a route with other subsets: the report says that the two versions replace them', () => {
    const route = (subset: string) => [{ destination: { host: 'shop', subset } }];
    const virtualService: JsonObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shop', namespace: 'apps' },
      spec: { hosts: ['shop'], http: [{ match: [{ headers: { beta: { exact: '1' } } }], route: route('beta') }, { route: route('v1') }] },
    };
    const subsets: JsonObject[] = [{ name: 'v1' }, { name: 'beta', trafficPolicy: { connectionPool: {} } }];
    const rule: JsonObject = { ...virtualService, kind: 'DestinationRule', spec: { host: 'shop', subsets } };
    const { report } = init([deployment(), service({ ports: [{ name: 'http', port: 80 }] }), virtualService, rule]);
    expect(report.differs.slice(1)).toEqual([
      'VirtualService/shop: each rule to one of the subsets beta, v1 divides its requests between the two versions, whose subsets replace them',
      'DestinationRule/shop: the traffic policy of the subset beta is left out',
    ]);
  });

  test.each<[string, JsonObject]>([
    ['a provider', { provider: 'istio', service: { port: 80 } }],
    ['a gateway', { service: { port: 80, gateways: ['public'] } }],
  ])('a Canary with %s of Istio: the report says that its route goes', (_, spec) => {
    const { report } = init([canary(spec), deployment()]);
    expect(report.remarks.join('\n')).toContain('Flagger makes VirtualService/shop of Canary/shop, and it goes with the Canary');
    expect(init([canary({ service: { port: 80 } }), deployment()]).report.remarks.join()).not.toContain('VirtualService');
  });

  test.each<[string, JsonObject[], string]>([
    [
      'shares the requests',
      [{ name: 'shop' }, { name: 'shop-v2' }],
      ', and the shares of the stages leave out those that it sends to Service/shop-v2',
    ],
    ['sends all requests', [{ name: 'shop' }], ''],
  ])('a route of a Gateway that %s', (_, backendRefs, says) => {
    const object: JsonObject = { kind: 'HTTPRoute', metadata: { name: 'web', namespace: 'apps' }, spec: { rules: [{ backendRefs }] } };
    const { report } = init([deployment(), service(), object]);
    expect(report.left).toEqual([{ object: 'HTTPRoute/web', why: `the pods divide the requests that it sends to Service/shop${says}` }]);
  });
});

describe('refused in one sentence', () => {
  const httpRoute: JsonObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'shop', namespace: 'apps' },
    spec: { rules: [{ backendRefs: [{ name: 'shop-stable' }, { name: 'shop-canary' }] }] },
  };
  const services = { canary: { stableService: 'shop-stable', canaryService: 'shop-canary' } };

  test.each<[string, readonly JsonObject[], string]>([
    ['no pods', [deployment({ spec: { replicas: 0 } }), service()], 'Deployment/shop, spec.replicas: got 0; must be at least 1'],
    [
      'expressions in the selector',
      [deployment({ spec: { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } } })],
      'Deployment/shop, spec.selector.matchExpressions: got [{"key":"app","operator":"Exists"}]; must be left out',
    ],
    [
      'an unknown port',
      [deployment(), service({ ports: [{ port: 80, targetPort: 'web' }] })],
      'Service/shop, targetPort: got "web"; must be',
    ],
    ['a Canary without its Deployment', [canary({})], 'Canary/shop, targetRef: Deployment/shop is not in the input'],
    [
      'a Canary of a DaemonSet',
      [canary({ targetRef: { kind: 'DaemonSet', name: 'shop' } }), deployment()],
      'Canary/shop, targetRef: got a DaemonSet; must be a Deployment',
    ],
    [
      'a Gateway route that divides',
      [rollout(services), service({}, 'shop-stable'), service({}, 'shop-canary'), httpRoute],
      "HTTPRoute/shop divides the requests between Services of Rollout/shop, and only Istio's routes can be declared",
    ],
    [
      'no workload',
      [service()],
      'the input has no Deployment, Rollout or Canary, only Service; must have one, because a pair runs its pods by two',
    ],
    ['the image that runs', [deployment({ container: { image: 'shop:1.1' } }), service()], '--to: got "shop:1.1", the image that runs'],
  ])('%s', (_, objects, message) => {
    expect(() => init(objects)).toThrow(message);
  });
});
