import type { Fraction } from '../../../../lib/core/fraction';
import { type Bucket, BucketCounts } from './buckets';
import type { Evidence, Sample } from '../traffic/evidence';
import { ShareCount } from '../traffic/share-count';
import { Steps } from '../text/time-series';
import { versionEvidence } from '../traffic/request-counter';

type Track = 'stable' | 'canary';

const TRACKS = ['stable', 'canary'] as const;

/** The requests of a version that a metrics source counted in one interval. */
export interface Added {
  readonly requests: number;
  readonly errors: number;
  readonly buckets: readonly Bucket[];
}

interface Counts {
  requests: number;
  errors: number;
  times: BucketCounts;
}

type Step = Readonly<Record<Track, Counts>>;

/**
 * Adds up the counts of a metrics source.
 *
 * Counters are doubles, so the result of a query need not be whole, but evidence has whole requests. The sums are rounded, not their
 * parts, so that evidence that was shown stays true.
 */
export class MetricCounter {
  /** All that was counted, and the part of it that evidence shows. */
  private readonly counted: Step = emptyStep();
  private readonly shown: Step = emptyStep();
  private readonly share = new ShareCount();
  private readonly steps: Steps<Step>;
  private evidenceNow: Omit<Evidence, 'from' | 'until' | 'source'> | undefined;

  /** @param seconds the initial length of a step of the series: no shorter than the interval between two additions */
  constructor(
    private readonly versions: Readonly<Record<Track, string>>,
    seconds: number,
  ) {
    this.steps = new Steps<Step>(emptyStep, merged, seconds);
  }

  /**
   * @param second when the count of these requests began, in seconds since the start
   * @param expected the canary's share that was expected of them; undefined if it is not known
   */
  add(second: number, added: Readonly<Record<Track, Added>>, expected?: Fraction): void {
    this.evidenceNow = undefined;
    const step = this.steps.at(second);
    const requests = { stable: 0, canary: 0 };
    for (const track of TRACKS) {
      const [counted, shown, part] = [this.counted[track], this.shown[track], step[track]];
      counted.requests += added[track].requests;
      counted.errors += added[track].errors;
      requests[track] = Math.round(counted.requests) - shown.requests;
      // No interval has more errors than requests, because the gates take both as parts of the same requests. A counter of errors that is
      // scraped apart from the counter of requests may be ahead of it. The excess is shown as soon as requests arrive for it.
      const errors = Math.min(requests[track], Math.round(counted.errors) - shown.errors);
      for (const counts of [shown, part]) {
        counts.requests += requests[track];
        counts.errors += errors;
        counts.times.add(added[track].buckets);
      }
    }
    if (expected) {
      this.share.add(expected, requests.stable + requests.canary, requests.canary);
    }
  }

  /** The number of errors that were counted without requests to which they could belong. */
  excess(track: Track): number {
    return Math.round(this.counted[track].errors) - this.shown[track].errors;
  }

  evidence(about: Pick<Evidence, 'from' | 'until' | 'source'>): Evidence {
    this.evidenceNow ??= this.made();
    return { ...about, ...this.evidenceNow };
  }

  private made(): Omit<Evidence, 'from' | 'until' | 'source'> {
    const known = this.shown.stable.requests + this.shown.canary.requests;
    return {
      versions: TRACKS.map((track) => {
        const { requests, errors, times } = this.shown[track];
        return versionEvidence({ track, version: this.versions[track], requests, errors }, known, times.latency());
      }),
      // A source that counts by version does not see other requests.
      unknown: { requests: 0, kinds: {} },
      share: this.share.evidence(),
      series: this.steps.map((step, second) => this.sampleOf(step, second)),
      stepSeconds: this.steps.seconds,
    };
  }

  private sampleOf(step: Step, second: number): Sample {
    const rows = TRACKS.map((track) => {
      const { requests, errors, times } = step[track];
      return [this.versions[track], { requests, errors, p95: times.latency()?.p95 }] as const;
    });
    return { second, versions: Object.fromEntries(rows), unknown: 0 };
  }
}

function emptyStep(): Step {
  const none = (): Counts => ({ requests: 0, errors: 0, times: new BucketCounts() });
  return { stable: none(), canary: none() };
}

function merged(step: Step, next: Step): Step {
  const sum = (a: Counts, b: Counts): Counts => ({
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    times: a.times.with(b.times),
  });
  return { stable: sum(step.stable, next.stable), canary: sum(step.canary, next.canary) };
}
