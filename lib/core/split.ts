import { Fraction } from './fraction';

/** The two replica counts that realize a weight. */
export interface Split {
  readonly stable: number;
  readonly canary: number;
}

/** What a replica-ratio split may be. All counts are pods. */
export interface SplitRule {
  /** Stable's replicas at rest, B: an integer of at least 1. */
  readonly baseline: number;
  /** The most pods a stage may have: an integer of at least 2. */
  readonly maxReplicas: number;
  /** How far the share may be from the weight before a nearer, dearer split is worth it; undefined for a tenth of min(w, 1 - w). */
  readonly tolerance: Fraction | undefined;
  /** Whether stable keeps the baseline at every weight below 1, instead of the larger of the two tracks. */
  readonly stableKeepsBaseline: boolean;
}

/** How much dearer than the cheapest split within the tolerance the chosen one may be: 5/4 of its pods. */
const AFFORDABLE = Fraction.of(5, 4);

/** The canary's share of a split, `canary / (stable + canary)`; 0 where there are no pods. */
export function shareOf({ stable, canary }: Split): Fraction {
  return stable + canary === 0 ? Fraction.ZERO : Fraction.of(canary, stable + canary);
}

export function podsOf({ stable, canary }: Split): number {
  return stable + canary;
}

/** A tenth of the smaller side: 1 point at 10 %, 5 points at 50 %, 0.1 points at 99 %. */
export function defaultTolerance(weight: Fraction): Fraction {
  return Fraction.min(weight, Fraction.ONE.minus(weight)).times(Fraction.of(1, 10));
}

/**
 * The split for a weight when pods alone divide the traffic.
 *
 * A split is allowed when both tracks have a pod, the larger of the two alone holds the baseline (with
 * `stableKeepsBaseline`: stable does) and the total is at most `maxReplicas`. Of those within the tolerance of the
 * weight, the cheapest has m pods; the nearest of at most 5/4 m pods is taken, then the fewest pods, then a canary not
 * smaller than at the stage before, then the smaller canary. If none is within the tolerance: the nearest, then the same.
 *
 * Baseline 3: 10 % is 9:1, 25 % is 3:1, 50 % is 3:3, 75 % is 1:3; 1 % is 29:1 (3.33 %), the best that 30 pods can do.
 * Baseline 10: 1 % is 99:1, 10 % is 10:1 (9.09 %), 25 % is 12:4, 33 % is 10:5, 50 % is 10:10, 90 % is 1:10.
 *
 * @param weight 0 < weight < 1
 * @param canaryBefore the canary's replicas at the stage before (0 for the first)
 * @returns the split, or undefined where `maxReplicas` is too small for any
 */
export function splitFor(weight: Fraction, rule: SplitRule, canaryBefore: number): Split | undefined {
  const tolerance = rule.tolerance ?? defaultTolerance(weight);
  let best: Candidate | undefined;
  let limit = rule.maxReplicas;
  let affordable = false;

  for (let pods = 2; pods <= limit; pods++) {
    for (const canary of nearestCanaries(weight, pods, rule)) {
      const candidate = { stable: pods - canary, canary, error: errorOf(weight, pods, canary) };
      if (!affordable && candidate.error.atMost(tolerance)) {
        affordable = true;
        limit = Math.min(limit, Number(AFFORDABLE.times(pods).floor()));
        best = candidate;
      } else if (best === undefined || isBetter(candidate, best, canaryBefore)) {
        best = candidate;
      }
    }
  }
  return best && { stable: best.stable, canary: best.canary };
}

interface Candidate extends Split {
  readonly error: Fraction;
}

function errorOf(weight: Fraction, pods: number, canary: number): Fraction {
  return Fraction.of(canary, pods).minus(weight).abs();
}

/** Called with ever more pods, so an equal error with more pods never wins. */
function isBetter(candidate: Candidate, best: Candidate, canaryBefore: number): boolean {
  const order = candidate.error.compare(best.error);
  if (order !== 0 || podsOf(candidate) !== podsOf(best)) {
    return order < 0;
  }
  const grows = candidate.canary >= canaryBefore;
  return grows === best.canary >= canaryBefore ? candidate.canary < best.canary : grows;
}

/**
 * The canary counts worth trying for a total: of the allowed ones, the nearest below and above the weight.
 *
 * Allowed counts lie in [1, pods - B] (stable holds the baseline) or in [B, pods - 1] (canary does); an interval's
 * nearest points to w * pods are that value's floor and ceiling, moved to the interval's edge where they lie outside.
 */
function nearestCanaries(weight: Fraction, pods: number, rule: SplitRule): number[] {
  const ideal = weight.times(pods);
  const intervals: [number, number][] = [[1, pods - rule.baseline]];
  if (!rule.stableKeepsBaseline) {
    intervals.push([Math.max(1, rule.baseline), pods - 1]);
  }
  const found = new Set<number>();
  for (const [low, high] of intervals) {
    if (low <= high) {
      found.add(Math.min(high, Math.max(low, Number(ideal.floor()))));
      found.add(Math.min(high, Math.max(low, Number(ideal.ceil()))));
    }
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The split of the last stage when pods alone divide the traffic: no stable pods, and the capacity of the stage before
 * kept, at most 2 B (a release at 100 % needs no more) and at least B. After 3:3 with B = 3: 0:6.
 */
export function finalSplit(baseline: number, before: Split): Split {
  return { stable: 0, canary: Math.max(baseline, Math.min(podsOf(before), 2 * baseline)) };
}

/**
 * The split of a stage whose traffic a router divides: stable keeps the baseline through the last stage, so that a
 * rollback moves the route at once; canary is max(minCanary, ceil(w B)), enough for its share of the load.
 *
 * B = 3: 10 % and 25 % are 3:1, 50 % is 3:2, 100 % is 3:3.
 */
export function routedSplit(weight: Fraction, baseline: number, minCanary: number): Split {
  return { stable: baseline, canary: Math.max(minCanary, Number(weight.times(baseline).ceil())) };
}
