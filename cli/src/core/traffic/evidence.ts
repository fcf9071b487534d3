/**
 * What was seen of a release's traffic over a while, in numbers that can be kept, printed and recomputed. All of it is JSON.
 * Shares and rates are numbers from 0 to 1, times of answers are milliseconds.
 */
export interface Evidence {
  /** ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** Where requests were sent or counted, in words: `http://192.0.2.10:8080/`, `Prometheus at …`. */
  readonly source: string;
  /** A row for each version, stable first. */
  readonly versions: readonly VersionEvidence[];
  /** Requests whose answer names no version of the release: failures before an answer, or answers of something else. */
  readonly unknown: UnknownEvidence;
  /** The share that the canary should have had, from the endpoints that were ready or the route, and whether it had. */
  readonly share: ShareEvidence | undefined;
  /** What was seen second by second, or in steps of `stepSeconds`, for charts. */
  readonly series: readonly Sample[];
  readonly stepSeconds: number;
}

export interface VersionEvidence {
  readonly version: string;
  readonly track: 'stable' | 'canary';
  readonly requests: number;
  readonly share: number;
  /** The exact 95 % interval (Clopper-Pearson) of the share. */
  readonly shareInterval: readonly [number, number];
  /** Answers with a status of 500 or more, and whatever else the source calls an error. */
  readonly errors: number;
  readonly errorRate: number;
  /** The exact 95 % interval (Clopper-Pearson) of the error rate. */
  readonly errorInterval: readonly [number, number];
  /** Undefined where there is no answer, or the source knows no times. */
  readonly latency: Latency | undefined;
}

/**
 * Where each time is known, the percentiles are times that were seen. Where a histogram's buckets are all that is known, they lie between the
 * ends of a bucket, in proportion to the rank, and in the last bucket at its lower end: as Prometheus's own `histogram_quantile` has it.
 * They are for people; gates take the ends themselves.
 */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Of buckets the upper end of the last one that holds an answer; undefined where that has none. */
  readonly slowest?: number;
  /**
   * How many answers took how long, ascending, each time rounded up by less than 1 %, or to the upper end of its bucket: what bounds
   * of the quantiles are computed from. Undefined where the source knows the quantiles alone. An end that is not known is the largest
   * number there is, 1.7976931348623157e308.
   */
  readonly counts?: readonly (readonly [milliseconds: number, answers: number])[];
  /** The same answers by the lower ends of their buckets; undefined where each time is known. */
  readonly countsAbove?: readonly (readonly [milliseconds: number, answers: number])[];
}

export interface UnknownEvidence {
  readonly requests: number;
  /** By what became of them: `refused`, `reset`, `timeout`, `no version in the answer`, … */
  readonly kinds: Readonly<Record<string, number>>;
}

export interface ShareEvidence {
  /** The canary's share of the traffic, as a fraction: `1/10`. */
  readonly expected: string;
  readonly seen: number;
  /** The probability of a share at least this far off where all is as it should be: an exact binomial test, two-sided. */
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

/** What follows from evidence. No data is never a pass. */
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
