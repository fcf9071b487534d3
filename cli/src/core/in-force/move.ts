import { Fraction } from '../../../../lib/core/fraction';

/** A weight that was changed, as one vantage point sees it. */
export interface Move {
  /** The canary's share before, from 0 to 1. */
  readonly from: Fraction;
  /** The canary's share that must be served now, from 0 to 1. */
  readonly to: Fraction;
  /** The number k of proxies that a connection may reach: 1 for a proxy pod, at least the ready proxies for an address. */
  readonly proxies: number;
}

export type Track = 'stable' | 'canary';

/**
 * What a move looks like in the answers. The favored version is the one whose share grows, so that an answer of it speaks for the new
 * weight, and an answer of the other version speaks for the old one.
 */
export interface Signs {
  readonly favored: Track;
  /** The favored version's share if all proxies serve the new weight. */
  readonly inForce: Fraction;
  /** Its share if one of the proxies serves the old weight: `((k - 1) * new + old) / k`, less than `inForce`. */
  readonly oneStale: Fraction;
}

/**
 * Returns the signs of a move, or undefined if the two weights are equal, so that no answer can tell them apart.
 *
 * @throws if a share is not from 0 to 1, or the number of proxies is not an integer of at least 1
 */
export function signsOf({ from, to, proxies }: Move): Signs | undefined {
  checkShare('from', from);
  checkShare('to', to);
  if (!Number.isSafeInteger(proxies) || proxies < 1) {
    throw new Error(`proxies: got ${proxies}; must be an integer of at least 1`);
  }
  if (from.equals(to)) {
    return undefined;
  }
  const grows = from.lessThan(to);
  const of = (canaryShare: Fraction) => (grows ? canaryShare : Fraction.ONE.minus(canaryShare));
  const inForce = of(to);
  const oneStale = inForce
    .times(proxies - 1)
    .plus(of(from))
    .times(Fraction.of(1, proxies));
  return { favored: grows ? 'canary' : 'stable', inForce, oneStale };
}

/** @throws if the error is not between 0 and 1 */
export function checkAlpha(alpha: Fraction): void {
  if (alpha.atMost(Fraction.ZERO) || Fraction.ONE.atMost(alpha)) {
    throw new Error(`alpha: got ${alpha.toString()}; must be between 0 and 1`);
  }
}

function checkShare(name: string, share: Fraction): void {
  if (share.lessThan(Fraction.ZERO) || Fraction.ONE.lessThan(share)) {
    throw new Error(`${name}: got ${share.toString()}; must be from 0 to 1`);
  }
}

/** The value as a double, for statistics. Both parts are first cut to a size that a double holds. */
export function toNumber({ numerator, denominator }: Fraction): number {
  const extra = BigInt(Math.max(0, denominator.toString(2).length - 1000));
  return Number(numerator >> extra) / Number(denominator >> extra);
}
