import { POD_TEMPLATE_HASH, controllerOf, readyEndpoints } from '../kubernetes/health';
import type { RolloutPair } from '../plan/plan';
import { type Resource, at, listAt, textAt } from '../resource';
import { plainText } from '../text/plain-text';

/** Ready endpoints of a Service that belong to neither track of its pair, grouped by what owns their pods. */
export interface ForeignEndpoints {
  /** Such as `Deployment/worker`, `Job/report`, or `Pod/debug` for a pod without an owner; `address 10.0.0.7` for an endpoint without a pod. */
  readonly owner: string;
  /** The names of the pods, sorted; empty for an endpoint without a pod. */
  readonly pods: readonly string[];
}

/** The label that names the Service of an EndpointSlice. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** Selects the EndpointSlices of a pair: those of its Service and, if a route leads to them, of the Services of its tracks. */
export function sliceSelector({ service, stable, canary }: RolloutPair): string {
  const services = [...new Set([service, stable.service, canary.service])].filter((name) => name !== undefined);
  return services.length === 1 ? `${SERVICE_NAME}=${service}` : `${SERVICE_NAME} in (${services.join(',')})`;
}

/** The pods that receive traffic from a Service: the number of each track, and all others. */
export interface ReadyCounts {
  readonly stable: number;
  readonly canary: number;
  readonly foreign: readonly ForeignEndpoints[];
}

/** Returns the ready endpoints of each track. A pod counts once, although a Service has a slice for each address family. */
export function readyCounts(slices: readonly Resource[], pods: readonly Resource[], pair: RolloutPair): ReadyCounts {
  const byName = new Map(pods.map((pod) => [textAt(pod, 'metadata', 'name'), pod]));
  const owners = new Map<string, Set<string>>();
  for (const endpoint of readyEndpoints(slices)) {
    const pod = textAt(endpoint, 'targetRef', 'name');
    const owner = pod === undefined ? `address ${String(listOfAddresses(endpoint)[0] ?? 'unknown')}` : ownerOf(pod, byName.get(pod), pair);
    const names = owners.get(owner) ?? new Set<string>();
    owners.set(owner, pod === undefined ? names : names.add(pod));
  }
  const own = (deployment: string) => owners.get(`Deployment/${deployment}`)?.size ?? 0;
  const tracks = [pair.stable, pair.canary].map(({ deployment }) => `Deployment/${deployment}`);
  return {
    stable: own(pair.stable.deployment),
    canary: own(pair.canary.deployment),
    foreign: [...owners]
      .filter(([owner]) => !tracks.includes(owner))
      .map(([owner, names]) => ({ owner: plainText(owner), pods: [...names].map(plainText).sort() }))
      .sort((a, b) => (a.owner < b.owner ? -1 : 1)),
  };
}

function listOfAddresses(endpoint: Resource): readonly unknown[] {
  const addresses = at(endpoint, 'addresses');
  return Array.isArray(addresses) ? addresses : [];
}

/** The characters in the names that Kubernetes generates for ReplicaSets and pods (`SafeEncodeString`). */
const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]';

/** Returns the owner of an endpoint's pod. If the watch has not seen the pod, a generated name still shows a track. */
function ownerOf(name: string, pod: Resource | undefined, pair: RolloutPair): string {
  const deployment = pod
    ? deploymentOf(pod)
    : [pair.stable, pair.canary]
        .map((track) => track.deployment)
        .find((own) => name.startsWith(`${own}-`) && new RegExp(`^${GENERATED}{1,10}-${GENERATED}{5}$`).test(name.slice(own.length + 1)));
  if (deployment !== undefined) {
    return `Deployment/${deployment}`;
  }
  const owner = controllerOf(pod);
  return owner ? `${textAt(owner, 'kind') ?? 'object'}/${textAt(owner, 'name') ?? ''}` : `Pod/${name}`;
}

/**
 * Returns the Deployment of a pod: the name of its ReplicaSet without the hash, which is also a label of the pod. Labels alone do not make a
 * pod the Deployment's: anyone can copy them.
 */
export function deploymentOf(pod: Resource | undefined): string | undefined {
  const hash = textAt(pod, 'metadata', 'labels', POD_TEMPLATE_HASH);
  const owner = listAt(pod, 'metadata', 'ownerReferences').find((ref) => ref['kind'] === 'ReplicaSet');
  const name = textAt(owner, 'name');
  return name !== undefined && hash !== undefined && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : undefined;
}

/** The number of owners, and of pods of each owner, that a sentence names. */
const MOST_NAMED = 3;

/**
 * Describes foreign endpoints in one sentence, with the way out; undefined if there are none.
 *
 * @param counts the ready endpoints of the Service
 */
export function foreignText(service: string, { stable, canary, foreign }: ReadyCounts): string | undefined {
  const others = foreign.reduce((sum, { pods }) => sum + Math.max(1, pods.length), 0);
  if (others === 0) {
    return undefined;
  }
  const owners = listed(
    foreign.map(({ owner, pods }) => (pods.length === 0 || owner === `Pod/${pods[0]}` ? owner : `${owner} (${listed(pods)})`)),
  );
  const verb = others === 1 ? 'belongs' : 'belong';
  return `${others} of ${stable + canary + others} ready endpoints of Service ${service} ${verb} to neither track: ${owners}; change their labels, or the selector of the Service`;
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
