import type { Mode, RunSituation } from '../core/rollout/decide';
import type { HoldTimes } from '../core/rollout/hold-times';
import { unreadableText } from '../core/traffic/unreadable';
import type { Publish } from './events';
import type { StageObserver, StageVerdict } from './observer';

/** A visit to a stage, from the moment when the stage is settled until the driver leaves it or must start over. */
interface Visit {
  readonly folder: string;
  /** Milliseconds of the monotonic clock, as all times of a visit. */
  readonly arrivedAt: number;
  readonly answer?: 'go on' | 'roll back';
  /** The last verdict of the gates, and when they returned it. */
  readonly judged?: StageVerdict;
  readonly judgedAt?: number;
  /** Whether a note said that the traffic cannot be read. */
  readonly isNoted?: boolean;
}

export interface VisitOptions {
  readonly mode: Mode;
  readonly holdTimes: (folder: string) => HoldTimes;
}

/** The visits of a driver to the stages, one at a time. The measurement of a stage begins and ends with the visit. */
export class StageVisits {
  private visit: Visit | undefined;

  constructor(
    private readonly observer: StageObserver,
    private readonly options: VisitOptions,
    private readonly publish: Publish,
  ) {}

  /** Whether the driver visits a stage now. */
  get isVisiting(): boolean {
    return this.visit !== undefined;
  }

  /** What a decision needs to know about the current visit. */
  get known(): Pick<RunSituation, 'arrivedAt' | 'answer' | 'verdict' | 'judgedAt' | 'unreadable'> {
    const { arrivedAt, answer, judged, judgedAt } = this.visit ?? {};
    return { arrivedAt, answer, verdict: judged?.verdict, judgedAt, unreadable: judged?.unreadable };
  }

  /** Begins the visit to a stage, and its measurement, unless it has begun. */
  async arrive(folder: string): Promise<Visit> {
    if (this.visit) {
      return this.visit;
    }
    this.visit = { folder, arrivedAt: performance.now() };
    this.publish({ type: 'arrived', folder, holdMs: this.options.holdTimes(folder).hold });
    await this.observer.watch(folder);
    return this.visit;
  }

  /** Evaluates the gates on the evidence so far. */
  async judge(folder: string): Promise<void> {
    this.visit = { ...(await this.arrive(folder)), judged: this.observer.judge(), judgedAt: performance.now() };
  }

  /**
   * Shows the evidence so far, and asks the user whether to go on to the next stage.
   *
   * @param withdrawn withdraws the question; the visit then has no answer
   */
  ask(folder: string, next: string, withdrawn: AbortSignal): Promise<void> {
    const evidence = this.observer.evidence();
    this.publish({ type: 'question', folder, evidence, verdict: evidence && this.observer.judge().verdict });
    return this.observer.ask(folder, next, withdrawn).then((answer) => {
      this.visit = this.visit && { ...this.visit, answer };
    });
  }

  /**
   * Publishes the evidence so far. A note says once in a visit that no response names a version, so that a person need not wait for the prompt
   * to see it.
   */
  publishEvidence(): void {
    const evidence = this.observer.evidence();
    this.publish({ type: 'waiting', evidence });
    const text = evidence && this.visit && !this.visit.isNoted ? unreadableText(evidence) : undefined;
    if (this.visit && text !== undefined && this.options.mode !== 'auto') {
      this.visit = { ...this.visit, isNoted: true };
      this.publish({ type: 'note', text });
    }
  }

  /** Discards the visit and its evidence, because measurements while a pod is missing say nothing about the stage. */
  async restart(): Promise<void> {
    if (this.visit) {
      this.publish({ type: 'restarted', folder: this.visit.folder });
      await this.end();
    }
  }

  /** Ends the visit, and publishes its result. */
  async leave(): Promise<void> {
    if (this.visit) {
      this.publishResult();
      await this.end();
    }
  }

  /** Publishes the result of the visit, if there is one. */
  publishResult(): void {
    if (this.visit) {
      const { folder, judged } = this.visit;
      if (judged) {
        this.publish({ type: 'verdict', folder, verdict: judged.verdict });
      }
      // The record has a verdict even if the gates did not decide.
      this.publish({ type: 'left', folder, measured: judged ?? this.observer.judge() });
    }
  }

  /** Ends the visit without a result, and its measurement. */
  async end(): Promise<void> {
    this.visit = undefined;
    await this.observer.unwatch();
  }
}
