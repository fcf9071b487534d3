import type { PairHealth } from '../core/rollout/decide';
import { healthOf } from '../core/kubernetes/health';
import { PlanObjects } from '../core/kubernetes/objects';
import { RolloutPair, rolloutPairs } from '../core/plan/plan';
import { ObjectRef, Resource, keyOf, refOf, textsAt } from '../core/resource';
import { Api } from './api';
import { Informer } from './informer';
import { Kinds, asRefusal } from './kinds';

/** What a rollout has to see of a cluster, kept up by watches. */
export class ClusterCache {
  private readonly listeners = new Set<() => void>();
  private readonly byPath = new Map<string, Informer>();
  /** What tells where the cluster is: Deployments, routes. */
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
    this.pods = new Map(rolloutPairs(objects.plan).map((pair) => [pair, this.podsOf(pair)]));
  }

  /** Reads everything, and follows it until `signal`. */
  static async open(api: Api, kinds: Kinds, objects: PlanObjects, signal: AbortSignal): Promise<ClusterCache> {
    const view = new ClusterCache(api, kinds, objects);
    await Promise.all([...view.byPath.values()].map((informer) => informer.start(signal)));
    return view;
  }

  /** Reads again what tells where the cluster is: what others did a moment ago may not have been heard of. */
  async refresh(): Promise<void> {
    try {
      await Promise.all([...new Set(this.telling)].map((informer) => informer.read()));
    } catch (error) {
      throw asRefusal(error, 'to look at the cluster');
    }
  }

  /** The plan's objects that tell where the cluster is, as they are. */
  get live(): ReadonlyMap<string, Resource> {
    const wanted = new Set(this.objects.all.map(({ key }) => key));
    const found = new Map<string, Resource>();
    for (const object of new Set(this.telling).values()) {
      for (const item of object.items) {
        const key = keyOf(this.kindOf(object, item));
        if (wanted.has(key)) {
          found.set(key, item);
        }
      }
    }
    return found;
  }

  get health(): readonly PairHealth[] {
    const { live } = this;
    return [...this.pods].map(([pair, { replicaSets, pods, endpointSlices }]) => {
      const track = (name: string, isNew: boolean) =>
        healthOf(
          name,
          {
            deployment: live.get(this.objects.deployment(pair, name)!.key),
            replicaSets: replicaSets.items,
            pods: pods.items,
            endpointSlices: endpointSlices.items,
          },
          isNew,
        );
      return { path: pair.path, stable: track(pair.stable.deployment, false), canary: track(pair.canary.deployment, true) };
    });
  }

  /** Milliseconds for which some of it has not been heard of. */
  get staleMs(): number {
    return Math.max(0, ...[...this.byPath.values()].map((informer) => informer.staleMs));
  }

  /** What a write was answered: newer than what the watch has brought. */
  put(ref: ObjectRef, object: Resource): void {
    this.byPath.get(this.kinds.collection(ref))?.put(object);
  }

  /** What a deletion was answered. */
  remove(ref: ObjectRef, object: Resource): void {
    this.byPath.get(this.kinds.collection(ref))?.remove(object);
  }

  /** Resolves at the next change, or at a time. */
  next(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const finish = () => {
        clearTimeout(timer);
        this.listeners.delete(finish);
        signal.removeEventListener('abort', finish);
        done();
      };
      const timer = setTimeout(finish, Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)));
      this.listeners.add(finish);
      signal.addEventListener('abort', finish);
    });
  }

  /** Items of a list carry no kind of their own. */
  private kindOf(informer: Informer, item: Resource): ObjectRef {
    const known = this.objects.all.find(({ ref }) => this.kinds.collection(ref) === informer.path)!.ref;
    return { ...refOf(item), apiVersion: known.apiVersion, kind: known.kind };
  }

  private podsOf(pair: RolloutPair): PodInformers {
    const service = this.objects.find({ apiVersion: 'v1', kind: 'Service', namespace: pair.namespace, name: pair.service });
    const manifest = service && [...service.manifests.values()][0];
    const labelSelector = Object.entries(textsAt(manifest, 'spec', 'selector'))
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const namespace = encodeURIComponent(pair.namespace ?? this.objects.namespace);
    return {
      replicaSets: this.informer(`/apis/apps/v1/namespaces/${namespace}/replicasets`, { labelSelector }),
      pods: this.informer(`/api/v1/namespaces/${namespace}/pods`, { labelSelector }),
      endpointSlices: this.informer(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
        labelSelector: `kubernetes.io/service-name=${pair.service}`,
      }),
    };
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

interface PodInformers {
  readonly replicaSets: Informer;
  readonly pods: Informer;
  readonly endpointSlices: Informer;
}
