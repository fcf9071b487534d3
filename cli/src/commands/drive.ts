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

/** What all commands that carry something out are told. */
export interface DriveCommandOptions extends ClusterOptions {
  readonly timeout: number;
  readonly settle?: number;
  readonly fieldManager: string;
  readonly output: 'text' | 'json';
  readonly create?: boolean;
  readonly forceConflicts?: boolean;
  readonly dryRun?: 'client' | 'server';
}

/** Where a command wants to go, given where the cluster is. */
export interface Goal {
  readonly direction: Direction;
  readonly target: string;
  readonly last: string;
}

/** How a command goes there. */
export interface DriveOptions {
  readonly name: string;
  readonly mode: Mode;
  readonly holds: (folder: string) => Holds;
  readonly rollsBack: boolean;
  /** Called before anything is written; throws where it cannot go with the driver. */
  readonly company: (session: Session, progress: Progress) => Promise<StageObserver> | StageObserver;
  readonly goal: (session: Session, position: Position) => Goal;
  /** Whether it deletes what serves nothing any more, so that nobody need be told how. */
  readonly cleansUp?: boolean;
  /** Where the record of the run is kept. */
  readonly record?: (record: RunRecord) => void;
  readonly after?: (session: Session, ended: Ended) => Promise<void>;
}

/** Opens the cluster, takes the rollout, carries out what is asked, and says how it ended. */
export async function drive(options: DriveCommandOptions, terminal: Terminal, manner: DriveOptions): Promise<ExitCode> {
  const release = SynthOutput.open(options.dir);
  const end = new AbortController();
  try {
    const api = await openApi(options, terminal, end.signal);
    const session = await Session.open(api, release, 'carry out', end.signal, { force: options.forceConflicts });
    const view = await session.view();
    await session.readStates();
    refuseAbsent(session, session.position(view), options.create === true);
    // What cannot be done is said before the rollout is taken: nothing is written then.
    manner.goal(session, session.position(view));
    const progress = options.output === 'json' ? new JsonProgress(terminal) : new TextProgress(terminal);
    const company = await manner.company(session, progress);
    const lock = await session.lock((holder, seconds) =>
      terminal.note(`held by ${holder}; taken over if it does not stir for ${seconds} s`),
    );
    try {
      // Whoever had it before may have gone on while this one waited: from now on nobody does.
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

/** A rollout that was turned back is taken back to the end, whoever goes on with it: it was turned for a reason. */
function goalAfterTurn(session: Session, goal: Goal, terminal: Terminal): Goal {
  const turned = session.isTurned;
  if (goal.direction === 'rollback' || !turned) {
    return goal;
  }
  terminal.note(`this rollout was turned back (${plain(turned.why ?? 'no reason given')}, by ${plain(turned.by)}); going on with that`);
  return { direction: 'rollback', target: STAGE_0, last: STAGE_0 };
}

/** The goal of a command that goes forward to a stage. */
export function forwardTo(stage: string): DriveOptions['goal'] {
  return () => ({ direction: 'advance', target: stage, last: stage });
}

export const BACK: Goal = { direction: 'rollback', target: STAGE_0, last: STAGE_0 };

/** The stage at which a run begins: the one where the cluster is, to watch it again, or the next. */
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

/** Company for a command that asks nothing and watches no traffic. */
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
      terminal.note('ended at once; run it again to go on');
      process.exit(EXIT.interrupted);
    }
    const isFinal = signal !== 'SIGINT' || !rollsBack;
    progress.pause();
    terminal.note(
      isFinal
        ? 'stopping as soon as what was begun is written'
        : count === 1
          ? 'Ctrl-C again within 5 s rolls back; otherwise it stops here'
          : 'rolling back; Ctrl-C once more leaves it as it is',
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
