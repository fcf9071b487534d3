import type { Evidence, Verdict } from '../core/evidence';
import { judge } from '../core/judge';
import { Refusal } from '../core/refusal';
import type { Release as Tree } from '../dist/release';
import { Prepared, ProbeRequest, prepareProbe } from '../monitor/prepare';
import { Probe, startProbe } from '../monitor/probe';
import type { RolloutPair } from '../core/plan';
import type { KubectlOptions } from '../monitor/target';
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
  private looks = 0;
  /** What was seen at the last stage at which stable had traffic. */
  private before: Evidence | undefined;
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
  async start(): Promise<void> {
    await this.stop();
    this.looks = 0;
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
    this.probe = startProbe(this.prepared.probe);
  }

  evidence(): Evidence | undefined {
    return this.probe?.evidence();
  }

  /** What follows from what was seen at this stage so far. */
  judge(): Verdict {
    this.looks += 1;
    return judge(this.evidence(), {
      stages: this.tree.plan.stages.length,
      look: this.looks,
      isShareJudged: this.prepared?.isShareJudged,
      errorLimit: this.options.errorLimit,
      before: this.before,
    });
  }

  async stop(): Promise<void> {
    const seen = await this.probe?.stop();
    if (seen?.versions.some(({ track, requests }) => track === 'stable' && requests > 0)) {
      this.before = seen;
    }
    this.end.abort();
    this.probe = undefined;
    this.prepared = undefined;
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
