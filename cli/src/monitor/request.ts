import { Agent, IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { VersionRule, failureKind, needsBody, unnamedAnswer, versionInBody, versionInHeaders } from '../core/traffic/version-detection';
import type { Outcome } from '../core/traffic/request-counter';
import { plainText } from '../core/text/plain-text';

/** What is sent, and how an answer is read. */
export interface RequestSettings {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until a request that is not answered to its end counts as failed. */
  readonly timeout: number;
  /** Bytes of a body that are read at most. */
  readonly largestAnswer: number;
  /** The smallest status that is an error of the version that answers. */
  readonly errorsFrom: number;
  readonly rules: readonly VersionRule[];
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

/** Where one request goes. */
export interface Address {
  readonly url: URL;
  /** Headers that go before the request's own, such as credentials. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Undefined: a connection for this request alone, so that whatever divides connections divides requests. */
  readonly agent?: Agent;
}

/** Ended by us, with the kind that it is counted as. */
class Ended extends Error {}

/** Sends one request. It never throws: whatever happens is an outcome. */
export async function sendRequest(address: Address, settings: RequestSettings): Promise<Outcome> {
  const begin = performance.now();
  const state = { isLate: false };
  let version: string | undefined;
  try {
    const answer = await open(address, settings, state);
    version = versionInHeaders(settings.rules, answer.headers);
    const status = answer.statusCode!;
    const isError = status >= settings.errorsFrom;
    const body = await bodyOf(answer, settings.largestAnswer, version !== undefined);
    if (version === undefined) {
      const told =
        needsBody(settings.rules) && body !== undefined ? versionInBody(settings.rules, body) : { why: 'no version in the answer' };
      if ('why' in told) {
        return { kind: 'unknown', why: unnamedAnswer(status, told.why) };
      }
      version = told.version;
    }
    return {
      kind: 'answer',
      version: plainText(version),
      isError,
      milliseconds: body === undefined ? undefined : performance.now() - begin,
    };
  } catch (error) {
    // An answer that began and did not end is a failure of whoever began it.
    return version === undefined
      ? { kind: 'unknown', why: state.isLate ? 'timeout' : kindOf(error) }
      : { kind: 'answer', version: plainText(version), isError: true, milliseconds: undefined };
  }
}

function kindOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof Ended ? message : code === undefined ? plainText(message).slice(0, 60) : failureKind(code);
}

function open({ url, headers, agent }: Address, settings: RequestSettings, state: { isLate: boolean }): Promise<IncomingMessage> {
  const isPlain = url.protocol === 'http:';
  const host = Object.entries(settings.headers)
    .find(([name]) => name.toLowerCase() === 'host')?.[1]
    .replace(/:\d+$/, '');
  // A server that is asked for by another name than its address has a certificate for that name.
  const servername = host !== undefined && isIP(host) === 0 ? host : undefined;
  return new Promise((done, failed) => {
    const outgoing = (isPlain ? plainRequest : tlsRequest)(url, {
      method: settings.method,
      headers: { 'User-Agent': 'kubectl-canary', ...settings.headers, ...headers },
      agent: agent ?? false,
      ...(isPlain ? {} : { servername, ...settings.tls }),
    });
    const late = setTimeout(() => {
      // Noted here, because Node calls an answer that is cut off by this a reset.
      state.isLate = true;
      outgoing.destroy(new Ended('timeout'));
    }, settings.timeout);
    outgoing.once('close', () => clearTimeout(late));
    // After the answer began, what fails is the answer.
    outgoing.on('error', failed);
    outgoing.once('response', done);
    outgoing.end();
  });
}

/** The body; undefined where the rest of it is not needed and too large to be read. */
async function bodyOf(answer: IncomingMessage, largest: number, isKnown: boolean): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
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
