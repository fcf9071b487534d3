import { STAGE_0 } from '../../../../lib/core/folders';
import { RELEASE_ANNOTATION } from '../../../../lib/core/labels';
import { rolloutPairs } from '../plan/plan';
import { type Resource, listAt, textAt } from '../resource';
import { lastApplied } from './last-applied';
import { ownersOf } from './managed-fields';
import { type PlanObjects, sameJson } from './objects';
import { hasField, valueAt } from './field-value';

/** What is known of the release that a cluster had before this one. Its values are this tool's, whichever client applied its folders. */
export interface Provenance {
  /** The releases of this plan; any other one is an earlier release. */
  readonly releases: ReadonlySet<string>;
  /** The field managers that applied a Deployment of the plan from a folder. */
  readonly appliers: ReadonlySet<string>;
  /** Whether `stage-0` is being applied to Deployments that have been in a release before. */
  readonly isSuccessor: boolean;
  /** The names of the Services of the pairs and of their tracks. */
  readonly services: ReadonlySet<string>;
}

/**
 * Determines the provenance of a cluster's values for the apply of a folder.
 *
 * @param live the Deployments of the plan, by key
 */
export function provenanceOf(objects: PlanObjects, live: ReadonlyMap<string, Resource>, folder: string): Provenance {
  const pairs = rolloutPairs(objects.plan);
  const deployments = pairs
    .flatMap((pair) => [pair.stable, pair.canary].map(({ deployment }) => live.get(objects.deployment(pair, deployment)?.key ?? '')))
    .filter((found) => found !== undefined && textAt(found, 'metadata', 'annotations', RELEASE_ANNOTATION) !== undefined);
  const owners = deployments.flatMap((found) =>
    ownersOf(found!, [{ field: 'metadata' }, { field: 'annotations' }, { field: RELEASE_ANNOTATION }]),
  );
  return {
    releases: new Set(pairs.map(({ release }) => release)),
    appliers: new Set(owners.map(({ manager }) => manager)),
    isSuccessor: folder === STAGE_0 && deployments.length > 0,
    services: new Set(
      pairs.flatMap(({ service, stable, canary }) => [service, stable.service, canary.service]).filter((name) => name !== undefined),
    ),
  };
}

/**
 * Whether a live value comes from a folder of an earlier release: its manager also set the object's release annotation, or it is the value
 * of the last `kubectl apply`. Objects without the annotation, such as Services, count only at `stage-0` of a release that follows another.
 */
export function isFromEarlierRelease(live: Resource | undefined, field: string, manager: string, provenance: Provenance): boolean {
  const release = textAt(live, 'metadata', 'annotations', RELEASE_ANNOTATION);
  const declared = lastApplied(live);
  const isDeclared = declared !== undefined && sameJson(valueAt(declared, field), valueAt(live, field));
  if (release === undefined) {
    return provenance.isSuccessor && (isDeclared || provenance.appliers.has(manager));
  }
  if (provenance.releases.has(release)) {
    return false;
  }
  const isFolder = textAt(declared, 'metadata', 'annotations', RELEASE_ANNOTATION) !== undefined;
  const annotation = `.metadata.annotations.${RELEASE_ANNOTATION}`;
  const isApplier = listAt(live, 'metadata', 'managedFields').some(
    (entry) =>
      entry['manager'] === manager && !entry['subresource'] && [field, annotation].every((one) => hasField(entry['fieldsV1'], one)),
  );
  return isApplier || (isFolder && isDeclared);
}
