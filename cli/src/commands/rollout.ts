import { Command, Option } from 'commander';
import { PROMOTED } from '../../../lib/core/folders';
import { FIELD_MANAGER } from '../cluster/apply';
import { CliError, EXIT, type ExitCode } from '../core/errors';
import { atText, nextStage, placeText, stageNamed } from '../core/plan/path';
import { planThatRan } from '../core/rollout/ways-out';
import type { Terminal } from '../terminal/terminal';
import { duration, positive, withCluster, withOutput } from './common';
import { withRequests } from './probe-options';
import { withProof } from './proof-options';
import { noObserver } from '../driver/observer';
import { BACK, type DriveCommandOptions, type DriveOptions, drive } from './drive';
import { dryRun } from './dry-run';

/** Adds the options of all commands that change the cluster. */
export function withDriving(command: Command): Command {
  return withProof(withOutput(withCluster(command), ['text', 'json']))
    .addOption(
      new Option('--timeout <duration>', 'how long to wait until the pods of a folder are ready, and its weights in force')
        .argParser(positive)
        .default(300_000, '5m'),
    )
    .addOption(
      new Option('--settle <duration>', 'how long all pods must stay ready before the next step (default: 1s; 5s with a route)').argParser(
        duration,
      ),
    )
    .option('--field-manager <name>', 'the field manager name for server-side apply', FIELD_MANAGER)
    .option('--force-conflicts', 'overwrite fields that other field managers set to different values, and print each of them')
    .option('--allow-cluster-scoped', 'apply objects of the plan that are in no namespace, such as a ClusterRole')
    .addOption(
      new Option(
        '--accept-template <track>',
        'go on although the pod template of this track changed during the rollout: its pods are replaced first, and the evidence of the stage begins anew',
      ).choices(['stable']),
    )
    .addOption(new Option('--dry-run <kind>', 'print what would be done, and change nothing').choices(['client', 'server']));
}

const quietly = { mode: 'yes', holdTimes: () => ({ hold: 0, longestHold: 0 }), rollsBack: false, observer: () => noObserver } as const;

export function advanceCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withRequests(
    withDriving(
      new Command('advance')
        .description('go to the next stage, or through all stages up to STAGE: scale up, wait until ready, shift traffic, scale down')
        .argument('[stage]', 'the stage to reach, such as stage-25 or 25 (default: the next stage)'),
    ),
  )
    .option('--create', 'allow a start where nothing of the plan exists yet')
    .addHelpText(
      'after',
      `
Examples:
  kubectl canary advance                    to the next stage
  kubectl canary advance stage-50           up to stage-50
  kubectl canary advance --dry-run=server   print the result of the API server for each object`,
    )
    .action(async (stage: string | undefined, options: DriveCommandOptions) => {
      const goal: DriveOptions['goal'] = ({ objects: { plan } }, position) => {
        if (position.kind === 'unrecognized') {
          throw new CliError(position.why, EXIT.refused, position.next);
        }
        const target = stage === undefined ? nextStage(plan, position) : stageNamed(plan, stage);
        if (target === undefined) {
          throw new CliError(`there is no stage after ${placeText(position)}`, EXIT.refused, [
            'kubectl canary cleanup   deletes Deployments that no longer receive traffic',
          ]);
        }
        return { direction: 'advance', target, last: target };
      };
      finish(await carryOut(options, terminal, { ...quietly, name: 'advance', direction: 'advance', goal }));
    });
}

export function promoteCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withRequests(
    withDriving(new Command('promote').description("make the canary's version the stable version; starts from the last stage")),
  )
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
          throw new CliError(`cannot promote: the cluster is ${atText(position)}; promote starts from ${last}`, EXIT.refused, [
            `kubectl canary advance ${last}   goes there`,
          ]);
        }
        return { direction: 'advance', target: PROMOTED, last: PROMOTED };
      };
      finish(await carryOut(options, terminal, { ...quietly, name: 'promote', direction: 'advance', goal }));
    });
}

export function rollbackCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return withRequests(
    withDriving(
      new Command('rollback').description('send all traffic back to stable, from any stage, in the order that keeps the service available'),
    ),
  )
    .option('--take-over', 'take the rollout from a driver that waits for an answer at a stage; that driver ends and says by whom')
    .addHelpText(
      'after',
      `
A rollback writes counts and routes, and no pod template: they were recorded in the cluster when the rollout began, so it works
with a plan that was changed since.

Examples:
  kubectl canary rollback
  kubectl canary rollback --take-over        although a colleague's run waits for an answer
  kubectl canary rollback --dry-run=client`,
    )
    .action(async (options: DriveCommandOptions) => {
      const goal: DriveOptions['goal'] = ({ previousRelease }, position) => {
        if (position.kind === 'before' && previousRelease !== undefined) {
          throw new CliError(
            `this plan has not begun, so there is nothing to take back; the rollout before it was release ${previousRelease}`,
            EXIT.refused,
            planThatRan(previousRelease, options.dir),
          );
        }
        if (position.kind === 'unrecognized') {
          const { why, next, release } = position;
          // The Leases have no record of that rollout, or the record would have been used.
          throw new CliError(why, EXIT.refused, release === undefined ? next : planThatRan(release, options.dir));
        }
        return BACK;
      };
      finish(await carryOut(options, terminal, { ...quietly, name: 'rollback', direction: 'rollback', goal }));
    });
}

/** Does what a command asks for, or prints what it would do. */
function carryOut(options: DriveCommandOptions, terminal: Terminal, command: DriveOptions): Promise<ExitCode> {
  return options.dryRun ? dryRun(options, terminal, command.direction, command.goal) : drive(options, terminal, command);
}
