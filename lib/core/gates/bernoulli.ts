/**
 * E-processes for two Bernoulli streams: evidence about two error rates that stays valid if you look at it after every request.
 *
 * Under its null hypothesis, an e-process has an expectation of at most 1 at every stopping time, so the probability that it ever reaches
 * 1/alpha is at most alpha (Ville's inequality). It is the capital of a gambler who bets against the null: each block of requests
 * multiplies it by the likelihood of the observations under rates that were chosen before, divided by their likelihood under the nearest
 * rates of the null.
 *
 * Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping" (2021); Turner and
 * Grünwald, "Exact anytime-valid confidence intervals for contingency tables" (2022).
 *
 * The numbers are doubles, because they are statistics. They decide nothing about manifests.
 */

/** The responses of one version, and how many of them were errors. */
export interface Answers {
  readonly requests: number;
  readonly errors: number;
}

/** The requests to both versions in one period. Which version a request goes to must not depend on its response. */
export interface Block {
  readonly stable: Answers;
  readonly canary: Answers;
}

export interface Rates {
  readonly stable: number;
  readonly canary: number;
}

/** The smallest distance of a rate from 0 and 1, so that no response is impossible under a bet. */
const SMALLEST = 1e-6;

export function clamp(rate: number): number {
  return Math.min(1 - SMALLEST, Math.max(SMALLEST, rate));
}

/**
 * The rates of a null hypothesis that are nearest to other rates, for a block of the given numbers of requests: they minimize
 * `n_s KL(stable, s) + n_c KL(canary, c)` on the line `c - s = difference`.
 *
 * The proof that this makes an e-variable is short. Its expectation under rates (s, c) is the product of `(1 + (s - s0) g)^n_s` and
 * `(1 + (c - c0) h)^n_c`, where `-n_s g` and `-n_c h` are the derivatives of the distance at the nearest rates (s0, c0). Because
 * `log(1 + x) <= x`, its logarithm is at most `n_s g (s - s0) + n_c h (c - c0)`, which is at most 0 for all (s, c) of a convex null,
 * because (s0, c0) is nearest.
 */
export function nearest(rates: Rates, difference: number, stableRequests: number, canaryRequests: number): Rates {
  if (difference === 0) {
    const pooled = (stableRequests * rates.stable + canaryRequests * rates.canary) / (stableRequests + canaryRequests);
    return { stable: pooled, canary: pooled };
  }
  let low = Math.max(SMALLEST / 10, SMALLEST / 10 - difference, Math.min(rates.stable, rates.canary - difference));
  let high = Math.min(1 - SMALLEST / 10, 1 - SMALLEST / 10 - difference, Math.max(rates.stable, rates.canary - difference));
  if (low >= high) {
    return { stable: low, canary: low + difference };
  }
  // The distance is convex, so its slope has one root between the bounds. Newton's method finds it; a step that leaves the bounds is
  // replaced by a bisection.
  let stable = (low + high) / 2;
  for (let step = 0; step < 100 && high - low > 0; step += 1) {
    const [ofStable, ofCanary] = [slopeAt(stable, rates.stable), slopeAt(stable + difference, rates.canary)];
    const slope = stableRequests * ofStable.slope + canaryRequests * ofCanary.slope;
    if (slope > 0) {
      high = stable;
    } else {
      low = stable;
    }
    const next = stable - slope / (stableRequests * ofStable.bend + canaryRequests * ofCanary.bend);
    const isBetween = next > low && next < high;
    const moved = isBetween ? next : (low + high) / 2;
    if (Math.abs(moved - stable) <= 1e-15 * stable) {
      break;
    }
    stable = moved;
  }
  return { stable, canary: stable + difference };
}

/** The first and second derivatives of the divergence of `rate` from `other`, with respect to `other`. */
function slopeAt(other: number, rate: number): { readonly slope: number; readonly bend: number } {
  const spread = other * (1 - other);
  const slope = (other - rate) / spread;
  return { slope, bend: (1 - slope * (1 - 2 * other)) / spread };
}

/** The logarithm of the likelihood of the responses under one rate, divided by that under another rate. */
function logRatio({ requests, errors }: Answers, rate: number, other: number): number {
  return errors * Math.log(rate / other) + (requests - errors) * Math.log((1 - rate) / (1 - other));
}

/** The side of a difference on which the null hypothesis is. */
export type Side =
  /** Null: the canary's rate is at most stable's plus the difference. Evidence against it means 'worse'. */
  | 'at most'
  /** Null: the canary's rate is at least stable's plus the difference. Evidence against it means 'not that much worse'. */
  | 'at least';

/**
 * The logarithm of the e-value of one block, for a bet on rates that were chosen before the block. It is 0 if the bet is in the null, or if
 * one of the versions has no request in the block, because such a block says nothing about a difference.
 */
export function logEvidence(block: Block, bet: Rates, difference: number, side: Side): number {
  const { stable, canary } = block;
  const excess = bet.canary - bet.stable - difference;
  const isInNull = side === 'at most' ? excess <= 0 : excess >= 0;
  if (isInNull || stable.requests === 0 || canary.requests === 0) {
    return 0;
  }
  const null_ = nearest(bet, difference, stable.requests, canary.requests);
  return logRatio(stable, bet.stable, null_.stable) + logRatio(canary, bet.canary, null_.canary);
}

/** The logarithm of the e-value of responses, for a null with one given rate: `rate <= limit` or `rate >= limit`. */
export function logEvidenceOne(answers: Answers, bet: number, limit: number, side: Side): number {
  const isInNull = side === 'at most' ? bet <= limit : bet >= limit;
  return isInNull ? 0 : logRatio(answers, bet, limit);
}

/** The growth of the logarithm of the evidence if the bet is the truth, in nats per request. */
export function growth(truth: Rates, difference: number, canaryShare: number): number {
  const null_ = nearest(truth, difference, 1 - canaryShare, canaryShare);
  return (1 - canaryShare) * divergence(truth.stable, null_.stable) + canaryShare * divergence(truth.canary, null_.canary);
}

/** The Kullback-Leibler divergence of two Bernoulli distributions, in nats. */
export function divergence(rate: number, other: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(rate, other) + part(1 - rate, 1 - other);
}

/**
 * The logarithm of the e-value of one block against the null 'the canary's odds of an error are at most stable's'. The bet is that the odds
 * are `ratio` times as large, ratio > 1.
 *
 * It is the conditional likelihood, given the number of errors in the block (the noncentral hypergeometric distribution, Fisher 1935). The
 * common rate, which is unknown, drops out, so no evidence is lost by estimating it. The likelihood ratio increases with the odds ratio, so
 * its expectation is at most 1 wherever the odds are at most equal.
 */
export function logEvidenceOfOdds({ stable, canary }: Block, ratio: number): number {
  const errors = stable.errors + canary.errors;
  if (errors === 0 || errors === stable.requests + canary.requests) {
    return 0;
  }
  const fewest = Math.max(0, errors - stable.requests);
  const most = Math.min(errors, canary.requests);
  // The weight of each possible number of canary errors, relative to the first: products of quotients of binomial coefficients.
  let weight = 0;
  let [null_, bet] = [0, fewest * Math.log(ratio)];
  for (let count = fewest + 1; count <= most; count += 1) {
    weight += Math.log(((canary.requests - count + 1) * (errors - count + 1)) / (count * (stable.requests - errors + count)));
    null_ = logSum(null_, weight);
    bet = logSum(bet, weight + count * Math.log(ratio));
  }
  return canary.errors * Math.log(ratio) - bet + null_;
}

/** The logarithm of the sum of two numbers, from their logarithms. */
function logSum(a: number, b: number): number {
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
