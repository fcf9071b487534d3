import type { NamedQuery, Unit } from './promql';

/** A set of queries for the metrics of another system. */
export type Preset = 'istio' | 'ingress-nginx';

/** One query for each track, with placeholders. */
export interface TrackQuery {
  readonly stable: string;
  readonly canary: string;
}

/** The queries for the counters of a version's requests. */
export interface CounterQueries {
  readonly requests: TrackQuery;
  readonly errors: TrackQuery;
  /** The buckets of the latencies, each with its `le`; undefined if there are none. */
  readonly times?: TrackQuery & {
    /** The number of milliseconds in one unit of `le`. */
    readonly unit: number;
  };
}

interface Metrics {
  readonly requests: string;
  readonly isError: string;
  /** Latencies exclude errors, so that a version that fails fast does not look fast. */
  readonly isNoError: string;
  readonly duration: string;
  readonly toMilliseconds: number;
  readonly labels: (track: 'stable' | 'canary') => string;
  /** A further condition for queries in which the same processes must count both versions. */
  readonly byOneProcess?: string;
  /** A further condition, instead of {@link byOneProcess}, for queries in which any process may count but each request counts once. */
  readonly once?: string;
  /** Labels of a request, not of the process that counts it. They would split one counter into many series. */
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
  // https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/. There a canary is an Ingress with its own Service, and the label
  // `canary` names it. With the usual scrape configuration, the labels of the workload begin with `exported_`.
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

/** The predefined queries: requests, errors, and latencies by version. */
export const PRESETS: Readonly<Record<Preset, readonly NamedQuery[]>> = {
  istio: ratesOf(METRICS.istio),
  'ingress-nginx': ratesOf(METRICS['ingress-nginx']),
};

/**
 * The predefined counters for the gates. The gates compare both versions over the same interval, so the same process must count both: then
 * each scrape has both. Of Istio's two reporters, this is the client's sidecar or the gateway. The pods themselves are scraped one after
 * the other, so a disturbance of all pods would appear to be the canary's alone until the scrapes of the other pods follow.
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
    // A version without errors has no such series. If the version has requests, its errors are 0.
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
      // Sum within each process only. A process that ends takes its counters with it, and a sum over several processes would hide that.
      `sum without (${ofRequests.join(',')}) (${name}{${joined(byOneProcess, labels(track), condition)}})`;
    return { stable: of('stable'), canary: of('canary') };
  };
  return {
    requests: counter(requests),
    errors: counter(requests, isError),
    times: { ...counter(duration, isNoError), unit: toMilliseconds },
  };
}
