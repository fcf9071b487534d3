import { objectsOf, serviceWith } from '../../../../cli/test/support/init-features';
import type { Resource } from '../../kit/api';
import { type CommandEnd, canary } from '../../kit/command';
import { init } from '../../kit/init';
import type { Namespace } from '../../kit/namespace';
import { scenario } from '../../kit/scenario';
import { type Tree, tutorial } from '../../kit/trees';

// The count of a Deployment when its plan leaves it to an autoscaler, and when a plan takes it back. No pods run, so no autoscaler has metrics.

const COUNT = 5;

const fixed = (baseline = COUNT) => tutorial({ isRouted: true, pair: { baseline } });
const autoscaled = () => tutorial({ isRouted: true, pair: { autoscaling: { min: 2, max: 9 } } });

/** Runs a command with any exit code: without pods it cannot end well. */
const applied = (namespace: Namespace, tree: Tree, ...words: string[]): Promise<CommandEnd> =>
  canary([...(words.includes('--timeout') ? words : [...words, '--timeout', '1s']), '--dir', tree.folder, '--namespace', namespace.name], {
    kubeconfig: process.env['KUBECONFIG']!,
  });

const countOf = async (namespace: Namespace, name: string) =>
  (await namespace.object('apps/v1', 'deployments', name)).spec.replicas as number;

const FIRST: readonly (readonly [string, (namespace: Namespace, tree: Tree) => Promise<unknown>])[] = [
  ['kubectl canary', (namespace, tree) => applied(namespace, tree, 'advance', 'stage-0', '--create')],
  ['kubectl apply', (namespace, tree) => namespace.kubectl('apply', '-f', tree.path('stage-0'))],
  ['kubectl apply --server-side', (namespace, tree) => namespace.kubectl('apply', '--server-side', '-f', tree.path('stage-0'))],
  ['kubectl create', (namespace, tree) => namespace.kubectl('create', '-f', tree.path('stage-0'))],
];

scenario(
  'kubectl canary hands a live count over to the autoscaler, whoever set it, and a later kubectl apply keeps it',
  async (namespace) => {
    await namespace.withoutPods();
    for (const [manager, apply] of FIRST) {
      const [before, after] = [fixed(), autoscaled()];
      await apply(namespace, before);
      expect({ manager, count: await countOf(namespace, before.stable) }).toEqual({ manager, count: COUNT });
      const { stderr } = await applied(namespace, after, 'advance', 'stage-0');
      expect({ manager, count: await countOf(namespace, after.stable), said: stderr }).toMatchObject({ manager, count: COUNT });
      expect((await namespace.object('autoscaling/v2', 'horizontalpodautoscalers', after.stable)).spec.maxReplicas).toBe(9);
      await namespace.kubectl('apply', '-f', after.path('stage-0'));
      expect({ manager, count: await countOf(namespace, after.stable) }).toEqual({ manager, count: COUNT });
      await namespace.kubectl('delete', '-f', after.path('stage-0'));
    }
  },
  { needs: ['istio'] },
);

scenario('the commands that init says keep the live count of an autoscaled service, in a release and at rest', async (namespace) => {
  await namespace.withoutPods();
  for (const words of [['--to', 'registry.example/orders:2.4'], []]) {
    const { deployment, service, autoscaler } = serviceWith('an autoscaler by the processor');
    Object.assign(deployment.spec as object, { replicas: 3 });
    Object.assign(autoscaler!.metadata as object, { name: 'orders-hpa' });
    const items = objectsOf({ deployment, service, autoscaler });
    await namespace.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await namespace.kubectl('scale', 'deployment', 'orders', `--replicas=${COUNT}`);

    const { report, tree } = await init(namespace, 'orders', words);
    const { next } = report;
    for (const command of next.slice(1)) {
      const [, ...typed] = command.replace('dist/stage-0', tree.path('stage-0')).split(' ');
      if (typed[0] === 'canary') {
        // Without pods a run gets no further than stage-0, and there is no terminal on which it could ask.
        await applied(namespace, tree, ...(typed[1] === 'run' ? ['run', '--yes'] : typed.slice(1)));
      } else if (typed[0] !== 'diff') {
        await namespace.kubectl(...typed);
      }
    }
    expect({ next, count: await countOf(namespace, 'orders') }).toEqual({ next, count: COUNT });
    await namespace.kubectl('apply', '-f', tree.path('stage-0'));
    expect({ next, count: await countOf(namespace, 'orders') }).toEqual({ next, count: COUNT });
    const autoscalers = await namespace.list('autoscaling/v2', 'horizontalpodautoscalers');
    expect(autoscalers.map(({ metadata }) => metadata.name as string)).toEqual(['orders']);
    await namespace.kubectl('delete', '-f', tree.path('stage-0'));
  }
});

scenario(
  'kubectl alone keeps a live count if it forgets the count first, as the guide says, and resets it otherwise',
  async (namespace) => {
    await namespace.withoutPods();
    const [before, after] = [fixed(), autoscaled()];
    await namespace.kubectl('apply', '-f', before.path('stage-0'));
    const live = JSON.parse(await namespace.kubectl('get', 'deployment', before.stable, '-o', 'json')) as Resource;
    const { replicas, ...spec } = live.spec as Resource;
    expect(replicas).toBe(COUNT);
    await namespace.kubectlWith(JSON.stringify({ ...live, spec }), 'apply', 'set-last-applied', '--create-annotation=true', '-f', '-');
    await namespace.kubectl('apply', '-f', after.path('stage-0'));
    expect(await countOf(namespace, after.stable)).toBe(COUNT);

    await namespace.kubectl('delete', '-f', after.path('stage-0'));
    await namespace.kubectl('apply', '-f', before.path('stage-0'));
    await namespace.kubectl('apply', '-f', after.path('stage-0'));
    expect(await countOf(namespace, after.stable)).toBeLessThan(COUNT);
  },
  { needs: ['istio'] },
);

scenario(
  'a canary that kubectl keeps at 0 starts when kubectl canary applies its first stage, and stops when kubectl goes back',
  async (namespace) => {
    const tree = autoscaled();
    await namespace.kubectl('apply', '-f', tree.path('stage-0'));
    await namespace.ready(tree.stable);
    expect(await countOf(namespace, tree.canary)).toBe(0);
    await applied(namespace, tree, 'advance', 'stage-10', '--timeout', '60s');
    expect(await countOf(namespace, tree.canary)).toBeGreaterThan(0);
    await namespace.kubectl('apply', '-f', tree.path('stage-0'));
    expect(await countOf(namespace, tree.canary)).toBe(0);
  },
  { needs: ['istio', 'images'] },
);

scenario(
  'a plan with fixed counts takes a count back from an autoscaler only by force',
  async (namespace) => {
    await namespace.withoutPods();
    const [before, after] = [autoscaled(), fixed(3)];
    await applied(namespace, before, 'advance', 'stage-0', '--create');
    await namespace.kubectl('scale', 'deployment', before.stable, '--replicas=7');
    const refused = await applied(namespace, after, 'advance', 'stage-0');
    expect({ status: refused.status, said: refused.stderr }).toEqual({
      status: 5,
      said: expect.stringContaining('.spec.replicas') as string,
    });
    expect(await countOf(namespace, before.stable)).toBe(7);
    await namespace.kubectl('delete', 'hpa', before.stable, before.canary);
    await applied(namespace, after, 'advance', 'stage-0', '--force-conflicts');
    expect(await countOf(namespace, before.stable)).toBe(3);
  },
  { needs: ['istio'] },
);
