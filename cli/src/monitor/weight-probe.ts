import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Track } from '../core/in-force/move';
import type { Answer, Proof, WeightProof } from '../core/in-force/weight-proof';
import type { Outcome } from '../core/traffic/request-counter';
import { type RequestSettings, sendRequest } from './request';

/** The requests that a probe sends through one vantage point. */
export interface WeightProbeOptions {
  readonly url: URL;
  readonly request: RequestSettings;
  /** Requests per second. */
  readonly rate: number;
  /** Returns the track that an answer names, or why it names none. */
  readonly trackOf: (outcome: Outcome) => Track | { readonly why: string };
  readonly proof: WeightProof;
  /** Called after each answer. */
  readonly onAnswer: () => void;
}

/** The most requests of one probe that may be under way. */
const MOST_OPEN = 20;

/** The query parameter with which each request differs from all others, so that no cache answers it. */
const UNIQUE = 'canary-proof';

/** Milliseconds until an address that does not answer a connection counts as not reachable. */
const CONNECT_TIMEOUT = 1_000;

/** Sends requests, a connection each, and passes their answers to a proof. */
export class WeightProbe {
  private readonly stopping = new AbortController();
  private sent = 0;
  private open = 0;

  constructor(private readonly options: WeightProbeOptions) {
    void this.run();
  }

  get proof(): Proof {
    return this.options.proof.proof;
  }

  /** Sends no more requests. */
  stop(): void {
    this.stopping.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.open < MOST_OPEN) {
        void this.send();
      }
      await sleep(1_000 / this.options.rate, undefined, { signal }).catch(() => undefined);
    }
  }

  private async send(): Promise<void> {
    const { proof, url, request, trackOf, onAnswer } = this.options;
    this.sent += 1;
    this.open += 1;
    const own = new URL(url);
    own.searchParams.append(UNIQUE, `${process.pid}-${this.sent}-${Math.round(performance.now())}`);
    const number = proof.begin(performance.now());
    const outcome = await sendRequest({ url: own }, request);
    this.open -= 1;
    proof.end(number, answerOf(outcome, trackOf(outcome)));
    onAnswer();
  }
}

function answerOf({ response }: Outcome, track: Track | { readonly why: string }): Answer {
  const age = Number(response?.header?.('age'));
  const cached = Number.isFinite(age) ? { ageSeconds: age } : {};
  return typeof track === 'string' ? { kind: 'version', version: track, ...cached } : { kind: 'unknown', why: track.why, ...cached };
}

/** Whether something at an address accepts a connection. */
export function isReachable(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const end = (isReached: boolean) => {
      socket.destroy();
      done(isReached);
    };
    socket.setTimeout(CONNECT_TIMEOUT, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
