import { extraFields } from '../src/core/kubernetes/extra-fields';
import { setExtras } from '../src/core/kubernetes/extra-owners';
import { fieldText, fieldsV1Key } from '../src/core/kubernetes/field-path';
import { LAST_APPLIED, lastApplied, withLastApplied } from '../src/core/kubernetes/last-applied';
import { claimFields, ownersOf } from '../src/core/kubernetes/managed-fields';
import { withManifest } from '../src/core/kubernetes/merge-manifest';
import type { Resource } from '../src/core/resource';

// What a version no longer has must go, whoever set it, and what others add on purpose must stay.

/** A Deployment as a folder has it. */
const deployment = (): any => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { track: 'stable' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'c', image: 'a:1', env: [{ name: 'KEEP', value: '1' }], ports: [{ containerPort: 80 }], resources: {} }],
      },
    },
  },
});
const service = (): any => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
});
const route = (): any => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'web' },
  spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' }, weight: 100 }] }] },
});

const pod = (object: any) => object.spec.template.spec;
const container = (object: any) => pod(object).containers[0];

/** Each kind of field that a version may no longer have: how the cluster has it, and the path that is extra. */
const EXTRA: readonly [string, () => any, (object: any) => void, string][] = [
  ['a variable', deployment, (o) => container(o).env.push({ name: 'OLD', value: 'on' }), '.env[name="OLD"]'],
  ['the arguments', deployment, (o) => (container(o).args = ['--old']), '.args'],
  ['the command', deployment, (o) => (container(o).command = ['old']), '.command'],
  ['envFrom', deployment, (o) => (container(o).envFrom = [{ configMapRef: { name: 'old' } }]), '.envFrom'],
  ['a probe', deployment, (o) => (container(o).livenessProbe = { httpGet: { path: '/old', port: 80 } }), '.livenessProbe'],
  ['a limit', deployment, (o) => (container(o).resources = { limits: { cpu: '1' } }), '.resources.limits'],
  ['a request', deployment, (o) => (container(o).resources = { requests: { cpu: '1' } }), '.resources.requests'],
  ['a port', deployment, (o) => container(o).ports.push({ containerPort: 81 }), '.ports[containerPort=81,protocol="TCP"]'],
  ['a hook', deployment, (o) => (container(o).lifecycle = { preStop: { exec: { command: ['x'] } } }), '.lifecycle'],
  ['a setting of security', deployment, (o) => (container(o).securityContext = { runAsUser: 0 }), '.securityContext'],
  ['a mount', deployment, (o) => (container(o).volumeMounts = [{ name: 'v', mountPath: '/v' }]), '.volumeMounts[mountPath="/v"]'],
  ['a volume', deployment, (o) => (pod(o).volumes = [{ name: 'v', emptyDir: {} }]), 'spec.volumes[name="v"]'],
  ['a sidecar', deployment, (o) => pod(o).containers.push({ name: 'old', image: 'x' }), 'spec.containers[name="old"]'],
  ['an init container', deployment, (o) => (pod(o).initContainers = [{ name: 'i', image: 'x' }]), 'spec.initContainers[name="i"]'],
  ['a node selector', deployment, (o) => (pod(o).nodeSelector = { disk: 'ssd' }), 'spec.nodeSelector'],
  ['a toleration', deployment, (o) => (pod(o).tolerations = [{ operator: 'Exists' }]), 'spec.tolerations'],
  ['a grace period', deployment, (o) => (pod(o).terminationGracePeriodSeconds = 60), 'spec.terminationGracePeriodSeconds'],
  ['a label of pods', deployment, (o) => (o.spec.template.metadata.labels.old = '1'), 'template.metadata.labels.old'],
  [
    'an annotation of pods',
    deployment,
    (o) => (o.spec.template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': 't', 'prometheus.io/scrape': 'true' }),
    'template.metadata.annotations.prometheus.io/scrape',
  ],
  ['a strategy', deployment, (o) => (o.spec.minReadySeconds = 30), '.spec.minReadySeconds'],
  ['a port of a Service', service, (o) => o.spec.ports.push({ port: 81, protocol: 'TCP' }), '.spec.ports[port=81,protocol="TCP"]'],
  ['a selector', service, (o) => (o.spec.selector.old = '1'), '.spec.selector.old'],
  ['session affinity', service, (o) => (o.spec.sessionAffinity = 'ClientIP'), '.spec.sessionAffinity'],
  ['rules of another protocol', route, (o) => (o.spec.tcp = [{ route: [] }]), '.spec.tcp'],
  ['a part of a rule', route, (o) => (o.spec.http[0].fault = { abort: {} }), '.spec.http[0].fault'],
];

test.each(EXTRA)('%s that the manifest does not have is extra, and a merge with the manifest removes it', (_, manifest, change, field) => {
  const live = manifest();
  change(live);
  const found = extraFields(live, manifest());
  expect(found.map((one) => one.field)).toEqual([expect.stringMatching(new RegExp(`${field.replace(/[[\].]/g, '\\$&')}$`))]);
  expect(extraFields(withManifest(live, manifest(), found), manifest())).toEqual([]);
});

test.each<[string, () => any, (object: any) => void]>([
  [
    'defaults of a container',
    deployment,
    (o) =>
      Object.assign(container(o), {
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'Always',
      }),
  ],
  [
    'defaults of a pod',
    deployment,
    (o) => Object.assign(pod(o), { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', securityContext: {} }),
  ],
  ['a default protocol', deployment, (o) => (container(o).ports = [{ containerPort: 80, protocol: 'TCP' }])],
  ['a restart', deployment, (o) => (o.spec.template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': '2026' })],
  ['the tracking label of Argo CD', deployment, (o) => (o.spec.template.metadata.labels['app.kubernetes.io/instance'] = 'shop')],
  ['the variable of Reloader', deployment, (o) => container(o).env.push({ name: 'STAKATER_A_CONFIGMAP', value: 'x' })],
  ['a pause', deployment, (o) => (o.spec.paused = true)],
  ['a count', deployment, (o) => (o.spec.replicas = 7)],
  [
    'allocated values of a Service',
    service,
    (o) => Object.assign(o.spec, { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] }),
  ],
  ['a node port', service, (o) => (o.spec.ports[0].nodePort = 30_000)],
  ['a label of the object itself', deployment, (o) => (o.metadata.labels.team = 'a')],
])('%s is not extra', (_, manifest, change) => {
  const live = manifest();
  change(live);
  expect(extraFields(live, manifest())).toEqual([]);
});

test('fields that a new object would have, too, come from webhooks and are not extra', () => {
  const [live, asNew] = [deployment(), deployment()];
  for (const object of [live, asNew]) {
    pod(object).imagePullSecrets = [{ name: 'mirror' }];
    pod(object).containers.push({ name: 'agent', image: 'x' });
  }
  container(live).env.push({ name: 'OLD', value: 'on' });
  pod(live).terminationGracePeriodSeconds = 60;
  pod(asNew).terminationGracePeriodSeconds = 30;
  expect(extraFields(live, deployment(), asNew).map(({ field }) => field)).toEqual([
    '.spec.template.spec.containers[name="c"].env[name="OLD"]',
    '.spec.template.spec.terminationGracePeriodSeconds',
  ]);
});

test('a label of the object itself is extra if the last kubectl apply had it', () => {
  const before = deployment();
  before.metadata.labels.old = 'x';
  const live = withLastApplied(before, 'shop') as any;
  live.metadata.labels.team = 'a';
  live.metadata.namespace = 'shop';
  expect(extraFields(live, deployment()).map(({ field }) => field)).toEqual(['.metadata.labels.old']);
});

describe('the managers of fields', () => {
  const env = (...names: string[]) => ({
    'f:spec': {
      'f:template': {
        'f:spec': {
          'f:containers': {
            'k:{"name":"c"}': { 'f:env': Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, { '.': {}, 'f:value': {} }])) },
          },
        },
      },
    },
  });
  const entry = (manager: string, operation: string, fieldsV1: Resource, more: Resource = {}) => ({
    manager,
    operation,
    fieldsV1,
    ...more,
  });
  const withOld = (managedFields: Resource[]): any => {
    const live = deployment();
    container(live).env.push({ name: 'OLD', value: 'on' });
    live.metadata.managedFields = managedFields;
    return live;
  };
  const paths = (live: any) => extraFields(live, deployment()).map(({ path }) => path);

  test.each(['kubectl-client-side-apply', 'kubectl-create', 'kubectl-set', 'kubectl-edit', 'kubectl-patch', 'helm'])(
    'a field of %s is taken over, and its other fields stay',
    (manager) => {
      const live = withOld([entry(manager, 'Update', env('KEEP', 'OLD'))]);
      expect(claimFields(live, paths(live), 'us')).toEqual([
        entry(manager, 'Update', env('KEEP')),
        { ...entry('us', 'Apply', {}), apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: expect.objectContaining({}) },
      ]);
      live.metadata.managedFields = claimFields(live, paths(live), 'us');
      expect(ownersOf(live, paths(live)[0]!).map((owner) => owner.manager)).toEqual(['us']);
      expect(claimFields(live, paths(live), 'us')).toBeUndefined();
    },
  );

  test('a list of which a manager has no item left is not its own any more', () => {
    const live = deployment();
    pod(live).volumes = [{ name: 'v', emptyDir: {} }];
    const volumes = { 'f:volumes': { '.': {}, 'k:{"name":"v"}': { '.': {}, 'f:name': {} } } };
    live.metadata.managedFields = [entry('helm', 'Update', { 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': volumes } } })];
    expect(claimFields(live, paths(live), 'us')![0]).toEqual(entry('helm', 'Update', { 'f:spec': { 'f:replicas': {} } }));
  });

  test('an entry without fields goes, a subresource keeps its fields, and a field without a manager is taken over', () => {
    const live = withOld([entry('kubectl-set', 'Update', env('OLD')), entry('x', 'Update', env('OLD'), { subresource: 'status' })]);
    const claimed = claimFields(live, paths(live), 'us')!;
    expect(claimed.map(({ manager }) => manager)).toEqual(['x', 'us']);
    const ownerless = withOld([]);
    expect(claimFields(ownerless, paths(ownerless), 'us')).toHaveLength(1);
  });

  test.each<[string, Resource[], boolean]>([
    ['kubectl set env', [entry('kubectl-set', 'Update', env('OLD'))], true],
    ['kubectl create', [entry('kubectl-create', 'Update', env('OLD'))], true],
    ['another server-side apply', [entry('gitops', 'Apply', env('OLD'))], true],
    ['a webhook in a write of this command', [entry('us', 'Update', env('OLD'))], false],
    ['a webhook in a write of kubectl apply', [entry('kubectl-client-side-apply', 'Update', env('OLD'))], false],
    ['nobody', [], false],
  ])('without a question to the API server, a field of %s counts: %#', (_, managedFields, counts) => {
    const live = withLastApplied(withOld(managedFields), 'shop');
    const declared = {
      ...live,
      metadata: { ...(live['metadata'] as Resource), annotations: { [LAST_APPLIED]: JSON.stringify(deployment()) } },
    };
    expect(setExtras(declared, deployment(), 'us')).toHaveLength(counts ? 1 : 0);
  });

  test('a field of kubectl apply counts if its last manifest has it', () => {
    const live = withOld([entry('kubectl-client-side-apply', 'Update', env('OLD'))]);
    live.metadata.annotations = { [LAST_APPLIED]: JSON.stringify(withOld([])) };
    expect(setExtras(live, deployment(), 'us')).toMatchObject([
      { managers: ['kubectl-client-side-apply'], isForeign: false, live: { name: 'OLD' } },
    ]);
  });

  test.each<[string, Resource, boolean]>([
    ['gitops', {}, true],
    ['kubectl', {}, false],
    ['gitops', { 'f:metadata': { 'f:annotations': { 'f:cdk8s-canary/release': {} } } }, false],
  ])('a field of the server-side apply of %s with %j belongs to another tool: %s', (manager, more, isForeign) => {
    expect(setExtras(withOld([entry(manager, 'Apply', { ...env('OLD'), ...more })]), deployment(), 'us')).toMatchObject([{ isForeign }]);
  });
});

describe('the annotation of kubectl apply', () => {
  test('it is written as kubectl does, with sorted keys, the namespace and escaped characters', () => {
    const manifest = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { b: '<&>', a: 'é' } };
    const written = withLastApplied(manifest, 'shop') as any;
    expect(written.metadata.annotations[LAST_APPLIED]).toBe(
      '{"apiVersion":"v1","data":{"a":"é","b":"\\u003c\\u0026\\u003e"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a","namespace":"shop"}}\n',
    );
    expect(lastApplied(written)).toMatchObject(manifest);
  });

  test('it is left out where all annotations together would be too large', () => {
    const manifest = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { a: 'x'.repeat(256 * 1024) } };
    expect(withLastApplied(manifest, 'shop')).toBe(manifest);
  });

  test.each([undefined, '', 'null', '[]', '{'])('%p is no manifest', (text) => {
    expect(lastApplied({ metadata: { annotations: { [LAST_APPLIED]: text } } })).toBeUndefined();
  });
});

test('a part of a selector is owned with the whole selector', () => {
  const live = service();
  live.spec.selector.old = '1';
  live.metadata.managedFields = [
    { manager: 'kubectl-create', operation: 'Update', fieldsV1: { 'f:spec': { 'f:selector': {}, 'f:type': {} } } },
  ];
  const extras = setExtras(live, service(), 'us');
  expect(extras).toMatchObject([{ field: '.spec.selector.old', managers: ['kubectl-create'] }]);
  expect(claimFields(live, [extras[0]!.path], 'us')).toMatchObject([
    { fieldsV1: { 'f:spec': { 'f:type': {} } } },
    { manager: 'us', fieldsV1: { 'f:spec': { 'f:selector': {} } } },
  ]);
});

test('the keys of a list item are sorted as the API server sorts them', () => {
  const step = { keys: { protocol: 'TCP', containerPort: 80 } };
  expect(fieldsV1Key(step)).toBe('k:{"containerPort":80,"protocol":"TCP"}');
  expect(fieldText([{ field: 'ports' }, step, { field: 'name' }])).toBe('.ports[protocol="TCP",containerPort=80].name');
});
