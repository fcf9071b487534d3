import { at, listAt, textAt, textsAt } from '../resource';

/** The values of a release that a query can refer to by placeholders: `{{version}}`. */
export interface QueryContext {
  readonly version: string;
  readonly namespace: string;
  readonly service: string;
  readonly deployment: string;
  /** The time range of the measurement, such as `60s`. */
  readonly window: string;
}

/** A query with a name, and the unit of its value. */
export interface NamedQuery {
  readonly name: string;
  readonly unit: Unit;
  /** PromQL with placeholders, for each track. */
  readonly stable: string;
  readonly canary: string;
}

/** The unit of a measured number: `''` for a plain number. */
export type Unit = '' | 'ms' | 'cores' | 'bytes';

const PLACEHOLDER = /\{\{\s*([\w-]*)\s*\}\}/g;

export const PLACEHOLDERS: readonly (keyof QueryContext)[] = ['version', 'namespace', 'service', 'deployment', 'window'];

/** Returns the placeholders of a query that are not known. */
export function unknownPlaceholders(query: string, known: readonly string[] = PLACEHOLDERS): string[] {
  const names = [...query.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  return names.filter((name) => !known.includes(name));
}

/**
 * Returns a query with its placeholders filled in. Each value is escaped as the content of a PromQL string
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals), so that no value ends the string that contains it.
 */
export function fillQuery(query: string, context: Partial<QueryContext>): string {
  return query.replace(PLACEHOLDER, (whole, name: string) => {
    const value = (context as Record<string, string | undefined>)[name];
    return value === undefined ? whole : escaped(value);
  });
}

function escaped(value: string): string {
  return value.replace(/[\\"'`]/g, (char) => (char === '`' ? '\\x60' : `\\${char}`)).replace(/\n/g, '\\n');
}

/** A number, or why there is none. Missing data, NaN and infinity are no number, because they must never count as a good value. */
export type Measured = { readonly value: number } | { readonly value?: undefined; readonly why: string };

/** Reads a response of `/api/v1/query` as one number. */
export function valueOfAnswer(answer: unknown): Measured {
  if (textAt(answer, 'status') !== 'success') {
    return { why: textAt(answer, 'error') ?? 'not a Prometheus response' };
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

/** The value of one series of a counter at one moment. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Series, or why there are none. An empty list of series is valid: nothing has been counted yet. */
export type Counters =
  | { readonly series: readonly Series[] }
  | {
      readonly series?: undefined;
      readonly why: string;
      /** Whether the query is at fault, not the server. */ readonly isWrong: boolean;
    };

/**
 * Reads a response of `/api/v1/query` as series of counters. It ignores values that are not finite numbers, and negative values, which no
 * counter has.
 */
export function countersOfAnswer(answer: unknown): Counters {
  if (textAt(answer, 'status') !== 'success') {
    const why = textAt(answer, 'error') ?? 'not a Prometheus response';
    return { why, isWrong: textAt(answer, 'errorType') === 'bad_data' };
  }
  if (textAt(answer, 'data', 'resultType') !== 'vector') {
    return { why: `a result of type ${String(at(answer, 'data', 'resultType'))}; must be a vector`, isWrong: true };
  }
  const results = listAt(answer, 'data', 'result');
  if (results.some((result) => at(result, 'histogram') !== undefined)) {
    return { why: 'native histograms; must be counters, such as the buckets of a classic histogram', isWrong: true };
  }
  const series = results.map((result) => ({ labels: textsAt(result, 'metric'), value: numberOfText(textAt(result, 'value', 1)) }));
  return { series: series.filter(({ value }) => Number.isFinite(value) && value >= 0) };
}

/** Parses a number of Prometheus, which writes numbers as text, including NaN, +Inf and -Inf, and never as an empty text. */
function numberOfText(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? NaN : Number(text);
}

/** Parses `name=PROMQL`, with the same query for both tracks. Undefined if the text has another form. */
export function parseQuery(text: string): NamedQuery | undefined {
  const split = text.indexOf('=');
  const [name, query] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  return split > 0 && /^[\w .-]{1,40}$/.test(name) && query !== '' ? { name, unit: '', stable: query, canary: query } : undefined;
}
