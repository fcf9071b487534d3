import { VERSION_LABEL } from '../../../lib/core/labels';
import { ApiError } from '../cluster/api';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { liveTemplateDigest, templateWithoutHash } from '../cluster/template-digest';
import { type WriteFieldsOptions, keptReplicas, writeFields } from '../cluster/write-fields';
import { CliError } from '../core/errors';
import type { PlanObject } from '../core/kubernetes/objects';
import { rolloutPairs } from '../core/plan/plan';
import { nameOf, textAt } from '../core/resource';
import type { Publish } from './events';
import { type WriteOptions, type Writer, withParts } from './folder-writer';
import type { Session } from './session';

/**
 * Writes the counts and the routes of a folder of the way back, while this driver holds the lock. It writes no pod template: with a roll, it
 * restores the one that the cluster keeps in a ReplicaSet, as `kubectl rollout undo` does.
 */
export class RollbackWriter implements Writer {
  hasWritten = false;

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly cache: ClusterCache,
    private readonly options: WriteOptions,
    private readonly publish: Publish,
  ) {}

  /** Sends the writes of a folder with the API server's dry run. @throws CliError if it would refuse one of them */
  async dryRun(folder: string): Promise<void> {
    for (const object of this.objectsIn(folder)) {
      await this.writeOne(object, folder, true).catch((error: unknown) => {
        const cause = error instanceof CliError ? error.cause : undefined;
        // Some admission webhooks do not support dry runs.
        if (!(cause instanceof ApiError && cause.status === 400)) {
          throw error;
        }
      });
    }
  }

  /** Writes all objects. @throws CliError, with the objects that were written and those that were not, if one of them fails */
  async write(folder: string): Promise<void> {
    const objects = this.objectsIn(folder);
    for (const [n, object] of objects.entries()) {
      try {
        const before = this.cache.live.get(object.key);
        const applied = await this.writeOne(object, folder);
        if (applied) {
          this.hasWritten = true;
          this.cache.put(object.ref, applied.object);
          this.publish({ type: 'applied', object: object.ref, applied });
        }
        const kept = before && this.isStable(object) ? keptReplicas(object, folder, before) : undefined;
        if (kept !== undefined) {
          const text = `${nameOf(object.ref)} keeps ${kept} pods, because another client scaled it; a rollback does not lower stable`;
          this.publish({ type: 'note', text });
        }
      } catch (error) {
        throw withParts(error, folder, objects.slice(0, n), objects.slice(n));
      }
    }
  }

  private objectsIn(folder: string): readonly PlanObject[] {
    return rollbackObjectsIn(this.session, folder);
  }

  private isStable(object: PlanObject): boolean {
    return isStable(this.session, object);
  }

  private writeOne(object: PlanObject, folder: string, isDryRun = false): ReturnType<typeof writeFields> {
    return writeFields(this.session.api, this.session.kinds, object, folder, {
      ...this.options,
      ...rollbackOptions(this.session, this.cache, object),
      isDryRun,
      guard: () => this.lock.ensure(),
    });
  }
}

/** The objects that a rollback writes in a folder, in their order: those with a count or a route. */
export function rollbackObjectsIn(session: Session, folder: string): readonly PlanObject[] {
  return session.stepsBack.in(folder).filter(({ varying }) => varying.length > 0);
}

/** What the write of an object depends on, apart from how it is sent. */
export function rollbackOptions(
  session: Session,
  cache: ClusterCache,
  object: PlanObject,
): Pick<WriteFieldsOptions, 'isStable' | 'ours' | 'templateOf'> {
  return {
    isStable: isStable(session, object),
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

function isStable({ stepsBack }: Session, { key }: PlanObject): boolean {
  return rolloutPairs(stepsBack.plan).some((pair) => stepsBack.deployment(pair, pair.stable.deployment)?.key === key);
}
