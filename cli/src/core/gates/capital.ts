import { logSum } from './bets';

/** The part of the capital that is kept for a harm that begins late. The rest stays on the bets from the beginning. */
const RESERVE = 0.5;

/** The part of the reserve that is laid on the bets anew in each second. It loses no more than that per second while nothing happens. */
const RENEWED_PER_SECOND = 0.003;

/** The logarithm of no capital. JSON has no infinity. */
const NOTHING = -Number.MAX_VALUE;

/** The part of what is laid anew that stays in cash. */
const CASH = 0.5;

/**
 * The capital of a test that bets on several values at once, which is its evidence.
 *
 * Bets that are left alone lose while both versions are equally good, and a harm that begins after half an hour has to win all of it back.
 * So half of the capital is a reserve in cash, of which a fixed share is laid on the bets anew in each second, as much on each bet as at the
 * beginning ("fixed share": Herbster and Warmuth, "Tracking the best expert", 1998). Cash multiplies by 1, each bet by an e-value, and moving
 * capital between them keeps its sum. So the sum is an e-process if each bet is, whenever and however it is moved before a block is seen.
 */
export class Capital {
  private readonly steady: number[];
  private readonly renewed: number[];
  private cash: number;

  /**
   * @param parts the natural logarithms of the parts of the capital on each bet, which add up to at most 1
   * @param carried the state of a capital that goes on; if it was on other bets, its sum is laid on these as at the beginning
   */
  constructor(
    private readonly parts: readonly number[],
    carried: readonly number[] = [],
  ) {
    if (carried.length === 1 + 2 * parts.length) {
      this.cash = carried[0]!;
      this.steady = carried.slice(1, 1 + parts.length);
      this.renewed = carried.slice(1 + parts.length);
      return;
    }
    const all = carried.length === 0 ? 0 : logSum(carried);
    this.cash = all + Math.log(RESERVE);
    this.steady = parts.map((part) => all + Math.log(1 - RESERVE) + part);
    this.renewed = parts.map(() => NOTHING);
  }

  /** The logarithms of the cash and of each bet, from which the capital can go on. All of it is JSON. */
  get state(): readonly number[] {
    return [this.cash, ...this.steady, ...this.renewed];
  }

  /** Lays a part of the reserve on the bets, for time that passed. */
  renew(seconds: number): void {
    if (seconds <= 0) {
      return;
    }
    const kept = seconds * Math.log1p(-RENEWED_PER_SECOND);
    const laid = Math.log(-Math.expm1(kept)) + logSum([this.cash, ...this.renewed]);
    this.cash = logSum([this.cash + kept, laid + Math.log(CASH)]);
    this.parts.forEach((part, n) => (this.renewed[n] = logSum([this.renewed[n]! + kept, laid + Math.log(1 - CASH) + part])));
  }

  /** Multiplies each bet by its e-value of a block, given as a natural logarithm. */
  bet(logs: readonly number[]): void {
    logs.forEach((log, n) => {
      this.steady[n]! += log;
      this.renewed[n]! += log;
    });
  }

  /** The natural logarithm of the capital. */
  get log(): number {
    return logSum([this.cash, ...this.steady, ...this.renewed]);
  }

  /** Returns the natural logarithm of the capital on some of the bets, without the cash. */
  logOf(isMeant: (bet: number) => boolean): number {
    return logSum([...this.steady, ...this.renewed].filter((_, n) => isMeant(n % this.parts.length)));
  }
}
