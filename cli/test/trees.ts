import { join, resolve } from 'node:path';
import { ApiObject, Chart, Duration } from 'cdk8s';
import { CanaryApp, CanaryPair, GatewayHttpRoute, IstioVirtualService, Promotion, RouteParent, Stages, Weight } from '../../lib';
import { freshFolder } from '../../test/support/fresh-folder';
import { once } from '../../test/support/once';
import { PlanObjects } from '../src/core/kubernetes/objects';
import type { Resource } from '../src/core/resource';
import { SynthOutput } from '../src/synth-output/synth-output';

/** Releases for tests: synth output, opened as the command opens it. */

const DIST = resolve(__dirname, '..', '..', 'dist');

const declared = {
  /** The tutorial's release, which is committed. */
  pods: () => SynthOutput.open(DIST),
  istio: () => SynthOutput.open(join(DIST, 'istio')),
  /** A promotion by roll: stable keeps its name and takes the new template. */
  roll: () => synthesized((chart) => void new CanaryPair(chart, 'shop', { ...pair('shop', '1', '2'), promotion: Promotion.ROLL })),
  /** Behind a Gateway, with a rule for testers. */
  gateway: () => synthesized((chart) => behindGateway(chart, Promotion.SWAP)),
  /** A promotion by roll behind a Gateway: the route moves to stable before the canary is drained. */
  gatewayRoll: () => synthesized((chart) => behindGateway(chart, Promotion.ROLL)),
  /** Tracks of 4 to 20 pods, behind a route. */
  autoscaled: () =>
    synthesized((chart) => {
      const own = { ...pair('shop', '1', '2'), stages: Stages.percent(10, 50, 100), autoscaling: { min: 4, max: 20 } };
      new IstioVirtualService(chart, 'route', { pair: new CanaryPair(chart, 'shop', own) });
    }),
  /** Stable has 4 to 20 pods, and the canary a fixed count. */
  autoscaledByPods: () =>
    synthesized((chart) => {
      const own = { ...pair('shop', '1', '2'), stages: Stages.percent(20, 50), autoscaling: { min: 4, max: 20 } };
      new CanaryPair(chart, 'shop', { ...own, promotion: Promotion.ROLL, accept: { 'share-off': 'few pods' } });
    }),
  /** A plan whose gates are stricter at the first stage than at the second, and that states the expected traffic. */
  gated: () =>
    synthesized((chart) => {
      const stages = [
        { weight: Weight.percent(25), gates: { errorMargin: 0.02 } },
        { weight: Weight.percent(50) },
        { weight: Weight.percent(100) },
      ];
      new CanaryPair(chart, 'shop', {
        ...pair('shop', '1', '2'),
        stages,
        gates: { requestsPerSecond: 10, longestHold: Duration.minutes(40) },
      });
    }),
  /** Two pairs that share their stages. */
  two: () =>
    synthesized((chart) => {
      new CanaryPair(chart, 'shop', pair('shop', '1', '2'));
      new CanaryPair(chart, 'cart', { ...pair('cart', '7', '8'), baseline: 5 });
    }),
  /** Five pairs: more watches at a time than Node expects of a program without a leak. */
  five: () =>
    synthesized((chart) => ['a', 'b', 'c', 'd', 'e'].forEach((name) => void new CanaryPair(chart, name, pair(`shop-${name}`, '1', '2')))),
  /** A pair in a namespace of its own, with its Namespace, and objects outside. */
  outside: () =>
    synthesized((chart) => {
      new ApiObject(chart, 'own', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
      new ApiObject(chart, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' } });
      new ApiObject(chart, 'dns', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dns', namespace: 'kube-system' } });
      new ApiObject(chart, 'reader', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'shop:reader' },
      });
      new CanaryPair(chart, 'shop', pair('shop', '1', '2'));
    }, 'shop'),
  /** The release after the tutorial's, in which the former canary is stable. */
  next: () =>
    synthesized((chart) => {
      new CanaryPair(chart, 'shop', {
        ...pair('shop', '2', '3'),
        stable: { name: 'shop-b', version: '2', image: 'registry.example/shop:2' },
        canary: { name: 'shop-a', version: '3', image: 'registry.example/shop:3' },
      });
    }),
  first: () => synthesized((chart) => void new CanaryPair(chart, 'shop', pair('shop', '1', '2'))),
};

/** Each release is synthesized and read once for a test file. Tests must not change what they get. */
export const trees = Object.fromEntries(Object.entries(declared).map(([name, make]) => [name, once(make)])) as typeof declared;

function behindGateway(chart: Chart, promotion: Promotion): void {
  const own = new CanaryPair(chart, 'shop', { ...pair('shop', '1', '2'), stages: Stages.percent(10, 50, 100), promotion });
  new GatewayHttpRoute(chart, 'route', {
    pair: own,
    parents: [RouteParent.gateway('edge')],
    hostnames: ['shop.example'],
    match: [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }],
  });
}

/** The properties of a pair from one version to another. */
export function pair(name: string, from: string, to: string) {
  return {
    stages: Stages.percent(25, 100),
    service: { name, ports: [{ port: 80 }] },
    pod: { ports: [{ number: 80 }] },
    stable: { name: `${name}-a`, version: from, image: `registry.example/${name}:${from}` },
    canary: { name: `${name}-b`, version: to, image: `registry.example/${name}:${to}` },
  };
}

/** The output of a synth of one chart. */
export function synthesized(declare: (chart: Chart) => void, namespace?: string): SynthOutput {
  const outdir = join(freshFolder(), 'dist');
  const app = new CanaryApp({ outdir, quiet: true });
  declare(new Chart(app, 'test', { namespace }));
  app.synth();
  return SynthOutput.open(outdir);
}

export function objectsOf(release: SynthOutput): PlanObjects {
  return new PlanObjects(release.plan, release.folders, (folder) => release.folder(folder), 'default');
}

/** The live objects of a cluster in which each object was applied from its own folder. */
export function liveFrom(objects: PlanObjects, folderOf: (key: string) => string | undefined): Map<string, Resource> {
  const found = new Map<string, Resource>();
  for (const { key, manifests } of objects.all) {
    const folder = folderOf(key);
    if (folder !== undefined && manifests.has(folder)) {
      found.set(key, manifests.get(folder)!);
    }
  }
  return found;
}
