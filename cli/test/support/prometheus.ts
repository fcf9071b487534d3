import type { IncomingMessage, ServerResponse } from 'node:http';
import { http } from './processes';

type Track = 'stable' | 'canary';
type Name = 'requests' | 'errors' | 'times';

/** Values of a counter by its labels, or by `le` for the buckets of times. */
export type FakeCounters = (track: Track, name: Name) => readonly (readonly [labels: Record<string, string>, value: number | string])[];

/** A server that speaks as Prometheus does, as far as counters go. A real one is asked in `test/cluster`. */
export interface FakePrometheus {
  readonly url: string;
  readonly asked: string[];
  readonly headers: IncomingMessage['headers'][];
}

/**
 * @param counters what it has counted by now
 * @param instead answers something else; true where it did
 */
export async function fakePrometheus(
  counters: FakeCounters,
  instead: (answer: ServerResponse, n: number, query: string) => boolean = () => false,
): Promise<FakePrometheus> {
  const asked: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const url = await http((request, answer) => {
    const query = new URL(request.url!, 'http://x').searchParams.get('query')!;
    asked.push(query);
    headers.push(request.headers);
    if (!instead(answer, asked.length, query)) {
      answer.end(vector(seriesOf(query, counters)));
    }
  });
  return { url, asked, headers };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-vectors */
function vector(series: readonly (readonly [object, number | string])[]): string {
  const result = series.map(([metric, value]) => ({ metric, value: [1, String(value)] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

/** All counters of a query that asks for several, told apart by its label, or the one of a query that asks for one. */
function seriesOf(query: string, counters: FakeCounters): readonly (readonly [object, number | string])[] {
  const labels = [...query.matchAll(/"kubectl_canary", "(stable|canary) (requests|errors|times)"/g)];
  if (labels.length > 0) {
    return labels.flatMap(([, track, name]) =>
      counters(track as Track, name as Name).map(([own, value]) => [{ ...own, kubectl_canary: `${track} ${name}` }, value] as const),
    );
  }
  const name = query.includes('_bucket') ? 'times' : /5\.\./.test(query) ? 'errors' : 'requests';
  return counters(query.includes('"1.1"') ? 'canary' : 'stable', name);
}

/** The buckets of so many answers of which each took more than the end before `upTo`, and at most that. */
export function histogram(answers: number, upTo: number): ReturnType<FakeCounters> {
  const ends = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000];
  return [...ends.map((end) => [{ le: String(end) }, end >= upTo ? answers : 0] as const), [{ le: '+Inf' }, answers]];
}
