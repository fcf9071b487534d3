import { lacksCount } from './autoscaler';
import { contains, listRuleOf } from './compare';
import { hasField, valueAt } from './field-value';
import { LAST_APPLIED } from './last-applied';
import { type Provenance, isFromEarlierRelease } from './provenance';
import { type Resource, listAt, textAt } from '../resource';

/** A field that another field manager set to a different value. */
export interface Conflict {
  /** In the notation of the API server: `.spec.replicas`. */
  readonly field: string;
  /** The field manager that owns it, as the API server names it: `kubectl-client-side-apply`, `kube-controller-manager`. */
  readonly manager: string;
  readonly live: unknown;
  readonly wanted: unknown;
  /**
   * Whether the live value comes from this plan or from a folder of an earlier release, whichever manager applied it, or from this command's
   * own apply.
   */
  readonly isOurs: boolean;
}

/** What decides whose a value is. */
export interface Ownership {
  /** The object in the cluster. */
  readonly live: Resource | undefined;
  readonly wanted: Resource;
  /** The manifests of the object in the plan's folders. */
  readonly manifests: readonly Resource[];
  /** The name of this command as a field manager. */
  readonly ourManager: string;
  readonly provenance: Provenance;
}

/** Annotations of this tool, whose values no other manager uses, and the one of `kubectl apply`, which is rewritten at every apply. */
const OUR_ANNOTATION = /^\.metadata\.annotations\.cdk8s-canary\//;
const LAST_APPLIED_FIELD = `.metadata.annotations.${LAST_APPLIED}`;

/** Stands for a manager that the API server did not record. */
const UNKNOWN_MANAGER = 'an unknown manager';

/** Formats the managers of a field. */
export function managersText(managers: readonly string[]): string {
  return managers.length > 0 ? managers.join(' and ') : UNKNOWN_MANAGER;
}

/** The field that autoscalers and users change beside the manifests. */
export const REPLICAS = '.spec.replicas';

/**
 * Returns the conflicts in a response of the API server to a server-side apply, or undefined if the response is about something else,
 * such as a stale resourceVersion.
 */
export function conflictsIn(answer: Resource | undefined, ownership: Ownership): readonly Conflict[] | undefined {
  const causes = listAt(answer, 'details', 'causes').filter((cause) => cause['reason'] === 'FieldManagerConflict');
  if (causes.length === 0) {
    return undefined;
  }
  return causes
    .map((cause) => {
      const manager = /conflict with "([^"]*)"/.exec(textAt(cause, 'message') ?? '')?.[1];
      return conflictAt(textAt(cause, 'field') ?? '', manager ?? UNKNOWN_MANAGER, ownership);
    })
    .filter(({ field }) => field !== LAST_APPLIED_FIELD);
}

/**
 * Returns the replica count as a conflict if somebody else changed it. The API server reports no conflict if the count has no owner, as
 * after some writes of an autoscaler, so the value decides.
 */
export function changedCount(ownership: Ownership): Conflict | undefined {
  const { live, wanted } = ownership;
  const [now, next] = [valueAt(live, REPLICAS), valueAt(wanted, REPLICAS)];
  if (typeof now !== 'number' || typeof next !== 'number' || now === next) {
    return undefined;
  }
  const conflict = conflictAt(REPLICAS, managerOf(live, REPLICAS), ownership);
  return conflict.isOurs ? undefined : conflict;
}

/** Returns the manager of a field, in the notation of the API server. Writes to a subresource, such as an autoscaler's, count. */
export function managerOf(live: Resource | undefined, field: string): string {
  const owner = listAt(live, 'metadata', 'managedFields').find((entry) => hasField(entry['fieldsV1'], field));
  return textAt(owner, 'manager') ?? UNKNOWN_MANAGER;
}

function conflictAt(field: string, manager: string, { live, wanted, manifests, ourManager, provenance }: Ownership): Conflict {
  const [value, next] = [valueAt(live, field), valueAt(wanted, field)];
  return {
    field,
    manager,
    live: value,
    wanted: next,
    isOurs:
      // A manager keeps a list whose last item is gone. There is no value to lose.
      (value === undefined && next !== undefined) ||
      OUR_ANNOTATION.test(field) ||
      // The plan leaves the count to an autoscaler, except where the track receives no traffic.
      (field === REPLICAS && manifests.some(lacksCount)) ||
      isOwnedBy(ourManager, live, field) ||
      (value !== undefined && manifests.some((manifest) => contains(value, valueAt(manifest, field), listRuleOf(manifest)))) ||
      isFromEarlierRelease(live, field, manager, provenance),
  };
}

/**
 * Whether the last apply of a manager set a field to its live value. If another manager changes the value, the server removes the field
 * from the entry of the first one. So all managers that still have the field set the same value. One of them may be kubectl, if it applied
 * an earlier release first.
 */
export function isOwnedBy(manager: string, live: Resource | undefined, field: string): boolean {
  const entries = listAt(live, 'metadata', 'managedFields');
  return entries.some((entry) => entry['manager'] === manager && entry['operation'] === 'Apply' && hasField(entry['fieldsV1'], field));
}
