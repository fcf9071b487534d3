import { setMaxListeners } from 'node:events';
import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFailure, isRefused } from '../core/kubernetes/connection-failure';
import { type Failure, retryDelay } from '../core/kubernetes/retry';
import { warningsIn } from '../core/kubernetes/warnings';
import type { Resource } from '../core/resource';
import { requestTimer } from './request-timer';

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

  /** Whether the same request with the same kubeconfig would fail again: wrong server, wrong certificate, no credentials or no permission. */
  get isRefusal(): boolean {
    const { failure } = this;
    return (
      failure.kind === 'untrusted' ||
      failure.kind === 'credentials' ||
      [401, 403].includes(this.status) ||
      (this.status >= 300 && this.status < 400)
    );
  }

  /** The `reason` of the server's Status object, such as `Conflict`. */
  get reason(): string {
    return (this.body?.['reason'] as string | undefined) ?? '';
  }
}

export interface ApiOptions {
  /** Milliseconds until a request without a response counts as failed; 0 for no limit. */
  readonly timeout: number;
  /** Milliseconds for which a request is retried if the API server does not respond. */
  readonly apiTimeout: number;
  /** Called with each warning that the server sends with a response. */
  readonly onWarning?: (text: string) => void;
  /** Called before every retry. */
  readonly onRetry?: (what: string, failure: Failure, delay: number) => void;
  /** Aborts every wait and request. */
  readonly signal?: AbortSignal;
}

/** The largest response that is read, in bytes: a list of some ten thousand pods. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

/** Milliseconds for which a request is retried if nothing has ever accepted a connection: the server is not down, the address is wrong. */
const FIRST_CONTACT = 2_000;

/**
 * A client of the API server that uses plain JSON. It sends exactly what the manifest holds, so the server rejects a field
 * that it does not know; a typed client would drop such a field. Requests are retried, so each must be safe to send twice.
 */
export class Api {
  /** Whether the server, or a proxy before it, has accepted a connection. */
  private isReached = false;

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
    const begin = performance.now();
    const limit = Math.min(call.timeout ?? Infinity, this.options.apiTimeout);
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
      const isUnreached = error.failure.kind === 'network' && !this.isReached;
      const left = begin + (isUnreached ? Math.min(limit, FIRST_CONTACT) : limit) - performance.now();
      const delay = retryDelay(error.failure, attempt, left, Math.random());
      if (delay === undefined) {
        throw isUnreached && limit > FIRST_CONTACT ? neverReached(error) : error;
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
    warningsIn(answer.headersDistinct['warning'] ?? []).forEach((warning) => this.options.onWarning?.(warning));
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
      throw new ApiError({ kind: 'credentials', message: `cannot get credentials: ${error.message.trim()}` }, what, undefined);
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
      const late = requestTimer(this.options.timeout, (error) => outgoing.destroy(error));
      outgoing.once('response', (answer) => {
        this.isReached = true;
        if (call.query?.['watch']) {
          clearTimeout(late);
        } else {
          answer.once('close', () => clearTimeout(late));
        }
        done(answer);
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(late);
        const failure = connectionFailure(error, !this.isReached);
        this.isReached ||= !isRefused(error.code);
        failed(signal?.aborted ? error : new ApiError(failure, what, undefined));
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

/** Adds that the address may be wrong, and how long that was tried. */
function neverReached({ failure, what, body }: ApiError): ApiError {
  const message = `${failure.message} (tried for ${FIRST_CONTACT / 1_000} s); check the server in the kubeconfig`;
  return new ApiError({ kind: 'network', message }, what, body);
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
  const { location } = answer.headers;
  const message =
    status >= 300 && status < 400
      ? `got a redirect (${status})${location === undefined ? '' : ` to ${location}`}; the server in the kubeconfig must be the API server itself`
      : typeof body?.['message'] === 'string'
        ? body['message']
        : `${status} ${text.trim().slice(0, 200)}`;
  const seconds = Number(answer.headers['retry-after']);
  const retryAfterSeconds = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  return new ApiError({ kind: 'status', status, message, retryAfterSeconds }, what, body);
}
