import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import type { Direction, Mode } from '../core/rollout/decide';
import type { Holds } from '../core/rollout/hold-times';
import type { RunRecord } from '../core/rollout/record';
import type { Position } from '../core/rollout/position';
import { EXIT, ExitCode, CliError } from '../core/errors';
import { nextStage, restingStages } from '../core/plan/path';
import { routerOf } from '../core/routers';
import { SynthOutput } from '../synth-output/synth-output';
import { StageObserver, Driver, Ended } from '../driver/driver';
import { Recorder } from '../driver/recorder';
import { Session, by, refuseAbsent } from '../driver/session';
import { Terminal, plain } from '../terminal/terminal';
import { JsonProgress, TextProgress } from '../terminal/progress-text';
import type { Progress } from '../terminal/progress';
import { ClusterOptions, openApi } from './common';
import packageJson from '../../package.json';

/** The options of every command that changes the cluster. */
export interface DriveCommandOptions extends ClusterOptions {
  readonly timeout: number;
  readonly settle?: number;
  readonly fieldManager: string;
  readonly output: 'text' | 'json';
  readonly create?: boolean;
  readonly forceConflicts?: boolean;
  readonly dryRun?: 'client' | 'server';
}

/** The goal of a command, given the position of the cluster. */
export interface Goal {
  readonly direction: Direction;
  readonly target: string;
  readonly last: string;
}

/** How a command reaches its goal. */
export interface DriveOptions {
  readonly name: string;
  readonly mode: Mode;
  readonly holds: (folder: string) => Holds;
  readonly rollsBack: boolean;
  /** Called before the first write. It throws if the stages cannot be observed as requested. */
  readonly company: (session: Session, progress: Progress) => Promise<StageObserver> | StageObserver;
  readonly goal: (session: Session, position: Position) => Goal;
  /** Whether the command runs cleanup itself, so that its output need not recommend it. */
  readonly cleansUp?: boolean;
  /** Stores the record of the run. */
  readonly record?: (record: RunRecord) => void;
  readonly after?: (session: Session, ended: Ended) => Promise<void>;
}

/** Opens the cluster, acquires the lock, drives the rollout to the goal, and prints the result. */
export async function drive(options: DriveCommandOptions, terminal: Terminal, manner: DriveOptions): Promise<ExitCode> {
  const release = SynthOutput.open(options.dir);
  const end = new AbortController();
  try {
    const api = await openApi(options, terminal, end.signal);
    const session = await Session.open(api, release, 'carry out', end.signal, { force: options.forceConflicts });
    const view = await session.view();
    await session.readStates();
    refuseAbsent(session, session.position(view), options.create === true);
    // Check the goal before the first write, so that an impossible goal changes nothing.
    manner.goal(session, session.position(view));
    const progress = options.output === 'json' ? new JsonProgress(terminal) : new TextProgress(terminal);
    const company = await manner.company(session, progress);
    const lock = await session.lock((holder, seconds) =>
      terminal.note(`the rollout is held by ${holder}; taken over if the lock is not renewed for ${seconds} s`),
    );
    try {
      // The previous holder may have continued during the wait, so read the position again. Nothing else changes it now.
      await view.refresh();
      const goal = goalAfterTurn(session, manner.goal(session, session.position(view)), terminal);
      const recorder = new Recorder(headOf(session, manner.name), weightsOf(session), manner.record ?? (() => undefined));
      const driver = new Driver(
        session,
        lock,
        view,
        {
          ...goal,
          mode: manner.mode,
          holds: manner.holds,
          rollsBack: manner.rollsBack,
          timeout: options.timeout,
          apiTimeout: options.apiTimeout,
          settle: options.settle ?? Math.max(...session.pairs.map((pair) => routerOf(pair).settleMs)),
          fieldManager: options.fieldManager,
          force: options.forceConflicts === true,
          why: goal.direction === 'rollback' ? (session.isTurned?.why ?? manner.name) : undefined,
        },
        company,
        progress,
        recorder,
      );
      const ended = await withSignals(driver, manner.rollsBack, terminal, progress, () => driver.drive());
      progress.pause();
      recorder.end({ result: ended.result, exitCode: ended.code, folder: ended.folder, why: ended.why });
      report(manner.cleansUp && ended.code === EXIT.done ? { ...ended, next: [] } : ended, options, terminal);
      await manner.after?.(session, ended);
      return ended.code;
    } finally {
      await lock.release();
    }
  } finally {
    end.abort();
  }
}

/** Replaces a forward goal if a driver started a rollback and did not finish it. A rollback that was started is always resumed. */
function goalAfterTurn(session: Session, goal: Goal, terminal: Terminal): Goal {
  const turned = session.isTurned;
  if (goal.direction === 'rollback' || !turned) {
    return goal;
  }
  terminal.note(`resuming the rollback that ${plain(turned.by)} started (${plain(turned.why ?? 'no reason recorded')})`);
  return { direction: 'rollback', target: STAGE_0, last: STAGE_0 };
}

/** The goal of a command that advances to a stage. */
export function forwardTo(stage: string): DriveOptions['goal'] {
  return () => ({ direction: 'advance', target: stage, last: stage });
}

export const BACK: Goal = { direction: 'rollback', target: STAGE_0, last: STAGE_0 };

/** The first stage of a run: the current stage, which is measured again, or else the next one. */
export function firstTarget(session: Session, position: Position): string {
  const { plan } = session.objects;
  const isStage = (folder: string) => plan.stages.some((stage) => stage.folder === folder) || folder === PROMOTED;
  if (position.kind === 'at' && isStage(position.folder)) {
    return position.folder;
  }
  if (position.kind === 'unrecognized') {
    throw new CliError(position.why, EXIT.refused, position.next);
  }
  const next = nextStage(plan, position);
  return next === undefined || next === STAGE_0 ? restingStages(plan)[1]! : next;
}

/** The observer of a command that neither prompts nor measures traffic. */
export const noObserver: StageObserver = {
  ask: () => Promise.resolve(undefined),
  watch: () => Promise.resolve(),
  evidence: () => undefined,
  judge: () => ({ verdict: { verdict: 'inconclusive', checks: [] }, evidence: undefined, gates: undefined }),
  unwatch: () => Promise.resolve(),
};

async function withSignals<T>(
  driver: Driver,
  rollsBack: boolean,
  terminal: Terminal,
  progress: Progress,
  action: () => Promise<T>,
): Promise<T> {
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    count += 1;
    if (count > (rollsBack ? 2 : 1)) {
      terminal.note('stopped immediately; run the command again to continue');
      process.exit(EXIT.interrupted);
    }
    const isFinal = signal !== 'SIGINT' || !rollsBack;
    progress.pause();
    terminal.note(
      isFinal
        ? 'stopping; a folder that is being applied is completed first'
        : count === 1
          ? 'press Ctrl-C again within 5 s to roll back; otherwise the run stops here'
          : 'rolling back; press Ctrl-C once more to stop without finishing it',
    );
    driver.interrupt(isFinal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  signals.forEach((signal) => process.on(signal, onSignal));
  try {
    return await action();
  } finally {
    signals.forEach((signal) => process.off(signal, onSignal));
  }
}

function report(ended: Ended, options: DriveCommandOptions, terminal: Terminal): void {
  if (options.output === 'json') {
    terminal.print(JSON.stringify({ at: new Date().toISOString(), type: 'end', ...ended }));
    return;
  }
  const words: Readonly<Record<Ended['result'], string>> = {
    promoted: 'promoted',
    'at-stage': `at ${ended.folder ?? 'the stage'}`,
    'rolled-back': 'rolled back',
    paused: 'paused',
    'rollback-failed': 'the rollback failed',
    interrupted: 'interrupted',
    refused: 'stopped',
  };
  const good = ended.code === EXIT.done;
  const isSaid = [words[ended.result], ended.why].some((text) => ended.folder === undefined || text.includes(ended.folder));
  const place = !isSaid ? ` (the cluster is at ${ended.folder})` : '';
  terminal.note(`${terminal.paint(good ? 'green' : 'red', words[ended.result])}: ${plain(ended.why)}${place}`);
  ended.next.forEach((line) => terminal.note(`  ${line}`));
}

function headOf(session: Session, command: string): Omit<RunRecord, 'steps' | 'stages' | 'decisions' | 'endedAt' | 'outcome'> {
  return {
    version: 1,
    id: session.run,
    tool: `kubectl-canary ${packageJson.version}`,
    command,
    by: by(),
    context: session.api.connection.contextName,
    namespace: session.objects.namespace,
    plan: session.planDigest,
    pairs: session.pairs.map(({ path, namespace, service, router, stable, canary }) => ({
      path,
      namespace: namespace ?? session.objects.namespace,
      service,
      router,
      stable: { deployment: stable.deployment, version: stable.version },
      canary: { deployment: canary.deployment, version: canary.version },
    })),
    startedAt: new Date().toISOString(),
  };
}

function weightsOf(session: Session): Readonly<Record<string, string>> {
  return Object.fromEntries(session.objects.plan.stages.map(({ folder, weight }) => [folder, weight]));
}
