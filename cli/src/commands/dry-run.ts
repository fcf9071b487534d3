import { type Applied, applyObject } from '../cluster/apply';
import type { ClusterCache } from '../cluster/cluster-cache';
import { writeFields } from '../cluster/write-fields';
import type { PlanObject } from '../core/kubernetes/objects';
import type { Direction } from '../core/rollout/decide';
import { EXIT, type ExitCode } from '../core/errors';
import { nameOf } from '../core/resource';
import { advancePath, atText, rollbackPath } from '../core/plan/path';
import { SynthOutput } from '../synth-output/synth-output';
import { refuseChanges } from '../driver/refuse-changes';
import { rollbackObjectsIn, rollbackOptions } from '../driver/rollback-writer';
import { Session, refuseAbsent } from '../driver/session';
import type { Terminal } from '../terminal/terminal';
import { openApi } from './common';
import { type DriveCommandOptions, type DriveOptions, acceptedTemplates, sessionOptions } from './drive';

/** Prints which folders would be applied; with `server`, also the API server's result for each object. Nothing is written. */
export async function dryRun(
  options: DriveCommandOptions,
  terminal: Terminal,
  direction: Direction,
  goalOf: DriveOptions['goal'],
): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const api = await openApi(options, terminal, end.signal);
    const release = SynthOutput.open(options.dir);
    const use = options.dryRun === 'server' ? 'try' : 'look';
    const session = await Session.open(api, release, use, end.signal, sessionOptions(options, direction));
    const view = await session.openCache();
    await session.readStates();
    const position = session.position(view, direction);
    refuseAbsent(session, position, options.create === true);
    const goal = goalOf(session, position);
    if (direction === 'advance') {
      await refuseChanges(session, view, position, acceptedTemplates(options));
    }
    const { plan } = direction === 'advance' ? session.objects : session.stepsBack;
    const folders = direction === 'advance' ? advancePath(plan, position, goal.target) : rollbackPath(plan, position);
    const write = options.dryRun === 'server' ? writeOf(session, view, options, direction) : undefined;
    const steps = [];
    for (const folder of folders) {
      const objects = [];
      for (const object of direction === 'advance' ? session.objects.in(folder) : rollbackObjectsIn(session, folder)) {
        const applied = await write?.(object, folder);
        objects.push({ object: object.ref, change: write && (applied?.change ?? 'unchanged') });
      }
      steps.push({ folder, objects });
    }
    if (options.output === 'json') {
      terminal.print(JSON.stringify({ dryRun: options.dryRun, position, ...goal, steps }, null, 2));
    } else {
      terminal.print(`the cluster is ${atText(position)}; this is a dry run, and nothing is written`);
      if (steps.length === 0) {
        terminal.print('there is nothing to apply');
      }
      for (const { folder, objects } of steps) {
        terminal.print(`${goal.direction === 'rollback' ? '<-' : '->'} ${folder}`);
        for (const { object, change } of objects) {
          terminal.print(
            `   ${nameOf(object)}${change === undefined ? '' : `: ${change === 'unchanged' ? 'unchanged' : `would be ${change}`}`}`,
          );
        }
      }
    }
    return EXIT.done;
  } finally {
    end.abort();
  }
}

/** Returns the function that asks the API server for the result of one write. */
function writeOf(
  session: Session,
  view: ClusterCache,
  { fieldManager, forceConflicts: force }: DriveCommandOptions,
  direction: Direction,
): (object: PlanObject, folder: string) => Promise<Applied | undefined> {
  const options = { fieldManager, force, isDryRun: true };
  return direction === 'advance'
    ? (object, folder) => applyObject(session.api, session.kinds, object, folder, options)
    : (object, folder) =>
        writeFields(session.api, session.kinds, object, folder, { ...options, ...rollbackOptions(session, view, object) });
}
