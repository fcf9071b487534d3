import { isStage } from '../plan/path';
import type { Situation } from './decide';
import { isPending, settleOf } from './settle-wait';

/** Whether the target is a stage in force with settled pods, which the driver holds and measures. A rollback holds no stage. */
export function isHolding(situation: Situation): boolean {
  const { direction, plan, target, position, settledSince, proof, now } = situation;
  const isSettled = settledSince !== undefined && now - settledSince >= settleOf(situation) && !isPending(proof);
  return direction === 'advance' && isStage(plan, target) && isSettled && position.kind === 'at' && position.folder === target;
}
