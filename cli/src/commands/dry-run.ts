import { type Applied, type Change, applyObject } from '../cluster/apply';
import { managersText } from '../cluster/apply-errors';
import { EXIT, type ExitCode } from '../core/errors';
import { provenanceOf } from '../core/kubernetes/provenance';
import { withoutServerFields } from '../core/kubernetes/server-fields';
import { sameJson } from '../core/kubernetes/objects';
import { type Resource, nameOf } from '../core/resource';
import { plainText } from '../core/text/plain-text';
import { advancePath, atText, rollbackPath } from '../core/plan/path';
import { SynthOutput } from '../synth-output/synth-output';
import { Session, refuseAbsent } from '../driver/session';
import type { Terminal } from '../terminal/terminal';
import { openApi } from './common';
import type { DriveCommandOptions, DriveOptions } from './drive';

/** Prints which folders would be applied; with `server`, also the API server's result for each object. Nothing is written. */
export async function dryRun(options: DriveCommandOptions, terminal: Terminal, goalOf: DriveOptions['goal']): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const api = await openApi(options, terminal, end.signal);
    const release = SynthOutput.open(options.dir);
    const session = await Session.open(api, release, options.dryRun === 'server' ? 'try' : 'look', end.signal, {
      force: options.forceConflicts,
    });
    const view = await session.openCache();
    await session.readStates();
    const position = session.position(view);
    refuseAbsent(session, position, options.create === true);
    const goal = goalOf(session, position);
    const folders = goal.direction === 'advance' ? advancePath(release.plan, position, goal.target) : rollbackPath(release.plan, position);
    const steps = [];
    // The API server compares each folder with the cluster as it is now; this compares it with the folder before.
    const left = new Map<string, Resource>();
    for (const folder of folders) {
      const provenance = provenanceOf(session.objects, view.live, folder);
      const objects = [];
      for (const object of session.objects.in(folder)) {
        const applied =
          options.dryRun === 'server'
            ? await applyObject(api, session.kinds, object, folder, {
                fieldManager: options.fieldManager,
                provenance,
                force: options.forceConflicts,
                keepsExtras: goal.direction === 'rollback',
                isDryRun: true,
              })
            : undefined;
        const change = applied && changeAfter(left.get(object.key), applied);
        const removed = (left.has(object.key) ? [] : (applied?.removed ?? [])).map(({ field, managers }) => ({ field, managers }));
        objects.push({ object: object.ref, change, ...(removed.length > 0 ? { removed } : {}) });
        if (applied) {
          left.set(object.key, applied.object);
        }
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
        for (const { object, change, removed = [] } of objects) {
          terminal.print(
            `   ${nameOf(object)}${change === undefined ? '' : `: ${change === 'unchanged' ? 'unchanged' : `would be ${change}`}`}`,
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
  if (before === undefined) {
    return change;
  }
  return sameJson(withoutServerFields(before), withoutServerFields(object)) ? 'unchanged' : 'changed';
}
