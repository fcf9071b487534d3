import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Address } from './request';

/** An answer as text. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  /** Whether it was read to its end. */
  readonly isWhole: boolean;
}

export interface FetchLimits {
  /** Milliseconds until an answer must have ended. */
  readonly timeout: number;
  /** Bytes that are read at most; the rest is left out. */
  readonly largest: number;
  /** Ends it before. */
  readonly signal?: AbortSignal;
}

/** Reads what a URL answers. @throws Error in one sentence where nothing is answered in time */
export function fetchText({ url, headers, agent }: Address, { timeout, largest, signal }: FetchLimits): Promise<TextAnswer> {
  return new Promise((done, failed) => {
    const fail = (error: Error) => failed(new Error(`${url.host}: ${error.message}`));
    const outgoing = (url.protocol === 'http:' ? plainRequest : tlsRequest)(url, {
      agent: agent ?? false,
      signal,
      headers: { 'User-Agent': 'kubectl-canary', ...headers },
    });
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeout / 1_000} s`)), timeout);
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
