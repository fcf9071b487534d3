import { percent } from './format-share';
import type { Fraction } from './fraction';
import type { PairEntry } from './plan-file';
import { type Split, shareOf } from './split';

/** What the counts of an autoscaled pair may be, as `plan.json` and the planner know it. */
export interface AutoscaledRange {
  readonly max: number;
  /** Whether a router divides the traffic. Without one, the canary has a fixed count. */
  readonly routed: boolean;
}

/** The range of a pair's counts; undefined if they are fixed. */
export function rangeOf({ autoscaling, router }: Pick<PairEntry, 'autoscaling' | 'router'>): AutoscaledRange | undefined {
  return autoscaling && { max: autoscaling.max, routed: router !== 'pods' };
}

/** A split as text: `9:1`, and for autoscaled tracks the range of each: `4-20:1-20`, or `4-20:1` without a router. */
export function splitText({ stable, canary }: Split, range?: AutoscaledRange): string {
  const counts = (pods: number, isAutoscaled: boolean) =>
    range && isAutoscaled && pods > 0 && pods < range.max ? `${pods}-${range.max}` : String(pods);
  return `${counts(stable, true)}:${counts(canary, range?.routed === true)}`;
}

/** The share that a split achieves as text. Without a router it falls as the autoscaler adds stable pods: `4.76 % to 20 %`. */
export function achievedText(achieved: Fraction, { canary }: Split, range?: AutoscaledRange): string {
  const least = range && !range.routed ? shareOf({ stable: range.max, canary }) : achieved;
  return least.equals(achieved) ? percent(achieved) : `${percent(least)} to ${percent(achieved)}`;
}
