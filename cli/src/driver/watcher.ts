import type { GatesEntry } from '../../../lib/core/gates/settings';
import type { Evidence, Verdict } from '../core/evidence';
import { Refusal } from '../core/refusal';
import type { Release as Tree } from '../dist/release';
import { LiveGates } from '../monitor/live-gates';
import { Prepared, ProbeRequest, prepareProbe } from '../monitor/prepare';
import { Probe, startProbe } from '../monitor/probe';
import { type RolloutPair, gatesAt } from '../core/plan';
import type { KubectlOptions } from '../monitor/target';
import type { Judged } from './driver';
import type { Session } from './session';

export interface WatchOptions {
  readonly request: ProbeRequest;
  readonly kubectl: KubectlOptions;
  readonly pair: RolloutPair;
  /** An error rate that the canary may not exceed, whatever stable has. */
  readonly errorLimit?: number;
}

/** Watches the traffic of one stage after the other, and says what the gates make of it. */
export class Watcher {
  private probe: Probe | undefined;
  private prepared: Prepared | undefined;
  private gates: LiveGates | undefined;
  private end = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly tree: Tree,
    private readonly options: WatchOptions,
    private readonly note: (text: string) => void,
  ) {}

  /** Whether there is an address to send requests to. @throws Refusal where there is none */
  async check(): Promise<void> {
    const end = new AbortController();
    const { probe } = await this.prepare(end.signal);
    probe.target.close();
    end.abort();
  }

  /** Begins to send requests. Where that cannot be, it is said, and nothing is seen. */
  async start(folder: string): Promise<void> {
    await this.stop();
    this.end = new AbortController();
    try {
      this.prepared = await this.prepare(this.end.signal);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      this.note(`no traffic is watched: ${error.message}`);
      return;
    }
    this.prepared.notes.forEach((note) => this.note(note));
    const { plan } = this.tree;
    const isAlone = plan.stages.some((stage) => stage.folder === folder && stage.weight === '1');
    const probe = startProbe(this.prepared.probe);
    const { expected } = this.prepared.probe;
    this.gates = new LiveGates(() => probe.evidence(), {
      settings: this.settingsAt(folder),
      stages: plan.stages.length,
      isAlone,
      expected,
    });
    this.probe = probe;
  }

  evidence(): Evidence | undefined {
    return this.probe?.evidence();
  }

  /** What follows from what was seen at this stage so far. */
  judge(): Judged {
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
    await this.probe?.stop();
    this.gates?.stop();
    this.end.abort();
    this.probe = undefined;
    this.prepared = undefined;
    this.gates = undefined;
  }

  private settingsAt(folder: string): GatesEntry {
    const { pair, errorLimit } = this.options;
    const gates = gatesAt(pair, folder);
    const isShareJudged = this.prepared?.isShareJudged ?? true;
    return {
      ...gates,
      share: gates.share && isShareJudged,
      errors: { ...gates.errors, ...(errorLimit === undefined ? {} : { limit: errorLimit }) },
    };
  }

  private prepare(signal: AbortSignal): Promise<Prepared> {
    const { pair, request, kubectl } = this.options;
    const release = {
      pair,
      namespace: pair.namespace ?? this.session.objects.namespace,
      manifests: () => this.tree.folder(this.tree.folders[0]!),
    };
    return prepareProbe(this.session.api, release, request, kubectl, signal);
  }
}
