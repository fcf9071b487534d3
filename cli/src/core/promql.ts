import { at, listAt, textAt } from './resource';

/** What a query may name of a release, by its placeholders: `{{version}}`. */
export interface QueryContext {
  readonly version: string;
  readonly namespace: string;
  readonly service: string;
  readonly deployment: string;
  /** A range such as `60s`: as long as is measured. */
  readonly window: string;
}

/** A query by its name, and what its value is. */
export interface NamedQuery {
  readonly name: string;
  readonly unit: Unit;
  /** PromQL with placeholders, for each track. */
  readonly stable: string;
  readonly canary: string;
}

/** What a measured number is: `''` where it is just a number. */
export type Unit = '' | 'ms' | 'cores' | 'bytes';

const PLACEHOLDER = /\{\{\s*([\w-]*)\s*\}\}/g;

/** The placeholders that there are. */
export const PLACEHOLDERS: readonly (keyof QueryContext)[] = ['version', 'namespace', 'service', 'deployment', 'window'];

/** The placeholders of a query that are none. */
export function unknownPlaceholders(query: string): string[] {
  const names = [...query.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  return names.filter((name) => !(PLACEHOLDERS as readonly string[]).includes(name));
}

/**
 * A query with its placeholders filled in, each escaped as the inside of a PromQL string
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals), so that no value ends the string it stands in.
 */
export function fillQuery(query: string, context: QueryContext): string {
  return query.replace(PLACEHOLDER, (whole, name: string) => {
    const value = (context as unknown as Record<string, string | undefined>)[name];
    return value === undefined ? whole : escaped(value);
  });
}

function escaped(value: string): string {
  return value.replace(/[\\"'`]/g, (char) => (char === '`' ? '\\x60' : `\\${char}`)).replace(/\n/g, '\\n');
}

/** A number, or why there is none. No data, NaN and infinity are none: they are never a good value. */
export type Measured = { readonly value: number } | { readonly value?: undefined; readonly why: string };

/** What `/api/v1/query` answered, as one number. */
export function valueOfAnswer(answer: unknown): Measured {
  if (textAt(answer, 'status') !== 'success') {
    return { why: textAt(answer, 'error') ?? 'the answer is none of Prometheus' };
  }
  const type = textAt(answer, 'data', 'resultType');
  const series = listAt(answer, 'data', 'result');
  if (type === 'vector' && series.length === 0) {
    return { why: 'no data' };
  }
  if (type === 'vector' && series.length > 1) {
    return { why: `${series.length} series; must be one, such as sum(…)` };
  }
  const text = type === 'vector' ? textAt(series[0], 'value', 1) : type === 'scalar' ? textAt(answer, 'data', 'result', 1) : undefined;
  if (text === undefined) {
    return { why: `a result of type ${String(at(answer, 'data', 'resultType'))}; must be a vector or a scalar` };
  }
  // Prometheus writes NaN, +Inf and -Inf.
  const value = Number(text);
  return Number.isFinite(value) ? { value } : { why: text };
}

/** Queries for the metrics of others. */
export type Preset = 'istio' | 'ingress-nginx';

/** The ready queries: requests, errors, and times by version. */
export const PRESETS: Readonly<Record<Preset, readonly NamedQuery[]>> = {
  // https://istio.io/latest/docs/reference/config/metrics/; what the server's sidecar saw, so that a request counts once.
  istio: ofMetrics({
    requests: 'istio_requests_total',
    errors: 'response_code=~"5.."',
    duration: 'istio_request_duration_milliseconds_bucket',
    toMilliseconds: 1,
    labels: () =>
      'reporter="destination",destination_service_name="{{service}}",destination_service_namespace="{{namespace}}",destination_version="{{version}}"',
  }),
  // https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/; a canary there is an Ingress with a Service of its own,
  // and `canary` names it. Scraped as usual, the labels of the workload are the `exported_` ones.
  'ingress-nginx': ofMetrics({
    requests: 'nginx_ingress_controller_requests',
    errors: 'status=~"5.."',
    duration: 'nginx_ingress_controller_request_duration_seconds_bucket',
    toMilliseconds: 1_000,
    labels: (track) => `exported_namespace="{{namespace}}",exported_service="{{service}}",canary${track === 'stable' ? '=' : '!='}""`,
  }),
};

interface Metrics {
  readonly requests: string;
  readonly errors: string;
  readonly duration: string;
  readonly toMilliseconds: number;
  readonly labels: (track: 'stable' | 'canary') => string;
}

function ofMetrics({ requests, errors, duration, toMilliseconds, labels }: Metrics): readonly NamedQuery[] {
  const query = (name: string, unit: Unit, text: (labels: string) => string): NamedQuery => ({
    name,
    unit,
    stable: text(labels('stable')),
    canary: text(labels('canary')),
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
      (given) => `sum(increase(${requests}{${given},${errors}}[{{window}}])) or sum(increase(${requests}{${given}}[{{window}}])) * 0`,
    ),
    query('p50', 'ms', quantile(0.5)),
    query('p95', 'ms', quantile(0.95)),
    query('p99', 'ms', quantile(0.99)),
  ];
}

/** `name=PROMQL`, the same for both tracks. Undefined where it is not of that form. */
export function parseQuery(text: string): NamedQuery | undefined {
  const split = text.indexOf('=');
  const [name, query] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  return split > 0 && /^[\w .-]{1,40}$/.test(name) && query !== '' ? { name, unit: '', stable: query, canary: query } : undefined;
}
