import { setTimeout as sleep } from 'node:timers/promises';
import type { Evidence } from '../core/traffic/evidence';
import type { Expectation } from '../core/traffic/expected-share';
import { RequestCounter } from '../core/traffic/request-counter';
import { type RequestSettings, sendRequest } from './request';
import type { Target } from './target';
import type { Traffic } from './traffic';

/** The settings of a probe, which sends requests. */
export interface ProbeOptions {
  readonly target: Target;
  readonly versions: { readonly stable: string; readonly canary: string };
  readonly request: RequestSettings;
  /** Requests per second. */
  readonly rate: number;
  /** The most requests that may be pending; at this limit the next one waits, and the rate falls. */
  readonly concurrency: number;
  /** The total number of requests. Default: no limit. */
  readonly total?: number;
  /** Milliseconds after which no more requests are sent. Default: no limit. */
  readonly duration?: number;
  /** Returns the share that the canary should have now. Default: unknown. */
  readonly expected?: () => Expectation;
}

/** A probe in progress, which sends requests. */
export interface Probe extends Traffic {
  readonly sent: number;
  /** Whether requests had to wait at the concurrency limit, so that the rate is lower than requested. */
  readonly isHeldBack: boolean;
}

/** Starts to send requests. */
export function startProbe(options: ProbeOptions): Probe {
  return new RunningProbe(options);
}

class RunningProbe implements Probe {
  sent = 0;
  isHeldBack = false;
  readonly done: Promise<void>;
  private readonly tally: RequestCounter;
  private readonly begin = performance.now();
  private readonly from = new Date();
  private until: Date | undefined;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<Promise<void>>();

  constructor(private readonly options: ProbeOptions) {
    this.tally = new RequestCounter(options.versions);
    this.done = this.run().finally(() => {
      this.until = new Date();
      options.target.close();
    });
  }

  evidence(): Evidence {
    const until = this.until ?? new Date();
    return this.tally.evidence({ from: this.from.toISOString(), until: until.toISOString(), source: this.options.target.words });
  }

  async stop(): Promise<Evidence> {
    this.stopping.abort();
    await this.done;
    return this.evidence();
  }

  get notes(): readonly string[] {
    const { rate, concurrency } = this.options;
    return this.isHeldBack
      ? [`the rate was below ${rate} requests per second, because ${concurrency} requests were in progress at once; raise --concurrency`]
      : [];
  }

  private async run(): Promise<void> {
    const { rate, concurrency, total = Infinity, duration = Infinity } = this.options;
    const { signal } = this.stopping;
    const gap = 1_000 / rate;
    let due = this.begin;
    while (!signal.aborted && this.sent < total) {
      const now = performance.now();
      if (now - this.begin >= duration) {
        break;
      }
      if (this.waiting.size >= concurrency) {
        this.isHeldBack = true;
        await Promise.race(this.waiting);
      } else if (now < due) {
        const left = Math.min(due, this.begin + duration) - now;
        await sleep(left, undefined, { signal }).catch(() => undefined);
      } else {
        this.sent += 1;
        // Requests that could not be sent in time are not sent in a burst later.
        due = Math.max(due + gap, now - 1_000);
        const request = this.send().finally(() => this.waiting.delete(request));
        this.waiting.add(request);
      }
    }
    await Promise.all(this.waiting);
  }

  private async send(): Promise<void> {
    const second = (performance.now() - this.begin) / 1_000;
    const expected = this.options.expected?.().share;
    const { target, request } = this.options;
    const outcome = await target.address().then(
      (address) => sendRequest(address, request),
      (error: Error) => ({ kind: 'unknown' as const, why: error.message.slice(0, 60) }),
    );
    this.tally.add(second, outcome, expected);
  }
}
