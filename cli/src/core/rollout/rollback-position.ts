import { STAGE_ANNOTATION } from '../../../../lib/core/labels';
import type { PlanObjects } from '../kubernetes/objects';
import { rolloutPairs } from '../plan/plan';
import { type Resource, at, textAt } from '../resource';
import type { Position, RecordedTransition } from './position';
import { recognize } from './recognize-position';

/**
 * Determines the position for a rollback. The count of a stable Deployment may be one that a user or an autoscaler set: the stage
 * annotation, which the same write set as the plan's count, then tells the folder.
 */
export function recognizeForRollback(objects: PlanObjects, live: ReadonlyMap<string, Resource>, recorded?: RecordedTransition): Position {
  const position = recognize(objects, live, recorded);
  return position.kind === 'unrecognized' ? recognize(objects, withPlannedCounts(objects, live), recorded) : position;
}

function withPlannedCounts(objects: PlanObjects, live: ReadonlyMap<string, Resource>): ReadonlyMap<string, Resource> {
  const changed = new Map(live);
  for (const pair of rolloutPairs(objects.plan)) {
    const object = objects.deployment(pair, pair.stable.deployment);
    const deployment = object && live.get(object.key);
    const stage = textAt(deployment, 'metadata', 'annotations', STAGE_ANNOTATION);
    const replicas = at(object?.manifests.get(stage ?? ''), 'spec', 'replicas');
    if (object && deployment && typeof replicas === 'number') {
      changed.set(object.key, { ...deployment, spec: { ...(deployment['spec'] as Resource), replicas } });
    }
  }
  return changed;
}
