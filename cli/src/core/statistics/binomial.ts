import betainc from '@stdlib/math-base-special-betainc';
import gammaln from '@stdlib/math-base-special-gammaln';
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

/**
 * Exact statistics of counts. They use no normal approximation, which is wrong for the few errors and small shares of a canary. Counts and
 * trials are whole numbers, with `count` from 0 to `trials`; the other parameters are from 0 to 1.
 */

/** Two probabilities whose ratio is below this count as equal, as in R's `binom.test`. */
const EQUAL = 1 + 1e-7;

/** Returns the one-sided lower bound of a share at `1 - alpha` (Clopper and Pearson, 1934): 0 without a success. */
export function lowerBound(count: number, trials: number, alpha: number): number {
  return count === 0 ? 0 : betaQuantile(alpha, count, trials - count + 1);
}

/** Returns the one-sided upper bound of a share at `1 - alpha` (Clopper and Pearson, 1934): 1 without a failure. */
export function upperBound(count: number, trials: number, alpha: number): number {
  return count === trials ? 1 : betaQuantile(1 - alpha, count + 1, trials - count);
}

/** Returns the two-sided interval of a share (Clopper and Pearson, 1934), 95 % by default; 0 to 1 without a trial. */
export function clopperPearson(count: number, trials: number, confidence = 0.95): readonly [number, number] {
  const tail = (1 - confidence) / 2;
  return [lowerBound(count, trials, tail), upperBound(count, trials, tail)];
}

/** Returns the number of trials without a success that it takes for the upper bound of the share at `1 - alpha` to be at most `limit`. */
export function trialsFor(limit: number, alpha: number): number {
  return Math.ceil(Math.log(alpha) / Math.log1p(-limit));
}

/** Returns the probability of at most `count` successes. */
export function binomialAtMost(count: number, trials: number, share: number): number {
  if (count < 0) {
    return 0;
  }
  return count >= trials ? 1 : betainc(share, count + 1, trials - count, true, true);
}

/** Returns the probability of at least `count` successes. */
export function binomialAtLeast(count: number, trials: number, share: number): number {
  if (count <= 0) {
    return 1;
  }
  return count > trials ? 0 : betainc(share, count, trials - count + 1, true, false);
}

/**
 * Returns the probability of all counts that are at most as likely as this one if the share is as expected: the exact two-sided binomial
 * test, as in R's `binom.test` and SciPy's `binomtest`. 1 without a trial.
 */
export function binomialTest(count: number, trials: number, share: number): number {
  if (share <= 0 || share >= 1) {
    return count === (share <= 0 ? 0 : trials) ? 1 : 0;
  }
  const mean = trials * share;
  if (count === mean) {
    return 1;
  }
  const limit = logChance(count, trials, share) + Math.log(EQUAL);
  const isRare = (other: number) => logChance(other, trials, share) <= limit;
  // Probabilities fall on either side of the mean, so a binary search finds where they become small enough.
  if (count < mean) {
    const from = firstWhere(Math.ceil(mean), trials + 1, isRare);
    return Math.min(1, binomialAtMost(count, trials, share) + binomialAtLeast(from, trials, share));
  }
  const above = firstWhere(0, Math.floor(mean) + 1, (other) => !isRare(other));
  return Math.min(1, binomialAtMost(above - 1, trials, share) + binomialAtLeast(count, trials, share));
}

/**
 * Returns the probability that the first group has at least its number of all successes if both groups are alike: Fisher's exact test,
 * one-sided. 1 if one of the groups is empty.
 */
export function fisherGreater(count: number, trials: number, otherCount: number, otherTrials: number): number {
  const successes = count + otherCount;
  const failures = trials + otherTrials - successes;
  const most = Math.min(successes, trials);
  let chance = Math.exp(logChoose(successes, count) + logChoose(failures, trials - count) - logChoose(trials + otherTrials, trials));
  let sum = 0;
  for (let value = count; value <= most; value += 1) {
    sum += chance;
    chance *= ((successes - value) / (value + 1)) * ((trials - value) / (failures - trials + value + 1));
  }
  return Math.min(1, sum);
}

function logChance(count: number, trials: number, share: number): number {
  return logChoose(trials, count) + count * Math.log(share) + (trials - count) * Math.log1p(-share);
}

function logChoose(all: number, some: number): number {
  return gammaln(all + 1) - gammaln(some + 1) - gammaln(all - some + 1);
}

/** Returns the first whole number from `low` at which a condition begins to hold for good; `high` if there is none before it. */
export function firstWhere(low: number, high: number, holds: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
