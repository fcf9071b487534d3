/**
 * Exact rational numbers. Every share, weight and tolerance of this library is a fraction, so that no decision depends on how a double
 * rounds: 25 pods at 28 % are 7, not `Math.ceil(25 * 0.28) = 8`.
 *
 * Counts of pods are ordinary integers; only their ratios are fractions. Numerator and denominator are `bigint`, because a comparison of
 * two shares multiplies crosswise, and 10^9 pods times a weight in millionths of a percent exceed 2^53.
 */
export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n);
  static readonly ONE = new Fraction(1n, 1n);

  private constructor(
    readonly numerator: bigint,
    readonly denominator: bigint,
  ) {}

  /**
   * `numerator / denominator` in lowest terms, the sign on the numerator.
   *
   * @throws if the denominator is 0 or either number is not an integer (a `RangeError` from `BigInt`)
   */
  static of(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
    const n = BigInt(numerator);
    const d = BigInt(denominator);
    if (d === 0n) {
      throw new Error('fraction: got the denominator 0; must be another integer');
    }
    const divisor = gcd(n < 0n ? -n : n, d < 0n ? -d : d) * (d < 0n ? -1n : 1n);
    return new Fraction(n / divisor, d / divisor);
  }

  /** Parses the result of {@link toString}: `"1/3"` or `"7"`. */
  static parse(text: string): Fraction {
    const match = /^(-?\d+)(?:\/(\d+))?$/.exec(text);
    if (!match) {
      throw new Error(`fraction: got ${JSON.stringify(text)}; must be written as "1/3" or "7"`);
    }
    return Fraction.of(BigInt(match[1]!), BigInt(match[2] ?? 1));
  }

  /** The exact value of a plain decimal such as `12.5` or `.001`. Exponents are not accepted. */
  static ofDecimal(text: string): Fraction {
    const match = /^(\d*)(?:\.(\d+))?$/.exec(text);
    if (!match || text === '') {
      throw new Error(`decimal: got ${JSON.stringify(text)}; must be written as "12" or "12.5"`);
    }
    const decimals = match[2] ?? '';
    return Fraction.of(BigInt(match[1] + decimals), 10n ** BigInt(decimals.length));
  }

  plus(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.denominator + other.numerator * this.denominator, this.denominator * other.denominator);
  }

  minus(other: Fraction): Fraction {
    return this.plus(new Fraction(-other.numerator, other.denominator));
  }

  times(other: Fraction | number): Fraction {
    const factor = typeof other === 'number' ? Fraction.of(other) : other;
    return Fraction.of(this.numerator * factor.numerator, this.denominator * factor.denominator);
  }

  abs(): Fraction {
    return this.numerator < 0n ? new Fraction(-this.numerator, this.denominator) : this;
  }

  /** Negative, zero or positive if this is less than, equal to or greater than `other`. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  equals(other: Fraction): boolean {
    return this.compare(other) === 0;
  }

  lessThan(other: Fraction): boolean {
    return this.compare(other) < 0;
  }

  atMost(other: Fraction): boolean {
    return this.compare(other) <= 0;
  }

  static max(first: Fraction, ...others: Fraction[]): Fraction {
    return others.reduce((most, next) => (most.lessThan(next) ? next : most), first);
  }

  static min(first: Fraction, ...others: Fraction[]): Fraction {
    return others.reduce((least, next) => (next.lessThan(least) ? next : least), first);
  }

  /** The largest integer not above this. */
  floor(): bigint {
    const quotient = this.numerator / this.denominator;
    return this.numerator < 0n && this.numerator % this.denominator !== 0n ? quotient - 1n : quotient;
  }

  /** The smallest integer not below this. */
  ceil(): bigint {
    return -Fraction.of(-this.numerator, this.denominator).floor();
  }

  /** Returns the result of `toString`, which represents the fraction in JSON. */
  toJSON(): string {
    return this.toString();
  }

  /** `"1/3"`, or `"7"` if the denominator is 1. */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }

  /** The shortest decimal that equals this exactly; undefined if there is none (1/3). */
  toDecimal(): string | undefined {
    let digits = 0;
    for (let d = this.denominator; d !== 1n; digits++) {
      const factor = d % 10n === 0n ? 10n : d % 5n === 0n ? 5n : d % 2n === 0n ? 2n : undefined;
      if (factor === undefined) {
        return undefined;
      }
      d /= factor;
    }
    return this.toFixed(digits);
  }

  /** A decimal with at most `digits` places, rounded half away from zero, without trailing zeros. For display, not for arithmetic. */
  toRounded(digits: number): string {
    return this.toFixed(digits)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
  }

  private toFixed(digits: number): string {
    const scale = 10n ** BigInt(digits);
    const scaled = this.abs().times(Fraction.of(scale)).plus(Fraction.of(1, 2)).floor();
    const text = scaled.toString().padStart(digits + 1, '0');
    const sign = this.numerator < 0n && scaled !== 0n ? '-' : '';
    return sign + (digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`);
  }
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) {
    [a, b] = [b, a % b];
  }
  return a;
}
