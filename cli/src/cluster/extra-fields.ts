import { extraFields } from '../core/kubernetes/extra-fields';
import { type OwnedExtra, setExtras, withOwners } from '../core/kubernetes/extra-owners';
import type { PlanObject } from '../core/kubernetes/objects';
import type { Resource } from '../core/resource';
import { type Api, ApiError } from './api';
import type { Kinds } from './kinds';

/**
 * Returns the fields that an object has in the cluster and not in its manifest. If there may be any, asks the API server by a dry run how
 * it would create the object now, so that defaults and the fields of webhooks are not among them.
 */
export async function findExtras(
  api: Api,
  kinds: Kinds,
  ref: PlanObject['ref'],
  live: Resource,
  manifest: Resource,
  fieldManager: string,
): Promise<readonly OwnedExtra[]> {
  if (extraFields(live, manifest).length === 0) {
    return [];
  }
  const asNew = await createdAsNew(api, kinds, ref, manifest, fieldManager);
  return asNew ? withOwners(extraFields(live, manifest, asNew), live, fieldManager) : setExtras(live, manifest, fieldManager);
}

/** The objects as new, by the parts of their manifests that are the same in most folders. */
const known = new WeakMap<Api, Map<string, Promise<Resource | undefined>>>();

/** Longest name that every kind accepts. */
const LONGEST_NAME = 63;

/** Returns the object that the API server would create from a manifest, or undefined if it refuses to: quotas and webhooks may. */
function createdAsNew(
  api: Api,
  kinds: Kinds,
  ref: PlanObject['ref'],
  manifest: Resource,
  fieldManager: string,
): Promise<Resource | undefined> {
  const { annotations: _, ...metadata } = manifest['metadata'] as Resource;
  const { replicas: _r, ...spec } = (manifest['spec'] ?? {}) as Resource;
  const key = JSON.stringify([kinds.path(ref), { ...manifest, metadata, spec }]);
  const answers = known.get(api) ?? new Map<string, Promise<Resource | undefined>>();
  known.set(api, answers);
  // The name is taken, so the dry run uses another one.
  const name = `${ref.name.slice(0, LONGEST_NAME - 7).replace(/[-.]+$/, '')}-as-new`;
  const answer =
    answers.get(key) ??
    api
      .call('POST', kinds.collection(ref), {
        body: { ...manifest, metadata: { ...(manifest['metadata'] as Resource), name } },
        query: { dryRun: 'All', fieldManager, fieldValidation: 'Strict' },
      })
      .catch((error: unknown) => {
        if (error instanceof ApiError) {
          return undefined;
        }
        throw error;
      });
  answers.set(key, answer);
  return answer;
}
