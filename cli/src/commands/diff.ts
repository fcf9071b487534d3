import { Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { type JsonObject, toYaml } from '../../../lib/core/yaml';
import { FIELD_MANAGER, applyObject } from '../cluster/apply';
import { asRefusal } from '../cluster/kinds';
import { CliError, EXIT, type ExitCode, UsageError } from '../core/errors';
import { type Resource, nameOf } from '../core/resource';
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
    const changes: { object: string; change: string; patch: string }[] = [];
    for (const object of session.objects.in(folder)) {
      const name = nameOf(object.ref);
      try {
        const before = await api.find(session.kinds.path(object.ref));
        const { change, object: after } = await applyObject(api, session.kinds, object, folder, {
          fieldManager: options.fieldManager,
          isDryRun: true,
        });
        const patch = createTwoFilesPatch(
          `cluster/${plainText(name)}`,
          `${folder}/${plainText(name)}`,
          textOf(before),
          textOf(after),
          '',
          '',
          { context: 3 },
        );
        // The server may report a change in field ownership alone, which is not a difference to show.
        if (textOf(before) !== textOf(after)) {
          changes.push({ object: name, change, patch });
        }
      } catch (error) {
        const refusal = asRefusal(error, name);
        if (!(refusal instanceof CliError) || refusal.code !== EXIT.conflict) {
          throw refusal;
        }
        changes.push({ object: name, change: 'conflict', patch: refusal.message });
      }
    }
    if (options.output === 'json') {
      terminal.print(JSON.stringify({ folder, changes }, null, 2));
    } else {
      changes.forEach(({ change, patch }) =>
        terminal.print(change === 'conflict' ? terminal.paint('red', plainText(patch)) : coloured(patch, terminal.paint)),
      );
    }
    return changes.length === 0 ? EXIT.done : EXIT.differs;
  } finally {
    end.abort();
  }
}

/** Metadata that the server maintains and no manifest contains. */
const OF_THE_SERVER = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function textOf(object: Resource | undefined): string {
  if (object === undefined) {
    return '';
  }
  const { status: _, ...rest } = object;
  const entries = Object.entries(rest['metadata'] as Resource).filter(([key]) => !OF_THE_SERVER.includes(key));
  const metadata = Object.fromEntries(entries);
  const annotations = metadata['annotations'] as Resource | undefined;
  if (annotations) {
    metadata['annotations'] = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED));
  }
  return toYaml({ ...rest, metadata } as JsonObject);
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
