import { setMaxListeners } from 'node:events';
import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, retryDelay } from '../core/kubernetes/retry';
import type { Resource } from '../core/resource';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The parts of a request that depend on the cluster and the user: TLS and authentication. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly agent: Agent;
}

/** How to reach a cluster, and the namespace that applies if a request names none. */
export interface Connection {
  readonly server: URL;
  readonly namespace: string;
  readonly contextName: string;
  /** The flags that select the same cluster in another command, kubectl included; empty if the user gave none. */
  readonly flags: readonly string[];
  /** Returns the credentials for a request. They are prepared once, and again after `forget`. */
  authenticate(): Promise<Credentials>;
  /** Reports credentials that the server refused. The next request gets fresh ones, unless they were already replaced. */
  forget(refused: Credentials): void;
}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly type?: string;
  /** Awaited before each attempt; throws if the request must not be sent. */
  readonly guard?: () => Promise<void>;
  /** Milliseconds for which the request is retried, if less than `apiTimeout`. */
  readonly timeout?: number;
}

/** A request that failed: the server returned an error, an unreadable response, or no response. */
export class ApiError extends Error {
  constructor(
    readonly failure: Failure,
    readonly what: string,
    readonly body: Resource | undefined,
  ) {
    super(`${what}: ${failure.message}`);
  }

  /** The HTTP status; 0 if there was no response. */
  get status(): number {
    return this.failure.kind === 'status' ? this.failure.status : 0;
  }

  /** The `reason` of the server's Status object, such as `Conflict`. */
  get reason(): string {
    return (this.body?.['reason'] as string | undefined) ?? '';
  }
}

export interface ApiOptions {
  /** Milliseconds until a request without a response counts as failed. */
  readonly timeout: number;
  /** Milliseconds for which a request is retried if the API server does not respond. */
  readonly apiTimeout: number;
  /** Called before every retry. */
  readonly onRetry?: (what: string, failure: Failure, delay: number) => void;
  /** Aborts every wait and request. */
  readonly signal?: AbortSignal;
}

/** The largest response that is read, in bytes: a list of some ten thousand pods. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

/**
 * A client of the API server that uses plain JSON. It sends exactly what the manifest holds, so the server rejects a field
 * that it does not know; a typed client would drop such a field. Requests are retried, so each must be safe to send twice.
 */
export class Api {
  constructor(
    readonly connection: Connection,
    private readonly options: ApiOptions,
  ) {}

  get(path: string, query?: Call['query']): Promise<Resource> {
    return this.call('GET', path, { query });
  }

  /** Reads an object; returns undefined if it does not exist. */
  async find(path: string): Promise<Resource | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** Sends a request and retries it until the server responds, the failure is permanent, or the time is up. */
  async call(method: Method, path: string, call: Call = {}): Promise<Resource> {
    const end = performance.now() + Math.min(call.timeout ?? Infinity, this.options.apiTimeout);
    let isFresh = false;
    for (let attempt = 1; ; attempt += 1) {
      const error = await this.send(method, path, call).then(
        (answer) => ({ answer }),
        (reason: unknown) => {
          if (reason instanceof ApiError) {
            return reason;
          }
          throw reason;
        },
      );
      if (!(error instanceof ApiError)) {
        return error.answer;
      }
      if (error.status === 401 && !isFresh) {
        // The token may have expired: retry once with a fresh one.
        isFresh = true;
        continue;
      }
      const delay = retryDelay(error.failure, attempt, end - performance.now(), Math.random());
      if (delay === undefined) {
        throw error;
      }
      this.options.onRetry?.(error.what, error.failure, delay);
      await sleep(delay, undefined, { signal: this.options.signal });
    }
  }

  /** Follows a watch and yields each event, until the server ends the watch, the watch outlives its timeout, or `signal` aborts. */
  async *follow(path: string, query: Readonly<Record<string, string>>, seconds: number, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const what = `GET ${path}`;
    const credentials = await this.authenticate(what);
    const call = { query: { ...query, watch: 'true', timeoutSeconds: String(seconds) } };
    const answer = await this.open('GET', path, call, credentials, signal);
    // A dead peer leaves the socket open; the server should have ended the watch by then.
    const silence = setTimeout(() => answer.destroy(new Error('the watch did not end in time')), (seconds + 5) * 1_000);
    try {
      if (answer.statusCode !== 200) {
        throw this.refused(failureOf(what, answer, await textOf(answer)), credentials);
      }
      let rest = '';
      answer.setEncoding('utf8');
      for await (const chunk of answer as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.trim() !== '') {
            yield parse(line, what) as unknown as WatchEvent;
          }
        }
      }
    } finally {
      clearTimeout(silence);
      answer.destroy();
    }
  }

  private async send(method: Method, path: string, call: Call): Promise<Resource> {
    const what = `${method} ${path}`;
    const credentials = await this.authenticate(what);
    const answer = await this.open(method, path, call, credentials, this.options.signal);
    const text = await textOf(answer).catch((error: Error) => {
      throw new ApiError({ kind: 'network', message: error.message }, what, undefined);
    });
    if (answer.statusCode! >= 200 && answer.statusCode! < 300) {
      return parse(text, what);
    }
    throw this.refused(failureOf(what, answer, text), credentials);
  }

  private authenticate(what: string): Promise<Credentials> {
    return this.connection.authenticate().catch((error: Error) => {
      throw new ApiError({ kind: 'status', status: 401, message: `cannot get credentials: ${error.message.trim()}` }, what, undefined);
    });
  }

  /** Drops credentials that got 401, so that the next request uses fresh ones. */
  private refused(error: ApiError, credentials: Credentials): ApiError {
    if (error.status === 401) {
      this.connection.forget(credentials);
    }
    return error;
  }

  private async open(
    method: Method,
    path: string,
    call: Call,
    { headers, agent }: Credentials,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const what = `${method} ${path}`;
    const { server } = this.connection;
    const query = call.query ? `?${new URLSearchParams(call.query).toString()}` : '';
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const url = new URL(`${server.pathname.replace(/\/$/, '')}${path}${query}`, server);
    const send = server.protocol === 'http:' ? plainRequest : tlsRequest;
    // The guard is the last step before the request is sent, so that nothing can happen in between.
    await call.guard?.();
    if (signal) {
      // Every request and open watch listens to this signal. On a slow server these are many, which is not a leak.
      setMaxListeners(0, signal);
    }
    return new Promise((done, failed) => {
      const outgoing = send(url, {
        method,
        agent,
        signal,
        headers: {
          ...headers,
          Accept: 'application/json',
          'User-Agent': 'kubectl-canary',
          ...(body === undefined ? {} : { 'Content-Type': call.type ?? 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        },
      });
      const late = setTimeout(
        () => outgoing.destroy(new Error(`no response within ${this.options.timeout / 1_000} s`)),
        this.options.timeout,
      );
      outgoing.once('response', (answer) => {
        if (call.query?.['watch']) {
          clearTimeout(late);
        } else {
          answer.once('close', () => clearTimeout(late));
        }
        done(answer);
      });
      outgoing.once('error', (error: Error) => {
        clearTimeout(late);
        failed(signal?.aborted ? error : new ApiError({ kind: 'network', message: error.message }, what, undefined));
      });
      outgoing.end(body);
    });
  }
}

/** An event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Resource;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      answer.destroy();
      throw new Error(`the response is larger than ${LARGEST_ANSWER / 1024 / 1024} MB`);
    }
    chunks.push(chunk);
  }
  if (!answer.complete) {
    throw new Error('the response is incomplete');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string, what: string): Resource {
  try {
    return JSON.parse(text) as Resource;
  } catch {
    throw new ApiError({ kind: 'network', message: 'the response is not JSON' }, what, undefined);
  }
}

function failureOf(what: string, answer: IncomingMessage, text: string): ApiError {
  let body: Resource | undefined;
  try {
    body = JSON.parse(text) as Resource;
  } catch {
    body = undefined;
  }
  const status = answer.statusCode!;
  const message = typeof body?.['message'] === 'string' ? body['message'] : `${status} ${text.trim().slice(0, 200)}`;
  const seconds = Number(answer.headers['retry-after']);
  const retryAfterSeconds = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  return new ApiError({ kind: 'status', status, message, retryAfterSeconds }, what, body);
}
