/** A request that the proxy received, and its outcome. */
export interface Seen {
  /** From 1, in the order in which the requests were completely received. */
  readonly request: number;
  /** From 1, counted among the requests that change something. */
  readonly write?: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly agent: string;
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** The body, if there is one. */
  readonly body?: string;
  /** The status of the API server's response. Undefined if the request did not reach it or it has not responded. */
  readonly committed?: number;
  /** The status that the client got. Undefined if the client got no response. */
  readonly answered?: number;
  /** The name of the fault that affected it. */
  readonly fault?: string;
}

/** The part of a request's record that is known on arrival. */
export type Arrived = Pick<Seen, 'method' | 'path' | 'query' | 'body'>;

/** API groups whose objects are queries: creating one returns a result and stores nothing. */
const REVIEWS = /^\/apis\/(authorization|authentication)\.k8s\.io\//;

export function isWatch({ query }: Pick<Arrived, 'query'>): boolean {
  return ['1', 'true'].includes(query.get('watch') ?? '');
}

/** Whether a request changes the state of the cluster if it succeeds. */
export function isWrite({ method, path, query, body }: Arrived): boolean {
  const isDryRun = query.has('dryRun') || (method === 'DELETE' && /"dryRun":\s*\[\s*"All"/.test(body ?? ''));
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && !isDryRun && !REVIEWS.test(path);
}
