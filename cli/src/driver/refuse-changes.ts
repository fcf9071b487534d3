import { STAGE_0 } from '../../../lib/core/folders';
import type { ClusterCache } from '../cluster/cluster-cache';
import { asRefusal } from '../cluster/kinds';
import { refuseChangedSelectors } from '../core/kubernetes/selectors';
import { isUnderWay } from '../core/plan/plan';
import { type Resource, nameOf } from '../core/resource';
import { type TrackRole, refuseChangedTemplates } from '../core/rollout/templates';
import type { Position } from '../core/rollout/position';
import type { Session } from './session';

/**
 * Compares the plan with what the cluster runs, and refuses to advance where that would harm a rollout in progress or leave the Service
 * without pods. Called before the first write.
 *
 * @throws CliError that says how to go on
 */
export async function refuseChanges(
  session: Session,
  cache: ClusterCache,
  position: Position,
  accepted: readonly TrackRole[] = [],
): Promise<void> {
  const { objects } = session;
  refuseChangedTemplates(objects, cache.live, position, accepted);
  const services = await Promise.all(
    session.pairs.map(async (pair): Promise<readonly [string, Resource][]> => {
      const object = objects.service(pair);
      const found =
        object &&
        (await session.api.find(session.kinds.path(object.ref)).catch((error: unknown) => {
          throw asRefusal(error, nameOf(object.ref));
        }));
      return object && found ? [[object.key, found]] : [];
    }),
  );
  const live = new Map([...cache.live, ...services.flat()]);
  const isInProgress = position.kind === 'between' || (position.kind === 'at' && isUnderWay(position.folder));
  const folder = position.kind === 'at' ? position.folder : position.kind === 'between' ? position.to : STAGE_0;
  refuseChangedSelectors(objects, live, folder, isInProgress);
}
