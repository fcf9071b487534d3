import { RELEASE_ANNOTATION } from '../../../lib/core/labels';
import { countToKeep, handOver, startFromZero } from '../core/kubernetes/autoscaled-count';
import { isAutoscaled } from '../core/kubernetes/autoscaler';
import { type Conflict, type Ownership, REPLICAS, changedCount, conflictsIn } from '../core/kubernetes/conflict';
import type { OwnedExtra } from '../core/kubernetes/extra-owners';
import { fieldText } from '../core/kubernetes/field-path';
import { withLastApplied } from '../core/kubernetes/last-applied';
import { claimFields } from '../core/kubernetes/managed-fields';
import { withManifest } from '../core/kubernetes/merge-manifest';
import type { PlanObject } from '../core/kubernetes/objects';
import type { Provenance } from '../core/kubernetes/provenance';
import { sameContent } from '../core/kubernetes/server-fields';
import { hasOtherContent } from '../core/kubernetes/versioned-configs';
import { CliError, EXIT } from '../core/errors';
import { type Resource, at, listAt, nameOf, textAt } from '../core/resource';
import { routeOfKind } from '../core/routers';
import { adoptionRefusal, conflictRefusal, contentRefusal, extraRefusal, leftRefusal } from './apply-errors';
import { type Api, ApiError, type Call } from './api';
import { findExtras } from './extra-fields';
import { type Kinds, asRefusal } from './kinds';

/** The field manager name under which the API server records our fields. */
export const FIELD_MANAGER = 'kubectl-canary';

export interface ApplyOptions {
  readonly fieldManager: string;
  /** The release that the cluster had before; its values may be replaced. */
  readonly provenance: Provenance;
  /** Takes over every field that another manager has set, whatever its value. */
  readonly force?: boolean;
  /** Whether the object existed a moment ago. If it is missing now, it was deleted, and the apply fails instead of creating it. */
  readonly wasThere?: boolean;
  /** Whether the result is only shown, so that it is returned although the apply itself would be refused. */
  readonly isComparison?: boolean;
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
  /** The fields that the object had and the manifest does not have; they were taken over and removed. */
  readonly removed: readonly OwnedExtra[];
  /** Why an apply is refused whatever the options are; only for a comparison. */
  readonly refusal?: CliError;
}

/** How often an object is read again because it changed between a read and a write. */
const LOOKS = 5;

/**
 * Repeats a read and a write until the object did not change between them.
 *
 * @param attempt reads the object and writes it with the version that it read
 * @throws CliError if the API server refuses, or the object changes each time
 */
export async function writeLatest<T>(doing: string, attempt: () => Promise<T>): Promise<T> {
  for (let look = 1; ; look += 1) {
    try {
      return await attempt();
    } catch (error) {
      // Fields in conflict are a CliError by now, so this 409 says that the object changed.
      if (!(error instanceof ApiError && error.status === 409 && look < LOOKS)) {
        throw asRefusal(error, doing);
      }
    }
  }
}

/** What a write changed. A dry run returns the version of the object in the cluster, so its content is compared. */
export function changeOf(before: Resource, after: Resource, isDryRun = false): Change {
  const version = (of: Resource) => textAt(of, 'metadata', 'resourceVersion');
  const isSame = isDryRun ? sameContent(before, after) : version(before) === version(after);
  return isSame ? 'unchanged' : 'changed';
}

/**
 * Server-side apply of one object. A field that another manager has set to another value is taken over only if that value
 * comes from a folder of this plan, from a folder of an earlier release or from this command, and has not changed when the object is
 * written. Any other conflict is an error. A field that the manifest does not have is taken over from the managers that set it by an update,
 * such as `kubectl apply`, and so removed.
 */
export async function applyObject(api: Api, kinds: Kinds, object: PlanObject, folder: string, options: ApplyOptions): Promise<Applied> {
  const doing = `${nameOf(object.ref)} of ${folder}`;
  return writeLatest(doing, () => new ObjectApply(api, kinds, object, folder, options).run());
}

/** One attempt to apply an object: a read, and writes that the API server refuses if the object changed since. */
class ObjectApply {
  private readonly manifest: Resource;
  private readonly path: string;

  constructor(
    private readonly api: Api,
    private readonly kinds: Kinds,
    private readonly object: PlanObject,
    private readonly folder: string,
    private readonly options: ApplyOptions,
  ) {
    this.manifest = object.manifests.get(folder)!;
    this.path = kinds.path(object.ref);
  }

  /** @throws ApiError with the status 409 if the object changed between the read and a write */
  async run(): Promise<Applied> {
    const { object, folder, options } = this;
    const before = await this.api.find(this.path);
    if (before === undefined) {
      if (options.wasThere) {
        throw new CliError(`another client deleted ${nameOf(object.ref)} during the rollout`, EXIT.conflict, [
          'find out which one; the next run creates the object again',
        ]);
      }
      return { change: 'created', object: await this.send(before, false), takenOver: [], removed: [] };
    }
    if (hasOtherContent(this.manifest, before)) {
      throw contentRefusal(object, folder);
    }
    const refusal = this.adoptionRefusal(before);
    if (refusal && !options.isComparison) {
      throw refusal;
    }
    const count = changedCount(this.ownership(before));
    if (count && !options.force) {
      throw conflictRefusal(object, folder, [count]);
    }
    const extras = await this.extrasOf(before);
    const foreign = extras.filter(({ isForeign }) => isForeign);
    if (foreign.length > 0 && !options.force) {
      throw extraRefusal(object, folder, foreign);
    }
    const written = extras.length > 0 && options.isDryRun ? await this.preview(before, extras) : await this.write(before, extras);
    const conflicts = count && !written.takenOver.some(({ field }) => field === count.field) ? [count] : [];
    return { ...written, takenOver: [...conflicts, ...written.takenOver], removed: extras, ...(refusal && { refusal }) };
  }

  /** The error for a route of someone else that the manifest would strip: it is adopted whole or not at all. */
  private adoptionRefusal(before: Resource): CliError | undefined {
    const { object, folder, options } = this;
    const lost = routeOfKind(object.ref)?.undeclared?.(before, this.manifest, options.provenance.services);
    return lost && adoptionRefusal(object, folder, lost);
  }

  /** Applies the manifest, after taking over the fields that it does not have. */
  private async write(before: Resource, removed: readonly OwnedExtra[]): Promise<Omit<Applied, 'removed'>> {
    const paths = removed.map(({ path }) => path);
    const claimed = paths.length > 0 ? claimFields(before, paths, this.options.fieldManager) : undefined;
    // A field that is taken over first has no conflict any more, so ask before.
    const asked = claimed ? await this.askConflicts(before, removed) : [];
    const claiming = claimed && [{ op: 'replace', path: '/metadata/managedFields', value: claimed }];
    const { object, takenOver } = await this.apply(await this.handOverCount(claiming ? await this.patch(before, claiming) : before));
    const left = removed.length > 0 ? await this.extrasOf(object) : [];
    if (left.length > 0) {
      throw leftRefusal(this.object, this.folder, left);
    }
    return { change: changeOf(before, object, this.options.isDryRun), object, takenOver: claimed ? asked : takenOver };
  }

  /** Applies the manifest by server-side apply, without regard to fields that it does not have. */
  private async apply(before: Resource): Promise<Pick<Applied, 'object' | 'takenOver'>> {
    try {
      return { object: await this.start(await this.send(before, false)), takenOver: [] };
    } catch (error) {
      const takenOver = this.conflictsOf(error, before);
      // A rollback of this command writes by updates, which the server records apart from applies.
      const others = takenOver.filter(
        ({ field, manager, isOurs }) =>
          !(isOurs && manager === this.options.fieldManager) && !(field === REPLICAS && isAutoscaled(this.object)),
      );
      return { object: await this.start(await this.send(before, true)), takenOver: others };
    }
  }

  /** Gives a count that the apply would reset to another field manager, before the apply. */
  private async handOverCount(before: Resource): Promise<Resource> {
    const count = countToKeep(this.manifest, before, this.options.fieldManager);
    return count === undefined || this.options.isDryRun
      ? before
      : this.request({
          body: handOver(this.manifest, before, count),
          type: 'application/apply-patch+yaml',
          query: { fieldManager: `${this.options.fieldManager}-count`, force: 'true' },
        });
  }

  private async start(after: Resource): Promise<Resource> {
    const body = this.options.isDryRun ? undefined : startFromZero(this.manifest, after);
    return body ? this.request({ body, type: 'application/merge-patch+json' }) : after;
  }

  /**
   * Returns what an apply that removes fields would result in. A dry run cannot take over the fields first, so the API server checks the
   * result as an ordinary change; whether the apply itself has conflicts is asked separately.
   */
  private async preview(before: Resource, removed: readonly OwnedExtra[]): Promise<Omit<Applied, 'removed'>> {
    const takenOver = await this.askConflicts(before, removed);
    const wanted = withManifest(before, this.manifest, removed);
    const parts = Object.keys(wanted).filter((key) => !['apiVersion', 'kind', 'metadata', 'status'].includes(key));
    const object = await this.patch(before, [
      ...parts.map((key) => ({ op: 'add', path: `/${key}`, value: wanted[key] })),
      ...['labels', 'annotations'].map((key) => ({ op: 'add', path: `/metadata/${key}`, value: at(wanted, 'metadata', key) ?? {} })),
    ]);
    return { change: changeOf(before, object, true), object, takenOver };
  }

  /** Returns the conflicts that an apply would have beside the fields that it removes. @throws CliError if one of them is not ours */
  private async askConflicts(before: Resource, removed: readonly OwnedExtra[]): Promise<readonly Conflict[]> {
    try {
      await this.send(before, false, true);
      return [];
    } catch (error) {
      // With the extra fields the object may be invalid, for example with two kinds of probe.
      if (error instanceof ApiError && error.status === 422) {
        return [];
      }
      const isRemoved = (field: string) => removed.some(({ path }) => fieldText(path) === field);
      return this.conflictsOf(error, before).filter(({ field, isOurs }) => !(isOurs && isRemoved(field)));
    }
  }

  /** Returns the conflicts that an apply failed with. @throws the error itself if it is no conflict of fields; CliError if one is not ours */
  private conflictsOf(error: unknown, before: Resource): readonly Conflict[] {
    const isConflict = error instanceof ApiError && error.status === 409;
    const conflicts = isConflict ? conflictsIn(error.body, this.ownership(before)) : undefined;
    if (!conflicts) {
      throw error;
    }
    const foreign = conflicts.filter((conflict) => !conflict.isOurs && !this.isAdopted(conflict, before));
    if (foreign.length > 0 && !this.options.force) {
      throw conflictRefusal(this.object, this.folder, foreign);
    }
    return conflicts;
  }

  /** Whether a value may be replaced because the object is adopted: a route that was made by updates, and of which nothing is lost. */
  private isAdopted({ field, manager }: Conflict, before: Resource): boolean {
    const isMarked = textAt(before, 'metadata', 'annotations', RELEASE_ANNOTATION) !== undefined;
    const entries = listAt(before, 'metadata', 'managedFields').filter((entry) => entry['manager'] === manager);
    return (
      routeOfKind(this.object.ref)?.undeclared !== undefined &&
      !isMarked &&
      field.startsWith('.spec.') &&
      entries.length > 0 &&
      entries.every((entry) => entry['operation'] === 'Update')
    );
  }

  private ownership(live: Resource): Ownership {
    const { object, manifest, options } = this;
    const manifests = [...object.manifests.values()];
    return { live, wanted: manifest, manifests, ourManager: options.fieldManager, provenance: options.provenance };
  }

  private extrasOf(live: Resource): Promise<readonly OwnedExtra[]> {
    return findExtras(this.api, this.kinds, this.object.ref, live, this.manifest, this.options.fieldManager);
  }

  private send(before: Resource | undefined, force: boolean, isDryRun?: boolean): Promise<Resource> {
    // A dry run cannot hand the count over first, so it states the count that the apply would keep.
    const kept = (isDryRun ?? this.options.isDryRun) ? countToKeep(this.manifest, before, this.options.fieldManager) : undefined;
    const body = withLastApplied(
      kept === undefined ? this.manifest : { ...this.manifest, spec: { ...(this.manifest['spec'] as Resource), replicas: kept } },
      this.kinds.of(this.object.ref).isNamespaced ? this.object.ref.namespace : undefined,
      before,
    );
    // Send the resourceVersion that we read: a concurrent write then gets 409 and is read again, and a write that the
    // network delayed fails if another driver has continued since.
    const resourceVersion = textAt(before, 'metadata', 'resourceVersion');
    return this.request({
      body: before ? { ...body, metadata: { ...(body['metadata'] as Resource), resourceVersion } } : body,
      type: 'application/apply-patch+yaml',
      query: { fieldValidation: 'Strict', force: String(force) },
      isDryRun,
    });
  }

  private patch(before: Resource, changes: readonly object[]): Promise<Resource> {
    const version = { op: 'replace', path: '/metadata/resourceVersion', value: textAt(before, 'metadata', 'resourceVersion') };
    return this.request({ body: [...changes, version], type: 'application/json-patch+json' });
  }

  private request({ isDryRun = this.options.isDryRun, ...call }: Call & { readonly isDryRun?: boolean }): Promise<Resource> {
    const { guard, fieldManager } = this.options;
    const query = { fieldManager, ...call.query, ...(isDryRun ? { dryRun: 'All' } : {}) };
    return this.api.call('PATCH', this.path, { ...call, guard, query });
  }
}

/**
 * Deletes the object that was read. The UID precondition protects a new object with the same name; with `isUnchanged`, an object that another
 * client has written since is protected, too.
 */
export async function deleteObject(
  api: Api,
  kinds: Kinds,
  seen: Resource,
  ref: PlanObject['ref'],
  options: { readonly isUnchanged?: boolean; readonly isDryRun?: boolean; readonly guard?: () => Promise<void> },
): Promise<void> {
  const uid = at(seen, 'metadata', 'uid');
  const preconditions = options.isUnchanged ? { uid, resourceVersion: at(seen, 'metadata', 'resourceVersion') } : { uid };
  try {
    await api.call('DELETE', kinds.path(ref), {
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions },
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
