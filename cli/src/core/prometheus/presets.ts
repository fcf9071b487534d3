import type { NamedQuery, Unit } from './promql';

/** Queries for the metrics of others. */
export type Preset = 'istio' | 'ingress-nginx';

/** A query for each track, with placeholders. */
export interface TrackQuery {
  readonly stable: string;
  readonly canary: string;
}

/** What is counted of a version's requests. */
export interface CounterQueries {
  readonly requests: TrackQuery;
  readonly errors: TrackQuery;
  /** The buckets of the times of answers, each with its `le`; undefined where there are none. */
  readonly times?: TrackQuery & {
    /** How many milliseconds a unit of `le` is. */
    readonly unit: number;
  };
}

interface Metrics {
  readonly requests: string;
  readonly isError: string;
  /** Errors have no part in the times: a version that fails fast must not look fast. */
  readonly isNoError: string;
  readonly duration: string;
  readonly toMilliseconds: number;
  readonly labels: (track: 'stable' | 'canary') => string;
  /** A further condition where both versions must be counted by the same processes. */
  readonly byOneProcess?: string;
  /** As {@link byOneProcess}, where a number of both is enough and each request must count once. */
  readonly once?: string;
  /** Labels of a request rather than of the process that counts it. They would make many series of one counter. */
  readonly ofRequests: readonly string[];
}

const METRICS: Readonly<Record<Preset, Metrics>> = {
  // https://istio.io/latest/docs/reference/config/metrics/
  istio: {
    requests: 'istio_requests_total',
    isError: 'response_code=~"5.."',
    isNoError: 'response_code!~"5.."',
    duration: 'istio_request_duration_milliseconds_bucket',
    toMilliseconds: 1,
    labels: () => 'destination_service_name="{{service}}",destination_service_namespace="{{namespace}}",destination_version="{{version}}"',
    byOneProcess: 'reporter="source"',
    once: 'reporter="destination"',
    ofRequests: [
      ...['source_app', 'source_canonical_revision', 'source_canonical_service', 'source_cluster', 'source_principal', 'source_version'],
      ...['source_workload', 'source_workload_namespace', 'destination_principal', 'connection_security_policy', 'request_protocol'],
      ...['response_code', 'response_flags', 'grpc_response_status'],
    ],
  },
  // https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/; a canary there is an Ingress with a Service of its own,
  // and `canary` names it. Scraped as usual, the labels of the workload are the `exported_` ones.
  'ingress-nginx': {
    requests: 'nginx_ingress_controller_requests',
    isError: 'status=~"5.."',
    isNoError: 'status!~"5.."',
    duration: 'nginx_ingress_controller_request_duration_seconds_bucket',
    toMilliseconds: 1_000,
    labels: (track) => `exported_namespace="{{namespace}}",exported_service="{{service}}",canary${track === 'stable' ? '=' : '!='}""`,
    ofRequests: ['host', 'path', 'method', 'status', 'ingress'],
  },
};

/** The ready queries: requests, errors, and times by version. */
export const PRESETS: Readonly<Record<Preset, readonly NamedQuery[]>> = {
  istio: ratesOf(METRICS.istio),
  'ingress-nginx': ratesOf(METRICS['ingress-nginx']),
};

/**
 * The ready counters for gates. Gates compare the two versions in the same stretch of time, so what counts one of them must count the other: a
 * scrape then has both. Of Istio's two reporters that is the client's sidecar or the gateway; the pods themselves are scraped one after
 * the other, and what disturbs all of them would be the canary's alone for as long as a scrape takes to come round.
 */
export const COUNTERS: Readonly<Record<Preset, CounterQueries>> = {
  istio: countersOf(METRICS.istio),
  'ingress-nginx': countersOf(METRICS['ingress-nginx']),
};

function joined(...conditions: readonly (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined).join(',');
}

function ratesOf(metrics: Metrics): readonly NamedQuery[] {
  const { requests, isError, duration, toMilliseconds, labels, once } = metrics;
  const query = (name: string, unit: Unit, text: (labels: string) => string): NamedQuery => ({
    name,
    unit,
    stable: text(joined(once, labels('stable'))),
    canary: text(joined(once, labels('canary'))),
  });
  const factor = toMilliseconds === 1 ? '' : ` * ${toMilliseconds}`;
  const quantile = (p: number) => (given: string) =>
    `histogram_quantile(${p}, sum by (le) (rate(${duration}{${given}}[{{window}}])))${factor}`;
  return [
    query('requests', '', (given) => `sum(increase(${requests}{${given}}[{{window}}]))`),
    // A version without an error has no such series, and where it has requests that is zero.
    query(
      'errors',
      '',
      (given) => `sum(increase(${requests}{${given},${isError}}[{{window}}])) or sum(increase(${requests}{${given}}[{{window}}])) * 0`,
    ),
    query('p50', 'ms', quantile(0.5)),
    query('p95', 'ms', quantile(0.95)),
    query('p99', 'ms', quantile(0.99)),
  ];
}

function countersOf(metrics: Metrics): CounterQueries {
  const { requests, isError, isNoError, duration, toMilliseconds, labels, byOneProcess, ofRequests } = metrics;
  const counter = (name: string, condition?: string): TrackQuery => {
    const of = (track: 'stable' | 'canary') =>
      // Added up inside of each process alone: one that ends takes its counters along, which a sum over several would hide.
      `sum without (${ofRequests.join(',')}) (${name}{${joined(byOneProcess, labels(track), condition)}})`;
    return { stable: of('stable'), canary: of('canary') };
  };
  return {
    requests: counter(requests),
    errors: counter(requests, isError),
    times: { ...counter(duration, isNoError), unit: toMilliseconds },
  };
}
