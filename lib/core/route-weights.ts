import { Fraction } from './fraction';

/** The largest sum of weights. Envoy sums them in 32 bits. */
const MOST = 1_000_000_000n;

/**
 * Converts a share to the integer weights of a route, without rounding. Their sum is 100 for a whole percentage, otherwise the smallest of
 * 1000, 10000, … that represents the share exactly, otherwise the denominator of the share.
 *
 * 10 % is 90 and 10, 12.5 % is 875 and 125, a third is 2 and 1.
 *
 * @throws if the denominator is above 10^9
 */
export function routeWeights(canaryShare: Fraction): { stable: number; canary: number } {
  const total = totalFor(canaryShare.denominator);
  const canary = Number(canaryShare.times(Fraction.of(total)).numerator);
  return { stable: Number(total) - canary, canary };
}

function totalFor(denominator: bigint): bigint {
  for (let total = 100n; total <= MOST; total *= 10n) {
    if (total % denominator === 0n) {
      return total;
    }
  }
  if (denominator > MOST) {
    throw new Error(
      `weight: got the denominator ${denominator}; must be at most ${MOST}, because Envoy sums the weights of a route in 32 bits`,
    );
  }
  return denominator;
}
