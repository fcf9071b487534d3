import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { CarriedEvidence } from '../core/gates/carried';
import { unreadableText } from '../core/traffic/unreadable';
import { CliError } from '../core/errors';
import { type RolloutPair, gatesAt, testsOfPair } from '../core/plan/plan';
import { LiveGates, effectiveGates } from '../monitor/live-gates';
import type { KubectlOptions } from '../monitor/target';
import type { Prepared, Traffic } from '../monitor/traffic';
import { type TrafficRequest, prepareTraffic } from '../monitor/traffic-source';
import type { StageObserver, StageVerdict } from './observer';
import type { Session } from './session';

export interface TrafficObserverOptions {
  readonly traffic: TrafficRequest;
  readonly kubectl: KubectlOptions;
  readonly pair: RolloutPair;
  /** The highest error rate that the canary may have, whatever the rate of stable. */
  readonly errorLimit?: number;
}

/** Measures the traffic of one stage after the other, and evaluates the gates on it. */
export class TrafficObserver implements Omit<StageObserver, 'ask'> {
  private traffic: Traffic | undefined;
  /** The notes of all stages so far; each is passed on once. */
  private readonly noted = new Set<string>();
  private gates: LiveGates | undefined;
  /** The evidence of the stages so far. */
  private carried: CarriedEvidence | undefined;
  private end = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly options: TrafficObserverOptions,
    private readonly note: (text: string) => void,
  ) {}

  /** Checks that the source of the measurements answers: the service, or the server that counts its requests. @throws CliError if not */
  async check(): Promise<void> {
    const end = new AbortController();
    try {
      const prepared = await this.prepare(end.signal);
      prepared.close();
      await prepared.check();
    } finally {
      end.abort();
    }
  }

  /** Starts to measure a stage. If that is impossible, a note says so, and there is no evidence. */
  async watch(folder: string): Promise<void> {
    await this.unwatch();
    this.end = new AbortController();
    let prepared: Prepared;
    try {
      prepared = await this.prepare(this.end.signal);
    } catch (error) {
      if (!(error instanceof CliError)) {
        throw error;
      }
      this.note(`traffic is not measured: ${error.message}`);
      return;
    }
    prepared.notes.forEach((note) => this.tell(note));
    const { plan } = this.session.release;
    const { pair, errorLimit } = this.options;
    const traffic = prepared.start((text) => this.note(text));
    this.gates = new LiveGates(() => traffic.evidence(), {
      settings: effectiveGates(gatesAt(pair, folder), prepared, errorLimit),
      // A limit of the command line is a test beside those of the plan.
      tests: testsOfPair(pair) + (errorLimit === undefined ? 0 : 1),
      carried: this.carried,
      isAlone: plan.stages.some((stage) => stage.folder === folder && stage.weight === '1'),
      expected: prepared.expected,
    });
    this.traffic = traffic;
  }

  evidence(): Evidence | undefined {
    return this.traffic?.evidence();
  }

  judge(): StageVerdict {
    const nothing: Verdict = {
      verdict: 'inconclusive',
      checks: [{ name: 'requests', verdict: 'inconclusive', why: 'no evidence' }],
    };
    const verdict = this.gates?.verdict() ?? nothing;
    const evidence = this.evidence();
    const gates = this.gates?.log;
    return {
      verdict,
      evidence,
      unreadable: evidence && unreadableText(evidence),
      gates: gates && { ...gates, blocks: [...gates.blocks] },
    };
  }

  async unwatch(): Promise<void> {
    const { traffic } = this;
    await traffic?.stop();
    traffic?.notes.forEach((note) => this.tell(note));
    this.gates?.stop();
    this.carried = this.gates?.carried ?? this.carried;
    this.end.abort();
    this.traffic = undefined;
    this.gates = undefined;
  }

  private tell(note: string): void {
    if (!this.noted.has(note)) {
      this.noted.add(note);
      this.note(note);
    }
  }

  private prepare(signal: AbortSignal): Promise<Prepared> {
    const { pair, traffic, kubectl } = this.options;
    const release = {
      pair,
      namespace: pair.namespace ?? this.session.objects.namespace,
      manifests: () => this.session.release.folder(this.session.release.folders[0]!),
    };
    return prepareTraffic(this.session.api, release, traffic, kubectl, signal);
  }
}
