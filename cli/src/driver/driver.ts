import { STAGE_0 } from '../../../lib/core/folders';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { CliError, EXIT, type ExitCode } from '../core/errors';
import { boundsOf, rollbackPath } from '../core/plan/path';
import { type Direction, type Mode, type RunSituation, type RunStep, judgedTracks, nextRunStep } from '../core/rollout/decide';
import type { HoldTimes } from '../core/rollout/hold-times';
import { nextCommands } from '../core/rollout/next-commands';
import type { PlanFile } from '../core/plan/plan';
import type { Position } from '../core/rollout/position';
import type { Decision } from '../core/rollout/record';
import type { Evidence } from '../core/traffic/evidence';
import { unreadableText } from '../core/traffic/unreadable';
import { AdvanceWriter } from './advance-writer';
import type { Ended, Publish } from './events';
import { explainFailure } from './failure-explainer';
import type { FolderWriter, WriteOptions } from './folder-writer';
import type { StageObserver, StageVerdict } from './observer';
import { RollbackWriter } from './rollback-writer';
import type { Session } from './session';
import { templatesThatRun } from './templates-that-ran';

export interface DriverOptions extends WriteOptions {
  /** The stage at which to end; `stage-0` for a rollback. */
  readonly last: string;
  /** The first stage to reach; the driver then advances stage by stage. */
  readonly target: string;
  readonly direction: Direction;
  readonly mode: Mode;
  /** Milliseconds that the pods of a folder may take to settle. */
  readonly timeout: number;
  /** Milliseconds without news of the cluster until the driver gives up. */
  readonly apiTimeout: number;
  /** Milliseconds for which the pods must stay settled before the driver continues. */
  readonly settle: number;
  readonly holdTimes: (folder: string) => HoldTimes;
  /** Whether a failure is rolled back; otherwise the rollout pauses where it is. */
  readonly rollsBack: boolean;
  /** Whether the commands to continue must allow cluster-scoped objects too. */
  readonly allowClusterScoped?: boolean;
  /** The reason of the rollback, if the run begins as one. */
  readonly why?: string;
}

/** The driver's visit to a stage, from the moment when the stage is settled until the driver leaves it or must start over. */
interface Visit {
  readonly folder: string;
  readonly arrivedAt: number;
  readonly answer?: 'go on' | 'roll back';
  /** The last verdict of the gates, and when they returned it. */
  readonly judged?: StageVerdict;
  readonly judgedAt?: number;
  /** Whether a note said that the traffic cannot be read. */
  readonly isNoted?: boolean;
}

/** The wait for the pods of the folder that was applied last. */
interface Wait {
  /** Undefined until the driver applies a folder in the current direction. */
  readonly applied: string | undefined;
  /** The start of the timeout. */
  readonly since: number;
  /** When the pods settled; undefined if they are not settled. */
  readonly settledSince: number | undefined;
}

type EndStep = Extract<RunStep, { do: 'end' }>;

const CODES: Readonly<Record<EndStep['result'], ExitCode>> = {
  promoted: EXIT.done,
  'at-stage': EXIT.done,
  'rolled-back': EXIT.rolledBack,
  paused: EXIT.paused,
  'rollback-failed': EXIT.rollbackFailed,
  interrupted: EXIT.interrupted,
};

/**
 * Carries out what `core/rollout/decide` decides, one step at a time: it observes the cluster, asks for the next step, and takes it. Its own
 * state is only what happened since it started; everything else is read from the cluster.
 */
export class Driver {
  private direction: Direction;
  private target: string;
  /** The reason of the rollback. It is saved in the cluster for the driver that continues after this one. */
  private why: string | undefined;
  private waiting = newWait();
  private visit: Visit | undefined;
  private observedAt = performance.now();
  private interrupts = 0;
  private interruptedAt: number | undefined;
  /** Ends the current wait before its time. */
  private wake = new AbortController();
  private readonly writers: Readonly<Record<Direction, FolderWriter>>;

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly cache: ClusterCache,
    private readonly options: DriverOptions,
    private readonly observer: StageObserver,
    private readonly publish: Publish,
  ) {
    this.direction = options.direction;
    this.target = options.target;
    this.why = options.why;
    const write: WriteOptions = { fieldManager: options.fieldManager, force: options.force };
    this.writers = {
      advance: new AdvanceWriter(session, lock, cache, write, publish),
      rollback: new RollbackWriter(session, lock, cache, write, publish),
    };
  }

  /**
   * Handles Ctrl-C, or another signal to end.
   *
   * @param isFinal whether to stop at once, without the wait for a second Ctrl-C that would roll back
   */
  interrupt(isFinal = false): void {
    this.interrupts += 1;
    this.interruptedAt = isFinal ? -Infinity : (this.interruptedAt ?? performance.now());
    this.wake.abort();
  }

  /** Runs until the rollout ends, pauses or fails. */
  async drive(): Promise<Ended> {
    const ended = await this.untilEnded();
    const isFailure = ended.result === 'paused' || ended.result === 'rollback-failed' || ended.result === 'refused';
    // Without contact to the API server there is nothing to read, and each attempt would take as long as the one that failed.
    return isFailure && this.cache.staleMs === 0 ? this.withLostNamespace(ended) : ended;
  }

  /** A namespace that is deleted in the middle of a rollout explains every failure: objects vanish, and the API server creates no others. */
  private async withLostNamespace(ended: Ended): Promise<Ended> {
    const lost = await this.session.lostNamespace().catch(() => undefined);
    return lost
      ? {
          ...ended,
          why: `namespace ${lost.name} ${lost.isGone ? 'does not exist any more' : 'is being deleted'}, with all of its pods (${ended.why})`,
          next: lost.isGone ? [] : [`kubectl get namespace ${lost.name} -o yaml   shows what keeps it`],
        }
      : ended;
  }

  private async untilEnded(): Promise<Ended> {
    try {
      for (;;) {
        const ended = await this.take(nextRunStep(this.observe()));
        if (ended) {
          return ended;
        }
      }
    } catch (error) {
      return this.endedBy(error);
    } finally {
      await this.observer.unwatch();
    }
  }

  private get writer(): FolderWriter {
    return this.writers[this.direction];
  }

  private get position(): Position {
    return this.session.position(this.cache, this.direction);
  }

  /** The plan of the way that the driver takes. */
  private get plan(): PlanFile {
    return (this.direction === 'rollback' ? this.session.stepsBack : this.session.objects).plan;
  }

  private observe(): RunSituation {
    const now = performance.now();
    const { health: pairs, staleMs } = this.cache;
    let { since, settledSince } = this.waiting;
    if (staleMs > 0) {
      // The control plane may have been unavailable for the pods too, so this time does not count towards their timeout.
      since += now - this.observedAt;
    }
    this.observedAt = now;
    if (judgedTracks(pairs, this.direction).isSettled) {
      settledSince ??= now;
    } else if (settledSince !== undefined) {
      settledSince = undefined;
      since = now;
    }
    this.waiting = { ...this.waiting, since, settledSince };
    const { position } = this;
    this.publish({ type: 'state', position, pairs });
    return {
      ...this.options,
      ...this.options.holdTimes(this.target),
      plan: this.plan,
      direction: this.direction,
      target: this.target,
      position,
      pairs,
      ...this.waiting,
      now,
      staleMs,
      arrivedAt: this.visit?.arrivedAt,
      answer: this.visit?.answer,
      verdict: this.visit?.judged?.verdict,
      judgedAt: this.visit?.judgedAt,
      unreadable: this.visit?.judged?.unreadable,
      interrupts: this.interrupts,
      interruptedAt: this.interruptedAt,
    };
  }

  private async take(step: RunStep): Promise<Ended | undefined> {
    switch (step.do) {
      case 'apply':
        await this.apply(step.folder);
        return undefined;
      case 'wait':
        await this.wait(step.until);
        return undefined;
      case 'ask':
        await this.ask(await this.arrive(step.folder), step.next);
        return undefined;
      case 'judge':
        this.visit = { ...(await this.arrive(step.folder)), judged: this.observer.judge(), judgedAt: performance.now() };
        return undefined;
      case 'go on':
        if (this.isStage(this.target)) {
          await this.arrive(this.target);
        }
        await this.leave(step.by, 'go on', step.why);
        this.target = step.target;
        return undefined;
      case 'turn back':
        return this.turnBack(step);
      case 'end':
        if (step.result === 'rolled-back') {
          await this.session.save(this.lock, { direction: 'rollback', from: STAGE_0, to: STAGE_0 }, { why: step.why, ended: true });
        }
        return this.end(step);
    }
  }

  private async apply(folder: string): Promise<void> {
    // The cluster left the stage without us, for example because another client applied a folder.
    await this.restartVisit();
    const { position } = this;
    const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.from : undefined;
    await this.writer.dryRun(folder);
    const recorded = { direction: this.direction, from, to: folder };
    await this.session.save(this.lock, recorded, { why: this.why, ran: templatesThatRun(this.session, this.cache) });
    const allowed = position.kind === 'at' ? boundsOf(this.session.objects.plan, from, folder) : undefined;
    this.publish({ type: 'begin', folder, direction: this.direction, allowed });
    await this.writer.write(folder);
    this.waiting = newWait(folder);
  }

  private async wait(until: number): Promise<void> {
    const { position } = this.observe();
    // Measure a stage from the moment when it is settled until the driver leaves it.
    if (this.isHolding(position)) {
      await this.arrive(this.target);
    } else if (this.visit && this.waiting.settledSince === undefined) {
      if (this.waiting.applied !== undefined) {
        // The pods were settled. If the API server now refuses the folder, report that instead of a failure of the pods.
        await this.writer.dryRun(this.waiting.applied);
      }
      await this.restartVisit();
    }
    this.wake = new AbortController();
    const end = AbortSignal.any([this.wake.signal, this.session.signal, this.lock.lost]);
    await this.cache.next(Math.min(until - performance.now(), 1_000), end);
    const evidence = this.observer.evidence();
    this.publish({ type: 'waiting', evidence });
    this.noteUnreadable(evidence);
    if (this.lock.lost.aborted) {
      throw this.lock.lost.reason;
    }
    if (this.session.signal.aborted) {
      throw new CliError('stopped by a signal', EXIT.interrupted);
    }
  }

  /** Says once in a visit that no response names a version, so that a person need not wait for the prompt to see it. */
  private noteUnreadable(evidence: Evidence | undefined): void {
    const text = evidence && this.visit && !this.visit.isNoted ? unreadableText(evidence) : undefined;
    if (this.visit && text !== undefined && this.options.mode !== 'auto') {
      this.visit = { ...this.visit, isNoted: true };
      this.publish({ type: 'note', text });
    }
  }

  private isHolding(position: Position): boolean {
    const { settledSince } = this.waiting;
    const isSettled = settledSince !== undefined && performance.now() - settledSince >= this.options.settle;
    return (
      this.direction === 'advance' && this.isStage(this.target) && isSettled && position.kind === 'at' && position.folder === this.target
    );
  }

  private isStage(folder: string): boolean {
    return this.session.objects.plan.stages.some((stage) => stage.folder === folder);
  }

  /** Begins the visit to a stage, and its measurement; returns the current visit if it has begun. */
  private async arrive(folder: string): Promise<Visit> {
    if (this.visit) {
      return this.visit;
    }
    this.visit = { folder, arrivedAt: performance.now() };
    this.publish({ type: 'arrived', folder, holdMs: this.options.holdTimes(folder).hold });
    await this.observer.watch(folder);
    return this.visit;
  }

  /** Discards the visit and its evidence, because measurements while a pod is missing say nothing about the stage. */
  private async restartVisit(): Promise<void> {
    if (this.visit) {
      this.publish({ type: 'restarted', folder: this.visit.folder });
      this.visit = undefined;
      await this.observer.unwatch();
    }
  }

  private async ask(visit: Visit, next: string): Promise<void> {
    this.wake = new AbortController();
    const withdrawn = new AbortController();
    const evidence = this.observer.evidence();
    // Only while a driver waits for an answer, a rollback may take the rollout over. Without contact to the cluster nobody can.
    const recorded = this.session.recorded ?? { direction: this.direction, from: visit.folder, to: visit.folder };
    void this.session.save(this.lock, recorded, { question: visit.folder }).catch(() => undefined);
    this.publish({ type: 'question', folder: visit.folder, evidence, verdict: evidence && this.observer.judge().verdict });
    const question = this.observer.ask(visit.folder, next, withdrawn.signal).then((answer) => {
      this.visit = { ...visit, answer };
      this.wake.abort();
    });
    // If the canary fails while the user thinks, the question is withdrawn.
    while (!this.wake.signal.aborted) {
      await this.cache.next(60_000, AbortSignal.any([this.wake.signal, this.session.signal, this.lock.lost]));
      if (this.lock.lost.aborted || this.session.signal.aborted || nextRunStep(this.observe()).do !== 'ask') {
        break;
      }
    }
    const isAnswered = this.wake.signal.aborted;
    withdrawn.abort();
    await question;
    if (!isAnswered && !this.session.signal.aborted) {
      // A rollback that took the rollout over changes the cluster before this driver renews its lease and learns of it.
      await this.lock.verify();
    }
  }

  /** Ends the visit, and publishes the decision about the stage. */
  private async leave(by: Decision['by'], decision: 'go on' | 'roll back', why: string): Promise<void> {
    if (this.visit) {
      this.publishVisit(this.visit);
      this.visit = undefined;
      await this.observer.unwatch();
    }
    this.publish({ type: 'decision', folder: this.waiting.applied ?? this.target, by, decision, why });
  }

  private publishVisit({ folder, judged }: Visit): void {
    if (judged) {
      this.publish({ type: 'verdict', folder, verdict: judged.verdict });
    }
    // The record has a verdict even if the gates did not decide.
    this.publish({ type: 'left', folder, measured: judged ?? this.observer.judge() });
  }

  private async turnBack({ by, why: decided }: Extract<RunStep, { do: 'turn back' }>): Promise<Ended | undefined> {
    // The rollback deletes the pods, so read now why they failed.
    const why = by === 'pods' || by === 'gates' ? await this.explained(decided) : decided;
    if (!this.options.rollsBack) {
      return this.end({ do: 'end', result: 'paused', why });
    }
    await this.leave(by, 'roll back', why);
    this.direction = 'rollback';
    const { position } = this;
    const to = rollbackPath(this.plan, position)[0] ?? STAGE_0;
    const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.to : undefined;
    this.why = why;
    this.interrupts = 0;
    this.target = STAGE_0;
    this.waiting = newWait();
    // Save the direction before the first change, so that any driver that continues after this one continues the rollback.
    await this.session.save(this.lock, { direction: 'rollback', from, to }, { why, ran: templatesThatRun(this.session, this.cache) });
    return undefined;
  }

  /** Records why pods failed, as far as they tell, and returns the reason with it. */
  private explained(why: string): Promise<string> {
    const folder = this.waiting.applied ?? this.target;
    return explainFailure(this.session.api, this.cache, { why, folder, direction: this.direction }, this.publish);
  }

  private async end(step: EndStep): Promise<Ended> {
    const { result, whose } = step;
    const why = whose === undefined ? step.why : await this.explained(step.why);
    if (this.visit) {
      this.publishVisit(this.visit);
    }
    const isRequested = result === 'rolled-back' && this.options.direction === 'rollback';
    return this.ended(result, isRequested ? EXIT.done : CODES[result], why);
  }

  private endedBy(error: unknown): Ended {
    if (!(error instanceof CliError)) {
      throw error;
    }
    if (this.direction === 'rollback' && error.code !== EXIT.held && error.code !== EXIT.interrupted) {
      return this.ended('rollback-failed', EXIT.rollbackFailed, error.message, error.next);
    }
    // After the first write, a refusal (for example, a permission was revoked) leaves the rollout between folders.
    const code = error.code === EXIT.refused && Object.values(this.writers).some(({ hasWritten }) => hasWritten) ? EXIT.paused : error.code;
    const result = code === EXIT.interrupted ? 'interrupted' : code === EXIT.paused ? 'paused' : 'refused';
    return this.ended(result, code, error.message, error.next);
  }

  private ended(result: Ended['result'], code: ExitCode, why: string, advice: readonly string[] = []): Ended {
    const { api, stepsBack, release } = this.session;
    const { position } = this;
    const commands = nextCommands(result, position, {
      stepsBack,
      dir: release.dir,
      flags: api.connection.flags,
      fieldManager: this.options.fieldManager,
      allowClusterScoped: this.options.allowClusterScoped,
    });
    return { result, code, why, folder: position.kind === 'at' ? position.folder : undefined, next: [...advice, ...commands] };
  }
}

function newWait(applied?: string): Wait {
  return { applied, since: performance.now(), settledSince: undefined };
}
