import { join } from 'node:path';
import { STAGE_0 } from '../../../lib/core/folders';
import { Applied, FIELD_MANAGER, applyObject } from '../cluster/apply';
import { ApiError } from '../cluster/api';
import { Lock } from '../cluster/lock';
import { ClusterCache } from '../cluster/cluster-cache';
import { Direction, Mode, RunSituation, RunStep, judgedTracks, nextRunStep } from '../core/rollout/decide';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { Holds } from '../core/rollout/hold-times';
import type { PlanObject } from '../core/kubernetes/objects';
import { boundsOf, rollbackPath } from '../core/plan/path';
import type { Position } from '../core/rollout/position';
import { EXIT, ExitCode, CliError } from '../core/errors';
import { nameOf } from '../core/resource';
import type { Progress } from '../terminal/progress';
import type { RecordedStage } from '../core/rollout/record';
import { Recorder } from './recorder';
import { Session } from './session';

export interface DriverOptions {
  /** The stage to end at; `stage-0` on the way back. */
  readonly last: string;
  /** The stage to go to first; the others follow one by one. */
  readonly target: string;
  readonly direction: Direction;
  readonly mode: Mode;
  readonly timeout: number;
  /** How long the cluster may not be heard of. */
  readonly apiTimeout: number;
  readonly settle: number;
  /** How long a stage is held at least, and at most while the gates do not know. */
  readonly holds: (folder: string) => Holds;
  /** Whether what goes wrong is rolled back, rather than left as it is. */
  readonly rollsBack: boolean;
  readonly fieldManager: string;
  /** Whether fields that others have set are taken over, whatever they are. */
  readonly force: boolean;
  /** Why it goes back, where it begins with that. */
  readonly why?: string;
}

/** What a run is told from outside while it goes on. */
export interface StageObserver {
  /** Asks whether to go on; resolves with the answer, or `undefined` where the question was taken back. */
  ask(folder: string, next: string, evidence: Evidence | undefined, signal: AbortSignal): Promise<'go on' | 'roll back' | undefined>;
  /** Begins to watch the traffic of a stage. */
  watch(folder: string): Promise<void>;
  /** What was seen since then; undefined where nothing is watched. */
  evidence(): Evidence | undefined;
  judge(): StageVerdict;
  /** Ends watching. */
  unwatch(): Promise<void>;
}

/** What the gates made of a stage at a moment, with all that it was made from: the record of it can be computed again. */
export interface StageVerdict {
  readonly verdict: Verdict;
  readonly evidence: Evidence | undefined;
  readonly gates: RecordedStage['gates'];
}

export interface Ended {
  readonly result: Extract<RunStep, { do: 'end' }>['result'] | 'refused';
  readonly code: ExitCode;
  readonly why: string;
  readonly folder: string | undefined;
  readonly next: readonly string[];
}

const CODES: Readonly<Record<Extract<RunStep, { do: 'end' }>['result'], ExitCode>> = {
  promoted: EXIT.done,
  'at-stage': EXIT.done,
  'rolled-back': EXIT.rolledBack,
  paused: EXIT.paused,
  'rollback-failed': EXIT.rollbackFailed,
  interrupted: EXIT.interrupted,
};

/**
 * Does what `core/decide` says, one thing at a time: looks, asks what is next, does it. All that it knows beyond the cluster is
 * what happened since it was started.
 */
export class Driver {
  private direction: Direction;
  private target: string;
  /** Why it goes back: whoever goes on with that is told. */
  private why: string | undefined;
  private applied: string | undefined;
  private since = performance.now();
  private lookedAt = performance.now();
  private settledSince: number | undefined;
  private arrivedAt: number | undefined;
  private answer: 'go on' | 'roll back' | undefined;
  private judged: StageVerdict | undefined;
  private judgedAt: number | undefined;
  private interrupts = 0;
  private interruptedAt: number | undefined;
  private watched: string | undefined;
  private hasWritten = false;
  /** The objects that are known to be there, by their keys. */
  private readonly seen = new Set<string>();
  private readonly stopWaiting = new AbortController();
  private wake = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly view: ClusterCache,
    private readonly options: DriverOptions,
    private readonly company: StageObserver,
    private readonly progress: Progress,
    private readonly recorder: Recorder,
  ) {
    this.direction = options.direction;
    this.target = options.target;
    this.why = options.why;
  }

  /**
   * Ctrl-C was typed, or the process was told to end.
   *
   * @param isFinal whether no second one is waited for, which would roll back
   */
  interrupt(isFinal = false): void {
    this.interrupts += 1;
    this.interruptedAt = isFinal ? -Infinity : (this.interruptedAt ?? performance.now());
    this.wake.abort();
  }

  /** Carries it out, to whatever end. */
  async drive(): Promise<Ended> {
    try {
      for (;;) {
        const step = nextRunStep(this.look());
        const ended = await this.take(step);
        if (ended) {
          return ended;
        }
      }
    } catch (error) {
      return this.endedBy(error);
    } finally {
      this.stopWaiting.abort();
      await this.company.unwatch();
    }
  }

  private look(): RunSituation {
    const now = performance.now();
    const { health: pairs, staleMs } = this.view;
    if (staleMs > 0) {
      // The cluster may have had no time either: it is not held against its pods.
      this.since += now - this.lookedAt;
    }
    this.lookedAt = now;
    const { isSettled } = judgedTracks(pairs, this.direction);
    if (isSettled) {
      this.settledSince ??= now;
    } else if (this.settledSince !== undefined) {
      this.settledSince = undefined;
      this.since = now;
    }
    const position = this.session.position(this.view);
    this.progress.show(position, pairs);
    this.recorder.see(pairs);
    return {
      ...this.options,
      ...this.options.holds(this.target),
      plan: this.session.objects.plan,
      direction: this.direction,
      target: this.target,
      position,
      pairs,
      applied: this.applied,
      now,
      since: this.since,
      settledSince: this.settledSince,
      staleMs,
      arrivedAt: this.arrivedAt,
      answer: this.answer,
      verdict: this.judged?.verdict,
      judgedAt: this.judgedAt,
      interrupts: this.interrupts,
      interruptedAt: this.interruptedAt,
    };
  }

  private async take(step: RunStep): Promise<Ended | undefined> {
    switch (step.do) {
      case 'apply':
        return this.apply(step.folder);
      case 'wait':
        return this.wait(step.until);
      case 'ask':
        await this.arrive(step.folder);
        return this.ask(step.folder, step.next);
      case 'judge': {
        await this.arrive(step.folder);
        this.judged = this.company.judge();
        this.judgedAt = performance.now();
        return undefined;
      }
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
          await this.session.save(this.lock, { direction: 'rollback', from: STAGE_0, to: STAGE_0 }, step.why, true);
        }
        return this.end(step.result, step.why);
    }
  }

  private async apply(folder: string): Promise<undefined> {
    const position = this.session.position(this.view);
    const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.from : undefined;
    await this.tryFolder(folder);
    await this.session.save(this.lock, { direction: this.direction, from, to: folder }, this.why);
    this.progress.begin(folder, this.direction);
    this.recorder.begin(folder, this.direction, position.kind === 'at' ? boundsOf(this.session.objects.plan, from, folder) : undefined);
    const objects = this.session.objects.in(folder);
    for (const [n, object] of objects.entries()) {
      try {
        const applied = await this.applyOne(object, folder);
        this.hasWritten = true;
        this.seen.add(object.key);
        this.view.put(object.ref, applied.object);
        this.progress.applied(object.ref, applied);
        this.recorder.applied(object.ref, applied.change);
      } catch (error) {
        throw withParts(error, folder, objects.slice(0, n), objects.slice(n));
      }
    }
    this.applied = folder;
    this.since = performance.now();
    this.settledSince = undefined;
    this.arrivedAt = undefined;
    return undefined;
  }

  /**
   * Asks the API server what it says to all objects before the first is written: of half a folder there may be fewer pods than
   * of either of two. It may have nothing to say: some webhooks cannot be asked beforehand, and a namespace may not be there yet.
   */
  private async tryFolder(folder: string): Promise<void> {
    for (const object of this.session.objects.in(folder)) {
      await this.applyOne(object, folder, true).catch((error: unknown) => {
        const cause = error instanceof CliError ? error.cause : undefined;
        if (!(cause instanceof ApiError && [400, 404].includes(cause.status))) {
          throw error;
        }
      });
    }
  }

  private applyOne(object: PlanObject, folder: string, isDryRun = false): Promise<Applied> {
    return applyObject(this.session.api, this.session.kinds, object, folder, {
      fieldManager: this.options.fieldManager,
      force: this.options.force,
      wasThere: this.seen.has(object.key),
      isDryRun,
      guard: () => this.lock.ensure(),
    });
  }

  private async wait(until: number): Promise<undefined> {
    const { position } = this.look();
    // A stage that is reached is watched from then on, until it is left.
    if (this.isHolding(position)) {
      await this.arrive(this.target);
    } else if (this.watched !== undefined && this.settledSince === undefined) {
      if (this.applied !== undefined) {
        // What was at rest does not stir by itself: where somebody changed it or took it away, no pod is to blame.
        await this.tryFolder(this.applied);
      }
      // What is measured while a pod is missing says nothing of a stage.
      this.progress.restarted(this.watched);
      this.arrivedAt = undefined;
      this.judged = undefined;
      this.judgedAt = undefined;
      this.watched = undefined;
      await this.company.unwatch();
    }
    this.wake = new AbortController();
    const end = AbortSignal.any([this.wake.signal, this.session.signal]);
    await this.view.next(Math.min(until - performance.now(), 1_000), end);
    this.progress.tick(this.company.evidence());
    if (this.session.signal.aborted) {
      throw new CliError('ended from outside', EXIT.interrupted);
    }
    return undefined;
  }

  private isHolding(position: Position): boolean {
    const settled = this.settledSince !== undefined && performance.now() - this.settledSince >= this.options.settle;
    return (
      this.direction === 'advance' && this.isStage(this.target) && settled && position.kind === 'at' && position.folder === this.target
    );
  }

  private isStage(folder: string): boolean {
    return this.session.objects.plan.stages.some((stage) => stage.folder === folder);
  }

  private async arrive(folder: string): Promise<void> {
    if (this.arrivedAt === undefined) {
      this.arrivedAt = performance.now();
      this.progress.arrived(folder, this.options.holds(folder).hold);
      if (!this.recorder.isAt(folder)) {
        this.recorder.arrived(folder);
      }
      this.watched = folder;
      await this.company.watch(folder);
    }
  }

  private async ask(folder: string, next: string): Promise<undefined> {
    this.wake = new AbortController();
    const taken = new AbortController();
    const question = this.company.ask(folder, next, this.company.evidence(), taken.signal).then((answer) => {
      this.answer = answer;
      this.wake.abort();
    });
    // While somebody thinks, the canary may fail: then there is nothing to be asked any more.
    while (this.answer === undefined && !this.wake.signal.aborted) {
      await this.view.next(60_000, AbortSignal.any([this.wake.signal, this.session.signal]));
      const step = nextRunStep(this.look());
      if (step.do !== 'ask' || this.session.signal.aborted) {
        break;
      }
    }
    taken.abort();
    await question;
    return undefined;
  }

  /** Writes down what was seen of a stage, and shows what the gates made of it. */
  private close(folder: string): void {
    if (this.judged) {
      this.progress.verdict(folder, this.judged.verdict);
    }
    // Where nobody asked the gates, what they think of it is worth keeping all the same.
    const { evidence, verdict, gates } = this.judged ?? this.company.judge();
    this.recorder.left(folder, evidence, evidence && verdict, gates);
  }

  private async leave(by: 'person' | 'gates' | 'option' | 'pods' | 'signal', decision: 'go on' | 'roll back', why: string): Promise<void> {
    if (this.watched !== undefined) {
      this.close(this.watched);
      this.watched = undefined;
      await this.company.unwatch();
    }
    this.recorder.decided(this.applied ?? this.target, by, decision, why);
    if (by !== 'option' || decision !== 'go on') {
      this.progress.decided(decision, by, why);
    }
    this.answer = undefined;
    this.judged = undefined;
    this.judgedAt = undefined;
    this.arrivedAt = undefined;
  }

  private async turnBack({ by, why }: Extract<RunStep, { do: 'turn back' }>): Promise<Ended | undefined> {
    if (!this.options.rollsBack) {
      return this.end('paused', why);
    }
    await this.leave(by, 'roll back', why);
    const position = this.session.position(this.view);
    const to = rollbackPath(this.session.objects.plan, position)[0] ?? STAGE_0;
    const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.to : undefined;
    this.direction = 'rollback';
    this.why = why;
    this.interrupts = 0;
    this.target = STAGE_0;
    this.applied = undefined;
    this.since = performance.now();
    this.settledSince = undefined;
    // From here on whoever goes on goes back: written down before anything is changed.
    await this.session.save(this.lock, { direction: 'rollback', from, to }, why);
    return undefined;
  }

  private end(result: Extract<RunStep, { do: 'end' }>['result'], why: string): Ended {
    if (this.watched !== undefined) {
      this.close(this.watched);
    }
    const position = this.session.position(this.view);
    const folder = position.kind === 'at' ? position.folder : undefined;
    const isBack = result === 'rolled-back' && this.options.direction === 'rollback';
    return { result, code: isBack ? EXIT.done : CODES[result], why, folder, next: this.nextLines(result, position) };
  }

  private endedBy(error: unknown): Ended {
    if (!(error instanceof CliError)) {
      throw error;
    }
    const isRollback = this.direction === 'rollback' && error.code !== EXIT.held && error.code !== EXIT.interrupted;
    const position = this.session.position(this.view);
    // What is refused on the way leaves the rollout on the way: rights can be taken and tokens run out.
    const code = error.code === EXIT.refused && this.hasWritten ? EXIT.paused : error.code;
    const result = code === EXIT.interrupted ? 'interrupted' : isRollback ? 'rollback-failed' : code === EXIT.paused ? 'paused' : 'refused';
    return {
      result,
      code: isRollback ? EXIT.rollbackFailed : code,
      why: error.message,
      folder: position.kind === 'at' ? position.folder : undefined,
      next: [...error.next, ...this.nextLines(result, position)],
    };
  }

  /** What can be typed next. */
  private nextLines(result: Ended['result'], position: Position): string[] {
    const { dir } = this.session.release;
    const flag = words([...(dir === 'dist' ? [] : ['--dir', dir]), ...this.session.api.connection.flags]);
    switch (result) {
      case 'rollback-failed':
        return this.manualRollback(position);
      case 'paused':
      case 'interrupted':
        return [`kubectl canary run${flag}        goes on from here`, `kubectl canary rollback${flag}   goes back to ${STAGE_0}`];
      case 'promoted':
      case 'rolled-back':
        return [`kubectl canary cleanup${flag}    deletes what serves nothing any more`];
      case 'at-stage':
      case 'refused':
        return [];
    }
  }

  /** The way back in kubectl's own words, for when this command cannot go it. */
  private manualRollback(position: Position): string[] {
    const { dir, plan } = this.session.release;
    const folders = position.kind === 'unrecognized' ? [STAGE_0] : rollbackPath(plan, position);
    const { flags } = this.session.api.connection;
    // A flag that is given twice has its last value.
    const stable = this.session.pairs.map(({ namespace, stable: { deployment } }) =>
      words([`deploy/${deployment}`, ...flags, ...(namespace ? ['--namespace', namespace] : [])]),
    );
    const all = folders.length > 0 ? folders : [STAGE_0];
    return [
      'the way back by hand:',
      ...all.flatMap((folder) => [
        `  kubectl apply --server-side --force-conflicts --field-manager=${FIELD_MANAGER}${words([...flags, '-f', join(dir, folder)])}`,
        ...stable.map((name) => `  kubectl rollout status --timeout=5m${name}`),
      ]),
    ];
  }
}

/** Words as a shell takes them, each after a space. */
function words(list: readonly string[]): string {
  return list.map((word) => (/^[\w./:@=,+-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", "'\\''")}'`)).join('');
}

/** Says which part of a folder was written when it could not be ended. */
function withParts(error: unknown, folder: string, written: readonly PlanObject[], left: readonly PlanObject[]): unknown {
  if (!(error instanceof CliError) || written.length === 0) {
    return error;
  }
  const names = (objects: readonly PlanObject[]) => objects.map(({ ref }) => nameOf(ref)).join(', ');
  return new CliError(error.message, error.code, [...error.next, `of ${folder}, ${names(written)} is written, and ${names(left)} is not`]);
}
