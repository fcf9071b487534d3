import { Fraction } from './core/fraction';
import { show } from './input/input';

/**
 * The canary's share of the traffic, as an exact fraction.
 *
 * A weight is a fraction from 0 to 1 and never a float: `Weight.percent(33.3)` is 333/1000, `Weight.ratio(1, 3)` is a
 * third. The weight of a stage is above 0 and at most 1; the baseline, weight 0, always exists as `stage-0`.
 */
export class Weight {
  /**
   * A percentage. The number is read as its shortest decimal: `33.3` is 333/1000, not the double nearest to it.
   *
   * @param percent 0 to 100, with at most six decimals
   * @throws if the number is outside that range, has more decimals, or is not a number
   */
  public static percent(percent: number): Weight {
    const text = typeof percent === 'number' ? String(percent) : '';
    if (!/^\d+(\.\d{1,6})?$/.test(text) || percent > 100) {
      throw new Error(
        `Weight.percent: got ${show(percent)}; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight`,
      );
    }
    return new Weight(Fraction.ofDecimal(text).times(Fraction.of(1, 100)));
  }

  /**
   * A ratio: `Weight.ratio(1, 1000)` is one request in a thousand.
   *
   * @param part an integer from 0 to `whole`
   * @param whole an integer from 1 to 1,000,000,000
   * @throws if `part` or `whole` is not such an integer
   */
  public static ratio(part: number, whole: number): Weight {
    if (!Number.isSafeInteger(part) || !Number.isSafeInteger(whole) || part < 0 || whole < 1 || part > whole || whole > 1e9) {
      throw new Error(
        `Weight.ratio: got ${show(part)}, ${show(whole)}; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)`,
      );
    }
    return new Weight(Fraction.of(part, whole));
  }

  private readonly fraction: Fraction;

  private constructor(fraction: Fraction) {
    this.fraction = fraction;
  }

  /** The weight as a percentage such as `10%`, or as a fraction such as `1/3` if no decimal is exact. */
  public toString(): string {
    const percent = this.fraction.times(100).toDecimal();
    return percent === undefined ? this.fraction.toString() : `${percent}%`;
  }

  /** @internal */
  public _toFraction(): Fraction {
    return this.fraction;
  }
}
