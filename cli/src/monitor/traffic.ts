import type { Evidence } from '../core/traffic/evidence';
import type { RolloutPair } from '../core/plan/plan';
import type { Resource } from '../core/resource';
import type { Expectation } from '../core/traffic/expected-share';
import type { Tracks } from './expected';

/** A measurement in progress: of requests that we send, or of all requests that others count. */
export interface Traffic {
  /** The evidence so far; cheap enough to call every second. */
  evidence(): Evidence;
  /** Stops the measurement, ends requests under way and releases its resources. */
  stop(): Promise<Evidence>;
  /** Resolves when the requested amount is measured, or after `stop`. */
  readonly done: Promise<void>;
  /** How many requests we sent; undefined if others send them. */
  readonly sent: number | undefined;
  /** Notes that a reader of the numbers needs so far, a sentence each. */
  readonly notes: readonly string[];
}

/** The release whose traffic is measured. */
export interface Release {
  readonly pair: RolloutPair;
  readonly namespace: string;
  /** Returns the manifests of any folder of the plan, which may contain a route. */
  readonly manifests: () => readonly Resource[];
}

/** The expected share of the canary, and notes about it. */
export interface ShareRule {
  /** The share that the canary should have now, or why there is none, for display; undefined if the share does not matter. */
  readonly expectation: (() => Expectation) | undefined;
  /** The same for the requests counted now; undefined if no share is judged, because the measurement cannot show it. */
  readonly expected: (() => Expectation) | undefined;
  /** The watched tracks of the cluster; undefined if the cluster is not queried. */
  readonly tracks: Tracks | undefined;
  /** Notes that a reader of the numbers needs, a sentence each. */
  readonly notes: readonly string[];
}

/** A measurement that is ready to start. */
export interface Prepared extends ShareRule {
  /**
   * Starts the measurement. It ends by itself if a number of requests or a duration was given.
   *
   * @param say receives messages to print at once
   */
  start(say: (text: string) => void): Traffic;
  /** Checks whether the traffic can be measured. @throws CliError if it cannot */
  check(): Promise<void>;
  /** Releases what was opened, if the measurement is not started. */
  close(): void;
  /** The total number of requests, and the duration in milliseconds; each is undefined if there is no limit. */
  readonly total: number | undefined;
  readonly duration: number | undefined;
  /** Whether latencies are known, so that they can be compared. */
  readonly isTimed: boolean;
}
