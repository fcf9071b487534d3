import { until } from '../../../support/command';
import { amountOf } from '../../../support/sampling';
import type { Resource } from '../../kit/api';
import { figure } from '../../kit/figures';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type Tree, committed } from '../../kit/trees';

// Total application: applying a folder gives its state, regardless of the previous state.

/** The tree with pods that stop as fast as possible: these tests check only the final state of the cluster. */
const hurried = (tree: Tree) => tree.changed((text) => text.replace(/seconds: 5$/gm, 'seconds: 1').replace(/cpu: 100m/g, 'cpu: 10m'));

/**
 * A sequence of folders that has every ordered pair of different folders exactly once. It is an Eulerian circuit of the complete graph
 * (Hierholzer's algorithm), so no folder is applied only to reach the start of the next pair.
 */
export function everyPair(folders: readonly string[]): string[] {
  const left = new Map(folders.map((from) => [from, folders.filter((to) => to !== from)]));
  const trail = [folders[0]!];
  const circuit: string[] = [];
  while (trail.length > 0) {
    const next = left.get(trail.at(-1)!)!.pop();
    if (next === undefined) {
      circuit.push(trail.pop()!);
    } else {
      trail.push(next);
    }
  }
  return circuit.reverse();
}

test('the path through all pairs of folders has each pair once', () => {
  const way = everyPair(['a', 'b', 'c', 'd']);
  const pairs = way.slice(1).map((to, index) => `${way[index]} ${to}`);
  expect(pairs.length).toBe(12);
  expect(new Set(pairs).size).toBe(12);
});

/** The requested state of the cluster: every object of the tree, without the fields that the API server and its controllers add. */
async function told(namespace: Namespace, tree: Tree): Promise<Record<string, unknown>> {
  const lists = [
    namespace.list('v1', 'services'),
    namespace.list('apps/v1', 'deployments'),
    ...(tree.pair.router === 'istio'
      ? [namespace.list('networking.istio.io/v1', 'destinationrules'), namespace.list('networking.istio.io/v1', 'virtualservices')]
      : []),
  ];
  const objects = (await Promise.all(lists)).flat();
  return Object.fromEntries(
    objects.map(({ metadata, spec }) => {
      const {
        'kubectl.kubernetes.io/last-applied-configuration': _,
        'deployment.kubernetes.io/revision': __,
        ...annotations
      } = metadata.annotations ?? {};
      return [`${metadata.name} ${metadata.uid}`, { labels: metadata.labels, annotations, spec }];
    }),
  );
}

/** Waits until the pods and endpoints match a folder. */
async function arrived(namespace: Namespace, tree: Tree, folder: string): Promise<void> {
  const { pair } = tree;
  const state = pair.states[folder]!;
  let last = '';
  const check = async () => {
    const [deployments, endpoints, pods] = await Promise.all([
      namespace.list('apps/v1', 'deployments'),
      namespace.readyEndpoints(pair.service),
      namespace.list('v1', 'pods'),
    ]);
    const counts = (name: string) => {
      const { metadata, spec, status } = deployments.find((one) => one['metadata'].name === name)!;
      const isSeen = status.observedGeneration === metadata.generation;
      return {
        asked: spec.replicas as number,
        isSeen,
        pods: (status.replicas ?? 0) as number,
        ready: (status.readyReplicas ?? 0) as number,
      };
    };
    const wanted = (count: number) => ({ asked: count, isSeen: true, pods: count, ready: count });
    const live = pods.filter(isThere);
    const ips = live.map(({ status }) => status.podIP as string).sort();
    const now = { stable: counts(tree.stable), canary: counts(tree.canary), live: live.length, endpoints: [...endpoints].sort() };
    const then = { stable: wanted(state.stable), canary: wanted(state.canary), live: state.stable + state.canary, endpoints: ips };
    last = `now ${JSON.stringify(now)}, wanted ${JSON.stringify(then)}`;
    return JSON.stringify(now) === JSON.stringify(then) ? true : undefined;
  };
  await until(`the state of ${folder}`, 60, check, 200).catch((error: Error) => {
    throw new Error(`${error.message}: ${last}`);
  });
}

const isThere = (pod: Resource) => !pod['metadata'].deletionTimestamp;

describe.each([
  ['dist', committed.pods, []],
  ['dist/istio', committed.istio, ['istio']],
] as const)('%s', (name, committedTree, needs) => {
  scenario(
    `${name}: a folder leads to the same state of the cluster from every other folder`,
    async (namespace) => {
      const tree = hurried(committedTree());
      const circuit = everyPair(tree.folders);
      const way = circuit.slice(0, circuit.length / amountOf('cluster: one pair of folders in'));
      const first = new Map<string, Record<string, unknown>>();
      const begin = performance.now();
      for (const [index, folder] of way.entries()) {
        await namespace.apply(tree.path(folder));
        try {
          await arrived(namespace, tree, folder);
        } catch (error) {
          throw new Error(`from ${way[index - 1]} to ${folder}: ${(error as Error).message}`, { cause: error });
        }
        // The objects must be the same for every previous folder, including their UIDs.
        const now = await told(namespace, tree);
        expect({ from: way[index - 1], to: folder, now }).toEqual({ from: way[index - 1], to: folder, now: first.get(folder) ?? now });
        first.set(folder, now);
      }
      const seconds = Math.round((performance.now() - begin) / 1000);
      figure('From every folder to every folder', { tree: name, folders: tree.folders.length, pairs: way.length - 1, wrong: 0, seconds });
    },
    { needs, limit: 1200 },
  );
});
