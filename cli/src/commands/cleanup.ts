import { Command, Option } from 'commander';
import { PROMOTED, STAGE_0 } from '../../../lib/core/folders';
import { deleteObject } from '../cluster/apply';
import { asRefusal } from '../cluster/kinds';
import type { Position } from '../core/rollout/position';
import { EXIT, ExitCode, CliError } from '../core/errors';
import { ObjectRef, Resource, at, nameOf } from '../core/resource';
import { placeText } from '../core/plan/path';
import { SynthOutput } from '../synth-output/synth-output';
import { Session } from '../driver/session';
import { confirm } from '../terminal/ask';
import { Terminal, columns } from '../terminal/terminal';
import { ClusterOptions, openApi, withCluster, withOutput } from './common';

export interface CleanupOptions extends ClusterOptions {
  readonly yes?: boolean;
  readonly dryRun?: 'client' | 'server';
  readonly output: 'text' | 'json';
}

export function cleanupCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withOutput(withCluster(new Command('cleanup')), ['text', 'json'])
    .description('delete what serves nothing any more: the old version after a promotion, the canary after a rollback')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--dry-run <kind>', 'say what would be deleted, and do nothing').choices(['client', 'server']))
    .addHelpText('after', '\nExamples:\n  kubectl canary cleanup\n  kubectl canary cleanup --yes')
    .action(async (options: CleanupOptions) => finish(await cleanup(options, terminal)));
}

/** An object to delete, as it was read. */
interface Doomed {
  readonly ref: ObjectRef;
  readonly found: Resource;
}

/** Deletes the objects that the plan lists for the current position of the cluster, if none of them serves traffic. */
export async function cleanup(options: CleanupOptions, terminal: Terminal): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const release = SynthOutput.open(options.dir);
    const api = await openApi(options, terminal, end.signal);
    const { afterPromotion, afterRollback } = release.plan.cleanup;
    const isDry = options.dryRun !== undefined;
    const session = await Session.open(api, release, isDry ? 'look' : 'apply', end.signal, {
      deleted: [...afterPromotion, ...afterRollback],
    });
    const view = await session.openCache();
    await session.readStates();
    const listed = listFor(session, session.position(view), afterPromotion, afterRollback);
    const doomed = await find(session, listed);
    if (doomed.length === 0) {
      say(options, terminal, [], 'there is nothing to delete');
      return EXIT.done;
    }
    if (options.output === 'text') {
      terminal.note(`${isDry ? 'would delete' : 'to be deleted'} in ${session.place}:`);
      terminal.note(
        columns(
          ['  object', 'pods'],
          doomed.map(({ ref, found }) => [`  ${nameOf(ref)}`, String(podsOf(found))]),
        ),
      );
    }
    if (isDry) {
      say(options, terminal, doomed, 'nothing was deleted');
      return EXIT.done;
    }
    if (!options.yes && !(await confirm(terminal, 'Delete them?', end.signal))) {
      throw new CliError(
        'nothing was deleted',
        EXIT.refused,
        terminal.isLive ? [] : ['there is no terminal to ask on: --yes says so beforehand'],
      );
    }
    const lock = await session.lock((holder, seconds) =>
      terminal.note(`held by ${holder}; taken over if it does not stir for ${seconds} s`),
    );
    try {
      // Check the position again: another driver may have continued during the prompt.
      await view.refresh();
      listFor(session, session.position(view), afterPromotion, afterRollback);
      for (const { ref, found } of doomed) {
        await deleteObject(api, session.kinds, found, ref, { guard: () => lock.ensure() });
      }
    } finally {
      await lock.release();
    }
    await untilGone(session, doomed);
    say(options, terminal, doomed, 'deleted');
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
  throw new CliError(`the cluster is ${placeText(position)}, in the middle of the rollout`, EXIT.refused, [
    'kubectl canary promote    ends it forward',
    'kubectl canary rollback   ends it with stable',
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
      throw new CliError(`${nameOf(ref)}: the plan lists it to be deleted, and none of its folders holds it`, EXIT.refused);
    }
    if (podsOf(object) > 0) {
      throw new CliError(`${nameOf(ref)} has ${podsOf(object)} pods; what serves is not deleted`, EXIT.refused, [
        'kubectl canary status   shows where the cluster is',
      ]);
    }
    found.push({ ref, found: object });
  }
  return found;
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
        throw new CliError(`${nameOf(ref)} is being deleted, and still there after 30 s: something holds it by a finalizer`, EXIT.paused);
      }
      await new Promise((next) => setTimeout(next, 500));
    }
  }
}

function say(options: CleanupOptions, terminal: Terminal, doomed: readonly Doomed[], what: string): void {
  if (options.output === 'json') {
    terminal.print(JSON.stringify({ result: what, objects: doomed.map(({ ref }) => ref) }));
  } else {
    terminal.note(doomed.length === 0 ? what : `${what}: ${doomed.map(({ ref }) => nameOf(ref)).join(', ')}`);
  }
}
