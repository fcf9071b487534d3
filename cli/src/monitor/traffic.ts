import type { Evidence } from '../core/traffic/evidence';
import type { RolloutPair } from '../core/plan/plan';
import type { Resource } from '../core/resource';
import type { Expectation } from '../core/traffic/expected-share';
import type { Tracks } from './expected';

/** A measurement that goes on: requests of our own, or what others count of everybody's. */
export interface Traffic {
  /** What was seen so far; cheap enough for every second. */
  evidence(): Evidence;
  /** Measures no more, ends what is under way, and lets go of what it used. */
  stop(): Promise<Evidence>;
  /** Resolves when all that was asked for is measured, or after `stop`. */
  readonly done: Promise<void>;
  /** How many requests of our own were sent; undefined where others send them. */
  readonly sent: number | undefined;
  /** What a reader of the numbers must know by now, a sentence each. */
  readonly notes: readonly string[];
}

/** The release whose traffic is measured. */
export interface Release {
  readonly pair: RolloutPair;
  readonly namespace: string;
  /** The manifests of any folder of the plan: where a route is looked for. */
  readonly manifests: () => readonly Resource[];
}

/** What the canary's share should be, and what there is to say about it. */
export interface ShareRule {
  /** The share that the canary should have now, in words for people too; undefined where it is of no interest. */
  readonly expectation: (() => Expectation) | undefined;
  /** The same for what is counted now; undefined where no share is judged, because what was asked for cannot show it. */
  readonly expected: (() => Expectation) | undefined;
  /** What the cluster is watched for; undefined where it was not asked. */
  readonly tracks: Tracks | undefined;
  /** What a reader of the numbers must know, a sentence each. */
  readonly notes: readonly string[];
}

/** A measurement that can begin. */
export interface Prepared extends ShareRule {
  /**
   * Begins it. It ends by itself where a number of requests or a time was asked for.
   *
   * @param say takes what a person should know at once
   */
  start(say: (text: string) => void): Traffic;
  /** Whether it can be measured at all. @throws Refusal where it cannot */
  check(): Promise<void>;
  /** Lets go of what was opened, where nothing is begun. */
  close(): void;
  /** Requests in all, and milliseconds; undefined where there is no end. */
  readonly total: number | undefined;
  readonly duration: number | undefined;
  /** Whether times of answers are known, so that they can be compared. */
  readonly isTimed: boolean;
}
