import { BASE_ERROR_RATE, DEFAULT_GATES, type GatesEntry, testsOf } from '../../lib/core/gates/settings';
import type { CarriedEvidence } from '../../cli/src/core/gates/carried';
import { ErrorTest } from '../../cli/src/core/gates/error-test';
import { StageGates, quantilesOf } from '../../cli/src/core/gates/gates';
import { type SlowCount, SlowCounter } from '../../cli/src/core/gates/latency-test';
import { type Counts, bucketOf, countsOfBuckets } from '../../cli/src/core/statistics/quantiles';
import type { Gate, Request } from './peers';

/** Requests per second, as many as the command sends by default. */
const RATE = 10;

/** Our gates, evaluated after every request. */
export class Ours implements Gate {
  private readonly gates: StageGates;
  private readonly slow: SlowCounter;
  private readonly isTimed: boolean;

  constructor(
    settings: GatesEntry = DEFAULT_GATES,
    tests = testsOf([settings]),
    private readonly expected: number | undefined = undefined,
    carried?: CarriedEvidence,
  ) {
    this.gates = new StageGates(settings, tests, false, false, carried);
    this.isTimed = settings.latency !== undefined;
    this.slow = new SlowCounter(quantilesOf(settings), settings.latency?.tolerance ?? 0, settings.latency?.slackMilliseconds ?? 0);
  }

  add({ isCanary, isError, milliseconds }: Request): boolean {
    const none = { requests: 0, errors: 0 };
    const one = { requests: 1, errors: isError ? 1 : 0 };
    const [stable, canary] = isCanary ? [none, one] : [one, none];
    this.gates.add({
      stable,
      canary,
      unknown: 0,
      seconds: 1 / RATE,
      expected: this.expected,
      slow: this.isTimed ? this.slowOf(isCanary, milliseconds) : [],
    });
    return this.gates.isRefuted;
  }

  /** The evidence for the stages that follow. */
  get carried(): CarriedEvidence {
    return this.gates.carried;
  }

  private slowOf(isCanary: boolean, milliseconds: number): readonly SlowCount[] {
    // In buckets, as the command counts latency.
    const time: Counts = countsOfBuckets(new Map([[bucketOf(milliseconds), 1]]));
    return this.slow.add({ stable: isCanary ? [] : time, canary: isCanary ? time : [] });
  }
}

/** The error gate alone, and whether it passes the canary or rolls it back. The planner predicts this decision. */
export class OurErrors {
  private readonly test: ErrorTest;

  constructor(private readonly settings: GatesEntry) {
    const { tolerance, margin } = settings.errors;
    this.test = new ErrorTest({ tolerance, margin, baseRate: BASE_ERROR_RATE }, false);
  }

  /** Returns whether the gate has decided. */
  add({ isCanary, isError }: Request): boolean {
    const none = { requests: 0, errors: 0 };
    const one = { requests: 1, errors: isError ? 1 : 0 };
    this.test.add(isCanary ? { stable: none, canary: one } : { stable: one, canary: none }, undefined, 1 / RATE);
    const { settings, test } = this;
    return test.logFine >= Math.log(1 / settings.beta) || test.logWorse >= Math.log(testsOf([settings]) / settings.alpha);
  }
}
