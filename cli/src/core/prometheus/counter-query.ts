import { QueryContext, Series, fillQuery } from './promql';
import type { CounterQueries, TrackQuery } from './presets';

type Track = 'stable' | 'canary';

const TRACKS = ['stable', 'canary'] as const;

/** What is counted of a version. */
export const COUNTED = ['requests', 'errors', 'times'] as const;
export type CountedName = (typeof COUNTED)[number];

/** A counter of a version, by a query that is filled in. */
export interface CounterQuery {
  readonly track: Track;
  readonly name: CountedName;
  readonly query: string;
}

/** The label by which the answer tells which counter a series is of. */
const LABEL = 'kubectl_canary';

/** The queries of both versions, with their placeholders filled in. */
export function counterQueries(queries: CounterQueries, context: (track: Track) => Omit<QueryContext, 'window'>): readonly CounterQuery[] {
  return TRACKS.flatMap((track) =>
    COUNTED.flatMap((name) => {
      const query: TrackQuery | undefined = queries[name];
      return query ? [{ track, name, query: fillQuery(query[track], context(track)) }] : [];
    }),
  );
}

/**
 * All counters in one query. What the server answers to one query is of one moment, between two scrapes; asked one after the other, a scrape may
 * come between, and one version or the errors would be ahead of the rest by it.
 */
export function together(queries: readonly CounterQuery[]): string {
  // A query may end with a comment.
  const parts = queries.map(({ track, name, query }) => `label_replace(${query}\n, "${LABEL}", "${track} ${name}", "", "")`);
  return parts.join(' or ');
}

/** The last values of an hour, those of series that are missing at the moment among them: a target that was not scraped for a while comes back. */
export function lastOfAnHour(query: string): string {
  return `last_over_time((${query})[1h:15s])`;
}

/** The series of one counter in an answer to {@link together}. */
export function seriesOf(series: readonly Series[], { track, name }: Pick<CounterQuery, 'track' | 'name'>): readonly Series[] {
  return series.filter(({ labels }) => labels[LABEL] === `${track} ${name}`);
}

/** What is wrong with the series that a query was answered with; undefined where nothing is. */
export function faultOf({ name }: Pick<CounterQuery, 'name'>, series: readonly Series[]): string | undefined {
  return name === 'times' && series.some(({ labels }) => labels['le'] === undefined)
    ? 'series without the label le; must be the buckets of a histogram'
    : undefined;
}
