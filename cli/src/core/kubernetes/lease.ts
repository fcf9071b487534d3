import { Resource, at, textAt } from '../resource';

/**
 * Who may carry a rollout out. A Lease for each pair, held by one driver at a time; its annotation holds the state of the
 * rollout, so that lock and state are one object and change together or not at all.
 *
 * As in client-go, another's clock is never believed: a holder counts as gone when its lease has not changed for its whole
 * duration as watched from here.
 */
export const LEASE_SECONDS = 15;

/** How often it is renewed. */
export const RENEW_SECONDS = 5;

/** Milliseconds since the last renewal began after which nothing is written any more before it is renewed. */
export const FRESH_MILLISECONDS = 10_000;

/** The annotation that holds the state of the rollout. */
export const STATE_ANNOTATION = 'cdk8s-canary/rollout';

export function leaseName(service: string): string {
  return `canary-${service}`;
}

/** What is kept of a rollout in the cluster: enough to go on after the driver is gone. */
export interface RolloutState {
  readonly version: 1;
  /** The run that wrote it. */
  readonly run: string;
  /** The pair's release. */
  readonly release: string;
  readonly direction: 'advance' | 'rollback';
  /** The folder that was there when the next one was begun. */
  readonly from?: string;
  /** The folder that was begun last. It is written before its first object is. */
  readonly to?: string;
  /** Why it is going back. */
  readonly why?: string;
  /** It arrived: what is begun after this is begun anew. */
  readonly ended?: boolean;
  readonly by: string;
  /** ISO 8601, by the clock of whoever wrote it: for people. */
  readonly at: string;
}

/** What a Lease says of its holder. */
export interface Holder {
  readonly identity: string;
  readonly since: string | undefined;
  readonly seconds: number;
}

/** Who holds a Lease; undefined where nobody does. */
export function holderOf(lease: Resource | undefined): Holder | undefined {
  const identity = textAt(lease, 'spec', 'holderIdentity');
  const seconds = at(lease, 'spec', 'leaseDurationSeconds');
  return identity
    ? { identity, since: textAt(lease, 'spec', 'acquireTime'), seconds: typeof seconds === 'number' ? seconds : LEASE_SECONDS }
    : undefined;
}

/** The state of the rollout that a Lease holds; undefined where it holds none that can be read. */
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
