import type { PairHealth } from '../core/rollout/pair-health';
import { type Observed, healthOf, ownPods, ownReplicaSets } from '../core/kubernetes/health';
import type { PlanObjects } from '../core/kubernetes/objects';
import { type RolloutPair, hasService, rolloutPairs } from '../core/plan/plan';
import { SERVICE_NAME, readyCounts, sliceSelector } from '../core/traffic/endpoint-owners';
import { type ObjectRef, type Resource, keyOf, refOf, textAt, textsAt } from '../core/resource';
import type { Api } from './api';
import { Informer } from './informer';
import { LONGEST_TIMER } from './request-timer';
import { type Kinds, asRefusal } from './kinds';

/** The objects of a cluster that a rollout needs, kept current by watches. */
export class ClusterCache {
  private readonly listeners = new Set<() => void>();
  private readonly byPath = new Map<string, Informer>();
  /** The objects that determine the position of the rollout: Deployments and routes. */
  private readonly telling: readonly Informer[];
  private readonly pods: ReadonlyMap<RolloutPair, PodInformers>;

  private constructor(
    private readonly api: Api,
    private readonly kinds: Kinds,
    private readonly objects: PlanObjects,
  ) {
    const deployments = rolloutPairs(objects.plan).flatMap((pair) =>
      [pair.stable, pair.canary].map(({ deployment }) => objects.deployment(pair, deployment)!),
    );
    const watched = new Set([...deployments, ...objects.telling].map(({ ref }) => ref));
    this.telling = [...watched].map((ref) => this.informer(kinds.collection(ref)));
    this.pods = new Map(rolloutPairs(objects.plan).map((pair) => [pair, this.podInformers(pair)]));
  }

  /** Lists all collections, and watches them until `signal` aborts. */
  static async open(api: Api, kinds: Kinds, objects: PlanObjects, signal: AbortSignal): Promise<ClusterCache> {
    const view = new ClusterCache(api, kinds, objects);
    await Promise.all([...view.byPath.values()].map((informer) => informer.start(signal)));
    return view;
  }

  /** Lists the objects that determine the position again: recent changes by others may not have reached the watch. */
  async refresh(): Promise<void> {
    try {
      await Promise.all([...new Set(this.telling)].map((informer) => informer.read()));
    } catch (error) {
      throw asRefusal(error, 'reading the cluster');
    }
  }

  /** The live objects of the plan that determine the position. */
  get live(): ReadonlyMap<string, Resource> {
    const wanted = new Set(this.objects.all.map(({ key }) => key));
    const found = new Map<string, Resource>();
    for (const object of new Set(this.telling).values()) {
      for (const item of object.items) {
        const ref = this.kindOf(object, item);
        const key = keyOf(ref);
        // Deployments that the plan lacks may belong to a rollout that the plan no longer describes.
        if (wanted.has(key) || ref.kind === 'Deployment') {
          found.set(key, item);
        }
      }
    }
    return found;
  }

  /** The ReplicaSets of a Deployment, the newest first. */
  replicaSetsOf(deployment: Resource): readonly Resource[] {
    return ownReplicaSets(deployment, [...new Set([...this.pods.values()].flatMap(({ replicaSets }) => replicaSets.items))]);
  }

  get health(): readonly PairHealth[] {
    const { live } = this;
    return [...this.pods].map(([pair, informers]) => {
      const { pods, endpointSlices } = informers;
      const track = (role: 'stable' | 'canary') =>
        healthOf(pair[role].deployment, this.observed(pair, role, informers, live), role === 'canary');
      return {
        path: pair.path,
        service: pair.service,
        stable: track('stable'),
        canary: track('canary'),
        foreign: readyCounts(endpointSlices.items, pods.items, pair).foreign,
      };
    });
  }

  /** Returns the pods of a track, and their namespace. */
  podsOf(path: string, track: 'stable' | 'canary'): { readonly namespace: string; readonly pods: readonly Resource[] } {
    const [pair, informers] = [...this.pods].find(([one]) => one.path === path)!;
    const observed = this.observed(pair, track, informers, this.live);
    return { namespace: pair.namespace ?? this.objects.namespace, pods: ownPods(observed) };
  }

  private observed(
    pair: RolloutPair,
    track: 'stable' | 'canary',
    { replicaSets, pods, endpointSlices }: PodInformers,
    live: ReadonlyMap<string, Resource>,
  ): Observed {
    const { deployment: name, service } = pair[track];
    const autoscaler = this.objects.autoscaler(pair, name);
    return {
      ...(autoscaler && { autoscaler: live.get(autoscaler.key) }),
      deployment: live.get(this.objects.deployment(pair, name)!.key),
      replicaSets: replicaSets.items,
      pods: pods.items,
      endpointSlices: hasService(pair) ? slicesOf(pair.service, endpointSlices.items) : undefined,
      ...(service !== undefined && { trackSlices: slicesOf(service, endpointSlices.items) }),
    };
  }

  /** The longest time, in milliseconds, for which one of the informers has had no contact with the server. */
  get staleMs(): number {
    return Math.max(0, ...[...this.byPath.values()].map((informer) => informer.staleMs));
  }

  /** Stores the response to a write, which may be newer than the watch. */
  put(ref: ObjectRef, object: Resource): void {
    this.byPath.get(this.kinds.collection(ref))?.put(object);
  }

  /** Removes an object after the response to its deletion. */
  remove(ref: ObjectRef, object: Resource): void {
    this.byPath.get(this.kinds.collection(ref))?.remove(object);
  }

  /** Resolves at the next change, after `milliseconds`, or when `signal` aborts. */
  next(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const finish = () => {
        clearTimeout(timer);
        this.listeners.delete(finish);
        signal.removeEventListener('abort', finish);
        done();
      };
      // A signal that has aborted already sends no event.
      const timer = setTimeout(finish, signal.aborted ? 0 : Math.max(0, Math.min(milliseconds, LONGEST_TIMER)));
      this.listeners.add(finish);
      signal.addEventListener('abort', finish);
    });
  }

  /** Adds the kind, which the items of a list lack. */
  private kindOf(informer: Informer, item: Resource): ObjectRef {
    const known = this.objects.all.find(({ ref }) => this.kinds.collection(ref) === informer.path)!.ref;
    return { ...refOf(item), apiVersion: known.apiVersion, kind: known.kind };
  }

  private podInformers(pair: RolloutPair): PodInformers {
    const labelSelector = Object.entries(this.sharedLabels(pair))
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const namespace = encodeURIComponent(pair.namespace ?? this.objects.namespace);
    return {
      replicaSets: this.informer(`/apis/apps/v1/namespaces/${namespace}/replicasets`, { labelSelector }),
      pods: this.informer(`/api/v1/namespaces/${namespace}/pods`, { labelSelector }),
      endpointSlices: this.informer(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
        labelSelector: sliceSelector(pair),
      }),
    };
  }

  /** The labels of the pods of both tracks: those that the Service selects, or without a Service in the folders, those that both have. */
  private sharedLabels(pair: RolloutPair): Readonly<Record<string, string>> {
    const service = this.objects.service(pair);
    if (service) {
      return textsAt([...service.manifests.values()][0], 'spec', 'selector');
    }
    const [stable, canary] = [pair.stable, pair.canary].map(({ deployment }) => {
      const manifests = this.objects.deployment(pair, deployment)?.manifests;
      return textsAt(manifests && [...manifests.values()][0], 'spec', 'template', 'metadata', 'labels');
    });
    return Object.fromEntries(Object.entries(stable!).filter(([name, value]) => canary![name] === value));
  }

  private informer(path: string, query: Readonly<Record<string, string>> = {}): Informer {
    const key = query['labelSelector'] === undefined ? path : `${path}?${query['labelSelector']}`;
    const known = this.byPath.get(key);
    if (known) {
      return known;
    }
    const informer = new Informer(this.api, path, query, () => [...this.listeners].forEach((listener) => listener()));
    this.byPath.set(key, informer);
    return informer;
  }
}

function slicesOf(service: string, slices: readonly Resource[]): readonly Resource[] {
  return slices.filter((slice) => textAt(slice, 'metadata', 'labels', SERVICE_NAME) === service);
}

interface PodInformers {
  readonly replicaSets: Informer;
  readonly pods: Informer;
  readonly endpointSlices: Informer;
}
