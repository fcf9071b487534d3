import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { requestTimer } from '../cluster/request-timer';
import type { Address } from './request';

/** A response as text. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  /** Whether the body was read to its end. */
  readonly isWhole: boolean;
}

export interface FetchLimits {
  /** Milliseconds until the response must be complete; 0 for no limit. */
  readonly timeout: number;
  /** The most bytes that are read; the rest is discarded. */
  readonly largest: number;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
}

/** Reads the response of a URL as text. @throws Error, in one sentence, if there is no response in time */
export function fetchText({ url, headers, agent }: Address, { timeout, largest, signal }: FetchLimits): Promise<TextAnswer> {
  return new Promise((done, failed) => {
    const fail = (error: Error) => failed(new Error(`${url.host}: ${error.message}`));
    const outgoing = (url.protocol === 'http:' ? plainRequest : tlsRequest)(url, {
      agent: agent ?? false,
      signal,
      headers: { 'User-Agent': 'kubectl-canary', ...headers },
    });
    const late = requestTimer(timeout, (error) => outgoing.destroy(error));
    outgoing.once('close', () => clearTimeout(late));
    outgoing.on('error', fail);
    outgoing.once('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const end = () => done({ status: answer.statusCode!, text: Buffer.concat(chunks).toString('utf8'), isWhole: size <= largest });
      answer.on('error', fail);
      answer.once('end', end);
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > largest) {
          end();
          answer.destroy();
        }
      });
    });
    outgoing.end();
  });
}
