import { Fraction } from './fraction';
import { RankedSplits } from './ranked-splits';

/** The two replica counts that realize a weight. */
export interface Split {
  readonly stable: number;
  readonly canary: number;
}

/** The rule for splits if pods alone divide the traffic. All counts are pods. */
export interface SplitRule {
  /** Stable's replicas at rest, B: an integer of at least 1. */
  readonly baseline: number;
  /** The most pods a stage may have: an integer of at least 2. */
  readonly maxReplicas: number;
  /** How far the share may differ from the weight before a nearer split may cost more pods; undefined for a tenth of min(w, 1 - w). */
  readonly tolerance: Fraction | undefined;
  /** Whether stable keeps the baseline at every weight below 1, instead of the larger of the two tracks. */
  readonly stableKeepsBaseline: boolean;
  /** Whether every stage has exactly the baseline's pods, both tracks together. */
  readonly fixedTotal: boolean;
}

/** The most pods of a chosen split, relative to the cheapest split within the tolerance: 5/4. */
const AFFORDABLE = Fraction.of(5, 4);

/** The canary's share of a split, `canary / (stable + canary)`; 0 if there are no pods. */
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
 * The split for a weight if pods alone divide the traffic.
 *
 * A split is allowed if both tracks have a pod, the larger track alone holds the baseline (with `stableKeepsBaseline`: stable does), and
 * the total is at most `maxReplicas`. Let m be the pods of the cheapest allowed split within the tolerance. Of the splits with at most 5/4
 * m pods, choose the one nearest to the weight, then the one with the fewest pods, then one whose canary is not smaller than at the stage
 * before, then the one with the smaller canary. If no split is within the tolerance, choose by the same order from all allowed splits.
 *
 * Costs O(log^3 n) for n = maxReplicas, by counting (see `RankedSplits`); a split for 10^9 pods takes well under a millisecond.
 *
 * Baseline 3: 10 % is 9:1, 25 % is 3:1, 50 % is 3:3, 75 % is 1:3; 1 % is 29:1 (3.33 %), the nearest that 30 pods allow.
 * Baseline 10: 1 % is 99:1, 10 % is 10:1 (9.09 %), 25 % is 12:4, 33 % is 10:5, 50 % is 10:10, 90 % is 1:10.
 *
 * @param weight 0 < weight < 1
 * @param canaryBefore the canary's replicas at the stage before (0 for the first)
 * @returns the split, or undefined if `maxReplicas` is too small for any
 */
export function splitFor(weight: Fraction, rule: SplitRule, canaryBefore: number): Split | undefined {
  if (rule.fixedTotal) {
    return fixedSplit(weight, rule.baseline);
  }
  const tolerance = rule.tolerance ?? defaultTolerance(weight);
  const cheapest = fewestPodsWithin(weight.minus(tolerance), weight.plus(tolerance), rule);
  const most = cheapest === undefined ? rule.maxReplicas : Math.min(rule.maxReplicas, Number(AFFORDABLE.times(cheapest).floor()));
  return nearestSplits(weight, rule, most).reduce<Split | undefined>(
    (best, candidate) => (best === undefined || isBetter(candidate, best, weight, canaryBefore) ? candidate : best),
    undefined,
  );
}

function isBetter(candidate: Split, best: Split, weight: Fraction, canaryBefore: number): boolean {
  const errorOf = (split: Split) => shareOf(split).minus(weight).abs();
  const order = errorOf(candidate).compare(errorOf(best)) || podsOf(candidate) - podsOf(best);
  if (order !== 0) {
    return order < 0;
  }
  const grows = candidate.canary >= canaryBefore;
  return grows === best.canary >= canaryBefore ? candidate.canary < best.canary : grows;
}

/**
 * The tracks that may hold the baseline alone. For each of them, `RankedSplits` lists the splits by the share of the other track: the
 * weight itself if stable holds the baseline, the complement of the weight if the canary does.
 */
function waysToHold(rule: SplitRule): readonly ('stable' | 'canary')[] {
  return rule.stableKeepsBaseline ? ['stable'] : ['stable', 'canary'];
}

/** The fewest pods of a split whose share is from `low` to `high`, found by bisection; undefined if `maxReplicas` is too small. */
function fewestPodsWithin(low: Fraction, high: Fraction, rule: SplitRule): number | undefined {
  const isThere = (pods: number) =>
    waysToHold(rule).some((holder) => {
      const splits = new RankedSplits(rule.baseline, pods);
      const [from, to] = holder === 'stable' ? [low, high] : [Fraction.ONE.minus(high), Fraction.ONE.minus(low)];
      return splits.countUpTo(to) > splits.countBelow(from);
    });
  if (!isThere(rule.maxReplicas)) {
    return undefined;
  }
  let [tooFew, enough] = [rule.baseline, rule.maxReplicas];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    [tooFew, enough] = isThere(middle) ? [tooFew, middle] : [middle, enough];
  }
  return enough;
}

/** Of all splits of at most `most` pods, the nearest below and above a weight, for each track that may hold the baseline. */
function nearestSplits(weight: Fraction, rule: SplitRule, most: number): Split[] {
  return waysToHold(rule).flatMap((holder) => {
    const splits = new RankedSplits(rule.baseline, most);
    const share = holder === 'stable' ? weight : Fraction.ONE.minus(weight);
    const rank = splits.countUpTo(share);
    return [rank, rank + 1n]
      .filter((candidate) => candidate >= 1n && candidate <= splits.count())
      .map((candidate) => splits.fewestPods(splits.shareOfRank(candidate)))
      .map(({ other, total }) =>
        holder === 'stable' ? { stable: total - other, canary: other } : { stable: other, canary: total - other },
      );
  });
}

/**
 * The split of exactly N pods that is nearest to a weight, with at least one pod of each track. Of two that are equally near, it is the one
 * with the smaller canary.
 *
 * N = 10: 1 % and 10 % are 9:1, 25 % is 8:2, 33 % is 7:3, 95 % is 1:9. Undefined for a single pod, which cannot be split.
 */
export function fixedSplit(weight: Fraction, pods: number): Split | undefined {
  if (pods < 2) {
    return undefined;
  }
  const nearest = Number(weight.times(pods).minus(Fraction.of(1, 2)).ceil());
  const canary = Math.min(pods - 1, Math.max(1, nearest));
  return { stable: pods - canary, canary };
}

/**
 * The split of the last stage if pods alone divide the traffic. There are no stable pods, and the canary has as many pods as the stage
 * before in all: at least B, and at most 2 B, because a release at 100 % needs no more. After 3:3 with B = 3: 0:6.
 */
export function finalSplit(baseline: number, before: Split): Split {
  return { stable: 0, canary: Math.max(baseline, Math.min(podsOf(before), 2 * baseline)) };
}

/**
 * The split of a stage if a router divides the traffic. Stable keeps the baseline through the last stage, so that a rollback can move the
 * route at once. The canary has max(minCanary, ceil(w B)) pods, enough for its share of the load.
 *
 * B = 3: 10 % and 25 % are 3:1, 50 % is 3:2, 100 % is 3:3.
 */
export function routedSplit(weight: Fraction, baseline: number, minCanary: number): Split {
  return { stable: baseline, canary: Math.max(minCanary, Number(weight.times(baseline).ceil())) };
}

/**
 * The fewest pods of a stage if a router divides the traffic, autoscalers set the counts, and the canary must be able to carry its share of
 * the highest load: max(minCanary, ceil(w max)). At 100 % stable has `max` pods too, because a rollback from the promotion goes through this
 * stage and gives stable all traffic.
 *
 * B = 3, max = 20: 10 % is 3:2, 50 % is 3:10, 100 % is 20:20.
 */
export function peakSplit(weight: Fraction, baseline: number, max: number, minCanary: number): Split {
  return { stable: weight.equals(Fraction.ONE) ? max : baseline, canary: routedSplit(weight, max, minCanary).canary };
}

/**
 * The split of a stage if pods alone divide the traffic and an autoscaler sets stable's count. The canary has a fixed count, which is nearest
 * to the weight while stable has its minimum: w B / (1 - w), at least 1. With more stable pods, the canary's share is smaller.
 *
 * B = 4: 10 % is 4:1 (20 %, at 9 stable pods 10 %), 50 % is 4:4.
 *
 * @param weight 0 < weight < 1
 */
export function splitBesideAutoscaler(weight: Fraction, baseline: number): Split {
  const exact = Fraction.of(weight.numerator * BigInt(baseline), weight.denominator - weight.numerator);
  const low = Math.max(1, Number(exact.floor()));
  const errorOf = (canary: number) => shareOf({ stable: baseline, canary }).minus(weight).abs();
  return { stable: baseline, canary: errorOf(low + 1).lessThan(errorOf(low)) ? low + 1 : low };
}
