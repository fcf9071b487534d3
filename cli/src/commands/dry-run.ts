import { type Applied, type Change, applyObject, changeOf } from '../cluster/apply';
import type { ClusterCache } from '../cluster/cluster-cache';
import { writeFields } from '../cluster/write-fields';
import type { PlanObject } from '../core/kubernetes/objects';
import type { Direction } from '../core/rollout/direction';
import { EXIT, type ExitCode } from '../core/errors';
import { type Provenance, provenanceOf } from '../core/kubernetes/provenance';
import { type Resource, nameOf } from '../core/resource';
import { managersText } from '../core/kubernetes/conflict';
import { inWriteOrder } from '../core/kubernetes/write-order';
import { alsoAppliesText } from '../core/plan/outside';
import { advancePath, atText, rollbackPath } from '../core/plan/path';
import { plainText } from '../core/text/plain-text';
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
    const release = SynthOutput.open(options.dir);
    const api = await openApi(options, release.plan, terminal, end.signal);
    const use = options.dryRun === 'server' ? 'try' : 'look';
    const session = await Session.open(api, release, use, end.signal, sessionOptions(options, direction));
    const view = await session.openCache();
    await session.readStates();
    const position = session.position(view, direction);
    const outside = session.outside(options.allowClusterScoped === true);
    await refuseAbsent(session, position, options.create === true);
    const goal = goalOf(session, position);
    if (direction === 'advance') {
      await refuseChanges(session, view, position, acceptedTemplates(options));
    }
    const { plan } = direction === 'advance' ? session.objects : session.stepsBack;
    const folders = direction === 'advance' ? advancePath(plan, position, goal.target) : rollbackPath(plan, position);
    const write = options.dryRun === 'server' ? writeOf(session, view, options, direction) : undefined;
    const steps = [];
    // The API server compares each folder with the cluster as it is now; this compares it with the folder before.
    const left = new Map<string, Resource>();
    for (const folder of folders) {
      const provenance = provenanceOf(session.objects, view.live, folder);
      const objects = [];
      for (const object of direction === 'advance'
        ? inWriteOrder(session.objects.in(folder), folder)
        : rollbackObjectsIn(session, folder)) {
        const applied = await write?.(object, folder, provenance);
        const change = applied ? changeAfter(left.get(object.key), applied) : 'unchanged';
        const removed = (left.has(object.key) ? [] : (applied?.removed ?? [])).map(({ field, managers }) => ({ field, managers }));
        objects.push({ object: object.ref, change: write && change, ...(removed.length > 0 ? { removed } : {}) });
        if (applied) {
          left.set(object.key, applied.object);
        }
      }
      steps.push({ folder, objects });
    }
    if (options.output === 'json') {
      terminal.print(JSON.stringify({ dryRun: options.dryRun, position, ...goal, outside: outside.map(({ ref }) => ref), steps }, null, 2));
    } else {
      terminal.print(`the cluster is ${plainText(atText(position))}; this is a dry run, and nothing is written`);
      if (outside.length > 0) {
        terminal.print(plainText(alsoAppliesText(outside)));
      }
      if (steps.length === 0) {
        terminal.print('there is nothing to apply');
      }
      for (const { folder, objects } of steps) {
        terminal.print(`${goal.direction === 'rollback' ? '<-' : '->'} ${folder}`);
        for (const { object, change, removed = [] } of objects) {
          terminal.print(
            `   ${plainText(nameOf(object))}${change === undefined ? '' : `: ${change === 'unchanged' ? 'unchanged' : `would be ${change}`}`}`,
          );
          removed.forEach(({ field, managers }) =>
            terminal.print(`     would remove ${plainText(field)}, set by ${plainText(managersText(managers))}`),
          );
        }
      }
    }
    return EXIT.done;
  } finally {
    end.abort();
  }
}

/** Whether an apply changes an object that an earlier folder of the same dry run may have left. */
function changeAfter(before: Resource | undefined, { object, change }: Applied): Change {
  return before === undefined ? change : changeOf(before, object, true);
}

/** Returns the function that asks the API server for the result of one write. */
function writeOf(
  session: Session,
  view: ClusterCache,
  { fieldManager, forceConflicts: force }: DriveCommandOptions,
  direction: Direction,
): (object: PlanObject, folder: string, provenance: Provenance) => Promise<Applied | undefined> {
  const options = { fieldManager, force, isDryRun: true };
  return direction === 'advance'
    ? (object, folder, provenance) => applyObject(session.api, session.kinds, object, folder, { ...options, provenance })
    : (object, folder) =>
        writeFields(session.api, session.kinds, object, folder, { ...options, ...rollbackOptions(session, view, object) });
}
