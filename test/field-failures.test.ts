/**
 * Failures that users of other tools reported, each replayed on the output of this library. A simulated cluster holds the objects: a test
 * applies a folder document by document, in the order of its file, and checks after each document everything that clients could see.
 */
import type { Chart } from 'cdk8s';
import { CanaryPair, type CanaryPairProps, IstioVirtualService } from '../lib';
import { boundsOf } from '../lib/core/transition';
import { Fraction } from '../lib/core/fraction';
import { type Output, type Written, inChart, pairProps, synthesize } from './support/apps';

const v10 = { name: 'shop-a', version: '1.0', image: 'shop:1.0' };
const v11 = { name: 'shop-b', version: '1.1', image: 'shop:1.1' };
const v12 = { name: 'shop-a', version: '1.2', image: 'shop:1.2' };

const release = (more: Partial<CanaryPairProps>) =>
  synthesize(
    inChart((chart: Chart) => {
      const pair = new CanaryPair(chart, 'shop', pairProps(more));
      new IstioVirtualService(chart, 'route', { pair, match: [{ headers: { beta: { exact: 'yes' } } }] });
    }),
  );

/** The objects of a cluster, and the ready pods of each version. `wait` scales every Deployment to its replicas. */
class Cluster {
  private readonly objects = new Map<string, Written>();
  private readonly ready = new Map<string, { version: string; pods: number }[]>();

  /** Applies a folder, and returns the faults after each of its documents. */
  apply(output: Output, folder: string): string[] {
    return output.objects(folder).flatMap((object) => {
      this.objects.set(`${object.kind}/${object.metadata.name}`, object);
      if (object.kind === 'Deployment') {
        this.settleDown(object);
      }
      return this.faults().map((fault) => `${folder}, after ${object.kind} ${object.metadata.name}: ${fault}`);
    });
  }

  /** Waits until all pods are ready, as `kubectl rollout status` does. */
  wait(): void {
    for (const { kind, metadata, spec } of this.objects.values()) {
      if (kind === 'Deployment') {
        this.ready.set(metadata.name, [{ version: versionOf(spec), pods: spec.replicas }]);
      }
    }
  }

  /**
   * The pods that an apply may stop at once: surplus pods, and after a change of the template all but those it must keep (maxUnavailable
   * 0).
   */
  private settleDown({ metadata, spec }: Written): void {
    const pods = this.ready.get(metadata.name) ?? [];
    const version = versionOf(spec);
    const isSame = pods.every((set) => set.version === version);
    const left = isSame
      ? [
          {
            version,
            pods: Math.min(
              pods.reduce((sum, set) => sum + set.pods, 0),
              spec.replicas,
            ),
          },
        ]
      : this.oldest(pods, spec.replicas);
    this.ready.set(metadata.name, left);
  }

  /** New pods are not ready yet, so a rolling update with maxUnavailable 0 keeps as many old pods as the Deployment has replicas. */
  private oldest(pods: { version: string; pods: number }[], replicas: number): { version: string; pods: number }[] {
    return pods.map((set) => ({ ...set, pods: Math.min(set.pods, replicas) }));
  }

  /** Requests that would get 503: to a subset that no rule defines, or that has no ready pod. */
  faults(): string[] {
    const routes = [...this.objects.values()]
      .filter(({ kind }) => kind === 'VirtualService')
      .flatMap(({ spec }) => spec.http.flatMap(({ route }: Written) => route));
    const subsets = [...this.objects.values()].filter(({ kind }) => kind === 'DestinationRule').flatMap(({ spec }) => spec.subsets);
    return [...new Set<string>(routes.map(({ destination }: Written) => destination.subset))].flatMap((name) => {
      const subset = subsets.find((candidate) => candidate.name === name);
      const pods = [...this.ready.values()].flat().filter(({ version }) => version === subset?.labels.version);
      return subset === undefined
        ? [`${name} is routed to and not defined`]
        : pods.every((set) => set.pods === 0)
          ? [`${name} is routed to and has no ready pod`]
          : [];
    });
  }

  /** The number of pods that serve traffic. */
  serving(): number {
    return [...this.ready.values()].flat().reduce((sum, { pods }) => sum + pods, 0);
  }
}

function versionOf(spec: Written): string {
  return spec.template.metadata.labels.version as string;
}

/** Applies folders one at a time, and waits after each. */
function go(cluster: Cluster, output: Output, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const faults = cluster.apply(output, folder);
    cluster.wait();
    return faults;
  });
}

function deployed(output: Output): Cluster {
  const cluster = new Cluster();
  cluster.apply(output, 'stage-0');
  cluster.wait();
  expect(cluster.faults()).toEqual([]);
  return cluster;
}

describe('argo-rollouts #587, #4195: the old track still receives traffic when its pods stop', () => {
  const output = release({ stable: v10, canary: v11 });

  test('the route leaves a track before its pods stop, in an advance and in a rollback', () => {
    expect(go(deployed(output), output, output.plan.order.advance.slice(1))).toEqual([]);
    for (const [stage, folders] of Object.entries(output.plan.order.rollback)) {
      const cluster = deployed(output);
      const { advance } = output.plan.order;
      go(cluster, output, advance.slice(1, advance.indexOf(stage) + 1));
      expect([stage, go(cluster, output, folders)]).toEqual([stage, []]);
    }
  });

  test('the same happens here without the folder in between', () => {
    const cluster = deployed(output);
    go(cluster, output, ['stage-10-up', 'stage-10']);
    expect(cluster.apply(output, 'stage-0')).toContain('stage-0, after Deployment shop-b: v1-1 is routed to and has no ready pod');
    expect(deployed(output).apply(output, 'stage-10')).toContain(
      'stage-10, after VirtualService shop: v1-1 is routed to and has no ready pod',
    );
  });
});

describe('argo-rollouts #4775: a newer version is pushed while a canary is in flight', () => {
  const first = release({ stable: v10, canary: v11 });
  const second = release({ stable: v10, canary: { ...v11, version: '1.2', image: 'shop:1.2' } });

  test('applied on top of the stage, the newer version causes 503 until its pods are ready, so the synth warns', () => {
    const cluster = deployed(first);
    go(cluster, first, ['stage-10-up', 'stage-10']);
    expect(cluster.apply(second, 'stage-10').length).toBeGreaterThan(0);
  });

  test('after a rollback it causes no 503, and the new release starts at stage-0 like every release', () => {
    const cluster = deployed(first);
    go(cluster, first, ['stage-10-up', 'stage-10']);
    expect(go(cluster, first, first.plan.order.rollback['stage-10']!)).toEqual([]);
    expect(go(cluster, second, second.plan.order.advance)).toEqual([]);
  });
});

describe('argo-rollouts #4839: stable is degraded while the canary moves, and the rollout is stuck for ever', () => {
  test('a folder does not depend on the state of the cluster: it always leads to the same state, and each rollback ends at stage-0', () => {
    const output = release({ stable: v10, canary: v11 });
    for (const folder of output.folders()) {
      const counts = output
        .objects(folder)
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ spec }) => spec.replicas);
      const { stable, canary } = output.plan.pairs[0]!.states[folder]!;
      expect(counts).toEqual([stable, canary]);
    }
    Object.values(output.plan.order.rollback).forEach((folders) => expect(folders[folders.length - 1]).toBe('stage-0'));
  });

  test('with a router the canary has enough pods for its share, in any state of stable', () => {
    const output = release({ stable: v10, canary: v11, baseline: 5 });
    for (const { asked, canary } of output.plan.pairs[0]!.stages) {
      expect(Fraction.parse(asked).times(5).atMost(Fraction.of(canary))).toBe(true);
    }
  });
});

describe('the next release after a promotion', () => {
  test.each([
    ['by a swap', { stable: v10, canary: v11 }, { stable: v11, canary: v12 }],
    [
      'by a roll',
      { stable: v10, canary: v11, promotion: 'roll' },
      { stable: { ...v11, name: 'shop-a' }, canary: { ...v12, name: 'shop-b' }, promotion: 'roll' },
    ],
  ])('loses no requests, %s, with the old Deployment cleaned up or not', (_, one, next) => {
    const [before, after] = [release(one as never), release(next as never)];
    const cluster = deployed(before);
    expect(go(cluster, before, before.plan.order.advance.slice(1))).toEqual([]);
    expect(cluster.serving()).toBe(3);
    expect(go(cluster, after, after.plan.order.advance)).toEqual([]);
    const back = deployed(before);
    go(back, before, before.plan.order.advance.slice(1));
    expect(go(back, after, ['stage-0', ...after.plan.order.advance.slice(1, 3), ...after.plan.order.rollback['stage-10']!])).toEqual([]);
  });

  test('never has fewer ready pods than the smaller of two different baselines', () => {
    const at = (stable: number, canary: number) => ({ stable, canary, route: undefined });
    // The promoted canary (0:B) is the next stable, so the next plan goes from B:0 to B':0.
    for (const [before, after] of [
      [3, 5],
      [5, 3],
      [3, 3],
    ] as const) {
      expect(boundsOf(at(before, 0), at(after, 0)).fewestReady).toBe(Math.min(before, after));
    }
  });
});
