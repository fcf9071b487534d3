import type { Evidence, Verdict } from '../core/traffic/evidence';
import { CliError } from '../core/errors';
import type { SynthOutput as Tree } from '../synth-output/synth-output';
import { LiveGates, effectiveGates } from '../monitor/live-gates';
import { TrafficRequest, prepareTraffic } from '../monitor/traffic-source';
import { type RolloutPair, gatesAt } from '../core/plan/plan';
import type { KubectlOptions } from '../monitor/target';
import type { Prepared, Traffic } from '../monitor/traffic';
import type { StageVerdict } from './driver';
import type { Session } from './session';

export interface WatchOptions {
  readonly traffic: TrafficRequest;
  readonly kubectl: KubectlOptions;
  readonly pair: RolloutPair;
  /** An error rate that the canary may not exceed, whatever stable has. */
  readonly errorLimit?: number;
}

/** Watches the traffic of one stage after the other, and says what the gates make of it. */
export class Watcher {
  private traffic: Traffic | undefined;
  /** What was said of a measurement that goes on; it is said once. */
  private readonly said = new Set<string>();
  private gates: LiveGates | undefined;
  private end = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly tree: Tree,
    private readonly options: WatchOptions,
    private readonly note: (text: string) => void,
  ) {}

  /** Whether there is something to measure: an address to send requests to, or a server that counts them. @throws CliError where there is none */
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

  /** Begins to measure. Where that cannot be, it is said, and nothing is seen. */
  async start(folder: string): Promise<void> {
    await this.stop();
    this.end = new AbortController();
    let prepared: Prepared;
    try {
      prepared = await this.prepare(this.end.signal);
    } catch (error) {
      if (!(error instanceof CliError)) {
        throw error;
      }
      this.note(`no traffic is watched: ${error.message}`);
      return;
    }
    prepared.notes.forEach((note) => this.tell(note));
    const { plan } = this.tree;
    const { pair, errorLimit } = this.options;
    const traffic = prepared.start((text) => this.note(text));
    this.gates = new LiveGates(() => traffic.evidence(), {
      settings: effectiveGates(gatesAt(pair, folder), prepared, errorLimit),
      stages: plan.stages.length,
      isAlone: plan.stages.some((stage) => stage.folder === folder && stage.weight === '1'),
      expected: prepared.expected,
    });
    this.traffic = traffic;
  }

  evidence(): Evidence | undefined {
    return this.traffic?.evidence();
  }

  /** What follows from what was seen at this stage so far. */
  judge(): StageVerdict {
    const nothing: Verdict = {
      verdict: 'inconclusive',
      checks: [{ name: 'requests', verdict: 'inconclusive', why: 'there is no evidence' }],
    };
    const gates = this.gates?.log;
    return {
      verdict: this.gates?.verdict() ?? nothing,
      evidence: this.evidence(),
      gates: gates && { ...gates, blocks: [...gates.blocks] },
    };
  }

  async stop(): Promise<void> {
    const { traffic } = this;
    await traffic?.stop();
    traffic?.notes.forEach((note) => this.tell(note));
    this.gates?.stop();
    this.end.abort();
    this.traffic = undefined;
    this.gates = undefined;
  }

  private tell(note: string): void {
    if (!this.said.has(note)) {
      this.said.add(note);
      this.note(note);
    }
  }

  private prepare(signal: AbortSignal): Promise<Prepared> {
    const { pair, traffic, kubectl } = this.options;
    const release = {
      pair,
      namespace: pair.namespace ?? this.session.objects.namespace,
      manifests: () => this.tree.folder(this.tree.folders[0]!),
    };
    return prepareTraffic(this.session.api, release, traffic, kubectl, signal);
  }
}
