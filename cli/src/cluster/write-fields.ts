import { STAGE_ANNOTATION, VERSION_LABEL } from '../../../lib/core/labels';
import { REPLICAS_PATH, lacksCount } from '../core/kubernetes/autoscaler';
import { type Conflict, managerOf } from '../core/kubernetes/conflict';
import { hasValueOf } from '../core/kubernetes/field-match';
import { type PlanObject, isAnnotation, isMap, sameJson } from '../core/kubernetes/objects';
import { CliError, EXIT } from '../core/errors';
import { type Resource, at, nameOf, textAt } from '../core/resource';
import type { Api } from './api';
import { type Applied, type ApplyOptions, changeOf, writeLatest } from './apply';
import { conflictRefusal } from './apply-errors';
import type { Kinds } from './kinds';

export interface WriteFieldsOptions extends Omit<ApplyOptions, 'provenance' | 'wasThere'> {
  /** Whether the object is a stable Deployment, whose count a rollback never lowers below what another client set. */
  readonly isStable: boolean;
  /** Returns the count with which an autoscaled Deployment without pods starts (default: 1). */
  readonly load?: () => number | undefined;
  /** Manifests whose values are ours too: those of the plan, where it differs from what was recorded. */
  readonly ours: readonly Resource[];
  /** Returns the pod template of a version that a Deployment ran; undefined if the cluster no longer has it. */
  readonly templateOf: (deployment: Resource, version: string) => Resource | undefined;
}

/**
 * Writes the fields of an object that depend on the folder, and no others: counts, routes and the marks of the position. It creates nothing.
 * Values are compared, not field managers: a value that no folder has was set by another client.
 *
 * @returns undefined if the object does not exist and the folder needs no pods of it
 */
export function writeFields(
  api: Api,
  kinds: Kinds,
  object: PlanObject,
  folder: string,
  options: WriteFieldsOptions,
): Promise<Applied | undefined> {
  const path = kinds.path(object.ref);
  const manifest = object.manifests.get(folder)!;
  return writeLatest(`${nameOf(object.ref)} of ${folder}`, async () => {
    const before = await api.find(path);
    if (before === undefined) {
      if (at(manifest, 'spec', 'replicas') === 0) {
        return undefined;
      }
      throw new CliError(
        `${nameOf(object.ref)} does not exist, and a rollback writes counts and routes but creates nothing`,
        EXIT.conflict,
        [
          `kubectl apply -f FOLDER/${folder} of the plan that ran creates it; declare the old version as the next release if no such plan is left`,
        ],
      );
    }
    const foreign = foreignFields(object, folder, before, options.ours).filter(
      ({ field }) => !(options.isStable && field === '.spec.replicas'),
    );
    if (foreign.length > 0 && !options.force) {
      throw conflictRefusal(object, folder, foreign);
    }
    const answer = await api.call('PATCH', path, {
      body: {
        ...bodyOf(object, folder, before, options),
        metadata: { ...(manifest['metadata'] as Resource), resourceVersion: textAt(before, 'metadata', 'resourceVersion') },
      },
      type: 'application/merge-patch+json',
      guard: options.guard,
      query: { fieldManager: options.fieldManager, fieldValidation: 'Strict', ...(options.isDryRun ? { dryRun: 'All' } : {}) },
    });
    return { change: changeOf(before, answer, options.isDryRun), object: answer, takenOver: foreign, removed: [] };
  });
}

/** The count of a stable Deployment in a folder: what another client set, if that is more. */
function bodyOf(object: PlanObject, folder: string, before: Resource, options: WriteFieldsOptions): Resource {
  const { apiVersion, kind, metadata: _, spec, ...others } = object.manifests.get(folder)!;
  const { template, ...fields } = (spec ?? {}) as Resource;
  const wanted: Resource = { ...fields };
  if (options.isStable && typeof fields['replicas'] === 'number') {
    wanted['replicas'] = keptReplicas(object, folder, before) ?? fields['replicas'];
  }
  if (lacksCount(object.manifests.get(folder)!) && at(before, ...REPLICAS_PATH) === 0) {
    // An autoscaler does nothing at 0, and would start from its minimum.
    wanted['replicas'] = Math.max(1, options.load?.() ?? 1);
  }
  const version = textAt(template, 'metadata', 'labels', VERSION_LABEL);
  if (version !== undefined && version !== textAt(before, 'spec', 'template', 'metadata', 'labels', VERSION_LABEL)) {
    const ran = options.templateOf(before, version);
    if (ran === undefined) {
      throw new CliError(
        `${nameOf(object.ref)}: the cluster has no ReplicaSet of version ${version} any more, so its pod template cannot be restored`,
        EXIT.conflict,
        [`kubectl apply -f FOLDER/${folder} of the plan that ran restores it`],
      );
    }
    wanted['template'] = patchTo(at(before, 'spec', 'template'), ran);
  }
  return { apiVersion, kind, ...others, ...((spec !== undefined || Object.keys(wanted).length > 0) && { spec: wanted }) };
}

/**
 * Returns the replicas that a stable Deployment keeps because another client set more than the folder has: a user or an autoscaler had a
 * reason, and the traffic of the canary comes on top. Undefined if its count is the plan's.
 */
export function keptReplicas(object: PlanObject, folder: string, live: Resource): number | undefined {
  const [has, wanted] = [at(live, 'spec', 'replicas'), at(object.manifests.get(folder), 'spec', 'replicas')];
  return typeof has === 'number' && typeof wanted === 'number' && has > wanted && !isPlanned(object, live, has) ? has : undefined;
}

/** Whether a count is that of the folder which the same write recorded in the stage annotation. */
function isPlanned(object: PlanObject, live: Resource, replicas: number): boolean {
  const stage = textAt(live, 'metadata', 'annotations', STAGE_ANNOTATION);
  return at(object.manifests.get(stage ?? ''), 'spec', 'replicas') === replicas;
}

/** The fields whose live value is that of no folder. */
function foreignFields(object: PlanObject, folder: string, live: Resource, ours: readonly Resource[]): readonly Conflict[] {
  const isTemplate = (path: readonly string[]) => path[0] === 'spec' && path[1] === 'template';
  return object.varying
    .filter((path) => !isAnnotation(path) && !isTemplate(path))
    .filter((path) => ![...object.manifests.values(), ...ours].some((manifest) => hasValueOf(live, manifest, path)))
    .map((path) => {
      const field = `.${path.join('.')}`;
      return {
        field,
        manager: managerOf(live, field),
        live: at(live, ...path),
        wanted: at(object.manifests.get(folder), ...path),
        isOurs: false,
      };
    });
}

/** Returns the merge patch that makes one value of another: it removes what the other lacks, and replaces lists. */
function patchTo(from: unknown, to: unknown): unknown {
  if (!isMap(from) || !isMap(to) || sameJson(from, to)) {
    return to;
  }
  const removed = Object.keys(from).filter((key) => !(key in to));
  return {
    ...Object.fromEntries(removed.map((key) => [key, null])),
    ...Object.fromEntries(Object.entries(to).map(([key, value]) => [key, patchTo(from[key], value)])),
  };
}
