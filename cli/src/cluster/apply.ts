import { type Conflict, conflictsIn } from '../core/kubernetes/conflict';
import type { PlanObject } from '../core/kubernetes/objects';
import { CliError, EXIT } from '../core/errors';
import { type Resource, at, nameOf, textAt } from '../core/resource';
import { showValue } from '../core/text/show-value';
import { type Api, ApiError } from './api';
import { type Kinds, asRefusal } from './kinds';

/** The field manager name under which the API server records our fields. */
export const FIELD_MANAGER = 'kubectl-canary';

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes over every field that another manager has set, whatever its value. */
  readonly force?: boolean;
  /** Whether the object existed a moment ago. If it is missing now, it was deleted, and the apply fails instead of creating it. */
  readonly wasThere?: boolean;
  /** The server returns the result but changes nothing. */
  readonly isDryRun?: boolean;
  /** Awaited before each attempt; throws if the request must not be sent. */
  readonly guard?: () => Promise<void>;
}

export type Change = 'created' | 'changed' | 'unchanged';

export interface Applied {
  readonly change: Change;
  /** The object as the server has it now, or would have it after a dry run. */
  readonly object: Resource;
  /** The fields that were taken over from other managers. */
  readonly takenOver: readonly Conflict[];
}

/** How often an object is read again because it changed between a read and a write. */
export const LOOKS = 5;

/**
 * Server-side apply of one object. A field that another manager has set to another value is taken over only if that value
 * comes from a folder of this plan or from this command, and has not changed when the object is written. Any other conflict
 * is an error.
 */
export async function applyObject(api: Api, kinds: Kinds, object: PlanObject, folder: string, options: ApplyOptions): Promise<Applied> {
  const manifest = object.manifests.get(folder)!;
  const path = kinds.path(object.ref);
  const doing = `${nameOf(object.ref)} of ${folder}`;
  for (let look = 1; ; look += 1) {
    const before = await api.find(path).catch((error: unknown) => {
      throw asRefusal(error, doing);
    });
    if (before === undefined && options.wasThere) {
      throw new CliError(`another client deleted ${nameOf(object.ref)} during the rollout`, EXIT.conflict, [
        'find out which one; the next run creates the object again',
      ]);
    }
    // Send the resourceVersion that we read: a concurrent write then gets 409 and is read again, and a write that the
    // network delayed fails if another driver has continued since.
    const resourceVersion = textAt(before, 'metadata', 'resourceVersion');
    const body = before ? { ...manifest, metadata: { ...(manifest['metadata'] as Resource), resourceVersion } } : manifest;
    const send = (force: boolean) =>
      api.call('PATCH', path, {
        body,
        type: 'application/apply-patch+yaml',
        guard: options.guard,
        query: {
          fieldManager: options.fieldManager,
          fieldValidation: 'Strict',
          force: String(force),
          ...(options.isDryRun ? { dryRun: 'All' } : {}),
        },
      });
    try {
      return appliedOf(before, await send(false), []);
    } catch (error) {
      const conflicts =
        error instanceof ApiError && error.status === 409
          ? conflictsIn(error.body, before, manifest, [...object.manifests.values()], options.fieldManager)
          : undefined;
      if (!conflicts || !before) {
        // This 409 is not a field conflict: the object changed during the write, so read it again.
        if (error instanceof ApiError && error.status === 409 && look < LOOKS) {
          continue;
        }
        throw asRefusal(error, doing);
      }
      // A rollback of this command writes fields by updates, which the server records apart from applies.
      const others = conflicts.filter(({ manager, isOurs }) => !(isOurs && manager === options.fieldManager));
      const foreign = conflicts.filter(({ isOurs }) => !isOurs);
      if (foreign.length > 0 && !options.force) {
        throw conflictRefusal(object, folder, foreign);
      }
      try {
        return appliedOf(before, await send(true), others);
      } catch (again) {
        if (!(again instanceof ApiError && again.status === 409) || look === LOOKS) {
          throw asRefusal(again, doing);
        }
      }
    }
  }
}

/** The result of a write, by comparing the object before and after it. */
export function appliedOf(before: Resource | undefined, object: Resource, takenOver: readonly Conflict[]): Applied {
  const version = (of: Resource | undefined) => textAt(of, 'metadata', 'resourceVersion');
  const change = before === undefined ? 'created' : version(before) === version(object) ? 'unchanged' : 'changed';
  return { change, object, takenOver };
}

/** The error that names fields with values of other clients. */
export function conflictRefusal(object: PlanObject, folder: string, conflicts: readonly Conflict[]): CliError {
  const lines = conflicts.map(
    ({ field, manager, live, wanted }) => `${field}: ${manager} set ${showValue(live)}, and ${folder} has ${showValue(wanted)}`,
  );
  const isScale = conflicts.some(({ field }) => field === '.spec.replicas');
  return new CliError(
    `${nameOf(object.ref)}: ${conflicts.length === 1 ? 'a field has a value' : 'fields have values'} that no folder of this plan has: ${lines.join('; ')}`,
    EXIT.conflict,
    [
      ...(isScale ? ['an autoscaler or a user scaled it; remove the autoscaler, or leave replicas to it in the declaration'] : []),
      'kubectl canary diff STAGE   shows everything that differs',
      'run again when the other manager no longer sets the field, or with --force-conflicts to overwrite it; nothing was changed after this',
    ],
  );
}

/** Deletes the object that was read. The UID precondition protects a new object with the same name. */
export async function deleteObject(
  api: Api,
  kinds: Kinds,
  seen: Resource,
  ref: PlanObject['ref'],
  options: { readonly isDryRun?: boolean; readonly guard?: () => Promise<void> },
): Promise<void> {
  const uid = at(seen, 'metadata', 'uid');
  try {
    await api.call('DELETE', kinds.path(ref), {
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } },
      guard: options.guard,
      ...(options.isDryRun ? { query: { dryRun: 'All' } } : {}),
    });
  } catch (error) {
    // After a retry, 404 means that the first attempt deleted it and its response was lost.
    if (!(error instanceof ApiError && error.status === 404)) {
      throw asRefusal(error, `delete ${nameOf(ref)}`);
    }
  }
}
