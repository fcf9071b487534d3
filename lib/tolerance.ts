import { Fraction } from './core/fraction';
import { Weight } from './weight';

/**
 * How far the share that pods achieve may be from the weight that was asked for, before a nearer split is worth more pods.
 */
export class Tolerance {
  /** No error at all where `maxReplicas` allows it, whatever it costs: with a baseline of 10, 33 % is 67:33. */
  public static exact(): Tolerance {
    return new Tolerance(Fraction.ZERO);
  }

  /**
   * So many percentage points to either side: `Tolerance.points(1)` accepts 9 % to 11 % where 10 % was asked for.
   *
   * @param points 0 to 100, with at most six decimals
   * @throws if the number is outside that range
   */
  public static points(points: number): Tolerance {
    try {
      return new Tolerance(Weight.percent(points)._toFraction());
    } catch {
      throw new Error(
        `Tolerance.points: got ${String(points)}; must be a number from 0 to 100 with at most six decimals; try Tolerance.points(1)`,
      );
    }
  }

  private readonly fraction: Fraction;

  private constructor(fraction: Fraction) {
    this.fraction = fraction;
  }

  /** @internal */
  public _toFraction(): Fraction {
    return this.fraction;
  }
}
