import type { Fraction } from './fraction';

/** Formats a share for people: `10 %`, `33.33 %`. */
export function percent(share: Fraction): string {
  return `${share.times(100).toRounded(2)} %`;
}

/** Formats a difference of shares for people: `0.35 points`. */
export function points(difference: Fraction): string {
  return `${difference.times(100).toRounded(2)} points`;
}
