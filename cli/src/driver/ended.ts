import { type CommandContext, nextCommands } from '../core/rollout/next-commands';
import type { Position } from '../core/rollout/position';
import type { RunEnd } from '../core/rollout/run-end';
import type { Ended } from './events';
import type { Session } from './session';

/** A run that ended. */
export interface RunEnding extends RunEnd {
  readonly why: string;
  /** The lines to print before the commands. */
  readonly advice?: readonly string[];
}

/** Completes the end of a run: where it left the cluster, and what the user can run next. */
export function endedAt(
  position: Position,
  { result, code, why, advice = [] }: RunEnding,
  { api, stepsBack, release: { dir } }: Session,
  { fieldManager, allowClusterScoped }: Pick<CommandContext, 'fieldManager' | 'allowClusterScoped'>,
): Ended {
  const commands = nextCommands(result, position, { stepsBack, dir, flags: api.connection.flags, fieldManager, allowClusterScoped });
  return { result, code, why, folder: position.kind === 'at' ? position.folder : undefined, next: [...advice, ...commands] };
}

/** A namespace that is deleted in the middle of a rollout explains every failure: objects vanish, and the API server creates no others. */
export async function withLostNamespace(ended: Ended, session: Session): Promise<Ended> {
  const lost = await session.lostNamespace().catch(() => undefined);
  return lost
    ? {
        ...ended,
        why: `namespace ${lost.name} ${lost.isGone ? 'does not exist any more' : 'is being deleted'}, with all of its pods (${ended.why})`,
        next: lost.isGone ? [] : [`kubectl get namespace ${lost.name} -o yaml   shows what keeps it`],
      }
    : ended;
}
