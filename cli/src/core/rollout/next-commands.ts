import { STAGE_0 } from '../../../../lib/core/folders';
import { type PlanFile, rolloutPairs } from '../plan/plan';
import { rollbackPath } from '../plan/path';
import type { Position } from './position';
import type { Outcome } from './record';

/** What the commands must name so that they reach the same release on the same cluster. */
export interface CommandContext {
  readonly plan: PlanFile;
  /** The folder of the synth output, as the user gave it. */
  readonly dir: string;
  /** The connection flags of this command, such as `--context`. */
  readonly flags: readonly string[];
  readonly fieldManager: string;
  readonly allowClusterScoped?: boolean;
}

/** Returns the commands that the user can run after a run ended, each as a line. */
export function nextCommands(result: Outcome['result'], position: Position, context: CommandContext): string[] {
  const { dir, flags, allowClusterScoped } = context;
  const suffix = words([...(dir === 'dist' ? [] : ['--dir', dir]), ...flags]);
  const allowed = allowClusterScoped ? ' --allow-cluster-scoped' : '';
  switch (result) {
    case 'rollback-failed':
      return manualRollback(position, context);
    case 'paused':
    case 'interrupted':
      return [
        `kubectl canary run${suffix}${allowed}        continues from here`,
        `kubectl canary rollback${suffix}${allowed}   returns all traffic to stable (${STAGE_0})`,
      ];
    case 'promoted':
    case 'rolled-back':
      return [`kubectl canary cleanup${suffix}    deletes the Deployments that no longer receive traffic`];
    case 'at-stage':
    case 'refused':
      return [];
  }
}

/** The rollback as kubectl commands, for when this command cannot carry it out. */
function manualRollback(position: Position, { plan, dir, flags, fieldManager }: CommandContext): string[] {
  const path = position.kind === 'unrecognized' ? [] : rollbackPath(plan, position);
  const folders = path.length > 0 ? path : [STAGE_0];
  // Of a flag that is given twice, kubectl uses the last value.
  const stable = rolloutPairs(plan).map(({ namespace, stable: { deployment } }) =>
    words([`deploy/${deployment}`, ...flags, ...(namespace ? ['--namespace', namespace] : [])]),
  );
  return [
    'to roll back by hand:',
    ...folders.flatMap((folder) => [
      `  kubectl apply --server-side --force-conflicts --field-manager=${fieldManager}${words([...flags, '-f', `${dir.replace(/\/$/, '')}/${folder}`])}`,
      ...stable.map((name) => `  kubectl rollout status --timeout=5m${name}`),
    ]),
  ];
}

/** Words quoted for a POSIX shell, each after a space. */
function words(list: readonly string[]): string {
  return list.map((word) => (/^[\w./:@=,+-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", "'\\''")}'`)).join('');
}
