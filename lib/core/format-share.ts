import { Fraction } from './fraction';

/** A share as people read it: `10 %`, `33.33 %`. */
export function percent(share: Fraction): string {
  return `${share.times(100).toRounded(2)} %`;
}

/** A difference of shares as people read it: `0.35 points`. */
export function points(difference: Fraction): string {
  return `${difference.times(100).toRounded(2)} points`;
}
