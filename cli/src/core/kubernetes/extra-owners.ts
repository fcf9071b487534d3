import { RELEASE_ANNOTATION } from '../../../../lib/core/labels';
import { type ExtraField, extraFields } from './extra-fields';
import { fieldText } from './field-path';
import { valueAt } from './field-value';
import { lastApplied } from './last-applied';
import { type Owner, ownersOf } from './managed-fields';
import type { Resource } from '../resource';

/** A field that a manifest does not have, and who set it. */
export interface OwnedExtra extends ExtraField {
  /** The field managers; empty if the API server has recorded none. */
  readonly managers: readonly string[];
  /** Whether another tool keeps the field by server-side apply of a manifest of its own. Such a field is removed only on request. */
  readonly isForeign: boolean;
}

/** The manager name of `kubectl apply --server-side`. */
const KUBECTL = 'kubectl';
/** The manager name of `kubectl apply`. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

/** Adds to each field who set it. @param ourManager the name of this command as a field manager */
export function withOwners(extras: readonly ExtraField[], live: Resource, ourManager: string): readonly OwnedExtra[] {
  return extras.map((extra) => {
    const owners = ownersOf(live, extra.path);
    const isForeign = owners.some(
      ({ manager, operation, annotations }) =>
        operation === 'Apply' && manager !== ourManager && manager !== KUBECTL && !annotations.includes(RELEASE_ANNOTATION),
    );
    return { ...extra, managers: [...new Set(owners.map(({ manager }) => manager))], isForeign };
  });
}

/**
 * Returns the fields that somebody set and the manifest does not have, without a question to the API server. A field counts if a manager
 * has set it; of `kubectl apply`, whose entry also has defaults and the fields of webhooks, only what its last manifest has.
 */
export function setExtras(live: Resource, manifest: Resource, ourManager: string): readonly OwnedExtra[] {
  const declared = lastApplied(live);
  const isSet =
    (extra: ExtraField) =>
    ({ manager, operation }: Owner) =>
      manager === CLIENT_SIDE_APPLY
        ? valueAt(declared, fieldText(extra.path)) !== undefined
        : manager !== ourManager || operation === 'Apply';
  const found = extraFields(live, manifest).filter((extra) => ownersOf(live, extra.path).some(isSet(extra)));
  return withOwners(found, live, ourManager);
}
