import { TEMPLATE_ANNOTATION } from '../../../../lib/core/labels';
import { isTracking } from '../../../../lib/core/template-identity';
import { CliError, EXIT } from '../errors';
import { contains } from '../kubernetes/compare';
import type { PlanObjects } from '../kubernetes/objects';
import { atText } from '../plan/path';
import { type RolloutPair, isUnderWay, rolloutPairs } from '../plan/plan';
import { type Resource, at, textAt, textsAt } from '../resource';
import { ROLL_BACK } from './ways-out';
import type { Position } from './position';

export type TrackRole = 'stable' | 'canary';

/** A track whose pod template in the plan is not the one that the cluster has. */
export interface ChangedTemplate {
  readonly role: TrackRole;
  readonly deployment: string;
  readonly pair: RolloutPair;
}

/**
 * Returns the tracks whose pod template in a folder differs from the live one. The digest in the annotations decides; Deployments from before
 * there were digests are compared field by field.
 */
export function changedTemplates(objects: PlanObjects, live: ReadonlyMap<string, Resource>, folder: string): readonly ChangedTemplate[] {
  return rolloutPairs(objects.plan).flatMap((pair) =>
    (['stable', 'canary'] as const).flatMap((role) => {
      const { deployment } = pair[role];
      const object = objects.deployment(pair, deployment);
      const found = object && live.get(object.key);
      const manifest = object?.manifests.get(folder);
      return found && manifest && isChanged(found, manifest) ? [{ role, deployment, pair }] : [];
    }),
  );
}

function isChanged(live: Resource, manifest: Resource): boolean {
  const digest = (object: Resource) => textAt(object, 'metadata', 'annotations', TEMPLATE_ANNOTATION);
  if (digest(live) !== undefined && digest(manifest) !== undefined) {
    return digest(live) !== digest(manifest);
  }
  return !contains(at(live, 'spec', 'template'), withoutTracking((at(manifest, 'spec', 'template') ?? {}) as Resource));
}

function withoutTracking(template: Resource): Resource {
  const { labels: _l, annotations: _a, ...others } = (template['metadata'] ?? {}) as Resource;
  const kept = (kind: string) =>
    Object.fromEntries(Object.entries(textsAt(template, 'metadata', kind)).filter(([key]) => !isTracking(key)));
  return { ...template, metadata: { ...others, labels: kept('labels'), annotations: kept('annotations') } };
}

/**
 * Returns the position from which the folder that the cluster is at is applied again, if the plan has another pod template that is ordinary
 * or accepted there. Its pods are then replaced, and its evidence begins anew, before the rollout goes on.
 */
export function toBeRenewed(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  position: Position,
  accepted: readonly TrackRole[],
): Position {
  if (position.kind !== 'at' || !objects.plan.order.advance.includes(position.folder)) {
    return position;
  }
  const { folder } = position;
  const changed = changedTemplates(objects, live, folder);
  const isWanted = changed.length > 0 && changed.every(({ role }) => !isUnderWay(folder) || accepted.includes(role));
  return isWanted ? { kind: 'between', from: folder, to: folder } : position;
}

/** Refuses to go on with pod templates that changed in the middle of a rollout. @throws CliError */
export function refuseChangedTemplates(
  objects: PlanObjects,
  live: ReadonlyMap<string, Resource>,
  position: Position,
  accepted: readonly TrackRole[],
): void {
  // A half-done step to `promoted` or from `stage-0` is in the middle of the rollout too. A roll changes a template between two folders.
  const folders = position.kind === 'at' ? [position.folder] : position.kind === 'between' ? [position.from, position.to] : [];
  const [folder] = folders;
  if (folder === undefined || !folders.some(isUnderWay) || !folders.every((one) => objects.plan.order.advance.includes(one))) {
    return;
  }
  const inBoth = changedTemplates(objects, live, folder).filter(({ deployment }) =>
    folders.every((one) => changedTemplates(objects, live, one).some((other) => other.deployment === deployment)),
  );
  const [changed] = inBoth.filter(({ role }) => !accepted.includes(role));
  if (!changed) {
    return;
  }
  const { role, deployment, pair } = changed;
  throw new CliError(
    `${role}: the pod template of ${deployment} differs from the one that the cluster has ${atText(position)}, and the version is ${pair[role].version} as before; its pods would be replaced in the middle of the rollout`,
    EXIT.refused,
    [
      ...(role === 'stable'
        ? ['--accept-template stable   replaces the pods of stable first, and begins the evidence of this stage anew']
        : ['give the new template a version of its own, and begin again after a rollback']),
      ROLL_BACK,
    ],
  );
}
