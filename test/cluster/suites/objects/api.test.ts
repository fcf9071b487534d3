import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvValue } from 'cdk8s-plus-27';
import { CanaryPair, Stages } from '../../../../lib';
import type { Resource } from '../../kit/api';
import { clusterInfo } from '../../kit/cluster-info';
import { figure } from '../../kit/figures';
import { istioRules } from '../../kit/istio-rules';
import { type Need, scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type Tree, committed, synthesized, track, tutorial } from '../../kit/trees';
import { attempt } from '../../../support/command';
import { amountOf, oneIn } from '../../../support/sampling';

const TREES: readonly [string, () => Tree, readonly Need[]][] = [
  ['dist', committed.pods, []],
  ['dist/istio', committed.istio, ['istio']],
];

/** All objects of a tree by name, with every field that an apply could change. */
async function applied(namespace: Namespace, tree: Tree): Promise<Record<string, unknown>> {
  const text = await namespace.kubectl('get', '-f', tree.path('stage-0'), '-o', 'json');
  const items = (JSON.parse(text) as { items: Resource[] }).items;
  return Object.fromEntries(
    items.map(({ kind, metadata, spec }) => {
      const { generation, labels, annotations, resourceVersion } = metadata as Record<string, unknown>;
      // Any write changes an object's resourceVersion. For a Deployment, its controller's status updates change it too.
      const version = kind === 'Deployment' ? undefined : resourceVersion;
      return [`${kind} ${metadata.name}`, { spec, generation, labels, annotations, version }];
    }),
  );
}

/** The folders that are applied twice. */
const againIn = ({ folders }: Tree) => oneIn(amountOf('cluster: one folder applied again in'), folders);

describe.each(TREES)('%s', (name, tree, needs) => {
  scenario(
    `${name}: every folder passes strict validation by the API server, before and after stage-0`,
    async (namespace) => {
      const { folders } = tree();
      const check = async () => {
        for (const folder of folders) {
          await namespace.kubectl('apply', '--dry-run=server', '--validate=strict', '--openapi-patch=false', '-f', tree().path(folder));
        }
      };
      await check();
      expect((await namespace.list('apps/v1', 'deployments')).length).toBe(0);
      await namespace.apply(tree().path('stage-0'));
      await check();
      figure('API', { what: `${name}: strict dry run by kubectl`, folders: folders.length, refused: 0 });
    },
    { needs },
  );

  scenario(
    `${name}: applying a folder again changes nothing`,
    async (namespace) => {
      await namespace.withoutPods();
      for (const folder of againIn(tree())) {
        await namespace.apply(tree().path(folder));
        const before = await applied(namespace, tree());
        const said = (await namespace.kubectl('apply', '-f', tree().path(folder))).trim().split('\n');
        expect(said.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
        expect(await applied(namespace, tree())).toEqual(before);
      }
      figure('API', { what: `${name}: a second apply`, folders: againIn(tree()).length, refused: 0 });
    },
    { needs },
  );

  scenario(
    `${name}: applying a folder again by server-side apply changes nothing`,
    async (namespace) => {
      await namespace.withoutPods();
      for (const folder of againIn(tree())) {
        const apply = () => namespace.kubectl('apply', '--server-side', '-f', tree().path(folder));
        await apply();
        const before = await applied(namespace, tree());
        await apply();
        expect(await applied(namespace, tree())).toEqual(before);
      }
      figure('API', { what: `${name}: a second apply --server-side`, folders: againIn(tree()).length, refused: 0 });
    },
    { needs },
  );

  scenario(
    `${name}: the stubs of cleanup/ cannot be applied, and plan.json keeps kubectl from applying the tree`,
    async (namespace) => {
      const stub = await namespace.tryKubectl('apply', '-f', tree().path('cleanup'));
      expect(stub.status).not.toBe(0);
      const whole = await namespace.tryKubectl('apply', '-f', tree().folder);
      expect(whole.status).not.toBe(0);
      expect((await namespace.list('apps/v1', 'deployments')).length).toBe(0);
    },
    { needs },
  );
});

scenario('at rest, applying a folder again writes nothing to any object, its Deployments included', async (namespace) => {
  const tree = committed.pods();
  await namespace.apply(tree.path('stage-10'));
  await namespace.ready(tree.stable, tree.canary);
  const versions = async () => {
    const { items } = JSON.parse(await namespace.kubectl('get', '-f', tree.path('stage-10'), '-o', 'json')) as { items: Resource[] };
    return items.map(({ kind, metadata }) => [kind, metadata.name, metadata.resourceVersion]);
  };
  const before = await versions();
  await namespace.kubectl('apply', '-f', tree.path('stage-10'));
  expect(await versions()).toEqual(before);
});

scenario(
  'istioctl reports no problem in any folder of dist/istio',
  async () => {
    const tree = committed.istio();
    for (const folder of tree.folders) {
      const validated = await attempt([clusterInfo.istioctl!, 'validate', '-f', tree.path(folder)]);
      expect({ folder, status: validated.status, said: validated.stderr }).toMatchObject({ status: 0 });
      const analyzed = await attempt([clusterInfo.istioctl!, 'analyze', '--use-kube=false', tree.path(folder)]);
      expect({ folder, status: analyzed.status }).toMatchObject({ status: 0 });
      expect(analyzed.stdout + analyzed.stderr).toContain('No validation issues found');
    }
    figure('API', { what: 'dist/istio: istioctl validate and analyze', folders: tree.folders.length, refused: 0 });
  },
  { needs: ['istioctl'] },
);

scenario(
  'istioctl and the API server accept routes with several ports, rules for other services, and a delegate',
  async (namespace) => {
    const tree = istioRules();
    for (const folder of ['stage-0', 'stage-10']) {
      const validated = await attempt([clusterInfo.istioctl!, 'validate', '-f', tree.path(folder)]);
      expect({ folder, status: validated.status, said: validated.stderr }).toMatchObject({ status: 0 });
      const analyzed = await attempt([clusterInfo.istioctl!, 'analyze', '--use-kube=false', tree.path(folder), '--output', 'json']);
      expect({ folder, said: analyzed.stdout.trim() }).toEqual({ folder, said: '[]' });
      await namespace.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', tree.path(folder));
    }
  },
  { needs: ['istio', 'istioctl'] },
);

scenario(
  'istioctl analyze on the cluster reports only that a track without pods has no pods',
  async (namespace) => {
    // istioctl looks for the pods of a subset in all namespaces, and other tests run tracks of 1.0 and 1.1 beside this one.
    const tree = tutorial({
      isRouted: true,
      pair: { stable: track('canary-1-dep', '1.0-analyzed', 'yellow'), canary: track('canary-2-dep', '1.1-analyzed', 'red') },
    });
    const findings = async () => {
      const said = await attempt([clusterInfo.istioctl!, 'analyze', '--namespace', namespace.name, '--output', 'json']);
      return (JSON.parse(said.stdout) as { code: string; origin: string }[]).map(({ code, origin }) => `${code} ${origin}`);
    };
    const seen: Record<string, string[]> = {};
    for (const folder of ['stage-0', 'stage-10', 'promoted']) {
      await namespace.apply(tree.path(folder));
      await namespace.ready(tree.stable, tree.canary);
      await namespace.gone();
      seen[folder] = await findings();
    }
    const noPods = `IST0173 DestinationRule ${namespace.name}/canary-dr`;
    expect(seen).toEqual({ 'stage-0': [noPods], 'stage-10': [], promoted: [noPods] });
    figure('API', { what: 'the tutorial through Istio: istioctl analyze on the cluster', folders: 3, refused: 0 });
  },
  { needs: ['istio', 'istioctl'], labels: { 'istio-injection': 'disabled' } },
);

const enforce = (level: string) => ({ 'pod-security.kubernetes.io/enforce': level });

scenario(
  'pods of a pair without security settings run in a namespace that enforces the restricted standard',
  async (namespace) => {
    const env = (name: string, value: string) => ({ [name]: EnvValue.fromValue(value) });
    const tree = synthesized((chart) => {
      new CanaryPair(chart, 'shop', {
        stages: Stages.percent(10, 100),
        service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
        pod: { image: 'scubakiz/servicedemo:1.0-nonroot', ports: [{ number: 8080 }], env: env('DEMO_PORT', '8080') },
        stable: { name: 'shop-a', version: '1.0', env: env('IMAGE_COLOR', 'yellow') },
        canary: { name: 'shop-b', version: '1.1', env: env('IMAGE_COLOR', 'red') },
      });
    });
    await namespace.apply(tree.path('stage-10'));
    await namespace.ready(tree.stable, tree.canary);
    figure('API', { what: 'a pair of defaults where the restricted standard is enforced', folders: 1, refused: 0 });
  },
  { labels: enforce('restricted'), needs: ['images'] },
);

scenario(
  'the tutorial, which declares that its image must run as root, is admitted at the baseline level',
  async (namespace) => {
    await namespace.apply(committed.pods().path('stage-0'));
    await namespace.ready('canary-1-dep');
  },
  { labels: enforce('baseline') },
);

scenario(
  'the tutorial is not admitted at the restricted level, so its plan has a finding',
  async (namespace) => {
    const said = await namespace.tryKubectl('apply', '-f', committed.pods().path('stage-0'));
    expect(said.stderr).toContain('would violate PodSecurity "restricted');
    expect(readFileSync(join(committed.pods().folder, 'plan.json'), 'utf8')).toContain('not-restricted');
  },
  { labels: { ...enforce('restricted'), 'pod-security.kubernetes.io/warn': 'restricted' } },
);
