/** The wait until the pods of a folder are settled. Times are milliseconds of one monotonic clock. */
export interface SettleWait {
  /**
   * The folder that this driver applied last; undefined until it applies one in the current direction. If the cluster is no longer there,
   * another client changed it.
   */
  readonly applied: string | undefined;
  /**
   * When the timeout began: the time of that apply, of the start of the watch, or of the last loss of readiness, whichever is latest,
   * moved forward by the time for which the state was stale since.
   */
  readonly since: number;
  /** When the last required Deployment settled; undefined while one is not settled. */
  readonly settledSince: number | undefined;
}

/** What answers through the gateways have shown so far of the weights of the folder that the cluster is at. */
export type ProofState =
  | { readonly kind: 'in force' }
  /** More answers may still show it, or a controller has not accepted the route yet. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** A proxy still serves the weight of the folder before, or a controller refuses the route. */
  | { readonly kind: 'contradicted'; readonly why: string }
  /** It cannot be shown from here. The settle time stands in for it. */
  | { readonly kind: 'not proven'; readonly why: string };

/** How long the driver stays at a folder whose pods are settled. */
export interface SettleRule {
  /** How long the pods must stay settled: a route takes time to reach every proxy, and an endpoint to reach every node. */
  readonly settle: number;
  /** The same if the weights are known to be in force (default: the same). */
  readonly settleInForce?: number;
  /** Undefined if the folder moves no weight. */
  readonly proof?: ProofState;
  /** Whether the run stops if the proof is impossible (default: false). */
  readonly requiresProof?: boolean;
}

export function settleOf({ settle, settleInForce = settle, proof }: SettleRule): number {
  return proof?.kind === 'in force' ? settleInForce : settle;
}

/** Whether the driver waits for a proof. */
export function isPending(proof: ProofState | undefined): proof is Extract<ProofState, { kind: 'waiting' | 'contradicted' }> {
  return proof?.kind === 'waiting' || proof?.kind === 'contradicted';
}

/** What a driver sees when it looks at the cluster during the wait. */
export interface Look {
  readonly now: number;
  /** Milliseconds since the look before. */
  readonly elapsed: number;
  /** Whether all Deployments that must be settled are. */
  readonly isSettled: boolean;
  /** Whether the state of the cluster is stale. */
  readonly isStale: boolean;
}

/** Returns a wait that begins now. */
export function newWait(now: number, applied?: string): SettleWait {
  return { applied, since: now, settledSince: undefined };
}

/** Returns the wait after a look at the cluster. */
export function waitAfter({ applied, since, settledSince }: SettleWait, { now, elapsed, isSettled, isStale }: Look): SettleWait {
  if (!isSettled && settledSince !== undefined) {
    return newWait(now, applied);
  }
  return {
    applied,
    // The control plane may have been unavailable for the pods too, so stale time does not count towards their timeout.
    since: isStale ? since + elapsed : since,
    settledSince: isSettled ? (settledSince ?? now) : undefined,
  };
}
