import { Command, Option } from 'commander';
import { PROMOTED } from '../../../lib/core/folders';
import { FIELD_MANAGER } from '../cluster/apply';
import { EXIT, CliError } from '../core/errors';
import { nextStage, placeText, stageNamed } from '../core/plan/path';
import type { Terminal } from '../terminal/terminal';
import { duration, withCluster, withOutput } from './common';
import { noObserver } from '../driver/observer';
import { BACK, DriveCommandOptions, DriveOptions, drive } from './drive';
import { dryRun } from './dry-run';

/** Adds the options of all commands that change the cluster. */
export function withDriving(command: Command): Command {
  return withOutput(withCluster(command), ['text', 'json'])
    .addOption(
      new Option('--timeout <duration>', 'how long a folder may take until its pods are ready').argParser(duration).default(300_000, '5m'),
    )
    .addOption(
      new Option('--settle <duration>', 'how long all must be ready before it goes on (default: 1s, and 5s with a route)').argParser(
        duration,
      ),
    )
    .option('--field-manager <name>', 'whose fields these are in server-side apply', FIELD_MANAGER)
    .option('--force-conflicts', 'take over fields that others have set otherwise; each is named')
    .addOption(new Option('--dry-run <kind>', 'say what would be done, and do nothing').choices(['client', 'server']));
}

const quietly = { mode: 'yes', holdTimes: () => ({ hold: 0, longestHold: 0 }), rollsBack: false, observer: () => noObserver } as const;

export function advanceCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withDriving(
    new Command('advance')
      .description('go to the next stage, or to STAGE through those before it: up, wait until ready, route, then down')
      .argument('[stage]', 'such as stage-25, or 25'),
  )
    .option('--create', 'begin on a cluster that has nothing of the plan yet')
    .addHelpText(
      'after',
      `
Examples:
  kubectl canary advance                    one stage
  kubectl canary advance stage-50           as far as that
  kubectl canary advance --dry-run=server   what the API server would make of it`,
    )
    .action(async (stage: string | undefined, options: DriveCommandOptions) => {
      const goal: DriveOptions['goal'] = ({ objects: { plan } }, position) => {
        if (position.kind === 'unrecognized') {
          throw new CliError(position.why, EXIT.refused, position.next);
        }
        const target = stage === undefined ? nextStage(plan, position) : stageNamed(plan, stage);
        if (target === undefined) {
          throw new CliError(`there is no stage after ${placeText(position)}`, EXIT.refused, [
            'kubectl canary cleanup   deletes what serves nothing any more',
          ]);
        }
        return { direction: 'advance', target, last: target };
      };
      finish(await (options.dryRun ? dryRun(options, terminal, goal) : drive(options, terminal, { ...quietly, name: 'advance', goal })));
    });
}

export function promoteCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withDriving(new Command('promote').description("make the canary's version the stable one, from the last stage"))
    .addHelpText('after', '\nExamples:\n  kubectl canary promote')
    .action(async (options: DriveCommandOptions) => {
      const goal: DriveOptions['goal'] = ({ objects: { plan } }, position) => {
        if (position.kind === 'unrecognized') {
          throw new CliError(position.why, EXIT.refused, position.next);
        }
        const last = plan.stages.at(-1)!.folder;
        const after = plan.order.advance.slice(plan.order.advance.indexOf(last));
        const folders = position.kind === 'at' ? [position.folder] : position.kind === 'between' ? [position.from, position.to] : [];
        if (folders.length === 0 || !folders.every((folder) => after.includes(folder))) {
          throw new CliError(`promote begins from ${last}, and the cluster is ${placeText(position)}`, EXIT.refused, [
            `kubectl canary advance ${last}   goes there`,
          ]);
        }
        return { direction: 'advance', target: PROMOTED, last: PROMOTED };
      };
      finish(await (options.dryRun ? dryRun(options, terminal, goal) : drive(options, terminal, { ...quietly, name: 'promote', goal })));
    });
}

export function rollbackCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withDriving(
    new Command('rollback').description('take all traffic back to stable, from wherever the cluster is, in the order that keeps serving'),
  )
    .addHelpText('after', '\nExamples:\n  kubectl canary rollback\n  kubectl canary rollback --dry-run=client')
    .action(async (options: DriveCommandOptions) => {
      const goal: DriveOptions['goal'] = (_, position) => {
        if (position.kind === 'unrecognized') {
          throw new CliError(position.why, EXIT.refused, position.next);
        }
        return BACK;
      };
      finish(await (options.dryRun ? dryRun(options, terminal, goal) : drive(options, terminal, { ...quietly, name: 'rollback', goal })));
    });
}
