import { setTimeout as sleep } from 'node:timers/promises';
import { bucketsOf } from '../core/prometheus/buckets';
import { type Added, MetricCounter } from '../core/prometheus/metric-counter';
import { type CountedName, type CounterQuery, faultOf, lastOfAnHour, seriesOf, together } from '../core/prometheus/counter-query';
import type { Evidence } from '../core/traffic/evidence';
import { type Increase, Increases, sumOf } from '../core/prometheus/counter-deltas';
import { plainText } from '../core/text/plain-text';
import { type Series, countersOfAnswer } from '../core/prometheus/promql';
import { CliError, EXIT, UsageError } from '../core/errors';
import type { DelayedShare } from './delayed-share';
import { type PrometheusServer, askPrometheus } from './prometheus-server';
import type { Track } from './side-metrics';
import type { Traffic } from './traffic';

export interface PrometheusTrafficOptions {
  readonly server: PrometheusServer;
  /** The source of the counters: `istio`, `ingress-nginx`, or `queries`. */
  readonly name: string;
  readonly queries: readonly CounterQuery[];
  /** Whether the user wrote the queries, so that they may be wrong. */
  readonly isOwn: boolean;
  /** The milliseconds in a unit of `le`: 1 or 1000. */
  readonly timeUnit: number;
  readonly versions: Readonly<Record<Track, string>>;
  /** Milliseconds after which the measurement ends. Default: no end. */
  readonly duration?: number;
  /** The share expected of the requests counted now; undefined if no share is judged. */
  readonly expected?: DelayedShare;
  /** Milliseconds between two queries. Default 5000: a server scrapes every 15 s at most, and usually less often. */
  readonly interval?: number;
}

/** The default of `interval`, in milliseconds. */
const INTERVAL = 5_000;

/** The most bytes that are read of a response: some thousands of series. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** The most requests that one read may add; more are rejected as an error, because the gates take longer the more requests there are. */
const MOST_REQUESTS = 1e8;

const TRACKS = ['stable', 'canary'] as const;

/** Starts to read counters. */
export function startPrometheusTraffic(options: PrometheusTrafficOptions, say: (text: string) => void): Traffic {
  return new PrometheusTraffic(options, say);
}

/**
 * Queries each counter once, so that errors are reported before the measurement starts.
 *
 * @throws UsageError if a query is wrong
 * @throws CliError if the server does not respond
 */
export async function checkPrometheus({ server, queries }: PrometheusTrafficOptions): Promise<void> {
  for (const query of queries) {
    const answer = await askPrometheus(server, query.query, LARGEST_ANSWER).catch((error: unknown) => {
      throw new CliError(`Prometheus: ${plainText((error as Error).message)}`, EXIT.refused);
    });
    const found = countersOfAnswer(answer);
    const what = `the ${query.name} of ${query.track}`;
    if (found.series === undefined) {
      const why = `${what}: Prometheus at ${server.url.host} answers: ${plainText(found.why)}`;
      throw found.isWrong ? new UsageError(why) : new CliError(why, EXIT.refused);
    }
    const fault = faultOf(query, found.series);
    if (fault !== undefined) {
      throw new UsageError(`${what}: got ${fault}`);
    }
  }
}

/**
 * Measures the requests that a Prometheus server counts, from now on.
 *
 * One query every few seconds reads all counters. A failed query is skipped; the next one includes the requests counted meanwhile.
 * Counting begins at the first query that finds any request. A query for the last values of an hour precedes it, so that the earlier
 * requests of a target that missed a scrape do not count as new. A server that has only just begun to scrape has no such values.
 */
class PrometheusTraffic implements Traffic {
  readonly sent = undefined;
  readonly done: Promise<void>;
  private readonly begin = performance.now();
  private readonly from = new Date();
  private until: Date | undefined;
  private readonly stopping = new AbortController();
  private readonly counted: MetricCounter;
  private readonly counters: readonly (CounterQuery & { readonly increases: Increases })[];
  private readonly question: string;
  /** The counters for which a series was found at least once. */
  private readonly known = new Set<string>();
  private hasBegun = false;
  private hasAnswered = false;
  /** When the last successful query was sent, in seconds since the beginning. */
  private lookedAt = 0;
  /** The number of reads, and how many of them failed. */
  private looks = 0;
  private failures = 0;
  /** The message of the last failure. */
  private failure: string | undefined;
  private isFailing = false;

  constructor(
    private readonly options: PrometheusTrafficOptions,
    private readonly say: (text: string) => void,
  ) {
    this.counted = new MetricCounter(options.versions, Math.ceil((options.interval ?? INTERVAL) / 1_000));
    this.counters = options.queries.map((query) => ({ ...query, increases: new Increases() }));
    this.question = together(options.queries);
    this.done = this.run().finally(() => (this.until = new Date()));
  }

  evidence(): Evidence {
    const until = this.until ?? new Date();
    const source = `Prometheus at ${this.options.server.url.host} (${this.options.name})`;
    return this.counted.evidence({ from: this.from.toISOString(), until: until.toISOString(), source });
  }

  async stop(): Promise<Evidence> {
    this.stopping.abort();
    await this.done;
    return this.evidence();
  }

  get notes(): readonly string[] {
    const unseen = this.options.queries.filter(({ track, name }) => !this.known.has(keyOf(track, name)));
    const isUnseen = (name: CountedName) => TRACKS.every((track) => unseen.some((query) => query.track === track && query.name === name));
    return [
      ...(this.failures === 0
        ? []
        : [
            `${this.failures} of ${this.looks} reads from Prometheus failed, the last one with: ${this.failure}${this.hasBegun ? '; the next read included the requests counted meanwhile' : ''}`,
          ]),
      ...unseen
        .filter(({ name }) => name === 'requests' && this.hasAnswered)
        .map(({ track, query }) => `Prometheus has no series for the requests of ${track}: ${plainText(query)}`),
      // A query of the user with a wrong label looks the same, and would pass every canary.
      ...(this.options.isOwn && this.hasAnswered && isUnseen('errors')
        ? [
            'Prometheus has no error series for either version, not even from the hour before: no error occurred, or the query does not match errors',
          ]
        : []),
      ...TRACKS.flatMap((track) => {
        const excess = this.counted.excess(track);
        return excess > 0
          ? [`${excess} errors of ${track} were ignored, because they exceed its requests; the errors must be a part of the requests`]
          : [];
      }),
    ];
  }

  private async run(): Promise<void> {
    const { duration = Infinity, interval = INTERVAL } = this.options;
    const { signal } = this.stopping;
    for (;;) {
      await this.look();
      const left = duration - (performance.now() - this.begin);
      if (signal.aborted || left <= 0) {
        return;
      }
      await sleep(Math.min(interval, left), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        return;
      }
    }
  }

  /** Reads all counters once. Either all of the values count, or none. */
  private async look(): Promise<void> {
    const second = (performance.now() - this.begin) / 1_000;
    try {
      if (this.hasBegun) {
        this.add(await this.ask(this.question));
      } else {
        const before = await this.ask(lastOfAnHour(this.question));
        const now = await this.ask(this.question);
        [before, now].forEach((series) => this.counters.forEach((counter) => counter.increases.know(this.seriesOf(series, counter))));
        this.hasBegun = this.counters.some(({ track, name }) => name === 'requests' && this.known.has(keyOf(track, name)));
      }
    } catch (error) {
      if (!this.stopping.signal.aborted) {
        this.fail((error as Error).message);
      }
      return;
    }
    this.looks += 1;
    this.lookedAt = second;
    this.hasAnswered = true;
    if (this.isFailing) {
      this.isFailing = false;
      this.say('Prometheus responds again');
    }
  }

  private fail(message: string): void {
    this.looks += 1;
    this.failures += 1;
    this.failure = plainText(message);
    this.options.expected?.restart();
    if (!this.isFailing) {
      this.isFailing = true;
      this.say(`Prometheus: ${this.failure}; retrying every ${(this.options.interval ?? INTERVAL) / 1_000} s`);
    }
  }

  private add(series: readonly Series[]): void {
    // Check all series before anything is remembered.
    const found = this.counters.map((counter) => ({ ...counter, found: this.seriesOf(series, counter) }));
    const increases = new Map(found.map(({ track, name, increases: of, found: own }) => [keyOf(track, name), of.since(own)]));
    const added = (track: Track): Added => {
      const of = (name: CountedName): readonly Increase[] => increases.get(keyOf(track, name)) ?? [];
      return {
        requests: sumOf(of('requests')),
        errors: sumOf(of('errors')),
        buckets: of('times').flatMap((increase) => bucketsOf(increase, this.options.timeUnit)),
      };
    };
    const [stable, canary] = [added('stable'), added('canary')];
    if (stable.requests + canary.requests > MOST_REQUESTS) {
      throw new Error(`${(stable.requests + canary.requests).toExponential(0)} requests since the last read are ignored as implausible`);
    }
    this.counted.add(this.lookedAt, { stable, canary }, this.options.expected?.now().share);
  }

  private seriesOf(series: readonly Series[], counter: CounterQuery): readonly Series[] {
    const own = seriesOf(series, counter);
    const fault = faultOf(counter, own);
    if (fault !== undefined) {
      throw new Error(`the ${counter.name} of ${counter.track}: ${fault}`);
    }
    if (own.length > 0) {
      this.known.add(keyOf(counter.track, counter.name));
    }
    return own;
  }

  private async ask(query: string): Promise<readonly Series[]> {
    const found = countersOfAnswer(await askPrometheus(this.options.server, query, LARGEST_ANSWER, this.stopping.signal));
    if (found.series === undefined) {
      throw new Error(found.why);
    }
    return found.series;
  }
}

function keyOf(track: Track, name: CountedName): string {
  return `${track} ${name}`;
}
