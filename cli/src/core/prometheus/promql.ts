import { at, listAt, textAt, textsAt } from '../resource';

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

/** The placeholders of a query that are none of those that there are. */
export function unknownPlaceholders(query: string, known: readonly string[] = PLACEHOLDERS): string[] {
  const names = [...query.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  return names.filter((name) => !known.includes(name));
}

/**
 * A query with its placeholders filled in, each escaped as the inside of a PromQL string
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals), so that no value ends the string it stands in.
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

/** A series of a counter at a moment. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Series, or why there are none. No series at all is an answer: nothing has been counted yet. */
export type Counters =
  | { readonly series: readonly Series[] }
  | {
      readonly series?: undefined;
      readonly why: string;
      /** Whether the query is to blame, and not the server. */ readonly isWrong: boolean;
    };

/** What `/api/v1/query` answered, as series of counters. Values that are no numbers are left out, and those below zero, which no counter has. */
export function countersOfAnswer(answer: unknown): Counters {
  if (textAt(answer, 'status') !== 'success') {
    const why = textAt(answer, 'error') ?? 'the answer is none of Prometheus';
    return { why, isWrong: textAt(answer, 'errorType') === 'bad_data' };
  }
  if (textAt(answer, 'data', 'resultType') !== 'vector') {
    return { why: `a result of type ${String(at(answer, 'data', 'resultType'))}; must be a vector`, isWrong: true };
  }
  const results = listAt(answer, 'data', 'result');
  if (results.some((result) => at(result, 'histogram') !== undefined)) {
    return { why: 'native histograms; must be counters, such as the buckets of a classic one', isWrong: true };
  }
  const series = results.map((result) => ({ labels: textsAt(result, 'metric'), value: numberOfText(textAt(result, 'value', 1)) }));
  return { series: series.filter(({ value }) => Number.isFinite(value) && value >= 0) };
}

/** Prometheus writes numbers as text, NaN, +Inf and -Inf among them, and never an empty one. */
function numberOfText(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? NaN : Number(text);
}

/** `name=PROMQL`, the same for both tracks. Undefined where it is not of that form. */
export function parseQuery(text: string): NamedQuery | undefined {
  const split = text.indexOf('=');
  const [name, query] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  return split > 0 && /^[\w .-]{1,40}$/.test(name) && query !== '' ? { name, unit: '', stable: query, canary: query } : undefined;
}
