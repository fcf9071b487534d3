import { type QueryContext, type Series, fillQuery } from './promql';
import type { CounterQueries, TrackQuery } from './presets';

type Track = 'stable' | 'canary';

const TRACKS = ['stable', 'canary'] as const;

/** The counters of a version. */
export const COUNTED = ['requests', 'errors', 'times'] as const;
export type CountedName = (typeof COUNTED)[number];

/** A counter of a version, and its query with the placeholders filled in. */
export interface CounterQuery {
  readonly track: Track;
  readonly name: CountedName;
  readonly query: string;
}

/** The label that shows which counter a series of the response belongs to. */
const LABEL = 'kubectl_canary';

/** Returns the queries of both versions, with their placeholders filled in. */
export function counterQueries(queries: CounterQueries, context: (track: Track) => Omit<QueryContext, 'window'>): readonly CounterQuery[] {
  return TRACKS.flatMap((track) =>
    COUNTED.flatMap((name) => {
      const query: TrackQuery | undefined = queries[name];
      return query ? [{ track, name, query: fillQuery(query[track], context(track)) }] : [];
    }),
  );
}

/**
 * Combines all counters in one query. The server evaluates one query at one moment, between two scrapes. With separate queries, a scrape
 * may come between them, and one version or the errors would be ahead of the rest by that scrape.
 */
export function together(queries: readonly CounterQuery[]): string {
  // The newline ends a comment at the end of a query.
  const parts = queries.map(({ track, name, query }) => `label_replace(${query}\n, "${LABEL}", "${track} ${name}", "", "")`);
  return parts.join(' or ');
}

/**
 * Returns a query for the last values within an hour. It includes series that are missing now, because a target that was not scraped
 * for a while comes back.
 */
export function lastOfAnHour(query: string): string {
  return `last_over_time((${query})[1h:15s])`;
}

/** Returns the series of one counter in a response to {@link together}. */
export function seriesOf(series: readonly Series[], { track, name }: Pick<CounterQuery, 'track' | 'name'>): readonly Series[] {
  return series.filter(({ labels }) => labels[LABEL] === `${track} ${name}`);
}

/** Returns what is wrong with the series of a counter, or undefined if nothing is. */
export function faultOf({ name }: Pick<CounterQuery, 'name'>, series: readonly Series[]): string | undefined {
  return name === 'times' && series.some(({ labels }) => labels['le'] === undefined)
    ? 'series without the label le; must be the buckets of a histogram'
    : undefined;
}
