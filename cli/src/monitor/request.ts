import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { connectionPerRequest } from './connection-per-request';
import {
  type VersionRule,
  failureKind,
  needsBody,
  unnamedAnswer,
  versionInBody,
  versionInHeaders,
} from '../core/traffic/version-detection';
import type { Outcome } from '../core/traffic/request-counter';
import { excerpt } from '../core/text/excerpt';
import { plainText } from '../core/text/plain-text';

/** The request to send, and how to interpret the response. */
export interface RequestSettings {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until a request whose response is not complete counts as failed. */
  readonly timeout: number;
  /** The most bytes of a body that are read. */
  readonly largestAnswer: number;
  /** The lowest status that counts as an error of the version that responds, such as 500. */
  readonly errorsFrom: number;
  readonly rules: readonly VersionRule[];
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

/** The destination of a request. */
export interface Address {
  readonly url: URL;
  /** Headers that precede the request's own headers, such as credentials. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** If undefined, each request opens its own connection, so that a connection balancer divides the requests. */
  readonly agent?: Agent;
}

/** The error with which we abort a request. Its message is the kind under which the request is counted. */
class Ended extends Error {}

/** Sends one request. It never throws: every result, failures included, is an outcome. */
export async function sendRequest(address: Address, settings: RequestSettings): Promise<Outcome> {
  const begin = performance.now();
  const state: RequestState = { isLate: false };
  let version: string | undefined;
  try {
    const answer = await open(address, settings, state);
    state.answer = answer;
    version = versionInHeaders(settings.rules, answer.headers);
    const status = answer.statusCode!;
    const isError = status >= settings.errorsFrom;
    const body = await bodyOf(answer, settings.largestAnswer, version !== undefined, state);
    if (version === undefined) {
      const told =
        needsBody(settings.rules) && body !== undefined ? versionInBody(settings.rules, body) : { why: 'no version in the answer' };
      if ('why' in told) {
        return { kind: 'unknown', why: unnamedAnswer(status, told.why), ...responseOf(state) };
      }
      version = told.version;
    }
    return {
      kind: 'answer',
      version: plainText(version),
      isError,
      milliseconds: body === undefined ? undefined : performance.now() - begin,
      ...responseOf(state),
    };
  } catch (error) {
    // A response that began but did not end is a failure of the version that began it.
    return version === undefined
      ? { kind: 'unknown', why: state.isLate ? 'timeout' : kindOf(error), ...responseOf(state) }
      : { kind: 'answer', version: plainText(version), isError: true, milliseconds: undefined, ...responseOf(state) };
  }
}

/** What is known of a request while it is in progress. */
interface RequestState {
  /** Whether the timeout has passed. */
  isLate: boolean;
  answer?: IncomingMessage;
  /** The first bytes of the body. */
  start?: Buffer;
}

/** The most bytes of a body that a sample is made from, and the most characters of it and of the content type that are kept. */
const SAMPLE_BYTES = 4_096;
const SAMPLE_CHARACTERS = 80;

function responseOf({ answer, start }: RequestState): Pick<Outcome, 'response'> {
  if (!answer) {
    return {};
  }
  const status = answer.statusCode!;
  const contentType = answer.headers['content-type'];
  const sample = () => ({
    status,
    contentType: contentType && excerpt(contentType, SAMPLE_CHARACTERS),
    start: excerpt(start?.subarray(0, SAMPLE_BYTES).toString('utf8') ?? '', SAMPLE_CHARACTERS),
  });
  const header = (name: string) => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return { response: { status, sample, header } };
}

function kindOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof Ended ? message : code === undefined ? plainText(message).slice(0, 60) : failureKind(code);
}

function open({ url, headers, agent }: Address, settings: RequestSettings, state: RequestState): Promise<IncomingMessage> {
  const isPlain = url.protocol === 'http:';
  const host = Object.entries(settings.headers)
    .find(([name]) => name.toLowerCase() === 'host')?.[1]
    .replace(/:\d+$/, '');
  // If the Host header names another host than the address, the certificate must match that name.
  const servername = host !== undefined && isIP(host) === 0 ? host : undefined;
  return new Promise((done, failed) => {
    const outgoing = (isPlain ? plainRequest : tlsRequest)(url, {
      method: settings.method,
      headers: { 'User-Agent': 'kubectl-canary', ...settings.headers, ...headers },
      agent: agent ?? connectionPerRequest(url),
      ...(isPlain ? {} : { servername, ...settings.tls }),
    });
    const late = setTimeout(() => {
      // Node reports a response that the next line cuts off as a reset, so note the reason.
      state.isLate = true;
      outgoing.destroy(new Ended('timeout'));
    }, settings.timeout);
    outgoing.once('close', () => clearTimeout(late));
    // After the response begins, errors occur on the response.
    outgoing.on('error', failed);
    outgoing.once('response', done);
    outgoing.end();
  });
}

/** Returns the body; undefined if the rest is not needed and too large to read. */
async function bodyOf(answer: IncomingMessage, largest: number, isKnown: boolean, state: RequestState): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    state.start ??= chunk;
    if (size > largest) {
      if (isKnown) {
        return undefined;
      }
      throw new Ended('too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
