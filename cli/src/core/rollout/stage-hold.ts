import { isStage } from '../plan/path';
import type { Situation } from './decide';

/** Whether the target is a stage in force with settled pods, which the driver holds and measures. A rollback holds no stage. */
export function isHolding({ direction, plan, target, position, settledSince, settle, now }: Situation): boolean {
  const isSettled = settledSince !== undefined && now - settledSince >= settle;
  return direction === 'advance' && isStage(plan, target) && isSettled && position.kind === 'at' && position.folder === target;
}
