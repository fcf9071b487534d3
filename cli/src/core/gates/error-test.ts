import { BlockSize } from './block-size';
import { type Bet, ODDS, bets } from './bets';
import { Capital } from './capital';
import {
  type Answers,
  type Block,
  type Rates,
  type Side,
  clamp,
  logEvidence,
  logEvidenceOfOdds,
  logEvidenceOne,
} from '../../../../lib/core/gates/bernoulli';

/**
 * The excesses over the highest error rate allowed, from 0 to 1, on which the tests bet for a worse canary. A large harm must be detected
 * soon; a small one takes long with any bets.
 */
const HARMS: readonly Bet[] = bets([
  [0.005, 1],
  [0.01, 2],
  [0.02, 2],
  [0.04, 2],
  [0.08, 2],
  [0.16, 1],
  [0.32, 1],
  [0.64, 0.5],
]);

/** The differences of the error rates, canary minus stable, at which the confidence sequence is evaluated; from -1 to 1. */
const GRID = [
  ...[-0.5, -0.3, -0.2, -0.15, -0.1, -0.07, -0.05, -0.035, -0.025, -0.0175, -0.0125, -0.009, -0.006, -0.004, -0.0025, -0.0015, -0.0007],
  ...[0, 0.0007, 0.0015, 0.0025, 0.004, 0.006, 0.009, 0.0125, 0.0175, 0.025, 0.035, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5],
];

/** The weight of the expected error rate against the observed one, in requests. It makes the first bets plausible. */
const WEIGHT = 20;

export interface ErrorTestOptions {
  /** How much higher than stable's the canary's rate may be without counting as 'worse'; from 0 to 1. */
  readonly tolerance: number;
  /** How much higher than stable's the canary's rate must be for a pass to be wrong; from 0 to 1. */
  readonly margin: number;
  /** The error rate that is expected before any data is seen; from 0 to 1. */
  readonly baseRate: number;
}

/** The requests of a block that neither version answered. */
export interface Unanswered {
  readonly requests: number;
  /** The part of them, from 0 to 1, that is counted as the canary's. */
  readonly share: number;
}

const NONE: Unanswered = { requests: 0, share: 1 };

/** Adds unanswered requests to those of a version, as errors. */
function charged({ requests, errors }: Answers, unanswered: number): Answers {
  return { requests: requests + unanswered, errors: errors + unanswered };
}

type Whole = Block & { readonly unanswered: Rates };

const EMPTY: Whole = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unanswered: { stable: 0, canary: 0 } };

function sum(a: Answers, b: Answers): Answers {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors };
}

/** Gathers requests into blocks of a size that is chosen before; see {@link BlockSize}. */
class Gathering {
  private gathered = EMPTY;
  private readonly size = new BlockSize();

  /** Whether the next request begins a block. */
  get isEmpty(): boolean {
    return this.gathered === EMPTY;
  }

  /** Returns the block that is complete now; undefined if none is, or if it lacks a version and says nothing about a difference. */
  add({ stable, canary }: Block, { requests, share }: Unanswered): Whole | undefined {
    const { gathered } = this;
    const whole = {
      stable: sum(gathered.stable, stable),
      canary: sum(gathered.canary, canary),
      unanswered: {
        stable: gathered.unanswered.stable + requests * (1 - share),
        canary: gathered.unanswered.canary + requests * share,
      },
    };
    const isComplete = this.size.isComplete(whole.stable.requests + whole.canary.requests);
    this.gathered = isComplete ? EMPTY : whole;
    if (!isComplete) {
      return undefined;
    }
    const sizes = { stable: whole.stable.requests, canary: whole.canary.requests };
    this.size.next(sizes);
    return sizes.stable === 0 || sizes.canary === 0 ? undefined : whole;
  }
}

/**
 * Tests whether the canary fails more often than stable, block by block.
 *
 * The evidence for 'worse' comes from bets on several harms at once, with a part of the capital on each. Whichever harm is true, the
 * natural logarithm of the evidence is smaller by only 1 or 2 than with a bet on this harm alone. If the tolerance is 0, the bets are on
 * odds, which need no estimate of stable's rate. The evidence for 'not worse by the margin' comes from a bet on no difference.
 */
export class ErrorTest {
  private readonly gathering = new Gathering();
  private readonly worse: Capital;
  private fine = 0;
  private largest = { worse: 0, fine: 0 };
  private readonly above: number[] = GRID.map(() => 0);
  private readonly below: number[] = GRID.map(() => 0);
  /** The counts before the block that is gathered now, and those in it. */
  private seen: Block = EMPTY;
  private pending: Block = EMPTY;
  private charged = 0;
  private unanswered = 0;

  /**
   * @param withBounds whether to compute the confidence sequence too, which takes most of the time
   * @param carried the state of the capital that goes on
   */
  constructor(
    private readonly options: ErrorTestOptions,
    private readonly withBounds = true,
    carried?: readonly number[],
  ) {
    this.worse = new Capital(
      (options.tolerance === 0 ? ODDS : HARMS).map(({ logPart }) => logPart),
      carried,
    );
  }

  /**
   * @param unanswered the requests that belong to no version. A failure ignores them. A pass counts a part of them as errors of the canary
   *   and the rest as errors of stable, where that is evidence against a pass.
   *
   * If a request without an answer was the canary's with the probability that any request is, then the answered ones alone are an
   * e-process: their error rates differ by at least the margin if the rates of all failures do. The smaller of two e-values is one too.
   *
   * @param seconds the time since the previous block
   */
  add(block: Block, unanswered = NONE, seconds = 0): void {
    this.worse.renew(seconds);
    this.charged += unanswered.requests * unanswered.share;
    this.unanswered += unanswered.requests;
    const whole = this.gathering.add(block, unanswered);
    this.pending = { stable: sum(this.pending.stable, block.stable), canary: sum(this.pending.canary, block.canary) };
    if (whole) {
      this.bet(whole);
    }
    if (this.gathering.isEmpty) {
      this.seen = { stable: sum(this.seen.stable, this.pending.stable), canary: sum(this.seen.canary, this.pending.canary) };
      this.pending = EMPTY;
    }
  }

  private bet(whole: Whole): void {
    const { tolerance, margin } = this.options;
    // The bets must be made before the block is seen, so they use only the data before it.
    const stable = this.rateOf(this.seen.stable);
    const pooled = this.rateOf({
      requests: this.seen.stable.requests + this.seen.canary.requests,
      errors: this.seen.stable.errors + this.seen.canary.errors,
    });
    if (tolerance === 0) {
      this.worse.bet(ODDS.map(({ on }) => logEvidenceOfOdds(whole, on)));
    } else {
      const bet = (on: number) => ({ stable, canary: clamp(stable + tolerance + on) });
      this.worse.bet(HARMS.map(({ on }) => logEvidence(whole, bet(on), tolerance, 'at most')));
    }
    const equal = { stable: pooled, canary: pooled };
    const answered = logEvidence(whole, equal, margin, 'at least');
    const all = { stable: charged(whole.stable, whole.unanswered.stable), canary: charged(whole.canary, whole.unanswered.canary) };
    this.fine += Math.min(answered, logEvidence(all, equal, margin, 'at least'));
    if (this.withBounds) {
      this.addToBounds(whole, { stable, canary: this.rateOf(this.seen.canary) });
    }
    this.largest = { worse: Math.max(this.largest.worse, this.worse.log), fine: Math.max(this.largest.fine, this.fine) };
  }

  /** The capital of the bets on a worse canary, which is the present evidence. */
  get capital(): Capital {
    return this.worse;
  }

  /** The natural logarithm of the largest evidence so far that the canary is worse by more than the tolerance. */
  get logWorse(): number {
    return this.largest.worse;
  }

  /** The natural logarithm of the largest evidence so far that the canary is not worse by as much as the margin. */
  get logFine(): number {
    return this.largest.fine;
  }

  /** The requests that neither version answered, and how many of them were counted as errors of the canary. */
  get unknown(): { readonly requests: number; readonly charged: number } {
    return { requests: this.unanswered, charged: this.charged };
  }

  /** The counts of both versions. */
  get counts(): Block {
    return { stable: sum(this.seen.stable, this.pending.stable), canary: sum(this.seen.canary, this.pending.canary) };
  }

  /**
   * Returns bounds of the difference, canary minus stable, that hold at all times together with probability `1 - alpha`: the values of a
   * grid that were never rejected, rounded outward to the grid; -1 and 1 if nothing is known.
   */
  bounds(alpha: number): readonly [number, number] {
    const threshold = Math.log(2 / alpha);
    const lower = GRID.filter((_, n) => this.above[n]! >= threshold);
    const upper = GRID.filter((_, n) => this.below[n]! >= threshold);
    return [lower.at(-1) ?? -1, upper[0] ?? 1];
  }

  private addToBounds(block: Block, bet: Rates): void {
    const update = (logs: number[], side: Side) => {
      GRID.forEach((difference, n) => {
        this.current[side][n]! += logEvidence(block, bet, difference, side);
        logs[n] = Math.max(logs[n]!, this.current[side][n]!);
      });
    };
    update(this.above, 'at most');
    update(this.below, 'at least');
  }

  private readonly current: Readonly<Record<Side, number[]>> = { 'at most': GRID.map(() => 0), 'at least': GRID.map(() => 0) };

  private rateOf({ requests, errors }: Answers): number {
    return clamp((errors + WEIGHT * this.options.baseRate) / (requests + WEIGHT));
  }
}

/** The error rates, from 0 to 1, that a failure and a pass of the limit compare with. */
export interface Limits {
  /** The canary fails if its rate is above. */
  readonly most: number;
  /** The canary passes if its rate is below. */
  readonly enough: number;
}

/** Tests whether the canary's error rate is above a limit, whatever the rate of stable is at the same time. */
export class LimitTest {
  private readonly above: Capital;
  private below = 0;
  private largest = { above: 0, below: 0 };
  private readonly seen = { requests: 0, errors: 0 };

  /**
   * @param baseRate the error rate that is expected before any data is seen, from 0 to 1
   * @param carried the state of the capital that goes on
   */
  constructor(
    private readonly limits: Limits,
    private readonly baseRate: number,
    carried?: readonly number[],
  ) {
    this.above = new Capital(
      HARMS.map(({ logPart }) => logPart),
      carried,
    );
  }

  /** The capital of the bets on a rate above the limit. */
  get capital(): Capital {
    return this.above;
  }

  /**
   * @param unanswered as in {@link ErrorTest.add}. A request that was the canary's with probability `share` counts as that part of an error;
   *   by Jensen's inequality its factor is at most the mean of the factors of both cases, so the product stays an e-process.
   * @param seconds the time since the previous block
   */
  add(answers: Answers, unanswered = NONE, seconds = 0): void {
    const { most, enough } = this.limits;
    this.above.renew(seconds);
    const rate = clamp((this.seen.errors + WEIGHT * this.baseRate) / (this.seen.requests + WEIGHT));
    this.above.bet(HARMS.map(({ on }) => logEvidenceOne(answers, clamp(most + on), most, 'at most')));
    this.below += logEvidenceOne(charged(answers, unanswered.requests * unanswered.share), Math.min(rate, enough), enough, 'at least');
    this.seen.requests += answers.requests;
    this.seen.errors += answers.errors;
    this.largest = { above: Math.max(this.largest.above, this.above.log), below: Math.max(this.largest.below, this.below) };
  }

  /** The natural logarithm of the largest evidence so far that the rate is above the limit. */
  get logAbove(): number {
    return this.largest.above;
  }

  /** The natural logarithm of the largest evidence so far that the rate is below the limit. */
  get logBelow(): number {
    return this.largest.below;
  }

  get counts(): Answers {
    return { ...this.seen };
  }
}
