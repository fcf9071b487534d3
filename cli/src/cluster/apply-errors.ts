import { type Conflict, managersText } from '../core/kubernetes/conflict';
import type { OwnedExtra } from '../core/kubernetes/extra-owners';
import type { PlanObject } from '../core/kubernetes/objects';
import { CliError, EXIT } from '../core/errors';
import { nameOf } from '../core/resource';
import type { Undeclared } from '../core/routers/router';
import { plainText } from '../core/text/plain-text';
import { showValue } from '../core/text/show-value';

/** Formats conflicts for a message, each with the field, its manager and both values. */
export function conflictsText(conflicts: readonly Conflict[], folder: string): string {
  return conflicts
    .map(
      ({ field, manager, live, wanted }) =>
        `${field}: ${manager} set ${showValue(live, field)}, and ${folder} has ${showValue(wanted, field)}`,
    )
    .join('; ');
}

/** Formats extra fields for a message, each with its managers and its value. */
export function extrasText(extras: readonly OwnedExtra[]): string {
  return extras.map(({ field, managers, live }) => `${field}: ${managersText(managers)} set ${showValue(live, field)}`).join('; ');
}

/** The error for values that another manager set and no folder has. */
export function conflictRefusal(object: PlanObject, folder: string, conflicts: readonly Conflict[]): CliError {
  const isScale = conflicts.some(({ field }) => field === '.spec.replicas');
  return new CliError(
    `${nameOf(object.ref)}: ${conflicts.length === 1 ? 'a field has a value' : 'fields have values'} that no folder of this plan has: ${conflictsText(conflicts, folder)}`,
    EXIT.conflict,
    [
      ...(isScale
        ? ['an autoscaler or a user scaled it; remove the autoscaler, and set baseline to the pods that the highest load needs']
        : []),
      'kubectl canary diff STAGE   shows everything that differs',
      'run again when the other manager no longer sets the field, or with --force-conflicts to overwrite it; nothing was changed after this',
    ],
  );
}

/** The error for fields that a folder does not have and another tool applies. */
export function extraRefusal(object: PlanObject, folder: string, extras: readonly OwnedExtra[]): CliError {
  return new CliError(
    `${nameOf(object.ref)}: another server-side apply has ${extras.length === 1 ? 'a field' : 'fields'} that ${folder} does not have: ${extrasText(extras)}`,
    EXIT.conflict,
    [
      'kubectl canary diff STAGE   shows everything that differs',
      'add the field to the declaration, remove it there, or run again with --force-conflicts to remove it; nothing was changed after this',
    ],
  );
}

/** The error for the ConfigMap of a `VersionedConfig` that exists with another content, which no apply can change. */
export function contentRefusal({ ref }: PlanObject, folder: string): CliError {
  return new CliError(
    `${nameOf(ref)} exists with another content than in ${folder}; the name is a hash of the content, so another client made or changed the object`,
    EXIT.conflict,
    [
      `kubectl get configmap ${ref.name} -o yaml   shows it`,
      `kubectl delete configmap ${ref.name}   removes it, once no pod reads it; the next run creates it again`,
    ],
  );
}

/** The error for a route that another client made, of which an apply would remove a part. */
export function adoptionRefusal({ ref }: PlanObject, folder: string, { what, property }: Undeclared): CliError {
  return new CliError(
    plainText(
      `${nameOf(ref)} exists, was made by another client, and has ${what}, which ${folder} does not have, so the apply would remove it; declare it in ${property}, or delete the object`,
    ),
    EXIT.conflict,
    ['kubectl canary diff STAGE   shows everything that differs'],
  );
}

/** The error for fields that are still there after an apply that should have removed them. */
export function leftRefusal(object: PlanObject, folder: string, extras: readonly OwnedExtra[]): CliError {
  return new CliError(
    `${nameOf(object.ref)}: after the apply of ${folder} it still has ${extras.length === 1 ? 'a field' : 'fields'} that ${folder} does not have: ${extrasText(extras)}`,
    EXIT.conflict,
    ['find out which client or webhook sets it; kubectl canary status   shows everything that differs'],
  );
}
