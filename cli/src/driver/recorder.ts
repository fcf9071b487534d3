import type { PairHealth } from '../core/rollout/pair-health';
import type { Decision, RecordedStage, RecordedStep, RunRecord } from '../core/rollout/record';
import type { RunEvent, Subscriber } from './events';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Builds the record of a run from its events, and passes it on after each change, so that a run that is killed leaves a record. */
export class Recorder implements Subscriber {
  private readonly record: Writable<RunRecord> & { steps: RecordedStep[]; stages: RecordedStage[]; decisions: Decision[] };

  /** @param weights the weight of each stage, by its folder */
  constructor(
    head: Omit<RunRecord, 'steps' | 'stages' | 'decisions' | 'endedAt' | 'outcome'>,
    private readonly weights: Readonly<Record<string, string>>,
    private readonly write: (record: RunRecord) => void,
  ) {
    this.record = { ...head, steps: [], stages: [], decisions: [], endedAt: undefined, outcome: undefined };
  }

  on(event: RunEvent): void {
    if (this.amend(event)) {
      this.write(this.record);
    }
  }

  /** Returns whether the record must be written now. */
  private amend(event: RunEvent): boolean {
    switch (event.type) {
      case 'begin':
        this.begin(event);
        return true;
      case 'applied':
        this.amendStep((step) => ({ ...step, objects: [...step.objects, { object: event.object, change: event.applied.change }] }));
        return false;
      case 'state':
        return this.countPods(event.pairs);
      case 'arrived':
        return this.arrive(event.folder);
      case 'left':
        return this.leave(event);
      case 'decision': {
        const { folder, by, decision, why } = event;
        this.record.decisions.push({ at: now(), folder, by, decision, why });
        return true;
      }
      case 'weight':
        this.record.weights = [...(this.record.weights ?? []), event.weight];
        return true;
      case 'failure':
        this.record.failures = [...(this.record.failures ?? []), event.failure];
        return true;
      case 'end': {
        const { result, code, folder, why } = event;
        this.record.endedAt = now();
        this.record.outcome = { result, exitCode: code, folder, why };
        return true;
      }
      default:
        return false;
    }
  }

  private begin({ folder, direction, allowed }: Extract<RunEvent, { type: 'begin' }>): void {
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
  }

  /** Counts the pods of all pairs for the minimum and the maximum of the current step. Returns whether the step ended. */
  private countPods(pairs: readonly PairHealth[]): boolean {
    const step = this.record.steps.at(-1);
    if (!step || step.endedAt !== undefined) {
      return false;
    }
    const tracks = pairs.flatMap(({ stable, canary }) => [stable, canary]);
    const ready = tracks.reduce((sum, track) => sum + track.ready, 0);
    const pods = tracks.reduce((sum, track) => sum + track.pods, 0);
    const isEnd = tracks.every(({ isSettled }) => isSettled);
    this.amendStep(() => ({
      ...step,
      fewestReady: Math.min(step.fewestReady ?? ready, ready),
      mostPods: Math.max(step.mostPods ?? pods, pods),
      endedAt: isEnd ? now() : undefined,
    }));
    return isEnd;
  }

  private arrive(folder: string): boolean {
    const last = this.record.stages.at(-1);
    if (last?.folder === folder && last.leftAt === undefined) {
      // The measurement of this stage started again.
      return false;
    }
    this.record.stages.push({
      folder,
      asked: this.weights[folder] ?? '0',
      settledAt: now(),
      leftAt: undefined,
      evidence: undefined,
      verdict: undefined,
    });
    return true;
  }

  private leave({ folder, measured: { evidence, verdict, gates } }: Extract<RunEvent, { type: 'left' }>): boolean {
    const index = this.record.stages.findLastIndex((stage) => stage.folder === folder);
    const stage = this.record.stages[index];
    if (!stage) {
      return false;
    }
    this.record.stages[index] = { ...stage, leftAt: now(), evidence, verdict: evidence && verdict, gates };
    return true;
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
