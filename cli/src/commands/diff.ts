import { Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { type JsonObject, toYaml } from '../../../lib/core/yaml';
import { type Applied, type Change, FIELD_MANAGER, applyObject } from '../cluster/apply';
import { conflictsText, extrasText } from '../cluster/apply-errors';
import { asRefusal } from '../cluster/kinds';
import { EXIT, type ExitCode, UsageError } from '../core/errors';
import { provenanceOf } from '../core/kubernetes/provenance';
import { withoutServerFields } from '../core/kubernetes/server-fields';
import { type Resource, nameOf } from '../core/resource';
import { HiddenValues } from '../core/text/hidden-values';
import { plainText } from '../core/text/plain-text';
import { SynthOutput } from '../synth-output/synth-output';
import { Session } from '../driver/session';
import type { Paint, Terminal } from '../terminal/terminal';
import { type ClusterOptions, openApi, withCluster, withOutput } from './common';

interface DiffOptions extends ClusterOptions {
  readonly output: 'text' | 'json';
  readonly fieldManager: string;
}

export function diffCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withOutput(withCluster(new Command('diff')), ['text', 'json'])
    .description('show what applying a folder would change in the cluster, object by object')
    .argument('<stage>', 'a stage or another folder: stage-10, 10, promoted, stage-10-up, rollback/from-stage-100')
    .option('--field-manager <name>', 'the field manager name for server-side apply', FIELD_MANAGER)
    .addHelpText(
      'after',
      '\nExit codes: 0 if nothing would change, 1 if something would change.\n\nExamples:\n  kubectl canary diff stage-25',
    )
    .action(async (stage: string, options: DiffOptions) => finish(await diff(stage, options, terminal)));
}

async function diff(stage: string, options: DiffOptions, terminal: Terminal): Promise<ExitCode> {
  const end = new AbortController();
  try {
    const release = SynthOutput.open(options.dir);
    const folder = release.folders.find((name) => name === stage || name === `stage-${stage}`);
    if (folder === undefined) {
      throw new UsageError(`STAGE: got ${JSON.stringify(stage)}; must be one of ${release.folders.join(', ')}`);
    }
    const api = await openApi(options, release.plan, terminal, end.signal);
    const session = await Session.open(api, release, 'try', end.signal);
    const found = new Map<string, Resource>();
    for (const { key, ref } of session.objects.in(folder)) {
      const live = await api.find(session.kinds.path(ref)).catch((error: unknown) => {
        throw asRefusal(error, nameOf(ref));
      });
      if (live) {
        found.set(key, live);
      }
    }
    const provenance = provenanceOf(session.objects, found, folder);
    const changes: ObjectChange[] = [];
    for (const object of session.objects.in(folder)) {
      const name = nameOf(object.ref);
      // With force, so that the API server shows an object with conflicts, too.
      const applied = await applyObject(api, session.kinds, object, folder, {
        fieldManager: options.fieldManager,
        provenance,
        force: true,
        isComparison: true,
        isDryRun: true,
      });
      const hidden = new HiddenValues();
      const [before, after] = [textOf(found.get(object.key), hidden), textOf(applied.object, hidden)];
      const conflict = applied.refusal?.message ?? conflictOf(applied, folder);
      // The server may report a change in field ownership alone, which is not a difference to show.
      if (before !== after || conflict !== undefined) {
        const patch = createTwoFilesPatch(`cluster/${plainText(name)}`, `${folder}/${plainText(name)}`, before, after, '', '', {
          context: 3,
        });
        const change = conflict === undefined ? applied.change : 'conflict';
        changes.push({ object: name, change, patch, conflict, isRefused: applied.refusal !== undefined });
      }
    }
    if (options.output === 'json') {
      terminal.print(JSON.stringify({ folder, changes }, null, 2));
    } else {
      changes.forEach(({ object, patch, conflict, isRefused }) => {
        terminal.print(coloured(patch, terminal.paint));
        if (conflict !== undefined) {
          const text = isRefused ? conflict : `${object} is changed only with --force-conflicts: ${conflict}`;
          terminal.print(terminal.paint('red', plainText(text)));
        }
      });
    }
    return changes.length === 0 ? EXIT.done : EXIT.differs;
  } finally {
    end.abort();
  }
}

interface ObjectChange {
  readonly object: string;
  readonly change: Change | 'conflict';
  readonly patch: string;
  /** The fields with values of other managers; undefined if the folder may be applied as it is. */
  readonly conflict: string | undefined;
  /** Whether no option applies the folder as it is. */
  readonly isRefused: boolean;
}

function conflictOf({ takenOver, removed }: Applied, folder: string): string | undefined {
  const foreign = takenOver.filter(({ isOurs }) => !isOurs);
  const parts = [conflictsText(foreign, folder), extrasText(removed.filter(({ isForeign }) => isForeign))].filter((text) => text !== '');
  return parts.length > 0 ? parts.join('; ') : undefined;
}

function textOf(object: Resource | undefined, hidden: HiddenValues): string {
  return object === undefined ? '' : toYaml(hidden.in(withoutServerFields(object)) as JsonObject);
}

function coloured(patch: string, paint: Paint): string {
  const lines = patch.trimEnd().split('\n').slice(1);
  return lines
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) {
        return paint('bold', line);
      }
      return line.startsWith('+')
        ? paint('green', line)
        : line.startsWith('-')
          ? paint('red', line)
          : line.startsWith('@')
            ? paint('cyan', line)
            : line;
    })
    .join('\n');
}
