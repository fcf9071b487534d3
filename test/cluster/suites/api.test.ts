import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvValue } from 'cdk8s-plus-27';
import { CanaryPair, Stages } from '../../../lib';
import { Resource } from '../kit/api';
import { facts } from '../kit/facts';
import { figure } from '../kit/figures';
import { scenario } from '../kit/scenario';
import { Space } from '../kit/space';
import { Tree, committed, synthesized } from '../kit/trees';
import { attempt } from '../machine/command';

const TREES: readonly [string, () => Tree][] = [
  ['dist', committed.pods],
  ['dist/istio', committed.istio],
];

/** Every object of a tree by its name, with the version that any write would raise. */
async function versions(space: Space, tree: Tree): Promise<Record<string, string>> {
  const text = await space.kubectl('get', '-f', tree.path('stage-0'), '-o', 'json');
  const items = (JSON.parse(text) as { items: Resource[] }).items;
  // A Deployment's status is written by its controller; what an apply changes is its generation and its metadata.
  return Object.fromEntries(
    items.map(({ kind, metadata, spec }) => [
      `${kind} ${metadata.name}`,
      JSON.stringify({ spec, generation: metadata.generation, labels: metadata.labels, annotations: metadata.annotations }),
    ]),
  );
}

describe.each(TREES)('%s', (name, tree) => {
  scenario(`${name}: every folder passes strict validation by the API server, before and after stage-0`, async (space) => {
    const { folders } = tree();
    const check = () =>
      Promise.all(folders.map((folder) => space.kubectl('apply', '--dry-run=server', '--validate=strict', '-f', tree().path(folder))));
    await check();
    expect((await space.list('apps/v1', 'deployments')).length).toBe(0);
    await space.apply(tree().path('stage-0'));
    await check();
    figure('API', { tree: name, folders: folders.length, refused: 0 });
  });

  scenario(`${name}: applying a folder again changes nothing`, async (space) => {
    for (const folder of ['stage-0', 'stage-10', 'stage-100', 'promoted']) {
      await space.apply(tree().path(folder));
      const before = await versions(space, tree());
      const said = await space.apply(tree().path(folder));
      expect(
        said
          .trim()
          .split('\n')
          .every((line) => line.endsWith(' unchanged')),
      ).toBe(true);
      expect(await versions(space, tree())).toEqual(before);
      // And with the machinery of server-side apply, as its own manager of fields.
      const server = () => space.kubectl('apply', '--server-side', '--force-conflicts', '-f', tree().path(folder));
      await server();
      const applied = await versions(space, tree());
      await server();
      expect(await versions(space, tree())).toEqual(applied);
    }
  });

  scenario(`${name}: the stubs of cleanup/ cannot be applied, and plan.json keeps kubectl from applying the tree`, async (space) => {
    const stub = await space.tryKubectl('apply', '-f', tree().path('cleanup'));
    expect(stub.status).not.toBe(0);
    const whole = await space.tryKubectl('apply', '-f', tree().folder);
    expect(whole.status).not.toBe(0);
    expect((await space.list('apps/v1', 'deployments')).length).toBe(0);
  });
});

scenario(
  'istioctl finds nothing in any folder of dist/istio',
  async () => {
    const tree = committed.istio();
    for (const folder of tree.folders) {
      const validated = await attempt([facts.istioctl!, 'validate', '-f', tree.path(folder)]);
      expect({ folder, status: validated.status, said: validated.stderr }).toMatchObject({ status: 0 });
      const analyzed = await attempt([facts.istioctl!, 'analyze', '--use-kube=false', tree.path(folder)]);
      expect({ folder, status: analyzed.status }).toMatchObject({ status: 0 });
      expect(analyzed.stdout + analyzed.stderr).toContain('No validation issues found');
    }
    figure('API', { tree: 'dist/istio through istioctl', folders: tree.folders.length, refused: 0 });
  },
  { needs: ['istioctl'] },
);

const enforce = (level: string) => ({ 'pod-security.kubernetes.io/enforce': level });

scenario(
  'pods of a pair with no words about security run in a namespace that enforces the restricted standard',
  async (space) => {
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
    await space.apply(tree.path('stage-10'));
    await space.ready(tree.stable, tree.canary);
    figure('API', { tree: 'defaults, restricted enforced', folders: 1, refused: 0 });
  },
  { labels: enforce('restricted'), needs: ['images'] },
);

scenario(
  'the tutorial, which says that its image must run as root, is admitted at the baseline level',
  async (space) => {
    await space.apply(committed.pods().path('stage-0'));
    await space.ready('canary-1-dep');
  },
  { labels: enforce('baseline') },
);

scenario(
  '... and not at the restricted level, which is why there is a finding',
  async (space) => {
    const said = await space.tryKubectl('apply', '-f', committed.pods().path('stage-0'));
    expect(said.stderr).toContain('would violate PodSecurity "restricted');
    expect(readFileSync(join(committed.pods().folder, 'plan.json'), 'utf8')).toContain('not-restricted');
  },
  { labels: { ...enforce('restricted'), 'pod-security.kubernetes.io/warn': 'restricted' } },
);
