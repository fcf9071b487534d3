import { VERSION_LABEL } from '../../../lib/core/labels';
import type { ClusterCache } from '../cluster/cluster-cache';
import { liveTemplateDigest, templateWithoutHash } from '../cluster/template-digest';
import { type WriteFieldsOptions, keptReplicas, writeFields } from '../cluster/write-fields';
import type { PlanObject } from '../core/kubernetes/objects';
import { inWriteOrder } from '../core/kubernetes/write-order';
import { rolloutPairs } from '../core/plan/plan';
import { nameOf, textAt } from '../core/resource';
import { loadOf } from '../core/rollout/capacity';
import { FolderWriter, type Written } from './folder-writer';
import type { Session } from './session';

/**
 * Writes the counts and the routes of a folder of the way back. It writes no pod template: with a roll, it restores the one that the cluster
 * keeps in a ReplicaSet, as `kubectl rollout undo` does.
 */
export class RollbackWriter extends FolderWriter {
  protected readonly inconclusive = [400];

  protected objectsIn(folder: string): readonly PlanObject[] {
    return rollbackObjectsIn(this.session, folder);
  }

  protected writesOf(folder: string, isDryRun: boolean): (object: PlanObject) => Promise<Written> {
    const { session, cache } = this;
    return async (object) => {
      const before = cache.live.get(object.key);
      const options = rollbackOptions(session, cache, object);
      const applied = await writeFields(session.api, session.kinds, object, folder, {
        ...this.options,
        ...options,
        isDryRun,
        guard: () => this.lock.ensure(),
      });
      const kept = before && options.isStable ? keptReplicas(object, folder, before) : undefined;
      const note =
        kept === undefined
          ? undefined
          : `${nameOf(object.ref)} keeps ${kept} pods, because another client scaled it; a rollback does not lower stable`;
      return { applied, note };
    };
  }
}

/** The objects that a rollback writes in a folder, in their order: those with a count or a route. */
export function rollbackObjectsIn(session: Session, folder: string): readonly PlanObject[] {
  const objects = session.stepsBack.in(folder).filter(({ varying }) => varying.length > 0);
  return inWriteOrder(objects, folder);
}

/** What the write of an object depends on, apart from how it is sent. */
export function rollbackOptions(
  session: Session,
  cache: ClusterCache,
  object: PlanObject,
): Pick<WriteFieldsOptions, 'isStable' | 'ours' | 'load' | 'templateOf'> {
  return {
    isStable: isStable(session, object),
    load: () => loadBehind(session, cache, object),
    ours: [...(session.objects.find(object.ref)?.manifests.values() ?? [])],
    // The newest ReplicaSet of a version; if it is known which template ran, only that one.
    templateOf: (deployment, version) => {
      const ran = session.ran[object.ref.name];
      const set = cache
        .replicaSetsOf(deployment)
        .find(
          (one) =>
            textAt(one, 'spec', 'template', 'metadata', 'labels', VERSION_LABEL) === version &&
            (ran === undefined || liveTemplateDigest(one) === ran),
        );
      return set && templateWithoutHash(set);
    },
  };
}

/** The load of the service behind a Deployment, in pods: what an autoscaled Deployment needs when it gets all traffic back. */
function loadBehind({ stepsBack }: Session, cache: ClusterCache, { key }: PlanObject): number | undefined {
  const pair = rolloutPairs(stepsBack.plan).find((one) =>
    [one.stable, one.canary].some(({ deployment }) => stepsBack.deployment(one, deployment)?.key === key),
  );
  const health = cache.health.find(({ path }) => path === pair?.path);
  return health && loadOf(health);
}

function isStable({ stepsBack }: Session, { key }: PlanObject): boolean {
  return rolloutPairs(stepsBack.plan).some((pair) => stepsBack.deployment(pair, pair.stable.deployment)?.key === key);
}
