import { Fraction } from './core/fraction';
import { Weight } from './weight';

/**
 * How far the achieved share of the pods may differ from the weight before a nearer split is worth more pods.
 */
export class Tolerance {
  /** No error wherever `maxReplicas` allows it, at any number of pods: with a baseline of 10, 33 % is the split 67:33. */
  public static exact(): Tolerance {
    return new Tolerance(Fraction.ZERO);
  }

  /**
   * A number of percentage points in both directions: `Tolerance.points(1)` accepts 9 % to 11 % for a weight of 10 %.
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
