/**
 * Models every step that a cluster can take while folders are applied.
 *
 * The model follows from how Kubernetes and Istio work, not from the formulas of `lib/core/transition.ts`, so that each can check the
 * other: the model visits every reachable state and computes none.
 *
 * - `kubectl apply` writes one document after another, in the order of the file: stable's Deployment, the canary's, their
 *   autoscalers, then the VirtualService. Between two of them any number of other steps may happen.
 * - A Deployment's controller creates one pod while there are fewer than its spec says, and picks one to delete while there are
 *   more. That pod leaves the endpoints at once, and terminates some time later. The two controllers are independent.
 * - The kubelet makes a starting pod ready.
 * - A Deployment without a count in the file keeps the one that it has; a count of 0 that vanishes from the file becomes 1.
 * - An autoscaler does nothing at a count of 0. It raises any other count to its minimum, may raise it further at any time, up to its
 *   maximum, and lowers it to what the load of its track needs, unless its folder forbids that.
 * - A route takes effect at any time after it was written. A later route may take effect before an earlier one,
 *   which then never does.
 */

/** How requests are divided, as far as the model needs it. The same route is always the same object. */
export interface ModelRoute {
  /** Whether any request goes to the track, including those of match rules. */
  readonly toStable: boolean;
  readonly toCanary: boolean;
}

/** What a folder says of an autoscaler. Equal ones are the same object. */
export interface Autoscaler {
  readonly min: number;
  readonly max: number;
  /** Whether it may lower a count. */
  readonly shrinks: boolean;
}

export type Track = 'stable' | 'canary';

/** The state that a folder requests. */
export interface Desired {
  /** Undefined if the folder leaves the count to an autoscaler. */
  readonly stable: number | undefined;
  readonly canary: number | undefined;
  readonly autoscalers?: Readonly<Partial<Record<Track, Autoscaler>>>;
  /** When the autoscalers are written (default: after the Deployments, as in the file). */
  readonly autoscalersCome?: 'first' | 'last';
  /** Undefined if pods alone divide the traffic. */
  readonly route: ModelRoute | undefined;
}

/** The pods of one Deployment. Equal values are the same object with one id, so that states compare by ids. */
export interface Pods {
  readonly id: number;
  /** The replicas that were written last. */
  readonly spec: number;
  readonly ready: number;
  readonly starting: number;
  /**
   * Pods that have left the endpoints and still run: no controller counts them, but they take room (I18). Those of an autoscaled track are
   * left out, because an autoscaler may lower and raise a count any number of times.
   */
  readonly terminating: number;
  readonly autoscaler: Autoscaler | undefined;
}

/** The routes of a cluster. Equal values are the same object, too. */
export interface Routing {
  readonly id: number;
  /** The route that is in force. */
  readonly route: ModelRoute | undefined;
  /** Routes that were written after it and are not yet in force, in the order of writing. */
  readonly pending: readonly ModelRoute[];
}

/** The observable state of a cluster at one moment. */
export interface Cluster {
  readonly stable: Pods;
  readonly canary: Pods;
  readonly routing: Routing;
}

/** The pod that a ReplicaSet deletes when it has too many. */
export type Victims =
  /** A pod that is not ready, if there is one, as `getPodsToDelete` ranks them. */
  | 'not-ready-first'
  /** Any pod, which is worse than Kubernetes. */
  | 'any';

/** What the next folder waits for. */
export type Wait =
  /** Until the pods are ready, autoscaled tracks have their minimum, and the previous route is in force everywhere. */
  | 'pods-and-route'
  /** Not for the route. */
  | 'pods'
  /** Not for the minimum: `kubectl rollout status` knows no autoscaler. */
  | 'rollout-status';

/** The fewest pods to which an autoscaler may lower the count of a track: what its load needs by the route in force. */
export type Need = (track: Track, cluster: Cluster) => number;

/** A settled cluster in the state of a folder. Counts that the folder leaves to autoscalers are given. */
export function atRest({ stable, canary, autoscalers, route }: Desired, counts: Partial<Record<Track, number>> = {}): Cluster {
  const rest = (track: Track, count = counts[track]!) => podsOf(count, count, 0, 0, autoscalers?.[track]);
  return { stable: rest('stable', stable), canary: rest('canary', canary), routing: routingOf(route, []) };
}

/** All states that were visited while a folder was applied. */
export interface Exploration {
  /** Every reachable state of the cluster, and the step that led to it. */
  readonly seen: readonly Sight[];
  /** The states in which all documents are written and all pods are ready, so that the next folder may be applied. */
  readonly settled: readonly Cluster[];
}

export interface Sight {
  readonly cluster: Cluster;
  /** The number of the folder's documents that are written. */
  readonly written: number;
  readonly step: string;
  readonly before: Sight | undefined;
}

/** Visits, breadth first, every state that is reachable while a folder is applied to any of the given clusters. */
export function explore(starts: readonly Cluster[], to: Desired, victims: Victims, wait: Wait, need: Need = () => 0): Exploration {
  const documents = documentsOf(to);
  const known = new Set<number>();
  const seen: Sight[] = [];
  const visit = (stable: Pods, canary: Pods, routing: Routing, written: number, step: string, before: Sight | undefined) => {
    const key = keyOf(stable, canary, routing, written);
    if (!known.has(key)) {
      known.add(key);
      seen.push({ cluster: { stable, canary, routing }, written, step, before });
    }
  };
  starts.forEach(({ stable, canary, routing }) => visit(stable, canary, routing, 0, 'start', undefined));
  // `seen` grows during this loop: each new state is visited in turn.
  for (let index = 0; index < seen.length; index++) {
    const sight = seen[index]!;
    const { cluster, written } = sight;
    const { stable, canary, routing } = cluster;
    const document = documents[written];
    if (document) {
      const next = document.write(cluster);
      visit(next.stable, next.canary, next.routing, written + 1, document.step, sight);
    }
    for (const { step, pods } of stepsOf(stable, victims)) {
      visit(pods, canary, routing, written, `stable: ${step}`, sight);
    }
    for (const { step, pods } of stepsOf(canary, victims)) {
      visit(stable, pods, routing, written, `canary: ${step}`, sight);
    }
    for (const { step, pods } of autoscaled(stable, () => need('stable', cluster))) {
      visit(pods, canary, routing, written, `stable: ${step}`, sight);
    }
    for (const { step, pods } of autoscaled(canary, () => need('canary', cluster))) {
      visit(stable, pods, routing, written, `canary: ${step}`, sight);
    }
    routing.pending.forEach((route, at) =>
      visit(stable, canary, routingOf(route, routing.pending.slice(at + 1)), written, 'the route takes effect', sight),
    );
  }
  const settled = seen
    .filter(({ cluster, written }) => written === documents.length && isSettled(cluster, wait))
    .map(({ cluster }) => cluster);
  return { seen, settled };
}

interface Document {
  readonly step: string;
  readonly write: (cluster: Cluster) => Cluster;
}

/** The documents of a folder, in the order of its file. */
function documentsOf({ stable, canary, autoscalers, autoscalersCome, route: wanted }: Desired): Document[] {
  const of = (track: Track, step: string, change: (pods: Pods) => Pods): Document => ({
    step,
    write: (cluster) => ({ ...cluster, [track]: change(cluster[track]) }),
  });
  const deployment = (track: Track, step: string, count: number | undefined) =>
    of(track, step, ({ spec, ready, starting, terminating, autoscaler }) =>
      podsOf(count ?? Math.max(1, spec), ready, starting, terminating, autoscaler),
    );
  const autoscaler = (track: Track, step: string, said: Autoscaler | undefined) =>
    said ? [of(track, step, ({ spec, ready, starting, terminating }) => podsOf(spec, ready, starting, terminating, said))] : [];
  const write = (cluster: Cluster): Cluster => {
    const { route, pending } = cluster.routing;
    const last = pending[pending.length - 1] ?? route;
    return last === wanted ? cluster : { ...cluster, routing: routingOf(route, [...pending, wanted!]) };
  };
  const deployments = [
    deployment('stable', "write stable's Deployment", stable),
    deployment('canary', "write the canary's Deployment", canary),
  ];
  const scalers = [
    ...autoscaler('stable', "write stable's autoscaler", autoscalers?.stable),
    ...autoscaler('canary', "write the canary's autoscaler", autoscalers?.canary),
  ];
  const routes = wanted ? [{ step: 'write the VirtualService', write }] : [];
  if (autoscalersCome === 'first') {
    return [...scalers, ...deployments, ...routes];
  }
  return autoscalersCome === 'last' ? [...deployments, ...routes, ...scalers] : [...deployments, ...scalers, ...routes];
}

interface Step {
  readonly step: string;
  readonly pods: Pods;
}

/** The steps of equal pods are the same in every state, so they are computed once. */
const STEPS = { 'not-ready-first': new Map<Pods, Step[]>(), any: new Map<Pods, Step[]>() };

function stepsOf(pods: Pods, victims: Victims): readonly Step[] {
  let steps = STEPS[victims].get(pods);
  if (steps === undefined) {
    steps = findSteps(pods, victims);
    STEPS[victims].set(pods, steps);
  }
  return steps;
}

function findSteps({ spec, ready, starting, terminating, autoscaler }: Pods, victims: Victims): Step[] {
  const steps: Step[] = [];
  const next = (nowReady: number, nowStarting: number, nowTerminating: number) =>
    podsOf(spec, nowReady, nowStarting, autoscaler ? 0 : nowTerminating, autoscaler);
  if (ready + starting < spec) {
    steps.push({ step: 'a pod is created', pods: next(ready, starting + 1, terminating) });
  }
  if (ready + starting > spec) {
    if (starting > 0) {
      steps.push({ step: 'a starting pod is taken', pods: next(ready, starting - 1, terminating + 1) });
    }
    if (ready > 0 && (starting === 0 || victims === 'any')) {
      steps.push({ step: 'a ready pod is taken', pods: next(ready - 1, starting, terminating + 1) });
    }
  }
  if (starting > 0) {
    steps.push({ step: 'a pod becomes ready', pods: next(ready + 1, starting - 1, terminating) });
  }
  if (terminating > 0) {
    steps.push({ step: 'a pod is gone', pods: next(ready, starting, terminating - 1) });
  }
  return steps;
}

/** What an autoscaler may do with the count of its track. */
function autoscaled({ spec, ready, starting, terminating, autoscaler }: Pods, need: () => number): Step[] {
  if (!autoscaler || spec === 0) {
    return [];
  }
  const to = (step: string, count: number) => ({ step, pods: podsOf(count, ready, starting, terminating, autoscaler) });
  const { min, max, shrinks } = autoscaler;
  return [
    ...(spec < min ? [to('the autoscaler raises the count to its minimum', min)] : []),
    ...(spec < max ? [to('the autoscaler raises the count', spec + 1)] : []),
    ...(shrinks && spec > Math.max(min, need()) ? [to('the autoscaler lowers the count', spec - 1)] : []),
  ];
}

/** `kubectl rollout status` waits for ready pods and ignores terminating ones. */
function isSettled({ stable, canary, routing }: Cluster, wait: Wait): boolean {
  const hasMinimum = ({ spec, autoscaler }: Pods) => wait === 'rollout-status' || !autoscaler || spec === 0 || spec >= autoscaler.min;
  const isReady = (pods: Pods) => pods.ready === pods.spec && pods.starting === 0 && hasMinimum(pods);
  return isReady(stable) && isReady(canary) && (wait === 'pods' || routing.pending.length === 0);
}

/** An upper limit of the pods of any Deployment in the model. */
const PODS_LIMIT = 2 ** 7;
const PODS = new Map<number, Pods>();

function podsOf(spec: number, ready: number, starting: number, terminating: number, autoscaler?: Autoscaler): Pods {
  const key = (((numberOf(autoscaler) * PODS_LIMIT + spec) * PODS_LIMIT + ready) * PODS_LIMIT + starting) * PODS_LIMIT + terminating;
  let pods = PODS.get(key);
  if (pods === undefined) {
    if (Math.max(spec, ready, starting, terminating) >= PODS_LIMIT) {
      throw new Error(`the model counts less than ${PODS_LIMIT} pods`);
    }
    pods = { id: PODS.size, spec, ready, starting, terminating, autoscaler };
    PODS.set(key, pods);
  }
  return pods;
}

const ROUTINGS = new Map<string, Routing>();

function routingOf(route: ModelRoute | undefined, pending: readonly ModelRoute[]): Routing {
  const key = [route, ...pending].map(numberOf).join();
  const known = ROUTINGS.get(key) ?? { id: ROUTINGS.size, route, pending };
  ROUTINGS.set(key, known);
  return known;
}

/** The numbers of routes and autoscalers, of which equal ones are the same object. */
const NUMBERS = new Map<object | undefined, number>([[undefined, 0]]);

function numberOf(object: object | undefined): number {
  const known = NUMBERS.get(object) ?? NUMBERS.size;
  NUMBERS.set(object, known);
  return known;
}

/** The key has room for this many different pods and routings: with three bits for the documents written, 52 bits in all. */
const IDS = { pods: 2 ** 19, routings: 2 ** 11 };

/** Encodes a state as a number, so that a set can hold it. */
function keyOf(stable: Pods, canary: Pods, routing: Routing, written: number): number {
  if (PODS.size > IDS.pods || ROUTINGS.size > IDS.routings) {
    throw new Error('more states than the keys have room for');
  }
  return ((routing.id * 8 + written) * IDS.pods + stable.id) * IDS.pods + canary.id;
}

/** Every distinct cluster among the states, whatever was written: the states in which an advance can be interrupted. */
export function clustersOf(sights: readonly Sight[]): Cluster[] {
  return [...new Map(sights.map(({ cluster }) => [keyOf(cluster.stable, cluster.canary, cluster.routing, 0), cluster])).values()];
}

/** The steps that led to a state, one a line, to show how a law is violated. */
export function traceOf(sight: Sight): string {
  const lines: string[] = [];
  for (let at: Sight | undefined = sight; at; at = at.before) {
    const { stable, canary } = at.cluster;
    const show = ({ spec, ready, starting, terminating }: Pods) => `${ready} ready ${starting} starting ${terminating} ending of ${spec}`;
    lines.unshift(`${at.step}: stable ${show(stable)}, canary ${show(canary)}`);
  }
  return lines.join('\n');
}

/** The extremes among the states, counted in pods. */
export interface Extremes {
  readonly fewestReady: number;
  /** Includes starting pods, excludes terminating ones. */
  readonly mostPods: number;
  /** Includes terminating pods, because a node has to hold them (I18). */
  readonly mostWithTerminating: number;
  /** The canary's largest share of the ready pods, as two counts. */
  readonly mostShareOfPods: { readonly canary: number; readonly ready: number };
}

export function extremesOf(sights: readonly Sight[]): Extremes {
  let fewestReady = Number.MAX_SAFE_INTEGER;
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

/** The first state in which the route in force leads to a track without ready pods, so that all its requests fail. */
export function routedToNothing(sights: readonly Sight[]): Sight | undefined {
  return sights.find(
    ({
      cluster: {
        stable,
        canary,
        routing: { route },
      },
    }) => route !== undefined && ((route.toStable && stable.ready === 0) || (route.toCanary && canary.ready === 0)),
  );
}
