/**
 * Evidence about two error rates that may be looked at after every request: e-processes for two Bernoulli streams.
 *
 * Under a null hypothesis an e-process is expected to be at most 1 at any time that one may choose to stop, so it ever reaches
 * 1/alpha with probability alpha at most (Ville's inequality). It is the capital of somebody who bets against the null: each
 * block of requests multiplies it by the likelihood of what was seen under rates that were chosen before, over its likelihood
 * under the nearest rates of the null.
 *
 * Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping" (2021);
 * Turner and Grünwald, "Exact anytime-valid confidence intervals for contingency tables" (2022).
 *
 * Doubles decide nothing about manifests here; they are statistics.
 */

/** Answers of one version, and how many of them were errors. */
export interface Answers {
  readonly requests: number;
  readonly errors: number;
}

/** Requests of both versions in one stretch of time. Which version a request went to must not depend on how it was answered. */
export interface Block {
  readonly stable: Answers;
  readonly canary: Answers;
}

export interface Rates {
  readonly stable: number;
  readonly canary: number;
}

/** Where rates are kept, so that no single answer is impossible under a bet. */
const SMALLEST = 1e-6;

export function clamp(rate: number): number {
  return Math.min(1 - SMALLEST, Math.max(SMALLEST, rate));
}

/**
 * The rates of a null hypothesis that are nearest to others, for a block of so many requests: the smallest
 * `n_s KL(stable, s) + n_c KL(canary, c)` on the line `c - s = difference`.
 *
 * That this makes an e-variable is short to prove. Its expectation under rates (s, c) is the product of
 * `(1 + (s - s0) g)^n_s` and `(1 + (c - c0) h)^n_c`, where `-n_s g` and `-n_c h` are the derivatives of the distance at the
 * nearest rates (s0, c0). By `log(1 + x) <= x` its logarithm is at most `n_s g (s - s0) + n_c h (c - c0)`, which is at most 0
 * for all (s, c) of a convex null, because (s0, c0) is nearest.
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
  // The distance is convex, so its slope has one root between the two: Newton's method, which is kept between them.
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

/** The first and second derivatives of the divergence of a rate from another, by the other. */
function slopeAt(other: number, rate: number): { readonly slope: number; readonly bend: number } {
  const spread = other * (1 - other);
  const slope = (other - rate) / spread;
  return { slope, bend: (1 - slope * (1 - 2 * other)) / spread };
}

/** The logarithm of the likelihood of some answers under one rate over that under another. */
function logRatio({ requests, errors }: Answers, rate: number, other: number): number {
  return errors * Math.log(rate / other) + (requests - errors) * Math.log((1 - rate) / (1 - other));
}

/** Which side of a difference the null hypothesis holds. */
export type Side =
  /** Null: the canary's rate is at most stable's plus the difference. Evidence against it says 'worse'. */
  | 'at most'
  /** Null: the canary's rate is at least stable's plus the difference. Evidence against it says 'not that much worse'. */
  | 'at least';

/**
 * The logarithm of the e-value of one block, for a bet on rates that were chosen before it was seen. 0 where the bet lies in the
 * null, or one of the versions has no request in the block: nothing can be learned about a difference then.
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

/** The logarithm of the e-value of answers against a rate that is given: null `rate <= limit`, or `rate >= limit`. */
export function logEvidenceOne(answers: Answers, bet: number, limit: number, side: Side): number {
  const isInNull = side === 'at most' ? bet <= limit : bet >= limit;
  return isInNull ? 0 : logRatio(answers, bet, limit);
}

/** How fast the logarithm of the evidence grows with each request where the bet is the truth: nats a request. */
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
 * The logarithm of the e-value of one block against 'the canary's odds of an error are at most stable's', betting on the odds being
 * `ratio` times as large, ratio > 1.
 *
 * It is the conditional likelihood given how many errors the block has in all (the noncentral hypergeometric distribution, Fisher
 * 1935): the common rate, which nobody knows, drops out, and nothing is lost to estimating it. The likelihood ratio rises with
 * the odds ratio, so that what is expected of it is at most 1 wherever the odds are at most equal.
 */
export function logEvidenceOfOdds({ stable, canary }: Block, ratio: number): number {
  const errors = stable.errors + canary.errors;
  if (errors === 0 || errors === stable.requests + canary.requests) {
    return 0;
  }
  const fewest = Math.max(0, errors - stable.requests);
  const most = Math.min(errors, canary.requests);
  // Weights of how many of the errors are the canary's, relative to the first: products of quotients of binomial coefficients.
  let weight = 0;
  let [null_, bet] = [0, fewest * Math.log(ratio)];
  for (let count = fewest + 1; count <= most; count += 1) {
    weight += Math.log(((canary.requests - count + 1) * (errors - count + 1)) / (count * (stable.requests - errors + count)));
    null_ = logSum(null_, weight);
    bet = logSum(bet, weight + count * Math.log(ratio));
  }
  return canary.errors * Math.log(ratio) - bet + null_;
}

/** The logarithm of the sum of two numbers whose logarithms are given. */
function logSum(a: number, b: number): number {
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
