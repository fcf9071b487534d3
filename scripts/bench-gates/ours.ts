import { DEFAULT_GATES, GatesEntry } from '../../lib/core/gates/settings';
import { StageGates, quantilesOf } from '../../cli/src/core/gates/gates';
import { SlowCounter } from '../../cli/src/core/gates/latency-test';
import { Counts, bucketOf, countsOfBuckets } from '../../cli/src/core/quantiles';
import { Gate, Request } from './peers';

/** Our gates, looked at after every request. */
export class Ours implements Gate {
  private readonly gates: StageGates;
  private readonly slow: SlowCounter;

  constructor(
    settings: GatesEntry = DEFAULT_GATES,
    stages = 4,
    private readonly expected: number | undefined = undefined,
  ) {
    this.gates = new StageGates(settings, stages, false, false);
    this.slow = new SlowCounter(quantilesOf(settings), settings.latency?.tolerance ?? 0, settings.latency?.slackMilliseconds ?? 0);
  }

  add({ isCanary, isError, milliseconds }: Request): boolean {
    const none = { requests: 0, errors: 0 };
    const one = { requests: 1, errors: isError ? 1 : 0 };
    const [stable, canary] = isCanary ? [none, one] : [one, none];
    // In buckets, as the command counts them.
    const time: Counts = countsOfBuckets(new Map([[bucketOf(milliseconds), 1]]));
    const slow = this.slow.add({ stable: isCanary ? [] : time, canary: isCanary ? time : [] });
    this.gates.add({ stable, canary, unknown: 0, expected: this.expected, slow });
    return this.gates.isRefuted;
  }

  /** Whether the error gate lets it pass by now. */
  get passesErrors(): boolean {
    return this.gates.verdict(undefined).checks.some(({ name, verdict }) => name === 'errors' && verdict === 'pass');
  }
}
