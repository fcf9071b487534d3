import type { GatesEntry } from '../../../lib/core/gates/settings';
import { type Evidence, type Verdict, secondsOf } from '../core/traffic/evidence';
import type { CarriedEvidence } from '../core/gates/carried';
import { GateFeed } from '../core/gates/feed';
import { type GateLog, type GateTimes, StageGates } from '../core/gates/gates';
import { timesOf } from '../core/statistics/quantiles';
import type { Prepared } from './traffic';
import type { Expectation } from '../core/traffic/expected-share';
import { numberOf } from '../core/traffic/share-count';

/**
 * The shortest and the longest block given to the gates, in milliseconds. A block takes a tenth of the time so far, within
 * these limits. The first blocks are short, because the bets on a block are learned from the blocks before it.
 */
const SHORTEST = 100;
const LONGEST = 1_000;

/** Milliseconds after a change for which no share is expected: requests are under way, and routes take time to arrive. */
const UNSETTLED = 5_000;

export interface LiveGatesOptions {
  readonly settings: GatesEntry;
  /** The number of tests, over which the significance level is divided. */
  readonly tests: number;
  /** Whether the canary has all traffic, so that there is no stable to compare with. */
  readonly isAlone: boolean;
  /** Returns the share that the canary should have now; undefined if no share is judged. */
  readonly expected: (() => Expectation) | undefined;
  /** The evidence of the stages before; undefined if there is none. */
  readonly carried?: CarriedEvidence;
}

/** Reduces the gates to what can be measured: no share if none is judged, no latency if latencies are unknown. */
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
 * Feeds the gates during a measurement. Blocks are cut by the clock and never by the results, so the verdict stays valid
 * if it is read, or the measurement stopped, at any time.
 */
export class LiveGates {
  private readonly gates: StageGates;
  private readonly feed: GateFeed;
  private readonly begin = performance.now();
  private givenAt = this.begin;
  private timer: NodeJS.Timeout | undefined;
  /** The share that was expected at the last block, from 0 to 1. */
  private share: number | undefined;
  /** The time until which no share is expected, in milliseconds of the monotonic clock. */
  private settledAt = 0;
  private isStopped = false;

  /** @param evidence returns the evidence so far */
  constructor(
    private readonly evidence: () => Evidence,
    private readonly options: LiveGatesOptions,
  ) {
    this.gates = new StageGates(options.settings, options.tests, options.isAlone, true, options.carried);
    this.feed = new GateFeed(options.settings);
    this.share = this.shareNow();
    this.wait();
  }

  /** The verdict on the evidence so far. The remaining evidence becomes a block first, so that both count the same requests. */
  verdict(): Verdict {
    if (!this.isStopped) {
      clearTimeout(this.timer);
      this.give();
      this.wait();
    }
    const evidence = this.evidence();
    return this.gates.verdict(timesIn(evidence), secondsOf(evidence));
  }

  /** The settings and blocks of the gates, which suffice to recompute every number of a verdict. */
  get log(): GateLog {
    const { settings, tests, isAlone, carried } = this.options;
    return { settings, tests, isAlone, ...(carried && { carried }), blocks: this.gates.log };
  }

  /** The evidence for the stages that follow. */
  get carried(): CarriedEvidence {
    return this.gates.carried;
  }

  /** Adds the remaining evidence as the last block, and stops. */
  stop(): void {
    clearTimeout(this.timer);
    this.isStopped = true;
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
    const evidence = this.evidence();
    const seconds = (now - this.givenAt) / 1_000;
    this.givenAt = now;
    this.gates.add(this.feed.next(evidence, now < this.settledAt ? undefined : share, seconds), timesIn(evidence));
  }

  private shareNow(): number | undefined {
    const share = this.options.expected?.().share;
    return share && numberOf(share);
  }
}

function timesIn({ versions }: Evidence): GateTimes {
  const of = (track: 'stable' | 'canary') => timesOf(versions.find((row) => row.track === track)?.latency);
  return { stable: of('stable'), canary: of('canary') };
}
