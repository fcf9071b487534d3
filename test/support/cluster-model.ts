/**
 * What a cluster may do while folders are applied, step by single step.
 *
 * This is written from how Kubernetes and Istio work, not from the formulas of `lib/core/transition.ts`, so that the two
 * can be held against each other: every reachable state is visited, none is computed.
 *
 * - `kubectl apply` writes one document after another, in the order of the file: stable's Deployment, the canary's, then
 *   the VirtualService. Between two of them anything may happen, or nothing for a long time.
 * - A Deployment's controller creates one pod while there are fewer than its spec says, and picks one to go while there
 *   are more. That pod is out of the endpoints at once, and ends some time later. The two controllers know nothing of
 *   each other.
 * - The kubelet makes a pod that is starting ready.
 * - A route takes effect at any moment after it was written. A later one may overtake it, never the other way round.
 */

/** How the requests are divided, as the model needs it: the same object is the same route. */
export interface ModelRoute {
  /** Whether some request, those of a match rule included, goes to the track. */
  readonly toStable: boolean;
  readonly toCanary: boolean;
}

/** What one folder asks for. */
export interface Desired {
  readonly stable: number;
  readonly canary: number;
  /** Undefined where pods alone divide the traffic. */
  readonly route: ModelRoute | undefined;
}

/** One Deployment's pods. */
export interface Pods {
  /** The replicas that were written last. */
  readonly spec: number;
  readonly ready: number;
  readonly starting: number;
  /** Out of the endpoints, not yet gone: no controller counts them, but they take room (I18). */
  readonly terminating: number;
}

/** All that can be seen of a cluster at one moment. */
export interface Cluster {
  readonly stable: Pods;
  readonly canary: Pods;
  /** The route that is in force. */
  readonly route: ModelRoute | undefined;
  /** Routes that were written after it and are not yet in force, in the order in which they were written. */
  readonly pending: readonly ModelRoute[];
}

/** Which pod a ReplicaSet takes away when it has too many. */
export type Victims =
  /** One that is not ready while there is any, as `getPodsToDelete` ranks them. */
  | 'not-ready-first'
  /** Any: worse than Kubernetes is. */
  | 'any';

/** Whether the next folder waits until the route before is in force everywhere, or only until the pods are ready. */
export type Wait = 'pods-and-route' | 'pods';

/** A cluster that holds what a folder asks for, and does nothing. */
export function atRest({ stable, canary, route }: Desired): Cluster {
  const pods = (count: number): Pods => ({ spec: count, ready: count, starting: 0, terminating: 0 });
  return { stable: pods(stable), canary: pods(canary), route, pending: [] };
}

/** Everything that was seen while a folder was applied. */
export interface Exploration {
  /** Every cluster that may be seen, how it came about, and whether it is a place to stop and wait at. */
  readonly seen: readonly Sight[];
  /** Those in which everything was written and all pods are ready: where the next folder may be applied. */
  readonly settled: readonly Cluster[];
}

export interface Sight {
  readonly cluster: Cluster;
  /** How many of the folder's documents were written. */
  readonly written: number;
  readonly step: string;
  readonly before: Sight | undefined;
}

/** Visits every state that may be seen while a folder is applied to any of some clusters, breadth first. */
export function explore(starts: readonly Cluster[], to: Desired, victims: Victims, wait: Wait): Exploration {
  const documents = to.route ? 3 : 2;
  const keys = new Keys();
  const known = new Set<string>();
  const seen: Sight[] = [];
  const visit = (cluster: Cluster, written: number, step: string, before: Sight | undefined) => {
    const key = keys.of(cluster, written);
    if (!known.has(key)) {
      known.add(key);
      seen.push({ cluster, written, step, before });
    }
  };
  starts.forEach((start) => visit(start, 0, 'start', undefined));
  // `seen` grows while it is walked: what is found is looked at in turn.
  for (let index = 0; index < seen.length; index++) {
    const sight = seen[index]!;
    const { cluster, written } = sight;
    if (written < documents) {
      visit(write(cluster, to, written), written + 1, `write ${DOCUMENTS[written]!}`, sight);
    }
    for (const track of ['stable', 'canary'] as const) {
      for (const [step, pods] of stepsOf(cluster[track], victims)) {
        visit({ ...cluster, [track]: pods }, written, `${track}: ${step}`, sight);
      }
    }
    cluster.pending.forEach((route, at) =>
      visit({ ...cluster, route, pending: cluster.pending.slice(at + 1) }, written, 'the route takes effect', sight),
    );
  }
  const settled = seen.filter(({ cluster, written }) => written === documents && isSettled(cluster, wait)).map(({ cluster }) => cluster);
  return { seen, settled };
}

const DOCUMENTS = ["stable's Deployment", "the canary's Deployment", 'the VirtualService'];

function write(cluster: Cluster, to: Desired, document: number): Cluster {
  if (document === 2) {
    const last = cluster.pending[cluster.pending.length - 1] ?? cluster.route;
    return last === to.route ? cluster : { ...cluster, pending: [...cluster.pending, to.route!] };
  }
  const track = document === 0 ? 'stable' : 'canary';
  return { ...cluster, [track]: { ...cluster[track], spec: to[track] } };
}

function stepsOf(pods: Pods, victims: Victims): [string, Pods][] {
  const { spec, ready, starting, terminating } = pods;
  const steps: [string, Pods][] = [];
  if (ready + starting < spec) {
    steps.push(['a pod is created', { ...pods, starting: starting + 1 }]);
  }
  if (ready + starting > spec) {
    if (starting > 0) {
      steps.push(['a starting pod is taken', { ...pods, starting: starting - 1, terminating: terminating + 1 }]);
    }
    if (ready > 0 && (starting === 0 || victims === 'any')) {
      steps.push(['a ready pod is taken', { ...pods, ready: ready - 1, terminating: terminating + 1 }]);
    }
  }
  if (starting > 0) {
    steps.push(['a pod becomes ready', { ...pods, starting: starting - 1, ready: ready + 1 }]);
  }
  if (terminating > 0) {
    steps.push(['a pod is gone', { ...pods, terminating: terminating - 1 }]);
  }
  return steps;
}

/** `kubectl rollout status` is content with ready pods; those that are terminating it does not see. */
function isSettled({ stable, canary, pending }: Cluster, wait: Wait): boolean {
  const isReady = ({ spec, ready, starting }: Pods) => ready === spec && starting === 0;
  return isReady(stable) && isReady(canary) && (wait === 'pods' || pending.length === 0);
}

/** A short text for a state, so that a set can hold it. */
class Keys {
  private readonly routes = new Map<ModelRoute | undefined, number>();

  of({ stable, canary, route, pending }: Cluster, written: number): string {
    const counts = [stable, canary].flatMap((pods) => [pods.spec, pods.ready, pods.starting, pods.terminating]);
    return String.fromCharCode(written, ...counts, this.number(route), ...pending.map((next) => this.number(next)));
  }

  private number(route: ModelRoute | undefined): number {
    const known = this.routes.get(route) ?? this.routes.size;
    this.routes.set(route, known);
    return known;
  }
}

/** Every distinct cluster among sights, whatever was written when it was seen: where an advance may be left half done. */
export function clustersOf(sights: readonly Sight[]): Cluster[] {
  const keys = new Keys();
  return [...new Map(sights.map(({ cluster }) => [keys.of(cluster, 0), cluster])).values()];
}

/** How a state came about, one step a line, to show where a law is broken. */
export function traceOf(sight: Sight): string {
  const lines: string[] = [];
  for (let at: Sight | undefined = sight; at; at = at.before) {
    const { stable, canary } = at.cluster;
    const show = ({ spec, ready, starting, terminating }: Pods) => `${ready} ready ${starting} starting ${terminating} ending of ${spec}`;
    lines.unshift(`${at.step}: stable ${show(stable)}, canary ${show(canary)}`);
  }
  return lines.join('\n');
}

/** The extremes among sights, counted pod by pod. */
export interface Extremes {
  readonly fewestReady: number;
  /** Those that are still starting included, those that are terminating not. */
  readonly mostPods: number;
  /** Those that are terminating, too: what a node has to hold (I18). */
  readonly mostWithTerminating: number;
  /** The canary's largest share of the ready pods, as two counts. */
  readonly mostShareOfPods: { readonly canary: number; readonly ready: number };
}

export function extremesOf(sights: readonly Sight[]): Extremes {
  let fewestReady = Infinity;
  let mostPods = 0;
  let mostWithTerminating = 0;
  let most = { canary: 0, ready: 1 };
  for (const { cluster } of sights) {
    const { stable, canary } = cluster;
    const ready = stable.ready + canary.ready;
    const pods = ready + stable.starting + canary.starting;
    fewestReady = Math.min(fewestReady, ready);
    mostPods = Math.max(mostPods, pods);
    mostWithTerminating = Math.max(mostWithTerminating, pods + stable.terminating + canary.terminating);
    if (canary.ready * most.ready > most.canary * ready) {
      most = { canary: canary.ready, ready };
    }
  }
  return { fewestReady, mostPods, mostWithTerminating, mostShareOfPods: most };
}

/** The first state in which the route in force leads to a track without ready pods: every such request fails. */
export function routedToNothing(sights: readonly Sight[]): Sight | undefined {
  return sights.find(
    ({ cluster: { stable, canary, route } }) =>
      route !== undefined && ((route.toStable && stable.ready === 0) || (route.toCanary && canary.ready === 0)),
  );
}
