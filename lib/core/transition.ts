import { Fraction } from './fraction';
import { shareOf, Split } from './split';

/** How a router divides the requests while a state holds. */
export interface Route {
  /** The canary's share of the requests that no match rule takes. */
  readonly weight: Fraction;
  /** Whether the match rules (beta testers) lead to the canary; otherwise they lead to stable. */
  readonly matchedToCanary: boolean;
}

/** What the cluster should hold in one folder of `dist/`. */
export interface State extends Split {
  /** Undefined where pods alone divide the traffic. */
  readonly route: Route | undefined;
}

/** What a cluster may show while it goes from one state to another. */
export interface Bounds {
  /** The fewest pods ready at any moment. */
  readonly fewestReady: number;
  /** The most pods at any moment, those that are still starting included. */
  readonly mostPods: number;
  /** The most the canary may get: its largest share of ready pods, or with a router the larger of the two weights. */
  readonly mostShare: Fraction;
}

/**
 * The bounds of one `kubectl apply` that goes from one state to another, pod templates unchanged.
 *
 * Both Deployments are scaled at once, each at its own speed and neither beyond its two counts, so every pair of counts
 * between them may be seen: the fewest are `min(s) + min(c)`, the most `max(s) + max(c)`, and the canary's share is
 * largest when the canary is at its most and stable at its fewest. 3:0 -> 9:1 may show 3:1, a quarter instead of a tenth.
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

/** What a transition has to keep to. */
export interface Keep {
  /** The fewest ready pods. */
  readonly floor: number;
  /** The largest share the canary may show; undefined where exposure does not matter, as in a rollback. */
  readonly exposure: Fraction | undefined;
}

/** Whether one apply keeps to that and never sends a route's new weight to pods that are not ready. */
export function isSafe(from: State, to: State, keep: Keep): boolean {
  const { fewestReady, mostShare } = boundsOf(from, to);
  return fewestReady >= keep.floor && (keep.exposure === undefined || mostShare.atMost(keep.exposure)) && !routesAheadOfPods(from, to);
}

/** Whether the route gives a track more while that track is still growing, or takes pods from a track that is still routed to. */
function routesAheadOfPods(from: State, to: State): boolean {
  if (!from.route || !to.route) {
    return false;
  }
  const toCanary = to.route.weight.compare(from.route.weight) > 0 || (to.route.matchedToCanary && !from.route.matchedToCanary);
  const toStable = to.route.weight.lessThan(from.route.weight) || (!to.route.matchedToCanary && from.route.matchedToCanary);
  return (toCanary && to.canary > from.canary) || (toStable && (to.stable > from.stable || to.canary < from.canary));
}

/**
 * The state to hold between two states that one apply would not join safely; undefined where one apply does, or where
 * pods alone divide the traffic and only one track moves, so that no state between would help.
 *
 * With a router what grows grows first and the route stays: from 3:1 at 25 % to 3:2 at 50 % through 3:2 at 25 %.
 * With pods alone one track moves before the other. Where the canary's share would overshoot because both grow, stable
 * goes first (3:0 -> 9:0 -> 9:1); where both shrink, the canary does (97:3 -> 97:1 -> 24:1); where one grows and the
 * other shrinks, the one that grows does. One step between is always enough, because each of those two halves moves one
 * track only, and moves the share towards a value that the transition ends or starts with.
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
