import type { Fraction } from '../../../../lib/core/fraction';
import { divergence } from '../../../../lib/core/gates/bernoulli';
import type { Evidence, SeenAnswer } from './evidence';
import { type Signs, toNumber } from './move';

/** The part of the capital that is bet from the first answer on. The weight is often in force by then. */
const AT_ONCE = 1 / 2;

/** The powers of 1 / alpha at which a proxy is said to be stale, and beyond which doubt does not grow, so that it ends after the change. */
const DOUBT = 2;
const MOST_DOUBT = 3;

/**
 * The proof that a share between 0 and 1 is in force: a bet against 'at least one proxy is stale' that may be looked at after each answer.
 *
 * Let p be the favored version's share if all proxies serve the new weight, and p0 < p its share if one of k is stale. An answer multiplies
 * what is bet by its likelihood under p, divided by that under p0: `p / p0` for the favored version, `(1 - p) / (1 - p0)` for the other. If
 * the true probability is q, this factor has the expectation `1 + (q - p0) (p - p0) / (p0 (1 - p0))`, which is at most 1 for every q <= p0.
 * More stale proxies only lower q, and q may depend on all that came before. So while a proxy is stale, the capital is a nonnegative
 * supermartingale that starts at 1, and by Ville's inequality (1939) the probability that it ever reaches 1 / alpha is at most alpha: at
 * every time, and for any rule when to stop. An answer that does not name its version counts as one of the other version, which can only
 * lower the capital. This is Wald's likelihood ratio (1945) as a bet on a bounded mean (Waudby-Smith and Ramdas, "Estimating means of
 * bounded random variables by betting", JRSS B, 2024).
 *
 * The weight comes into force at an unknown time, and a bet placed before then has lost most of its money. So half of the capital is bet at
 * once, and the other half in parts that enter at each later answer; after n answers `B / (2 (B + n))` is still in cash. Each part, from
 * its entry on, is such a supermartingale, and before it is cash, so their sum is one too, with the same bound alpha for the whole time: no
 * error is added by restarting. This is the Shiryaev-Roberts sum of e-processes (Shin, Ramdas and Rinaldo, "E-detectors", NEJSDS, 2024)
 * with entries that add up to 1. Unlike their bound, which is on the mean time between false alarms, this one is on the probability of a
 * single false alarm. B is the mean number of answers that the proof needs, so that the entries are spread over the time that matters.
 *
 * The numbers are doubles, because they are statistics. They decide nothing about manifests.
 */
export class ShareEvidence implements Evidence {
  private readonly signs: { readonly p: number; readonly p0: number };
  private readonly factor: { readonly favored: number; readonly other: number };
  private readonly goal: number;
  private readonly spread: number;
  private answers = 0;
  private bet = 0;
  private cash = 1;
  private start: number | undefined;
  /** The likelihood ratio since the start that makes it largest, and the inverse one since its own start. */
  private belief = 1;
  private doubt = 1;
  private isReached = false;

  constructor({ inForce, oneStale }: Signs, alpha: Fraction) {
    const [p, p0] = [toNumber(inForce), toNumber(oneStale)];
    this.signs = { p, p0 };
    this.factor = { favored: p / p0, other: (1 - p) / (1 - p0) };
    this.goal = 1 / toNumber(alpha);
    this.spread = answersUntil(this.goal, p, p0);
  }

  add({ speaksFor, startedAtMs }: SeenAnswer): void {
    if (this.isReached) {
      return;
    }
    this.answers += 1;
    const cash = (1 - AT_ONCE) / (1 + this.answers / this.spread);
    const entering = this.cash - cash;
    const factor = speaksFor === 'new weight' ? this.factor.favored : this.factor.other;
    if (this.belief <= 1) {
      this.start = startedAtMs;
    }
    this.belief = Math.max(1, this.belief) * factor;
    this.bet = (this.bet + entering) * factor;
    this.cash = cash;
    this.isReached = this.bet + this.cash >= this.goal;
    // An unclear answer neither proves that a proxy is stale nor that none is.
    if (speaksFor !== 'unclear') {
      this.doubt = Math.min(this.goal ** MOST_DOUBT, Math.max(1, this.doubt) / factor);
    }
  }

  /** Remains true: the bound on the error holds for the first time at which the capital reaches the goal. */
  get isProven(): boolean {
    return this.isReached;
  }

  /**
   * Whether Page's CUSUM of the inverse likelihood ratio has reached `1 / alpha^2`. While all proxies serve the new weight, the mean number of
   * answers until a false report is at least that (Lorden, "Procedures for reacting to a change in distribution", 1971). It only says
   * what is waited for; a proof does not depend on it.
   */
  get speaksForStale(): boolean {
    return !this.isReached && this.doubt >= this.goal ** DOUBT;
  }

  /** An estimate: the most likely time of the change. */
  get sinceMs(): number | undefined {
    return this.start;
  }

  get missing(): number {
    return this.isReached ? 0 : answersUntil(this.goal / (this.bet + this.cash / 2), this.signs.p, this.signs.p0);
  }
}

/** The mean number of answers in which a bet grows by a factor. Wald's estimate, without the excess of the last step. */
function answersUntil(factor: number, p: number, p0: number): number {
  // Where a stale proxy could not give an answer of the favored version, the first one is enough.
  const mean = p0 === 0 ? 1 / p : Math.log(factor) / divergence(p, p0);
  return Math.max(1, Math.ceil(mean));
}

/** The mean number of answers until the proof, if the new weight is in force from the first one on. */
export function expectedAnswers({ inForce, oneStale }: Signs, alpha: Fraction): number {
  return answersUntil(1 / (toNumber(alpha) * AT_ONCE), toNumber(inForce), toNumber(oneStale));
}
