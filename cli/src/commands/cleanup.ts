import { Command, Option } from 'commander';
import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import { ApiError } from '../cluster/api';
import { deleteObject } from '../cluster/apply';
import { asRefusal } from '../cluster/kinds';
import { findUnusedConfigs } from '../cluster/unused-configs';
import type { Position } from '../core/rollout/position';
import { CliError, EXIT, type ExitCode } from '../core/errors';
import { type ObjectRef, type Resource, at, nameOf, refOf } from '../core/resource';
import { atText } from '../core/plan/path';
import { plainText } from '../core/text/plain-text';
import { SynthOutput } from '../synth-output/synth-output';
import { Session, refuseAbsent } from '../driver/session';
import { confirm } from '../terminal/ask';
import { tableText } from '../terminal/table';
import type { Terminal } from '../terminal/terminal';
import { type ClusterOptions, openApi, withCluster, withOutput } from './common';

export interface CleanupOptions extends ClusterOptions {
  readonly yes?: boolean;
  readonly dryRun?: 'client' | 'server';
  readonly output: 'text' | 'json';
}

export function cleanupCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withOutput(withCluster(new Command('cleanup')), ['text', 'json'])
    .description(
      'delete Deployments that no longer receive traffic (the old version after a promotion, the canary after a rollback), and their configuration',
    )
    .option('-y, --yes', 'delete without a prompt')
    .addOption(new Option('--dry-run <kind>', 'print what would be deleted, and delete nothing').choices(['client', 'server']))
    .addHelpText('after', '\nExamples:\n  kubectl canary cleanup\n  kubectl canary cleanup --yes')
    .action(async (options: CleanupOptions) => finish(await cleanup(options, terminal)));
}

/** An object to delete, as it was read. */
interface Doomed {
  readonly ref: ObjectRef;
  readonly found: Resource;
}

/**
 * Deletes the objects that the plan lists for the current position of the cluster, if none of them serves traffic, and the ConfigMaps of
 * `VersionedConfig`s that nothing refers to then.
 */
export async function cleanup(options: CleanupOptions, terminal: Terminal): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const release = SynthOutput.open(options.dir);
    const api = await openApi(options, release.plan, terminal, end.signal);
    const { afterPromotion, afterRollback } = release.plan.cleanup;
    const isDry = options.dryRun !== undefined;
    const session = await Session.open(api, release, isDry ? 'look' : 'apply', end.signal, {
      deleted: [...afterPromotion, ...afterRollback],
    });
    const view = await session.openCache();
    await session.readStates();
    const position = session.position(view);
    // It creates nothing, but names a namespace that is being deleted.
    await refuseAbsent(session, position, true);
    const listed = listFor(session, position, afterPromotion, afterRollback);
    const deployments = await find(session, listed);
    const configs = await unusedConfigs(session, position, listed);
    const doomed = [...deployments, ...configs];
    if (doomed.length === 0) {
      say(options, terminal, [], 'there is nothing to delete');
      return EXIT.done;
    }
    if (options.output === 'text') {
      terminal.note(`${isDry ? 'would delete' : 'to be deleted'} in ${session.place}:`);
      terminal.note(
        tableText({
          header: ['object', 'pods'],
          rows: doomed.map(({ ref, found }) => [plainText(nameOf(ref)), ref.kind === 'ConfigMap' ? '-' : String(podsOf(found))]),
          width: terminal.width,
          indent: '  ',
        }),
      );
    }
    if (isDry) {
      if (options.output === 'json') {
        say(options, terminal, doomed, 'nothing was deleted');
      } else {
        terminal.note('this is a dry run, and nothing was deleted');
      }
      return EXIT.done;
    }
    if (!options.yes && !(await confirm(terminal, 'Delete them?', end.signal))) {
      throw new CliError(
        terminal.canAsk ? 'nothing was deleted: you did not confirm' : 'nothing was deleted: no terminal to prompt on; pass --yes',
        EXIT.refused,
      );
    }
    let kept: readonly Doomed[] = [];
    const lock = await session.lock((holder, seconds) =>
      terminal.note(`the rollout is held by ${holder}; taken over if the lock is not renewed for ${seconds} s`),
    );
    try {
      // Check the position again: another driver may have continued during the prompt.
      await view.refresh();
      const now = session.position(view);
      const stillListed = listFor(session, now, afterPromotion, afterRollback);
      const guard = () => lock.ensure();
      for (const { ref, found } of deployments) {
        await deleteObject(api, session.kinds, found, ref, { guard });
      }
      kept = await deleteConfigs(session, configs, await unusedConfigs(session, now, stillListed), guard);
    } finally {
      await lock.release();
    }
    const deleted = doomed.filter((one) => !kept.includes(one));
    await untilGone(session, deleted);
    kept.forEach(({ ref }) => terminal.note(`kept ${plainText(nameOf(ref))}: another client wrote it or began to read it`));
    say(options, terminal, deleted, 'deleted');
    return EXIT.done;
  } finally {
    end.abort();
  }
}

/** Selects one of the plan's two lists by the position of the cluster. */
function listFor(
  session: Session,
  position: Position,
  afterPromotion: readonly ObjectRef[],
  afterRollback: readonly ObjectRef[],
): readonly ObjectRef[] {
  const isAt = (folder: string) => position.kind === 'at' && position.folder === folder;
  const list = isAt(PROMOTED) ? afterPromotion : isAt(STAGE_0) ? afterRollback : undefined;
  if (list) {
    return list.map((ref) => session.objects.placed(ref));
  }
  if (position.kind === 'unrecognized') {
    throw new CliError(position.why, EXIT.refused, position.next);
  }
  if (position.kind === 'absent') {
    throw new CliError(`nothing of this plan exists in ${session.place}`, EXIT.refused, ['check --context and --namespace']);
  }
  if (position.kind === 'before') {
    throw new CliError(`the rollout has not started: the cluster is ${atText(position)}`, EXIT.refused);
  }
  throw new CliError(`the rollout is not finished: the cluster is ${atText(position)}`, EXIT.refused, [
    'kubectl canary promote    finishes it with the canary',
    'kubectl canary rollback   finishes it with stable',
  ]);
}

async function find(session: Session, refs: readonly ObjectRef[]): Promise<Doomed[]> {
  const found: Doomed[] = [];
  for (const ref of refs) {
    const object = await session.api.find(session.kinds.path(ref)).catch((error: unknown) => {
      throw asRefusal(error, nameOf(ref));
    });
    if (object === undefined) {
      continue;
    }
    const known = session.objects.find(ref);
    if (known === undefined) {
      throw new CliError(
        `cannot delete ${nameOf(ref)}: the plan lists it for cleanup, but no folder of the plan contains it`,
        EXIT.refused,
      );
    }
    if (podsOf(object) > 0) {
      throw new CliError(`cannot delete ${nameOf(ref)}: it still has ${podsOf(object)} pods`, EXIT.refused, [
        'kubectl canary status   shows where the cluster is',
      ]);
    }
    found.push({ ref, found: object });
  }
  return found;
}

/** The ConfigMaps that nothing refers to once the listed objects are gone. */
async function unusedConfigs(session: Session, position: Position, listed: readonly ObjectRef[]): Promise<readonly Doomed[]> {
  const folder = position.kind === 'at' ? position.folder : STAGE_0;
  const found = await findUnusedConfigs(session.api, session.objects, folder, listed);
  return found.map((config) => ({ ref: refOf(config), found: config }));
}

/** Deletes the ConfigMaps that are still unused and that nobody wrote since they were shown. Returns the others. */
async function deleteConfigs(
  { api, kinds }: Session,
  shown: readonly Doomed[],
  unused: readonly Doomed[],
  guard: () => Promise<void>,
): Promise<readonly Doomed[]> {
  const kept: Doomed[] = [];
  for (const config of shown) {
    const isUnused = unused.some(({ found }) => at(found, 'metadata', 'uid') === at(config.found, 'metadata', 'uid'));
    const isDeleted =
      isUnused &&
      (await deleteObject(api, kinds, config.found, config.ref, { isUnchanged: true, guard }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof CliError && error.cause instanceof ApiError && error.cause.status === 409) {
            return false;
          }
          throw error;
        },
      ));
    if (!isDeleted) {
      kept.push(config);
    }
  }
  return kept;
}

function podsOf(object: Resource): number {
  const pods = [at(object, 'spec', 'replicas'), at(object, 'status', 'replicas')].filter((count) => typeof count === 'number');
  return Math.max(0, ...pods);
}

/** Waits until the objects are gone: an object with finalizers takes longer. */
async function untilGone(session: Session, doomed: readonly Doomed[]): Promise<void> {
  for (const { ref, found } of doomed) {
    const isThere = async () => {
      const now = await session.api.find(session.kinds.path(ref));
      return now !== undefined && at(now, 'metadata', 'uid') === at(found, 'metadata', 'uid');
    };
    for (let looks = 0; await isThere(); looks += 1) {
      if (looks === 60) {
        throw new CliError(`${nameOf(ref)} still exists 30 s after its deletion: a finalizer may block it`, EXIT.paused);
      }
      await new Promise((next) => setTimeout(next, 500));
    }
  }
}

function say(options: CleanupOptions, terminal: Terminal, doomed: readonly Doomed[], what: string): void {
  if (options.output === 'json') {
    terminal.print(JSON.stringify({ result: what, objects: doomed.map(({ ref }) => ref) }));
  } else {
    terminal.note(doomed.length === 0 ? what : `${what}: ${doomed.map(({ ref }) => plainText(nameOf(ref))).join(', ')}`);
  }
}
