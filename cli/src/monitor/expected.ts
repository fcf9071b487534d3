import type { Api } from '../cluster/api';
import { Informer } from '../cluster/informer';
import type { RolloutPair } from '../core/plan/plan';
import { type Resource, textAt, textsAt } from '../core/resource';
import { kindsText } from '../core/routers';
import type { Route, RoutedRequest } from '../core/routers/router';
import { type ReadyCounts, deploymentOf, foreignText, readyCounts, sliceSelector } from '../core/traffic/endpoint-owners';
import { type Expectation, shareOfEndpoints } from '../core/traffic/expected-share';

/** The tracks in the cluster, and the share that the canary should have. Watches keep them current. */
export interface Tracks {
  /** The ready endpoints of each track. */
  counts(): ReadyCounts;
  /** The share by the route if one divides the requests, otherwise by the endpoints. */
  expectation(): Expectation;
  /** The pods of a Deployment. */
  pods(deployment: string): readonly Resource[];
}

/** What `watchTracks` watches. */
export interface TracksOptions {
  readonly namespace: string;
  readonly pair: RolloutPair;
  /** The Service as it is in the cluster. */
  readonly service: Resource;
  /** The route that divides the requests; undefined if the endpoints divide them. */
  readonly route?: {
    readonly by: Route;
    readonly manifests: readonly Resource[];
    /** The request whose share is asked for; undefined for all requests. */
    readonly request: RoutedRequest | undefined;
  };
}

/** The age in milliseconds beyond which the cached state is too stale to compute a share from. */
const LONGEST_STALE = 10_000;

/** Starts watches of a Service's endpoints and pods, and of the route if there is one. Resolves when the first lists have arrived. */
export async function watchTracks(api: Api, options: TracksOptions, signal: AbortSignal): Promise<Tracks> {
  const { namespace, pair, service, route } = options;
  const inNamespace = `namespaces/${encodeURIComponent(namespace)}`;
  const selector = Object.entries(textsAt(service, 'spec', 'selector')).map(([name, value]) => `${name}=${value}`);
  let counted: ReadyCounts | undefined;
  const changed = () => (counted = undefined);
  const slices = new Informer(
    api,
    `/apis/discovery.k8s.io/v1/${inNamespace}/endpointslices`,
    { labelSelector: sliceSelector(pair) },
    changed,
  );
  const pods = new Informer(api, `/api/v1/${inNamespace}/pods`, { labelSelector: selector.join(',') }, changed);
  const routes = route && routeInformer(api, inNamespace, route.by, route.by.find(route.manifests, pair));
  const informers = [slices, pods, ...(routes ? [routes] : [])];
  await Promise.all(informers.map((informer) => informer.start(signal)));
  const counts = () => (counted ??= readyCounts(slices.items, pods.items, pair));
  return {
    counts,
    expectation: () => {
      if (informers.some(({ staleMs }) => staleMs > LONGEST_STALE)) {
        return { why: 'the API server does not respond' };
      }
      if (!route) {
        return shareOfEndpoints(pair.service, counts());
      }
      // A route divides requests by its weights, but a subset may select foreign pods too.
      const foreign = foreignText(pair.service, counts());
      if (foreign !== undefined) {
        return { why: foreign };
      }
      if (!routes) {
        return { why: `the release has no ${kindsText(route.by)} for this Service` };
      }
      return route.by.shareOf(routes.items[0], pair, route.request);
    },
    pods: (deployment) => pods.items.filter((pod) => deploymentOf(pod) === deployment),
  };
}

function routeInformer(api: Api, inNamespace: string, { plurals }: Route, manifest: Resource | undefined): Informer | undefined {
  const [apiVersion, name] = [textAt(manifest, 'apiVersion'), textAt(manifest, 'metadata', 'name')];
  const plural = plurals[textAt(manifest, 'kind') ?? ''];
  if (apiVersion === undefined || name === undefined || plural === undefined) {
    return undefined;
  }
  const place = textAt(manifest, 'metadata', 'namespace');
  const path = `/apis/${apiVersion}/${place === undefined ? inNamespace : `namespaces/${place}`}/${plural}`;
  return new Informer(api, path, { fieldSelector: `metadata.name=${name}` }, () => undefined);
}
