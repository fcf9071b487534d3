import { type Resource, listAt, textAt } from '../resource';
import { type FieldPath, fieldsV1Key } from './field-path';
import { isMap } from './objects';

/** A field manager that the API server records for a field. */
export interface Owner {
  readonly manager: string;
  /** `Apply` for a server-side apply, `Update` for any other write. */
  readonly operation: string;
  /** The annotations that the same manager set by the same operation, without their values. */
  readonly annotations: readonly string[];
}

/** Returns the managers of a field or of a part of it. Writes to a subresource, such as those of an autoscaler, do not count. */
export function ownersOf(live: Resource, path: FieldPath): readonly Owner[] {
  return ownEntries(live)
    .filter(({ fieldsV1 }) => nodeAt(fieldsV1, path) !== undefined)
    .map((entry) => {
      const annotations = nodeAt(entry['fieldsV1'], [{ field: 'metadata' }, { field: 'annotations' }]) ?? {};
      return {
        manager: textAt(entry, 'manager') ?? 'unknown',
        operation: textAt(entry, 'operation') ?? 'Update',
        annotations: Object.keys(annotations).map((key) => key.slice(2)),
      };
    });
}

/** Whether an entry is the one of a manager's server-side apply. */
function isApplyOf(manager: string, entry: Resource): boolean {
  return entry['manager'] === manager && entry['operation'] === 'Apply' && !entry['subresource'];
}

/**
 * Returns `metadata.managedFields` with some fields owned by the server-side apply of one manager and by nobody else, so that its next apply
 * removes those that its manifest does not have. Returns undefined if that is so already.
 */
export function claimFields(live: Resource, paths: readonly FieldPath[], manager: string): readonly Resource[] | undefined {
  const entries = structuredClone(listAt(live, 'metadata', 'managedFields')) as Resource[];
  let ours = entries.find((entry) => isApplyOf(manager, entry));
  if (!ours) {
    ours = { manager, operation: 'Apply', apiVersion: live['apiVersion'], fieldsType: 'FieldsV1', fieldsV1: {} };
    entries.push(ours);
  }
  let isChanged = false;
  for (const path of paths) {
    for (const entry of entries.filter((one) => one !== ours && !one['subresource'])) {
      isChanged = removeNode(entry['fieldsV1'], path) || isChanged;
    }
    if (nodeAt(ours['fieldsV1'], path) === undefined) {
      addNode(ours['fieldsV1'] as Resource, path);
      isChanged = true;
    }
  }
  const left = entries.filter(({ fieldsV1 }) => isMap(fieldsV1) && Object.keys(fieldsV1).length > 0);
  return isChanged ? left : undefined;
}

function ownEntries(live: Resource): readonly Resource[] {
  return listAt(live, 'metadata', 'managedFields').filter((entry) => !entry['subresource']);
}

function nodeAt(set: unknown, path: FieldPath): Resource | undefined {
  const node = path.reduce<unknown>((found, step) => (isMap(found) ? found[keyIn(found, step)] : undefined), set);
  return isMap(node) ? node : undefined;
}

/** Returns the key of a step as a set has it: managers may write the keys of a list item in any order. */
function keyIn(set: Resource, step: FieldPath[number]): string {
  const key = fieldsV1Key(step);
  return key in set || !('keys' in step)
    ? key
    : (Object.keys(set).find((other) => other.startsWith('k:') && sorted(other) === sorted(key)) ?? key);
}

function sorted(key: string): string {
  return JSON.stringify(Object.entries(JSON.parse(key.slice(2)) as Resource).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function addNode(set: Resource, path: FieldPath): void {
  let node = set;
  for (const step of path) {
    node = (node[keyIn(node, step)] ??= {}) as Resource;
  }
  // A set without members means the field itself; for a list item the API server writes that explicitly.
  if ('keys' in path.at(-1)!) {
    node['.'] = {};
  }
}

/** Removes a field with all its parts, and the parents that are then empty: an empty set means the field itself. */
function removeNode(set: unknown, [step, ...rest]: FieldPath): boolean {
  if (!isMap(set) || step === undefined) {
    return false;
  }
  const key = keyIn(set, step);
  const inside = set[key];
  if (inside === undefined) {
    return false;
  }
  if (rest.length > 0) {
    if (!removeNode(inside, rest)) {
      return false;
    }
    // A list or a map without members is gone.
    if (Object.keys(inside as Resource).some((one) => one !== '.')) {
      return true;
    }
  }
  delete set[key];
  return true;
}
