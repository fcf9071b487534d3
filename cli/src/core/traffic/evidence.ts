/**
 * The observations of a release's traffic over a period, as numbers that can be stored, printed and recomputed. All of it is JSON.
 * Shares and rates are numbers from 0 to 1; latencies are milliseconds.
 */
export interface Evidence {
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** Where requests were sent or counted, in words: `http://192.0.2.10:8080/`, `Prometheus at …`. */
  readonly source: string;
  /** One row for each version, stable first. */
  readonly versions: readonly VersionEvidence[];
  /** Requests whose response names no version of the release: failures before a response, or responses of something else. */
  readonly unknown: UnknownEvidence;
  /** The share that the canary should have had, by the ready endpoints or the route, and whether it had that share. */
  readonly share: ShareEvidence | undefined;
  /** The observations of each second, or of each step of `stepSeconds`, for charts. */
  readonly series: readonly Sample[];
  readonly stepSeconds: number;
}

/** Returns the duration of the period. */
export function secondsOf({ from, until }: Pick<Evidence, 'from' | 'until'>): number {
  return (Date.parse(until) - Date.parse(from)) / 1_000;
}

export interface VersionEvidence {
  readonly version: string;
  readonly track: 'stable' | 'canary';
  readonly requests: number;
  readonly share: number;
  /** The exact 95 % interval (Clopper-Pearson) of the share. */
  readonly shareInterval: readonly [number, number];
  /** Responses with a status of 500 or more, and all others that the source calls errors. */
  readonly errors: number;
  readonly errorRate: number;
  /** The exact 95 % interval (Clopper-Pearson) of the error rate. */
  readonly errorInterval: readonly [number, number];
  /** Undefined if there is no response, or the source knows no latencies. */
  readonly latency: Latency | undefined;
}

/**
 * If each latency is known, the percentiles are observed latencies. If only the buckets of a histogram are known, a percentile is
 * interpolated between the ends of its bucket by rank; in a bucket without an upper end, it is the lower end. Prometheus's own
 * `histogram_quantile` does the same. The percentiles are for people; the gates use the ends themselves.
 */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** For buckets, the upper end of the last bucket that holds a response; undefined if that bucket has no upper end. */
  readonly slowest?: number;
  /**
   * The number of responses by latency, ascending. Each latency is rounded up by less than 1 %, or to the upper end of its bucket. The
   * bounds of the quantiles are computed from these numbers. Undefined if the source knows only the quantiles. An unknown end is the
   * largest double, 1.7976931348623157e308.
   */
  readonly counts?: readonly (readonly [milliseconds: number, answers: number])[];
  /** The same responses by the lower ends of their buckets; undefined if each latency is known. */
  readonly countsAbove?: readonly (readonly [milliseconds: number, answers: number])[];
}

export interface UnknownEvidence {
  readonly requests: number;
  /** By outcome: `refused`, `reset`, `timeout`, `no version in the answer`, … */
  readonly kinds: Readonly<Record<string, number>>;
  /** How many of them got a response with a status below 500; undefined if the source does not know. */
  readonly answered?: number;
  /** The first response of each of the first kinds; undefined if the source sees no responses. */
  readonly samples?: readonly AnswerSample[];
}

/** A response that names no version of the release, safe to print. */
export interface AnswerSample {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The beginning of the body, as one line. */
  readonly start: string;
}

export interface ShareEvidence {
  /** The canary's share of the traffic, as a fraction: `1/10`. */
  readonly expected: string;
  readonly seen: number;
  /** The probability of a share at least this far off if the traffic is divided as expected: an exact binomial test, two-sided. */
  readonly pValue: number;
  readonly agrees: boolean;
}

export interface Sample {
  /** Seconds since `from`. */
  readonly second: number;
  /** By version. */
  readonly versions: Readonly<Record<string, { readonly requests: number; readonly errors: number; readonly p95: number | undefined }>>;
  readonly unknown: number;
}

/** The conclusion from evidence. Missing data is never a pass. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly checks: readonly Check[];
}

export interface Check {
  /** Such as `errors`, `latency p95`, `share`. */
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** One sentence with the numbers: `canary 20.1 % (41 of 204), stable 0.0 % (0 of 1,796); p = 1e-38`. */
  readonly why: string;
}
