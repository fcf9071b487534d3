import type { IncomingMessage, ServerResponse } from 'node:http';
import { http } from './processes';

type Track = 'stable' | 'canary';
type Name = 'requests' | 'errors' | 'times';

/** The values of a counter by its labels, or by `le` for latency buckets. */
export type FakeCounters = (track: Track, name: Name) => readonly (readonly [labels: Record<string, string>, value: number | string])[];

/** A fake Prometheus server that serves counters only. `test/cluster` queries a real one. */
export interface FakePrometheus {
  readonly url: string;
  readonly asked: string[];
  readonly headers: IncomingMessage['headers'][];
}

/**
 * @param counters the current values of the counters
 * @param instead sends another response; true if it did
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

/** All counters of a combined query, each with its label, or the one counter of a single query. */
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

/** The buckets of a number of responses whose latency lies between the boundary before `upTo` and `upTo` itself. */
export function histogram(answers: number, upTo: number): ReturnType<FakeCounters> {
  const ends = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000];
  return [...ends.map((end) => [{ le: String(end) }, end >= upTo ? answers : 0] as const), [{ le: '+Inf' }, answers]];
}
