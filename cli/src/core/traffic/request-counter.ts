import type { Fraction } from '../../../../lib/core/fraction';
import { clopperPearson } from '../statistics/binomial';
import type { AnswerSample, Evidence, Latency, Sample, VersionEvidence } from './evidence';
import { Latencies } from '../statistics/latencies';
import { quantile } from '../statistics/quantiles';
import { ShareCount } from './share-count';
import { Steps } from '../text/time-series';

/** The outcome of one request. */
export type Outcome = (
  | {
      readonly kind: 'answer';
      readonly version: string;
      readonly isError: boolean;
      /** Undefined if the response was not read to its end. */
      readonly milliseconds: number | undefined;
    }
  | {
      readonly kind: 'unknown';
      /** Such as `refused`, `timeout`, `no version in the answer`. */
      readonly why: string;
    }
) & {
  /** The response; undefined if there was none. */
  readonly response?: {
    readonly status: number;
    /** Returns what is shown of it. */
    readonly sample: () => AnswerSample;
    /** Returns the value of a header by its name in lower case. */
    readonly header?: (name: string) => string | undefined;
  };
};

/** The maximum number of kinds of unknown outcomes. All others are counted together, so that responses cannot fill the memory. */
const MOST_KINDS = 20;

/** The maximum number of responses that are kept as samples, each of another kind. */
const MOST_SAMPLES = 3;

/** The lowest status that a gateway sends when it does not reach the service. */
const SERVER_ERROR = 500;

interface Step {
  readonly versions: Readonly<Record<string, { requests: number; errors: number; latencies: number[] }>>;
  unknown: number;
  /** The step as evidence shows it; undefined if the step has changed since. */
  sample?: Sample;
}

/** Counts the outcomes of requests. */
export class RequestCounter {
  private readonly tracks: readonly {
    readonly track: 'stable' | 'canary';
    readonly version: string;
    errors: number;
    requests: number;
    readonly latencies: Latencies;
  }[];
  private readonly kinds = new Map<string, number>();
  /** Grouped by the canary's share that was expected when a request was sent. */
  private readonly share = new ShareCount();
  private readonly steps = new Steps<Step>(() => this.emptyStep(), merged);
  private unknown = 0;
  /** The unknown requests with a response below {@link SERVER_ERROR}. */
  private answered = 0;
  private readonly samples = new Map<string, AnswerSample>();

  constructor(private readonly versions: { readonly stable: string; readonly canary: string }) {
    this.tracks = (['stable', 'canary'] as const).map((track) => ({
      track,
      version: versions[track],
      errors: 0,
      requests: 0,
      latencies: new Latencies(),
    }));
  }

  /** The number of counted requests, including those with an unknown version. */
  get requests(): number {
    return this.unknown + this.known;
  }

  private get known(): number {
    return this.tracks.reduce((sum, { requests }) => sum + requests, 0);
  }

  /**
   * @param second when the request was sent, in seconds since the start
   * @param expected the canary's share of the traffic at that time; undefined if it is not known
   */
  add(second: number, outcome: Outcome, expected?: Fraction): void {
    const step = this.steps.at(second);
    step.sample = undefined;
    const row = outcome.kind === 'answer' ? this.tracks.find(({ version }) => version === outcome.version) : undefined;
    if (outcome.kind === 'unknown' || !row) {
      this.unknown += 1;
      step.unknown += 1;
      this.addKind(outcome.kind === 'unknown' ? outcome.why : `version ${outcome.version}`, outcome.response);
      return;
    }
    const entry = step.versions[row.version]!;
    row.requests += 1;
    entry.requests += 1;
    if (outcome.isError) {
      row.errors += 1;
      entry.errors += 1;
    } else if (outcome.milliseconds !== undefined) {
      // Latencies exclude errors, so that a version that fails fast does not look fast.
      row.latencies.add(outcome.milliseconds);
      entry.latencies.push(outcome.milliseconds);
    }
    if (expected) {
      this.share.add(expected, 1, row.track === 'canary' ? 1 : 0);
    }
  }

  evidence(about: Pick<Evidence, 'from' | 'until' | 'source'>): Evidence {
    return {
      ...about,
      versions: this.tracks.map((row) => versionEvidence(row, this.known, latencyOf(row.latencies))),
      unknown: {
        requests: this.unknown,
        kinds: Object.fromEntries([...this.kinds].sort(([, a], [, b]) => b - a)),
        answered: this.answered,
        samples: [...this.samples.values()],
      },
      share: this.share.evidence(),
      series: this.steps.map((step, second) => (step.sample ??= sampleOf(step, second))),
      stepSeconds: this.steps.seconds,
    };
  }

  private addKind(why: string, response: Outcome['response']): void {
    this.answered += response !== undefined && response.status < SERVER_ERROR ? 1 : 0;
    if (response && !this.samples.has(why) && this.samples.size < MOST_SAMPLES) {
      this.samples.set(why, response.sample());
    }
    const kind = this.kinds.has(why) || this.kinds.size < MOST_KINDS ? why : 'other';
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  private emptyStep(): Step {
    const { stable, canary } = this.versions;
    return {
      versions: Object.fromEntries([stable, canary].map((version) => [version, { requests: 0, errors: 0, latencies: [] }])),
      unknown: 0,
    };
  }
}

/** Computes the evidence for one version from its counts. `known` is the number of requests of both versions. */
export function versionEvidence(
  { track, version, requests, errors }: Pick<VersionEvidence, 'track' | 'version' | 'requests' | 'errors'>,
  known: number,
  latency: Latency | undefined,
): VersionEvidence {
  return {
    version,
    track,
    requests,
    share: known === 0 ? 0 : requests / known,
    shareInterval: clopperPearson(requests, known),
    errors,
    errorRate: requests === 0 ? 0 : errors / requests,
    errorInterval: clopperPearson(errors, requests),
    latency,
  };
}

function latencyOf(latencies: Latencies): Latency | undefined {
  const sorted = latencies.sorted();
  const at = (p: number) => quantile(sorted, p)!;
  return sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), p99: at(0.99), slowest: at(1), counts: latencies.counts() };
}

function merged(step: Step, next: Step): Step {
  const rows = Object.entries(step.versions).map(([version, row]) => {
    const other = next.versions[version];
    const sum = {
      requests: row.requests + (other?.requests ?? 0),
      errors: row.errors + (other?.errors ?? 0),
      latencies: [...row.latencies, ...(other?.latencies ?? [])],
    };
    return [version, sum] as const;
  });
  return { versions: Object.fromEntries(rows), unknown: step.unknown + next.unknown };
}

function sampleOf(step: Step, second: number): Sample {
  const rows = Object.entries(step.versions).map(([version, { requests, errors, latencies }]) => {
    const p95 = quantile(Float64Array.from(latencies).sort(), 0.95);
    return [version, { requests, errors, p95 }] as const;
  });
  return { second, versions: Object.fromEntries(rows), unknown: step.unknown };
}
