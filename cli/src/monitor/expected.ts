import type { Api } from '../cluster/api';
import { Informer } from '../cluster/informer';
import type { RolloutPair } from '../core/plan/plan';
import { Resource, textAt, textsAt } from '../core/resource';
import {
  Expectation,
  ReadyCounts,
  RoutedRequest,
  deploymentOf,
  readyCounts,
  routeOf,
  shareOfEndpoints,
  shareOfRoute,
  shareOfWholeRoute,
} from '../core/traffic/expected-share';

/** What a cluster says of the share that the canary should have, kept up by watches. */
export interface Tracks {
  /** Ready endpoints of each track. */
  counts(): ReadyCounts;
  /** The share that the endpoints give, or the route where one was asked for. */
  expectation(): Expectation;
  /** The pods of a Deployment. */
  pods(deployment: string): readonly Resource[];
}

/** Which Service, and whether a route decides. */
export interface TracksOptions {
  readonly namespace: string;
  readonly pair: RolloutPair;
  /** The Service as it is in the cluster. */
  readonly service: Resource;
  /** Asked about the route where one divides the traffic; undefined where the endpoints do. */
  readonly route?: {
    readonly manifests: readonly Resource[];
    /** Undefined: about all requests. */ readonly request: RoutedRequest | undefined;
  };
}

/** For longer than this without a word from the server, what is known of the cluster is no ground for a share, in milliseconds. */
const LONGEST_SILENCE = 10_000;

/** Begins to watch a Service's endpoints and pods, and the route where there is one. Resolves when all of it is known. */
export async function watchTracks(api: Api, options: TracksOptions, signal: AbortSignal): Promise<Tracks> {
  const { namespace, pair, service, route } = options;
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  const selector = Object.entries(textsAt(service, 'spec', 'selector')).map(([name, value]) => `${name}=${value}`);
  let counted: ReadyCounts | undefined;
  const changed = () => (counted = undefined);
  const slices = new Informer(
    api,
    `/apis/discovery.k8s.io/v1/${inNamespace}/endpointslices`,
    { labelSelector: `kubernetes.io/service-name=${pair.service}` },
    changed,
  );
  const pods = new Informer(api, `/api/v1/${inNamespace}/pods`, { labelSelector: selector.join(',') }, changed);
  const routes = route && routeInformer(api, inNamespace, routeOf(route.manifests, pair));
  const informers = [slices, pods, ...(routes ? [routes] : [])];
  await Promise.all(informers.map((informer) => informer.start(signal)));
  const counts = () => (counted ??= readyCounts(slices.items, pods.items, pair));
  return {
    counts,
    expectation: () => {
      if (informers.some(({ staleMs }) => staleMs > LONGEST_SILENCE)) {
        return { why: 'the API server does not answer' };
      }
      if (!route) {
        return shareOfEndpoints(counts());
      }
      if (!routes) {
        return { why: 'the release has no VirtualService for this Service' };
      }
      const [found] = routes.items;
      return route.request ? shareOfRoute(found, pair, route.request) : shareOfWholeRoute(found, pair);
    },
    pods: (deployment) => pods.items.filter((pod) => deploymentOf(pod) === deployment),
  };
}

function routeInformer(api: Api, inNamespace: string, manifest: Resource | undefined): Informer | undefined {
  const [apiVersion, name] = [textAt(manifest, 'apiVersion'), textAt(manifest, 'metadata', 'name')];
  if (apiVersion === undefined || name === undefined) {
    return undefined;
  }
  const place = textAt(manifest, 'metadata', 'namespace');
  const path = `/apis/${apiVersion}/${place === undefined ? inNamespace : `namespaces/${place}`}/virtualservices`;
  return new Informer(api, path, { fieldSelector: `metadata.name=${name}` }, () => undefined);
}
