import { PROMOTED, STAGE_0 } from '../../../../lib/core/folders';
import type { PlanObject } from './objects';

/**
 * The objects of a folder in the order in which they are written. In between, anything may happen, and the driver may be killed.
 *
 * During a rollout no autoscaler may scale down. That is written before the Deployments, so that no track shrinks while the other one takes
 * part of its load; where the rollout is over, it is taken back after all else.
 */
export function inWriteOrder(objects: readonly PlanObject[], folder: string): readonly PlanObject[] {
  const isScaler = ({ ref }: PlanObject) => ref.kind === 'HorizontalPodAutoscaler';
  const [scalers, others] = [objects.filter(isScaler), objects.filter((object) => !isScaler(object))];
  return folder === STAGE_0 || folder === PROMOTED ? [...others, ...scalers] : [...scalers, ...others];
}
