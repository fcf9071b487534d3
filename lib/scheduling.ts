import type * as kplus from './kplus';
import { type JsonObject, withoutUndefined } from './core/yaml';
import type { TopologySpread } from './topology-spread';

/** On which nodes the pods of a track run, and which pods the scheduler prefers. */
export interface SchedulingOptions {
  /**
   * The labels that a node must have to run the pods.
   *
   * @default - any node
   */
  readonly nodeSelector?: { [key: string]: string };

  /**
   * The nodes that the pods prefer or need, and the pods that they run beside or apart from, as in Kubernetes. Terms that
   * `deployment.scheduling` adds come after these.
   *
   * @default - none
   */
  readonly affinity?: kplus.k8s.Affinity;

  /**
   * The taints of nodes that the pods tolerate, as in Kubernetes. Tolerations that `deployment.scheduling` adds come after these.
   *
   * @default - none
   */
  readonly tolerations?: kplus.k8s.Toleration[];

  /**
   * How the scheduler spreads the track's pods.
   *
   * @default - over nodes if possible; `[]` for no spreading
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The name of the PriorityClass of the pods. The scheduler may evict pods of a lower priority to place them.
   *
   * @default - the cluster's default class, or priority 0
   */
  readonly priorityClassName?: string;

  /**
   * The name of the RuntimeClass that runs the pods, such as `nvidia` or `gvisor`.
   *
   * @default - the runtime of the node
   */
  readonly runtimeClassName?: string;
}

type Affinity = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** The affinity of the options, and after it the terms that cdk8s-plus rendered. */
export function joinAffinity(given: object | undefined, rendered: unknown): JsonObject | undefined {
  if (given === undefined || rendered === undefined) {
    return (given ?? rendered) as JsonObject | undefined;
  }
  const [own, added] = [given, rendered] as [Affinity, Affinity];
  return withoutUndefined(Object.fromEntries(kindsOf(own, added).map((kind) => [kind, joinTerms(own[kind], added[kind])])));
}

function joinTerms(own: Affinity[string], added: Affinity[string]): JsonObject | undefined {
  if (own === undefined || added === undefined) {
    return (own ?? added) as JsonObject | undefined;
  }
  return withoutUndefined(Object.fromEntries(kindsOf(own, added).map((kind) => [kind, joinLists(own[kind], added[kind])])));
}

/** Joins two lists of terms; the terms that a node must match are a list in an object. */
function joinLists(own: unknown, added: unknown): unknown {
  if (own === undefined || added === undefined) {
    return own ?? added;
  }
  return Array.isArray(own)
    ? [...(own as unknown[]), ...(added as unknown[])]
    : { nodeSelectorTerms: [own, added].flatMap((terms) => (terms as { nodeSelectorTerms: unknown[] }).nodeSelectorTerms) };
}

function kindsOf(own: object, added: object): string[] {
  return [...new Set([...Object.keys(own), ...Object.keys(added)])];
}
