import { STAGE_0 } from '../../../lib/core/folders';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { CliError } from '../core/errors';
import { scaleUp } from '../cluster/scale';
import { boundsOf, isStage } from '../core/plan/path';
import type { PlanFile } from '../core/plan/plan';
import { type Requirement, scaledText } from '../core/rollout/capacity';
import { type RunSituation, type RunStep, isSettledFor, nextRunStep } from '../core/rollout/decide';
import type { Direction } from '../core/rollout/direction';
import type { Position } from '../core/rollout/position';
import type { Decision } from '../core/rollout/record';
import { type EndStep, endByError, endByStep } from '../core/rollout/run-end';
import { isPending, newWait, waitAfter } from '../core/rollout/settle-wait';
import { isHolding } from '../core/rollout/stage-hold';
import { transitionBack, transitionTo } from '../core/rollout/transition';
import { AdvanceWriter } from './advance-writer';
import type { DriverOptions } from './driver-options';
import { type RunEnding, endedAt, withLostNamespace } from './ended';
import type { Ended, Publish } from './events';
import { explainFailure } from './failure-explainer';
import type { FolderWriter, WriteOptions } from './folder-writer';
import { InterruptibleWait } from './interruptible-wait';
import type { StageObserver } from './observer';
import { RollbackWriter } from './rollback-writer';
import type { Session } from './session';
import { StageVisits } from './stage-visits';
import { templatesThatRun } from './templates-that-ran';
import { WeightProofs } from './weight-proofs';

/** Milliseconds between two looks at the answers of a proof. */
const PROOF_INTERVAL = 100;

/**
 * Carries out what `core/rollout/decide` decides, one step at a time: it observes the cluster, asks for the next step, and takes it. Its own
 * state is only what happened since it started; everything else is read from the cluster.
 */
export class Driver {
  private direction: Direction;
  private target: string;
  /** The reason of the rollback. It is saved in the cluster for the driver that continues after this one. */
  private why: string | undefined;
  private waiting = newWait(performance.now());
  private observedAt = performance.now();
  /** The loads for which tracks were scaled since the last apply. */
  private readonly loads = new Map<string, number>();
  /** The folder at which the user was told why the driver waits. */
  private toldAt: string | undefined;
  private readonly idle: InterruptibleWait;
  private readonly visits: StageVisits;
  private readonly proofs: WeightProofs;
  private readonly writers: Readonly<Record<Direction, FolderWriter>>;

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly cache: ClusterCache,
    private readonly options: DriverOptions,
    observer: StageObserver,
    private readonly publish: Publish,
  ) {
    this.direction = options.direction;
    this.target = options.target;
    this.why = options.why;
    this.idle = new InterruptibleWait(session, lock, cache);
    this.visits = new StageVisits(observer, options, publish);
    this.proofs = new WeightProofs(session, cache, options.proof, publish);
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
    this.idle.interrupt(isFinal);
  }

  /** Runs until the rollout ends, pauses or fails. */
  async drive(): Promise<Ended> {
    const ended = await this.untilEnded();
    const isFailure = ended.result === 'paused' || ended.result === 'rollback-failed' || ended.result === 'refused';
    // Without contact to the API server there is nothing to read, and each attempt would take as long as the one that failed.
    return isFailure && this.cache.staleMs === 0 ? withLostNamespace(ended, this.session) : ended;
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
      this.proofs.stop();
      await this.visits.end();
    }
  }

  private get writer(): FolderWriter {
    return this.writers[this.direction];
  }

  /** The folder that the driver applied last in this direction, or its target if it applied none. */
  private get folder(): string {
    return this.waiting.applied ?? this.target;
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
    const { position, plan, direction, target, loads } = this;
    const isSettled = isSettledFor({ plan, direction, target, position, pairs, loads });
    this.waiting = waitAfter(this.waiting, { now, elapsed: now - this.observedAt, isSettled, isStale: staleMs > 0 });
    this.observedAt = now;
    this.publish({ type: 'state', position, pairs });
    const proof = this.proofs.look(position, direction, this.waiting.applied !== undefined);
    return {
      ...this.options,
      proof,
      requiresProof: this.options.proof.how === 'require',
      ...this.options.holdTimes(target),
      plan,
      direction,
      target,
      loads,
      position,
      pairs,
      ...this.waiting,
      now,
      staleMs,
      ...this.visits.known,
      ...this.idle.known,
    };
  }

  private async take(step: RunStep): Promise<Ended | undefined> {
    switch (step.do) {
      case 'apply':
        await this.apply(step.folder);
        return undefined;
      case 'scale':
        await this.scale(step.requirement);
        return undefined;
      case 'wait':
        this.tellWhy(step.why);
        await this.wait(step.until);
        return undefined;
      case 'ask':
        await this.ask(step.folder, step.next);
        return undefined;
      case 'judge':
        await this.visits.judge(step.folder);
        return undefined;
      case 'go on':
        if (isStage(this.session.objects.plan, this.target)) {
          await this.visits.arrive(this.target);
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
    await this.visits.restart();
    const { position } = this;
    await this.writer.dryRun(folder);
    const recorded = transitionTo(folder, this.direction, position);
    await this.session.save(this.lock, recorded, { why: this.why, ran: templatesThatRun(this.session, this.cache) });
    const allowed = position.kind === 'at' ? boundsOf(this.session.objects.plan, position.folder, folder) : undefined;
    this.publish({ type: 'begin', folder, direction: this.direction, allowed });
    await this.writer.write(folder);
    this.loads.clear();
    this.waiting = newWait(performance.now(), folder);
  }

  private async scale(requirement: Requirement): Promise<void> {
    const { session, lock, cache } = this;
    const { path, health, pods, load } = requirement;
    const pair = session.pairs.find((one) => one.path === path)!;
    const { ref } = session.objects.deployment(pair, health.name)!;
    const options = { fieldManager: this.options.fieldManager, guard: () => lock.ensure() };
    cache.put(ref, await scaleUp(session.api, session.kinds, ref, pods, options));
    this.loads.set(path, load);
    this.publish({ type: 'note', text: scaledText(requirement) });
    this.waiting = newWait(performance.now(), this.waiting.applied);
  }

  /** Tells once for each folder why the driver waits. */
  private tellWhy(why: string | undefined): void {
    if (why !== undefined && this.toldAt !== this.folder) {
      this.toldAt = this.folder;
      this.publish({ type: 'note', text: why });
    }
  }

  private async wait(until: number): Promise<void> {
    const situation = this.observe();
    // Measure a stage from the moment when it is settled until the driver leaves it.
    if (isHolding(situation)) {
      await this.visits.arrive(this.target);
    } else if (this.visits.isVisiting && situation.settledSince === undefined) {
      if (situation.applied !== undefined) {
        // The pods were settled. If the API server now refuses the folder, report that instead of a failure of the pods.
        await this.writer.dryRun(situation.applied);
      }
      await this.visits.restart();
    }
    this.idle.begin();
    await this.idle.untilNews(Math.min(until - performance.now(), isPending(situation.proof) ? PROOF_INTERVAL : 1_000));
    this.visits.publishEvidence();
    this.idle.throwIfStopped();
  }

  private async ask(folder: string, next: string): Promise<void> {
    await this.visits.arrive(folder);
    this.idle.begin();
    const withdrawn = new AbortController();
    // Only while a driver waits for an answer, a rollback may take the rollout over. Without contact to the cluster nobody can.
    const recorded = this.session.recorded ?? { direction: this.direction, from: folder, to: folder };
    void this.session.save(this.lock, recorded, { question: folder }).catch(() => undefined);
    const question = this.visits.ask(folder, next, withdrawn.signal).then(() => this.idle.wake());
    // If the canary fails while the user thinks, the question is withdrawn.
    const isAnswered = await this.idle.untilWoken(() => nextRunStep(this.observe()).do !== 'ask');
    withdrawn.abort();
    await question;
    if (!isAnswered && !this.session.signal.aborted) {
      // A rollback that took the rollout over changes the cluster before this driver renews its lease and learns of it.
      await this.lock.verify();
    }
  }

  /** Leaves the stage with a decision. */
  private async leave(by: Decision['by'], decision: 'go on' | 'roll back', why: string): Promise<void> {
    await this.visits.leave();
    this.publish({ type: 'decision', folder: this.folder, by, decision, why });
  }

  private async turnBack({ by, why: decided }: Extract<RunStep, { do: 'turn back' }>): Promise<Ended | undefined> {
    // The rollback deletes the pods, so read now why they failed.
    const why = by === 'pods' || by === 'gates' ? await this.explained(decided) : decided;
    if (!this.options.rollsBack) {
      return this.end({ do: 'end', result: 'paused', why });
    }
    await this.leave(by, 'roll back', why);
    this.direction = 'rollback';
    const recorded = transitionBack(this.plan, this.position);
    this.why = why;
    this.idle.resetInterrupts();
    this.target = STAGE_0;
    this.loads.clear();
    this.waiting = newWait(performance.now());
    // Save the direction before the first change, so that any driver that continues after this one continues the rollback.
    await this.session.save(this.lock, recorded, { why, ran: templatesThatRun(this.session, this.cache) });
    return undefined;
  }

  /** Records why pods failed, as far as they tell, and returns the reason with it. */
  private explained(why: string): Promise<string> {
    return explainFailure(this.session.api, this.cache, { why, folder: this.folder, direction: this.direction }, this.publish);
  }

  private async end({ result, whose, why: decided }: EndStep): Promise<Ended> {
    const why = whose === undefined ? decided : await this.explained(decided);
    this.visits.publishResult();
    return this.ended({ ...endByStep(result, this.options.direction), why });
  }

  private endedBy(error: unknown): Ended {
    if (!(error instanceof CliError)) {
      throw error;
    }
    const hasWritten = Object.values(this.writers).some((writer) => writer.hasWritten);
    return this.ended({ ...endByError(error, this.direction, hasWritten), why: error.message, advice: error.next });
  }

  private ended(ending: RunEnding): Ended {
    return endedAt(this.position, ending, this.session, this.options);
  }
}
