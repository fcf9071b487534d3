import { Fraction } from './fraction';
import { type Split, shareOf } from './split';

/** How a router divides the requests in a state. */
export interface Route {
  /** The canary's share of the requests that match no rule. */
  readonly weight: Fraction;
  /** Whether the match rules (beta testers) route to the canary; otherwise they route to stable. */
  readonly matchedToCanary: boolean;
}

/** The desired state of the cluster in one folder of `dist/`. */
export interface State extends Split {
  /** Undefined if pods alone divide the traffic. */
  readonly route: Route | undefined;
}

/** The bounds within which a cluster stays while it goes from one state to another. */
export interface Bounds {
  /** The fewest ready pods at any moment. */
  readonly fewestReady: number;
  /** The most pods at any moment, including those that are still starting. */
  readonly mostPods: number;
  /** The largest share of the canary: its largest share of the ready pods, or with a router the larger of the two weights. */
  readonly mostShare: Fraction;
}

/**
 * The bounds of one `kubectl apply` from one state to another, with unchanged pod templates.
 *
 * Kubernetes scales both Deployments at the same time, each at its own speed and neither beyond its two counts, so every pair of counts
 * between them is possible: the fewest pods are `min(s) + min(c)`, the most are `max(s) + max(c)`, and the canary's share is largest when
 * the canary has its most pods and stable its fewest. From 3:0 to 9:1, there may be 3:1 for a moment, a quarter instead of a tenth.
 */
export function boundsOf(from: State, to: State): Bounds {
  const leastStable = Math.min(from.stable, to.stable);
  const mostCanary = Math.max(from.canary, to.canary);
  return {
    fewestReady: leastStable + Math.min(from.canary, to.canary),
    mostPods: Math.max(from.stable, to.stable) + mostCanary,
    mostShare:
      from.route && to.route ? Fraction.max(from.route.weight, to.route.weight) : shareOf({ stable: leastStable, canary: mostCanary }),
  };
}

/** The limits that a transition must stay within. */
export interface Keep {
  /** The fewest ready pods. */
  readonly floor: number;
  /** The largest share that the canary may get; undefined if exposure does not matter, as in a rollback. */
  readonly exposure: Fraction | undefined;
}

/** Whether one apply stays within the limits and never routes traffic to pods that are not ready. */
export function isSafe(from: State, to: State, keep: Keep): boolean {
  const { fewestReady, mostShare } = boundsOf(from, to);
  return fewestReady >= keep.floor && (keep.exposure === undefined || mostShare.atMost(keep.exposure)) && !routesAheadOfPods(from, to);
}

/** Whether the route gives a track more traffic while the track still grows, or loses pods that it still routes to. */
function routesAheadOfPods(from: State, to: State): boolean {
  if (!from.route || !to.route) {
    return false;
  }
  const toCanary = to.route.weight.compare(from.route.weight) > 0 || (to.route.matchedToCanary && !from.route.matchedToCanary);
  const toStable = to.route.weight.lessThan(from.route.weight) || (!to.route.matchedToCanary && from.route.matchedToCanary);
  return (toCanary && to.canary > from.canary) || (toStable && (to.stable > from.stable || to.canary < from.canary));
}

/**
 * The intermediate state between two states that one apply does not join safely. Undefined if one apply is safe, or if pods alone divide
 * the traffic and only one track changes, because then no intermediate state helps.
 *
 * With a router, the tracks that grow do so first, and the route stays: from 3:1 at 25 % to 3:2 at 50 % through 3:2 at 25 %. With pods
 * alone, one track changes before the other. If both grow, the canary's share would overshoot, so stable goes first (3:0 -> 9:0 -> 9:1); if
 * both shrink, the canary goes first (97:3 -> 97:1 -> 24:1); if one grows and the other shrinks, the one that grows goes first. One
 * intermediate state is always enough, because each of the two halves changes only one track, and moves the share towards a value that the
 * transition starts or ends with.
 */
export function between(from: State, to: State, keep: Keep): State | undefined {
  if (isSafe(from, to, keep)) {
    return undefined;
  }
  if (from.route) {
    return { stable: Math.max(from.stable, to.stable), canary: Math.max(from.canary, to.canary), route: from.route };
  }
  if (from.stable === to.stable || from.canary === to.canary) {
    return undefined;
  }
  return to.stable > from.stable
    ? { stable: to.stable, canary: from.canary, route: undefined }
    : { stable: from.stable, canary: to.canary, route: undefined };
}
