import type { GatesEntry } from '../../../lib/core/gates/settings';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import { GateFeed } from '../core/gates/feed';
import { GateLog, StageGates } from '../core/gates/gates';
import { timesOf } from '../core/statistics/quantiles';
import type { Prepared } from './traffic';
import type { Expectation } from '../core/traffic/expected-share';
import { numberOf } from '../core/traffic/share-count';

/**
 * How long the stretches are that the gates are given one by one, in milliseconds: a tenth of the time so far, within these. What is bet on a
 * block is learned from those before it, and at first nothing is known.
 */
const SHORTEST = 100;
const LONGEST = 1_000;

/** For so many milliseconds after it changed a share is not expected yet: requests are under way, and routes take time to arrive. */
const UNSETTLED = 5_000;

export interface LiveGatesOptions {
  readonly settings: GatesEntry;
  /** How many stages the rollout has, over which the level is divided. */
  readonly stages: number;
  /** Whether the canary has all traffic, so that there is no stable beside it. */
  readonly isAlone: boolean;
  /** The share that the canary should have now; undefined where none is judged. */
  readonly expected: (() => Expectation) | undefined;
}

/** What is asked of what can be measured: no share where none is judged, no times where none are known. */
export function effectiveGates(gates: GatesEntry, { expected, isTimed }: Prepared, errorLimit: number | undefined): GatesEntry {
  const { latency, ...others } = gates;
  return {
    ...others,
    ...(latency && isTimed ? { latency } : {}),
    share: gates.share && expected !== undefined,
    errors: { ...gates.errors, ...(errorLimit === undefined ? {} : { limit: errorLimit }) },
  };
}

/**
 * The gates of what is being measured. They are given it in blocks, which are cut by the clock and by nothing that was seen: that is
 * what lets one look at them, and stop, at any time.
 */
export class LiveGates {
  private readonly gates: StageGates;
  private readonly feed: GateFeed;
  private readonly begin = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private share: number | undefined;
  private settledAt = 0;

  /** @param evidence what was seen so far */
  constructor(
    private readonly evidence: () => Evidence,
    private readonly options: LiveGatesOptions,
  ) {
    this.gates = new StageGates(options.settings, options.stages, options.isAlone);
    this.feed = new GateFeed(options.settings);
    this.share = this.shareNow();
    this.wait();
  }

  /** What follows from all that they were given. */
  verdict(): Verdict {
    const { versions } = this.evidence();
    const times = (track: 'stable' | 'canary') => timesOf(versions.find((row) => row.track === track)?.latency);
    return this.gates.verdict({ stable: times('stable'), canary: times('canary') });
  }

  /** All that they were asked and given: with it every number of a verdict can be computed again. */
  get log(): GateLog {
    const { settings, stages, isAlone } = this.options;
    return { settings, stages, isAlone, blocks: this.gates.log };
  }

  /** Gives them what is left, and no more. */
  stop(): void {
    clearTimeout(this.timer);
    this.give();
  }

  private wait(): void {
    const length = Math.min(LONGEST, Math.max(SHORTEST, (performance.now() - this.begin) / 10));
    this.timer = setTimeout(() => {
      this.give();
      this.wait();
    }, length).unref();
  }

  private give(): void {
    const [share, now] = [this.shareNow(), performance.now()];
    if (share !== this.share) {
      this.share = share;
      this.settledAt = now + UNSETTLED;
    }
    this.gates.add(this.feed.next(this.evidence(), now < this.settledAt ? undefined : share));
  }

  private shareNow(): number | undefined {
    const share = this.options.expected?.().share;
    return share && numberOf(share);
  }
}
