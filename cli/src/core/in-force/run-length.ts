import { Fraction } from '../../../../lib/core/fraction';
import { toNumber } from './move';

/** Doubles compute a length with an error far below this, for lengths up to {@link LONGEST}. */
const UNSURE = 1e-6;

/** The length from which the error of a double could reach {@link UNSURE}. */
const LONGEST = 1e8;

/** The largest number of bits of a power that is computed exactly. */
const MOST_BITS = 2_000_000;

/**
 * Returns the least n with `share^n < limit`: the length that an unbroken run must have so that it would be that improbable.
 *
 * Logarithms give n, and where they come so near to a whole number that rounding could decide, exact powers decide. If these powers would be
 * too large, n is one more, which is never too few.
 *
 * @param share from 0 to below 1
 * @param limit above 0 and below 1
 */
export function runLength(share: Fraction, limit: Fraction): number {
  if (share.numerator === 0n) {
    return 1;
  }
  const exact = logOf(limit) / Math.log1p(-toNumber(Fraction.ONE.minus(share)));
  const nearestWhole = Math.round(exact);
  if (Math.abs(exact - nearestWhole) > UNSURE && exact < LONGEST) {
    return Math.ceil(exact);
  }
  if (nearestWhole * share.denominator.toString(2).length > MOST_BITS) {
    return nearestWhole + 1;
  }
  return [nearestWhole, nearestWhole + 1].find((n) => isBelow(share, n, limit)) ?? nearestWhole + 2;
}

function isBelow(share: Fraction, n: number, limit: Fraction): boolean {
  const power = BigInt(n);
  return share.numerator ** power * limit.denominator < limit.numerator * share.denominator ** power;
}

function logOf({ numerator, denominator }: Fraction): number {
  return Math.log(Number(numerator)) - Math.log(Number(denominator));
}
