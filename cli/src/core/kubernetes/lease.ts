import { type Resource, at, textAt } from '../resource';

/**
 * The lock of a rollout. Each pair has a Lease that one driver holds at a time. An annotation of the Lease holds the state of the rollout,
 * so that lock and state are one object and change atomically.
 *
 * As in client-go, a driver does not trust the clock of another: a holder counts as gone if its Lease has not changed for its whole
 * duration by the clock of the observer.
 */
export const LEASE_SECONDS = 15;

/** How often the holder renews the Lease. */
export const RENEW_SECONDS = 5;

/** If the last renewal began more milliseconds ago than this, the driver renews the Lease before it writes anything. */
export const FRESH_MILLISECONDS = 10_000;

/** The annotation that holds the state of the rollout. */
export const STATE_ANNOTATION = 'cdk8s-canary/rollout';

/** The annotation that holds the names, the counts and the routes of every step back. It is written when a rollout begins. */
export const ROLLBACK_ANNOTATION = 'cdk8s-canary/rollback';

export function leaseName(service: string): string {
  return `canary-${service}`;
}

/** The path of the Leases of a namespace in the API. */
export function leaseCollection(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

/** The state of a rollout that is kept in the cluster: enough to continue after the driver is gone. */
export interface RolloutState {
  readonly version: 1;
  /** The run that wrote it. */
  readonly run: string;
  /** The pair's release. */
  readonly release: string;
  readonly direction: 'advance' | 'rollback';
  /** The folder where the cluster was when the driver began to apply the next one. */
  readonly from?: string;
  /** The folder that the driver began last. The driver records it before it applies the first object of the folder. */
  readonly to?: string;
  /** Why the rollout goes back. */
  readonly why?: string;
  /** Whether the transition is complete. A later transition is then a new one. */
  readonly ended?: boolean;
  /** By the name of each Deployment, a digest of the pod template that it was last seen to run, with all pods ready. */
  readonly ran?: Readonly<Record<string, string>>;
  /** The stage at which the driver waits for the answer of a user; a rollback may take the rollout over there. */
  readonly question?: string;
  readonly by: string;
  /** ISO 8601, by the clock of the writer; for people only. */
  readonly at: string;
}

/** The holder of a Lease, as the Lease states it. */
export interface Holder {
  readonly identity: string;
  readonly since: string | undefined;
  readonly seconds: number;
}

/** Returns the holder of a Lease, or undefined if it has none. */
export function holderOf(lease: Resource | undefined): Holder | undefined {
  const identity = textAt(lease, 'spec', 'holderIdentity');
  const seconds = at(lease, 'spec', 'leaseDurationSeconds');
  return identity
    ? { identity, since: textAt(lease, 'spec', 'acquireTime'), seconds: typeof seconds === 'number' ? seconds : LEASE_SECONDS }
    : undefined;
}

/** Returns the state of the rollout in a Lease, or undefined if there is none that can be read. */
export function stateOf(lease: Resource | undefined): RolloutState | undefined {
  const text = textAt(lease, 'metadata', 'annotations', STATE_ANNOTATION);
  if (text === undefined) {
    return undefined;
  }
  try {
    const state = JSON.parse(text) as Partial<RolloutState> | null;
    const isRight = state?.version === 1 && typeof state.release === 'string' && ['advance', 'rollback'].includes(state.direction ?? '');
    return isRight ? (state as RolloutState) : undefined;
  } catch {
    return undefined;
  }
}

/** What a driver writes into its Lease. */
export interface LeaseWrite {
  /** The name of the Lease. */
  readonly name: string;
  /** The identity of the driver. */
  readonly identity: string;
  /** ISO 8601 with microseconds, by the clock of the driver. */
  readonly now: string;
}

/** Returns the Lease with the driver as its holder: created if `seen` is undefined, renewed if the driver holds it, otherwise acquired. */
export function heldLease(seen: Resource | undefined, { name, identity, now }: LeaseWrite): Resource {
  const before = seen?.['spec'] as Resource | undefined;
  const isOurs = before?.['holderIdentity'] === identity;
  const spec = {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: isOurs ? before['acquireTime'] : now,
    renewTime: now,
    leaseTransitions: Number(before?.['leaseTransitions'] ?? 0) + (isOurs ? 0 : 1),
  };
  return { ...(seen ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } }), spec };
}

/** Returns the Lease without a holder, so that the next driver acquires it at once. */
export function releasedLease(lease: Resource): Resource {
  return { ...lease, spec: { ...(lease['spec'] as Resource), holderIdentity: '' } };
}

/**
 * Returns the Lease with the state of the rollout in its annotations.
 *
 * @param record the text of the record of the steps back; if undefined, the Lease keeps the one that it has
 */
export function withState(lease: Resource, state: RolloutState, record?: string): Resource {
  const metadata = lease['metadata'] as Resource;
  const annotations = {
    ...(metadata['annotations'] as Resource | undefined),
    [STATE_ANNOTATION]: JSON.stringify(state),
    ...(record !== undefined && { [ROLLBACK_ANNOTATION]: record }),
  };
  return { ...lease, metadata: { ...metadata, annotations } };
}
