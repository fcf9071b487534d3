import type { Change } from '../cluster/apply';
import type { PairHealth } from '../core/rollout/decide';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { Decision, Outcome, RecordedStage, RecordedStep, RunRecord } from '../core/rollout/record';
import type { ObjectRef } from '../core/resource';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Keeps the record of a run, and hands it on after each thing that happened: a run that is killed leaves what it did. */
export class Recorder {
  private readonly record: Writable<RunRecord> & { steps: RecordedStep[]; stages: RecordedStage[]; decisions: Decision[] };

  constructor(
    head: Omit<RunRecord, 'steps' | 'stages' | 'decisions' | 'endedAt' | 'outcome'>,
    private readonly weights: Readonly<Record<string, string>>,
    private readonly write: (record: RunRecord) => void,
  ) {
    this.record = { ...head, steps: [], stages: [], decisions: [], endedAt: undefined, outcome: undefined };
  }

  get current(): RunRecord {
    return this.record;
  }

  begin(folder: string, direction: RecordedStep['direction'], allowed: RecordedStep['allowed']): void {
    this.record.steps.push({
      folder,
      direction,
      startedAt: now(),
      endedAt: undefined,
      objects: [],
      fewestReady: undefined,
      mostPods: undefined,
      allowed,
    });
    this.write(this.record);
  }

  applied(object: ObjectRef, change: Change | 'deleted'): void {
    this.amendStep((step) => ({ ...step, objects: [...step.objects, { object, change }] }));
  }

  /** Counts the pods of all pairs, so that the least and the most of a step are known. */
  see(pairs: readonly PairHealth[]): void {
    const tracks = pairs.flatMap(({ stable, canary }) => [stable, canary]);
    const ready = tracks.reduce((sum, track) => sum + track.ready, 0);
    const pods = tracks.reduce((sum, track) => sum + track.pods, 0);
    const step = this.record.steps.at(-1);
    if (step && step.endedAt === undefined) {
      this.amendStep(() => ({
        ...step,
        fewestReady: Math.min(step.fewestReady ?? ready, ready),
        mostPods: Math.max(step.mostPods ?? pods, pods),
      }));
      if (tracks.every(({ isSettled }) => isSettled)) {
        this.amendStep((last) => ({ ...last, endedAt: now() }));
        this.write(this.record);
      }
    }
  }

  /** Whether a stage was reached and not left. */
  isAt(folder: string): boolean {
    const last = this.record.stages.at(-1);
    return last?.folder === folder && last.leftAt === undefined;
  }

  arrived(folder: string): void {
    this.record.stages.push({
      folder,
      asked: this.weights[folder] ?? '0',
      settledAt: now(),
      leftAt: undefined,
      evidence: undefined,
      verdict: undefined,
    });
    this.write(this.record);
  }

  left(folder: string, evidence: Evidence | undefined, verdict: Verdict | undefined, gates: RecordedStage['gates']): void {
    const index = this.record.stages.findLastIndex((stage) => stage.folder === folder);
    const stage = this.record.stages[index];
    if (stage) {
      this.record.stages[index] = { ...stage, leftAt: now(), evidence, verdict, gates };
      this.write(this.record);
    }
  }

  decided(folder: string, by: Decision['by'], decision: Decision['decision'], why: string): void {
    this.record.decisions.push({ at: now(), folder, by, decision, why });
    this.write(this.record);
  }

  end(outcome: Outcome): RunRecord {
    this.record.endedAt = now();
    this.record.outcome = outcome;
    this.write(this.record);
    return this.record;
  }

  private amendStep(amend: (step: RecordedStep) => RecordedStep): void {
    const last = this.record.steps.length - 1;
    const step = this.record.steps[last];
    if (step) {
      this.record.steps[last] = amend(step);
    }
  }
}

function now(): string {
  return new Date().toISOString();
}
