import { Fraction } from '../../../lib/core/fraction';
import { binomialTest, clopperPearson } from './binomial';
import type { Evidence, Latency, Sample, ShareEvidence, VersionEvidence } from './evidence';
import { Latencies } from './latencies';
import { quantile } from './quantiles';

/** What became of one request. */
export type Outcome =
  | {
      readonly kind: 'answer';
      readonly version: string;
      readonly isError: boolean;
      /** Undefined where the answer was not read to its end. */
      readonly milliseconds: number | undefined;
    }
  | {
      readonly kind: 'unknown';
      /** Such as `refused`, `timeout`, `no version in the answer`. */
      readonly why: string;
    };

/** A share that disagrees at this level does so by chance once in 10,000 looks; for a single look, at the end. */
export const SHARE_LEVEL = 0.0001;

/** More steps than this in a series are put together by twos: enough for a chart, and little enough for a record. */
const MOST_STEPS = 300;

/** More kinds of unknown answers than this are counted together: what an answer says must not fill the memory. */
const MOST_KINDS = 20;

interface Step {
  readonly versions: Readonly<Record<string, { requests: number; errors: number; latencies: number[] }>>;
  unknown: number;
  /** As evidence shows it; undefined where the step has changed since. */
  sample?: Sample;
}

/** Counts what becomes of requests. */
export class Tally {
  private readonly tracks: readonly {
    readonly track: 'stable' | 'canary';
    readonly version: string;
    errors: number;
    requests: number;
    readonly latencies: Latencies;
  }[];
  private readonly kinds = new Map<string, number>();
  /** Answers by the canary's share that was expected when their request was sent. */
  private readonly expected = new Map<string, { readonly share: Fraction; answers: number; canary: number }>();
  private steps: Step[] = [];
  private stepSeconds = 1;
  private unknown = 0;

  constructor(private readonly versions: { readonly stable: string; readonly canary: string }) {
    this.tracks = (['stable', 'canary'] as const).map((track) => ({
      track,
      version: versions[track],
      errors: 0,
      requests: 0,
      latencies: new Latencies(),
    }));
  }

  /** How many requests were counted. */
  get requests(): number {
    return this.unknown + this.known;
  }

  private get known(): number {
    return this.tracks.reduce((sum, { requests }) => sum + requests, 0);
  }

  /**
   * @param second when the request was sent, in seconds since the beginning
   * @param expected the canary's share of the traffic at that time; undefined where it is not known
   */
  add(second: number, outcome: Outcome, expected?: Fraction): void {
    const step = this.stepAt(second);
    step.sample = undefined;
    const row = outcome.kind === 'answer' ? this.tracks.find(({ version }) => version === outcome.version) : undefined;
    if (outcome.kind === 'unknown' || !row) {
      this.unknown += 1;
      step.unknown += 1;
      this.addKind(outcome.kind === 'unknown' ? outcome.why : `version ${outcome.version}`);
      return;
    }
    const entry = step.versions[row.version]!;
    row.requests += 1;
    entry.requests += 1;
    if (outcome.isError) {
      row.errors += 1;
      entry.errors += 1;
    } else if (outcome.milliseconds !== undefined) {
      // A version that fails fast must not look fast, so errors have no part in the times.
      row.latencies.add(outcome.milliseconds);
      entry.latencies.push(outcome.milliseconds);
    }
    if (expected) {
      const key = expected.toString();
      const seen = this.expected.get(key) ?? { share: expected, answers: 0, canary: 0 };
      seen.answers += 1;
      seen.canary += row.track === 'canary' ? 1 : 0;
      this.expected.set(key, seen);
    }
  }

  /** What was seen so far. */
  evidence(about: Pick<Evidence, 'from' | 'until' | 'source'>): Evidence {
    return {
      ...about,
      versions: this.tracks.map((row) => this.versionEvidence(row)),
      unknown: { requests: this.unknown, kinds: Object.fromEntries([...this.kinds].sort(([, a], [, b]) => b - a)) },
      share: this.shareEvidence(),
      series: this.steps.map((step, n) => (step.sample ??= sampleOf(step, n * this.stepSeconds))),
      stepSeconds: this.stepSeconds,
    };
  }

  private addKind(why: string): void {
    const kind = this.kinds.has(why) || this.kinds.size < MOST_KINDS ? why : 'other';
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }

  private versionEvidence({ track, version, requests, errors, latencies }: Tally['tracks'][number]): VersionEvidence {
    const { known } = this;
    return {
      version,
      track,
      requests,
      share: known === 0 ? 0 : requests / known,
      shareInterval: clopperPearson(requests, known),
      errors,
      errorRate: requests === 0 ? 0 : errors / requests,
      errorInterval: clopperPearson(errors, requests),
      latency: latencyOf(latencies),
    };
  }

  /**
   * Where the expected share changed on the way, the mean of it over the answers is held against the share that was seen:
   * the sum of unlike trials varies less than that of alike ones (Hoeffding, 1956), so the test errs to the side of 'agrees'.
   */
  private shareEvidence(): ShareEvidence | undefined {
    const groups = [...this.expected.values()];
    const answers = groups.reduce((sum, group) => sum + group.answers, 0);
    if (answers === 0) {
      return undefined;
    }
    const canary = groups.reduce((sum, group) => sum + group.canary, 0);
    const mean = groups.reduce((sum, group) => sum.plus(group.share.times(group.answers)), Fraction.ZERO).times(Fraction.of(1, answers));
    const isImpossible = groups.some(
      ({ share, answers: some, canary: hits }) => (share.equals(Fraction.ZERO) && hits > 0) || (share.equals(Fraction.ONE) && hits < some),
    );
    const pValue = isImpossible ? 0 : binomialTest(canary, answers, numberOf(mean));
    return { expected: mean.toString(), seen: canary / answers, pValue, agrees: pValue >= SHARE_LEVEL };
  }

  private stepAt(second: number): Step {
    while (second / this.stepSeconds >= MOST_STEPS) {
      this.steps = this.steps.flatMap((step, n) => (n % 2 === 0 ? [merged(step, this.steps[n + 1])] : []));
      this.stepSeconds *= 2;
    }
    const index = Math.floor(second / this.stepSeconds);
    while (this.steps.length <= index) {
      this.steps.push(this.emptyStep());
    }
    return this.steps[index]!;
  }

  private emptyStep(): Step {
    const { stable, canary } = this.versions;
    return {
      versions: Object.fromEntries([stable, canary].map((version) => [version, { requests: 0, errors: 0, latencies: [] }])),
      unknown: 0,
    };
  }
}

/** The double nearest to a fraction, for statistics, which are no exact matter. */
export function numberOf(share: Fraction): number {
  return Number(share.numerator) / Number(share.denominator);
}

function latencyOf(latencies: Latencies): Latency | undefined {
  const sorted = latencies.sorted();
  const at = (p: number) => quantile(sorted, p)!;
  return sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), p99: at(0.99), slowest: at(1), counts: latencies.counts() };
}

function merged(step: Step, next: Step | undefined): Step {
  const rows = Object.entries(step.versions).map(([version, row]) => {
    const other = next?.versions[version];
    const sum = {
      requests: row.requests + (other?.requests ?? 0),
      errors: row.errors + (other?.errors ?? 0),
      latencies: [...row.latencies, ...(other?.latencies ?? [])],
    };
    return [version, sum] as const;
  });
  return { versions: Object.fromEntries(rows), unknown: step.unknown + (next?.unknown ?? 0) };
}

function sampleOf(step: Step, second: number): Sample {
  const rows = Object.entries(step.versions).map(([version, { requests, errors, latencies }]) => {
    const p95 = quantile(Float64Array.from(latencies).sort(), 0.95);
    return [version, { requests, errors, p95 }] as const;
  });
  return { second, versions: Object.fromEntries(rows), unknown: step.unknown };
}
