import { type Answers, logEvidenceOne } from '../../../../lib/core/gates/bernoulli';
import { Capital } from './capital';
import { agreeingShares } from '../traffic/share-count';

/** The wrong shares on which the test bets, as factors of the expected odds of the canary. */
const TILTS = [1 / 8, 1 / 4, 1 / 2, 0.7, 0.85, 1.18, 1.4, 2, 4, 8];

/** The least part of its expected share that the canary has under the bet on missing answers. */
const LEAST_LEFT = 0.05;

/** How far a share must be off for a pass to be wrong, as a factor: half or twice the expected odds. */
const HARM = 2;

/** Returns the share, from 0 to 1, whose odds are those of another share, multiplied by a factor. */
function tilted(share: number, factor: number): number {
  const odds = (share / (1 - share)) * factor;
  return odds / (1 + odds);
}

/**
 * Tests whether traffic is divided as expected: the canary's requests among all, against the share that was expected of each of them. The
 * expected share may change between blocks, because it is known before each of them.
 *
 * One bet is on a canary that leaves requests without an answer: that all unanswered requests before a block were the canary's, so that its
 * answers are missing from its share. It is an e-process as the other bets are, because it is chosen before the block.
 */
export class ShareTest {
  /** A bet on each tilt, and one on missing answers. */
  private readonly wrong: Capital;
  private missing = 0;
  private unanswered = 0;
  private readonly right = { low: 0, high: 0 };
  private largest = { wrong: 0, missing: 0, low: 0, high: 0 };
  private requests = 0;
  private canary = 0;
  private expectedSum = 0;

  /** @param carried the state of the capital that goes on */
  constructor(carried?: readonly number[]) {
    this.wrong = new Capital(
      [...TILTS, undefined].map(() => -Math.log(TILTS.length + 1)),
      carried,
    );
  }

  /** The capital of the bets on a wrong share. */
  get capital(): Capital {
    return this.wrong;
  }

  /**
   * @param expected the canary's share of these requests, from 0 to 1
   * @param unanswered the requests beside them that neither version answered
   * @param seconds the time since the previous block
   */
  add(requests: number, canary: number, expected: number, unanswered = 0, seconds = 0): void {
    this.wrong.renew(seconds);
    const lost = this.unanswered / Math.max(1, this.requests + this.unanswered);
    this.unanswered += unanswered;
    this.requests += requests;
    this.canary += canary;
    this.expectedSum += expected * requests;
    const seen: Answers = { requests, errors: canary };
    const [low, high] = agreeingShares(expected);
    const bet = (low + high) / 2;
    const ofTilts = TILTS.map((tilt) => {
      const [limit, side] = tilt > 1 ? ([high, 'at most'] as const) : ([low, 'at least'] as const);
      return limit <= 0 || limit >= 1 ? 0 : logEvidenceOne(seen, tilted(limit, tilt), limit, side);
    });
    const left = Math.max((expected - lost) / (1 - lost), LEAST_LEFT * expected);
    const ofMissing = logEvidenceOne(seen, left, low, 'at least');
    this.wrong.bet([...ofTilts, ofMissing]);
    this.missing += ofMissing;
    // A share of 0 cannot be too small and one of 1 not too large, so the other side decides.
    const isFew = low > 0 ? logEvidenceOne(seen, bet, tilted(low, 1 / HARM), 'at most') : 0;
    const isMany = high < 1 ? logEvidenceOne(seen, bet, tilted(high, HARM), 'at least') : 0;
    this.right.low += low > 0 ? isFew : isMany;
    this.right.high += high < 1 ? isMany : isFew;
    this.largest = {
      wrong: Math.max(this.largest.wrong, this.wrong.log),
      missing: Math.max(this.largest.missing, this.missing),
      low: Math.max(this.largest.low, this.right.low),
      high: Math.max(this.largest.high, this.right.high),
    };
  }

  /** The natural logarithm of the largest evidence so far that the share is not the expected one. */
  get logWrong(): number {
    return this.largest.wrong;
  }

  /** The natural logarithm of the largest evidence so far that the unanswered requests are the canary's. */
  get logMissing(): number {
    return this.largest.missing;
  }

  /** The natural logarithm of the evidence so far that the odds are more than half and less than twice the expected ones. */
  get logRight(): number {
    return Math.min(this.largest.low, this.largest.high);
  }

  /** The requests of both versions, those of the canary, and the expected share, from 0 to 1, averaged over the requests. */
  get counts(): { readonly requests: number; readonly canary: number; readonly expected: number } {
    return { requests: this.requests, canary: this.canary, expected: this.requests === 0 ? 0 : this.expectedSum / this.requests };
  }
}
