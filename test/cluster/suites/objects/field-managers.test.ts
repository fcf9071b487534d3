import { EnvValue } from 'cdk8s-plus-27';
import { type Resource, get, merge, request } from '../../kit/api';
import { FAST, QUICK } from '../../kit/fast';
import type { Namespace } from '../../kit/namespace';
import { scenario } from '../../kit/scenario';
import { track, tutorial } from '../../kit/trees';

// Whose fields: what a version no longer has must go, whichever client made the object, and whichever client applies next.

type Typed = (words: readonly string[], env: Record<string, string>) => Promise<{ status: number; stdout: string; stderr: string }>;
interface Applied {
  readonly removed: readonly { readonly field: string; readonly managers: readonly string[] }[];
}

/** The command's own modules. The compiler of this folder does not resolve the command's packages. */
const actual = <T extends object>(path: string) => jest.requireActual<T>(`../../../../cli/${path}`);
const { typed } = actual<{ typed: Typed }>('test/support/in-process');
const { applyObject } = actual<{ applyObject: (...words: unknown[]) => Promise<Applied> }>('src/cluster/apply');
const { Api } = actual<{ Api: new (...words: unknown[]) => object }>('src/cluster/api');
const { Kinds } = actual<{ Kinds: { discover: (...words: unknown[]) => Promise<object> } }>('src/cluster/kinds');
const { KubeConnection } = actual<{ KubeConnection: { open: (options: object) => object } }>('src/cluster/connection');

/** A Deployment and its Service as a version has them; the old version has a field of each kind that the new one does not have. */
function version(name: string, isOld: boolean): readonly [Resource, Resource] {
  const old = <T>(value: T): T[] => (isOld ? [value] : []);
  const only = (fields: object) => (isOld ? fields : {});
  const container = {
    name: 'c',
    image: 'scubakiz/servicedemo:1.0',
    env: [{ name: 'KEEP', value: '1' }, ...old({ name: 'OLD', value: 'on' })],
    ports: [{ containerPort: 80 }, ...old({ containerPort: 81 })],
    resources: { requests: { cpu: '10m' }, ...only({ limits: { cpu: '1' } }) },
    readinessProbe: isOld ? { exec: { command: ['old'] } } : { httpGet: { path: '/', port: 80 } },
    ...only({
      args: ['--old'],
      livenessProbe: { httpGet: { path: '/old', port: 80 } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
      lifecycle: { preStop: { exec: { command: ['old'] } } },
    }),
  };
  const metadata = { name, labels: { track: 'stable', ...only({ old: 'x' }) } };
  const template = {
    metadata: { labels: { app: name, ...only({ old: 'x' }) }, ...only({ annotations: { 'prometheus.io/scrape': 'true' } }) },
    spec: {
      containers: [container, ...old({ name: 'sidecar', image: 'scubakiz/servicedemo:1.0' })],
      ...only({ terminationGracePeriodSeconds: 60, nodeSelector: { old: 'x' }, volumes: [{ name: 'v', emptyDir: {} }] }),
    },
  };
  const ports = [{ name: 'web', port: 80, targetPort: 80 }, ...old({ name: 'old', port: 81 })];
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 0, selector: { matchLabels: { app: name } }, template } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports, ...only({ sessionAffinity: 'ClientIP' }) } },
  ];
}

const pathOf = (namespace: Namespace, { kind, metadata }: Resource) =>
  `${namespace.path(kind === 'Service' ? 'v1' : 'apps/v1', kind === 'Service' ? 'services' : 'deployments')}/${metadata.name}`;
const text = (objects: readonly Resource[]) => objects.map((object) => JSON.stringify(object)).join('\n---\n');

/** Sends an object in a way of its own, as a client with this field manager. */
async function sent(method: string, path: string, object: Resource): Promise<void> {
  const { status, body } = await request(method, path, JSON.stringify(object));
  expect({ path, status, said: body['message'] }).toMatchObject({ status: status < 300 ? status : 200 });
}

/** The ways in which the old version came to the cluster. Edits are made to an object of the new version. */
const FIRST: Readonly<Record<string, (namespace: Namespace, name: string) => Promise<unknown>>> = {
  apply: (namespace, name) => namespace.applyText(text(version(name, true))),
  create: (namespace, name) => namespace.kubectlWith(text(version(name, true)), 'create', '-f', '-'),
  'server-side': (namespace, name) => namespace.kubectlWith(text(version(name, true)), 'apply', '--server-side', '-f', '-'),
  helm: async (namespace, name) => {
    for (const object of version(name, true)) {
      await sent('POST', `${pathOf(namespace, object).replace(/\/[^/]*$/, '')}?fieldManager=helm`, object);
    }
  },
  edit: async (namespace, name) => {
    await namespace.applyText(text(version(name, false)));
    for (const object of version(name, true)) {
      const path = pathOf(namespace, object);
      const { annotations, resourceVersion } = (await get(path))['metadata'];
      await sent('PUT', `${path}?fieldManager=kubectl-edit`, {
        ...object,
        metadata: { ...object['metadata'], annotations, resourceVersion },
      });
    }
  },
  patch: async (namespace, name) => {
    await namespace.applyText(text(version(name, false)));
    for (const object of version(name, true)) {
      const path = pathOf(namespace, object);
      const { spec, metadata } = object;
      await merge(`${path}?fieldManager=kubectl-patch`, { spec, metadata: { labels: metadata.labels } });
    }
  },
  'set env': async (namespace, name) => {
    await namespace.applyText(text(version(name, false)));
    await namespace.kubectl('set', 'env', `deploy/${name}`, 'OLD=on', 'OTHER=on');
    // Without recorded managers, as after a restore from a backup.
    await namespace.kubectl('patch', 'service', name, '-p', '{"spec":{"sessionAffinity":"ClientIP"},"metadata":{"managedFields":[{}]}}');
  },
};

/** The fields that a version decides, with the name of the object replaced. */
async function decided(namespace: Namespace, name: string): Promise<object> {
  const [deployment, service] = await Promise.all(version(name, false).map((object) => get(pathOf(namespace, object))));
  const { template, selector } = deployment!['spec'];
  const { ports, sessionAffinity, selector: pods } = service!['spec'];
  const withoutNodePorts = (ports as Resource[]).map(({ nodePort: _, ...port }) => port);
  return JSON.parse(
    JSON.stringify({ template, selector, ports: withoutNodePorts, sessionAffinity, pods }).replaceAll(`"${name}"`, '"NAME"'),
  ) as object;
}

scenario(
  'what the next version no longer has goes, whoever made the object, with this command and kubectl apply in turn',
  async (namespace) => {
    await namespace.withoutPods();
    const env = { timeout: 15_000, apiTimeout: 60_000 };
    const api = new Api(KubeConnection.open({ namespace: namespace.name }), env);
    const kinds = await Kinds.discover(api, version('x', false));
    const provenance = { releases: new Set(), appliers: new Set(), isSuccessor: false, services: new Set() };
    const ours = (name: string, isOld: boolean) =>
      Promise.all(
        version(name, isOld).map((manifest, n) => {
          const ref = { apiVersion: manifest['apiVersion'], kind: manifest['kind'], namespace: namespace.name, name };
          // The values of both versions are the plan's; what is tried is the fields that only one of them has.
          const manifests = new Map([
            ['folder', manifest],
            ['other', version(name, !isOld)[n]],
          ]);
          return applyObject(api, kinds, { ref, key: name, manifests, varying: [] }, 'folder', {
            fieldManager: 'kubectl-canary',
            provenance,
          });
        }),
      );
    const plain = (name: string, isOld: boolean) => namespace.applyText(text(version(name, isOld)));

    await Promise.all(
      ['as-new', 'as-old'].map((name) => namespace.kubectlWith(text(version(name, name === 'as-old')), 'create', '-f', '-')),
    );
    const [wanted, old] = await Promise.all(['as-new', 'as-old'].map((name) => decided(namespace, name)));
    await Promise.all(
      Object.entries(FIRST).map(async ([first, begin]) => {
        const name = `by-${first.replace(/\W/g, '-')}`;
        const is = async (what: string, expected: object | undefined) =>
          expect({ first, what, object: await decided(namespace, name) }).toEqual({ first, what, object: expected });
        await begin(namespace, name);
        const [deployment] = await ours(name, false);
        expect({ first, removed: deployment!.removed.map(({ field }) => field) }).toMatchObject({
          removed: expect.arrayContaining(['.spec.template.spec.containers[name="c"].env[name="OLD"]']),
        });
        await is('after this command', wanted);
        expect({ first, said: (await plain(name, false)).replace(/\S+ unchanged\n/g, '') }).toEqual({ first, said: '' });
        await plain(name, true);
        await is('after kubectl apply of the old version', old);
        await ours(name, false);
        await is('after this command again', wanted);
        await ours(name, true);
        await is('after this command with the old version', old);
        await plain(name, false);
        await is('after kubectl apply of the new version', wanted);
      }),
    );

    // The labels of the object itself are those of kubectl apply and of this command.
    const { metadata } = await namespace.object('apps/v1', 'deployments', 'by-apply');
    expect(metadata.labels).toEqual({ track: 'stable' });

    // A restart and a tracking label stay: their removal would restart all pods.
    await namespace.kubectl('rollout', 'restart', 'deploy/by-apply');
    await namespace.kubectl(
      'patch',
      'deploy/by-apply',
      '-p',
      '{"spec":{"template":{"metadata":{"labels":{"app.kubernetes.io/instance":"x"}}}}}',
    );
    const before = await decided(namespace, 'by-apply');
    await ours('by-apply', false);
    expect(await decided(namespace, 'by-apply')).toEqual(before);
    expect(JSON.stringify(before)).toMatch(/app\.kubernetes\.io\/instance.*restartedAt/);

    // Another tool that applies keeps what it applies.
    const sidecar = { name: 'agent', image: 'agent' };
    const foreign = { ...version('by-apply', false)[0], spec: { template: { spec: { containers: [sidecar] } } } };
    await namespace.kubectlWith(
      JSON.stringify(foreign),
      'apply',
      '--server-side',
      '--field-manager=agents',
      '--force-conflicts',
      '-f',
      '-',
    );
    await expect(ours('by-apply', false)).rejects.toThrow(
      /another server-side apply has a field that folder does not have: .*agent.*: agents set/,
    );
  },
);

scenario(
  'a release goes on from one that was carried out by kubectl apply, folder by folder, and runs without its old fields',
  async (namespace) => {
    const stable = track('canary-1-dep', '1.0', 'yellow');
    const withOld = { ...stable, env: { ...stable.env, OLD_FLAG: EnvValue.fromValue('on') } };
    const ports = (more: object[]) => ({ ...QUICK.service!, ports: [{ name: 'web', port: 8080, targetPort: 80 }, ...more] }) as never;
    const first = tutorial({ pair: { ...QUICK, service: ports([{ name: 'old', port: 8081, targetPort: 80 }]), stable: withOld } });
    const next = tutorial({
      pair: { ...QUICK, stable: track('canary-2-dep', '1.1', 'red'), canary: track('canary-1-dep', '1.2', 'blue', true) },
    });
    const env = { KUBECONFIG: process.env['KUBECONFIG']! };
    const command = (...words: string[]) => typed([...words, '--dir', next.folder, '--namespace', namespace.name], env);
    const done = async (...words: string[]) => {
      const { status, stdout, stderr } = await command(...words);
      expect({ words, status, said: stdout + stderr }).toMatchObject({ status: 0 });
      return stdout + stderr;
    };
    for (const folder of first.plan.order.advance) {
      await namespace.apply(first.path(folder));
      await namespace.ready(first.stable, first.canary);
    }

    expect(await done('advance', '--dry-run=server')).toMatch(/Deployment\/canary-1-dep: would be changed/);
    const diff = await command('diff', 'stage-0');
    expect(diff).toMatchObject({ status: 1, stdout: expect.stringMatching(/-.*OLD_FLAG[^]*|-.*name: old/) });
    expect(await done('advance', 'stage-0', '--settle', '0s')).toContain('took over and removed .spec.template.spec.containers');
    expect((await command('diff', 'stage-0')).stdout).toBe('');
    await done('status', '--check');
    const names = async (name: string) =>
      ((await namespace.object('apps/v1', 'deployments', name))['spec'].template.spec.containers[0].env as Resource[]).map(
        (one) => one['name'] as string,
      );
    expect(await names('canary-1-dep')).not.toContain('OLD_FLAG');
    expect((await namespace.object('v1', 'services', 'canary-svc'))['spec'].ports).toHaveLength(1);

    // A variable by hand is drift, and a count by hand is a conflict, even if the API server has recorded nobody for it.
    await namespace.kubectl('set', 'env', 'deploy/canary-1-dep', 'DEBUG=1');
    expect(await command('status', '--check')).toMatchObject({ status: 1, stdout: expect.stringContaining('env[name="DEBUG"]') });
    for (const count of ['4', '0', '3']) {
      await namespace.kubectl('scale', 'deploy/canary-1-dep', `--replicas=${count}`);
    }
    const scaled = await command('diff', 'stage-50');
    expect(scaled.stdout).toMatch(/-\s+replicas: 3[^]*is changed only with --force-conflicts: .spec.replicas: an unknown manager set 3/);
    await namespace.kubectl('scale', 'deploy/canary-1-dep', '--replicas=0');
    await done('run', ...FAST);
    expect(await names('canary-1-dep')).not.toContain('DEBUG');
  },
  { needs: ['images'] },
);
