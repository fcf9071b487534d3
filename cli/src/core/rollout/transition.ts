import { STAGE_0 } from '../../../../lib/core/folders';
import { rollbackPath } from '../plan/path';
import type { PlanFile } from '../plan/plan';
import type { Direction } from './direction';
import type { Position, RecordedTransition } from './position';

/** Returns the transition that an apply of a folder begins. */
export function transitionTo(folder: string, direction: Direction, position: Position): RecordedTransition {
  const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.from : undefined;
  return { direction, from, to: folder };
}

/**
 * Returns the first transition of a rollback. It begins from an incomplete folder, not from the one before.
 *
 * @throws CliError if the position is unrecognized
 */
export function transitionBack(plan: PlanFile, position: Position): RecordedTransition {
  const from = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.to : undefined;
  return { direction: 'rollback', from, to: rollbackPath(plan, position)[0] ?? STAGE_0 };
}
