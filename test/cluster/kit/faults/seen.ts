/** A request as the proxy saw it, and what became of it. */
export interface Seen {
  /** From 1, in the order in which requests had arrived whole. */
  readonly request: number;
  /** From 1, among those that change something. */
  readonly write?: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly agent: string;
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** What was sent, where something was. */
  readonly body?: string;
  /** The status that the API server answered with. There is none where the request did not reach it, or it has not answered. */
  readonly committed?: number;
  /** The status that the client was given. There is none where it was given nothing. */
  readonly answered?: number;
  /** The fault that it met. */
  readonly fault?: string;
}

/** What is known of a request before anything became of it. */
export type Arrived = Pick<Seen, 'method' | 'path' | 'query' | 'body'>;

/** Kinds whose creation asks a question and stores nothing. */
const REVIEWS = /^\/apis\/(authorization|authentication)\.k8s\.io\//;

export function isWatch({ query }: Pick<Arrived, 'query'>): boolean {
  return ['1', 'true'].includes(query.get('watch') ?? '');
}

/** Whether a request, if it succeeds, changes what the cluster holds. */
export function isWrite({ method, path, query, body }: Arrived): boolean {
  const isDryRun = query.has('dryRun') || (method === 'DELETE' && /"dryRun":\s*\[\s*"All"/.test(body ?? ''));
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && !isDryRun && !REVIEWS.test(path);
}
