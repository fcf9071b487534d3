import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import type { Mode } from '../core/rollout/decide';
import type { Direction } from '../core/rollout/direction';
import type { HoldTimes } from '../core/rollout/hold-times';
import type { RunRecord } from '../core/rollout/record';
import type { Position } from '../core/rollout/position';
import type { TrackRole } from '../core/rollout/templates';
import { CliError, EXIT, type ExitCode } from '../core/errors';
import { alsoAppliesText } from '../core/plan/outside';
import { nextStage, restingStages } from '../core/plan/path';
import { ROUTERS, routerOf } from '../core/routers';
import { plainText } from '../core/text/plain-text';
import { SynthOutput } from '../synth-output/synth-output';
import { Driver } from '../driver/driver';
import { type Ended, type Publish, publishTo } from '../driver/events';
import type { StageObserver } from '../driver/observer';
import { Recorder } from '../driver/recorder';
import { refuseChanges } from '../driver/refuse-changes';
import { Session, type SessionOptions, by, refuseAbsent } from '../driver/session';
import { refuseUntriedTemplate } from '../driver/templates-that-ran';
import { JsonProgress } from '../terminal/progress-json';
import { TextProgress } from '../terminal/progress-text';
import type { Terminal } from '../terminal/terminal';
import { type ClusterOptions, openApi } from './common';
import { type ProofCommandOptions, proofRequest } from './proof-options';
import packageJson from '../../package.json';

/** The options of every command that changes the cluster. */
export interface DriveCommandOptions extends ClusterOptions, ProofCommandOptions {
  readonly timeout: number;
  readonly settle?: number;
  readonly fieldManager: string;
  readonly output: 'text' | 'json';
  readonly create?: boolean;
  readonly forceConflicts?: boolean;
  readonly allowClusterScoped?: boolean;
  readonly dryRun?: 'client' | 'server';
  readonly acceptTemplate?: 'stable';
  readonly takeOver?: boolean;
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
  readonly direction: Direction;
  readonly mode: Mode;
  readonly holdTimes: (folder: string) => HoldTimes;
  readonly rollsBack: boolean;
  /** Called before the first write. @throws CliError if the stages cannot be observed as the options require */
  readonly observer: (session: Session, publish: Publish) => Promise<StageObserver> | StageObserver;
  readonly goal: (session: Session, position: Position) => Goal;
  /** Whether the command runs cleanup itself, so that its output need not recommend it. */
  readonly cleansUp?: boolean;
  /** Stores the record of the run. */
  readonly record?: (record: RunRecord) => void;
  readonly after?: (session: Session, ended: Ended) => Promise<void>;
}

/** Opens the cluster, takes the lock, carries out the goal of the command, and reports its end. */
export async function drive(options: DriveCommandOptions, terminal: Terminal, command: DriveOptions): Promise<ExitCode> {
  const release = SynthOutput.open(options.dir);
  const end = new AbortController();
  try {
    const api = await openApi(options, release.plan, terminal, end.signal);
    const session = await Session.open(api, release, 'apply', end.signal, sessionOptions(options, command.direction));
    const cache = await session.openCache();
    await session.readStates();
    const outside = session.outside(options.allowClusterScoped === true);
    const look = () => session.position(cache, command.direction);
    await refuseAbsent(session, look(), options.create === true);
    // Refuse an impossible goal before taking the lock, so that nothing is written.
    const first = command.goal(session, look());
    const check = async (goal: Goal) => {
      if (goal.direction === 'advance' && !session.isTurned) {
        await refuseChanges(session, cache, look(), acceptedTemplates(options));
      }
    };
    await check(first);
    const text = options.output === 'json' ? undefined : new TextProgress(terminal);
    const recorder = new Recorder(headOf(session, command.name), weightsOf(session), command.record ?? (() => undefined));
    const publish = publishTo([text ?? new JsonProgress(terminal), recorder]);
    if (outside.length > 0) {
      publish({ type: 'note', text: alsoAppliesText(outside) });
    }
    const observer = await command.observer(session, publish);
    const lock = await session.lock((holder, seconds) =>
      terminal.note(`the rollout is held by ${holder}; taken over if the lock is not renewed for ${seconds} s`),
    );
    try {
      // The previous holder may have continued while this command waited for the lock.
      await cache.refresh();
      const goal = goalAfterTurn(session, command.goal(session, look()), terminal);
      await check(goal);
      if (goal.direction === 'rollback' && !options.acceptTemplate) {
        refuseUntriedTemplate(session, cache);
      }
      const driver = new Driver(
        session,
        lock,
        cache,
        {
          ...goal,
          mode: command.mode,
          holdTimes: command.holdTimes,
          rollsBack: command.rollsBack,
          timeout: options.timeout,
          apiTimeout: options.apiTimeout,
          settle: options.settle ?? Math.max(...session.pairs.map((pair) => routerOf(pair).settleMs)),
          settleInForce: options.settle ?? ROUTERS.pods.settleMs,
          proof: proofRequest(options),
          fieldManager: options.fieldManager,
          force: options.forceConflicts === true,
          allowClusterScoped: options.allowClusterScoped === true,
          why: goal.direction === 'rollback' ? (session.isTurned?.why ?? command.name) : undefined,
        },
        observer,
        publish,
      );
      const ended = await withSignals(driver, command.rollsBack, terminal, text, () => driver.drive());
      publish({ type: 'end', ...ended, next: command.cleansUp && ended.code === EXIT.done ? [] : ended.next });
      await command.after?.(session, ended);
      return ended.code;
    } finally {
      await lock.release();
    }
  } finally {
    end.abort();
  }
}

export function sessionOptions(options: DriveCommandOptions, direction: Direction): SessionOptions {
  return {
    force: options.forceConflicts,
    rollsBack: direction === 'rollback',
    takesOver: options.takeOver,
    acceptTemplate: direction === 'advance' ? acceptedTemplates(options) : undefined,
  };
}

export function acceptedTemplates({ acceptTemplate }: DriveCommandOptions): readonly TrackRole[] {
  return acceptTemplate ? [acceptTemplate] : [];
}

/** Replaces a forward goal if a driver started a rollback and did not finish it. A rollback that was started is always resumed. */
function goalAfterTurn(session: Session, goal: Goal, terminal: Terminal): Goal {
  const turned = session.isTurned;
  if (goal.direction === 'rollback' || !turned) {
    return goal;
  }
  terminal.note(`resuming the rollback that ${plainText(turned.by)} started (${plainText(turned.why ?? 'no reason recorded')})`);
  return { direction: 'rollback', target: STAGE_0, last: STAGE_0 };
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

async function withSignals<T>(
  driver: Driver,
  rollsBack: boolean,
  terminal: Terminal,
  text: TextProgress | undefined,
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
    text?.pause();
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

function headOf(session: Session, command: string): Omit<RunRecord, 'steps' | 'stages' | 'decisions' | 'endedAt' | 'outcome'> {
  return {
    version: 1,
    id: session.run,
    tool: `kubectl-canary ${packageJson.version}`,
    command,
    by: by(),
    context: session.api.connection.contextName,
    namespace: session.namespaces.join(', '),
    plan: session.release.planDigest,
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
