import { rolloutPairs } from '../plan/plan';
import type { PlanObjects } from './objects';
import { configPairs } from './versioned-configs';
import type { ObjectRef } from '../resource';

/** One permission that a command needs. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Such as `log` of `pods`. */
  readonly subresource?: string;
  readonly namespace: string | undefined;
  readonly name?: string;
}

/** How a command uses the objects of a plan: it reads and watches them, asks what an apply would change, or applies them. */
export type Use = 'look' | 'try' | 'apply';

/** Returns the API group and the plural resource name of an object's kind. */
export type NameOfKind = (ref: ObjectRef) => { readonly group: string; readonly plural: string };

/**
 * Returns all permissions that a command needs, so that it can report the missing ones before the first change.
 *
 * @param deleted the objects that the command deletes; such a command deletes the ConfigMaps of `VersionedConfig`s that nothing needs, too
 */
export function permissionsFor(
  objects: PlanObjects,
  use: Use,
  kindOf: NameOfKind,
  deleted: readonly ObjectRef[] = [],
): readonly Permission[] {
  const rights: Permission[] = [];
  const add = (group: string, resource: string, namespace: string | undefined, verbs: readonly string[], name?: string) =>
    verbs.forEach((verb) => rights.push({ verb, group, resource, namespace, name }));
  const deployments = rolloutPairs(objects.plan).flatMap((pair) =>
    [pair.stable, pair.canary].map(({ deployment }) => objects.deployment(pair, deployment)?.key),
  );
  for (const { ref, key, varying } of objects.all) {
    const { group, plural } = kindOf(ref);
    add(group, plural, ref.namespace, ['get'], ref.name);
    if (varying.length > 0 || deployments.includes(key)) {
      add(group, plural, ref.namespace, ['list', 'watch']);
    }
    if (use !== 'look') {
      add(group, plural, ref.namespace, ['patch'], ref.name);
      add(group, plural, ref.namespace, ['create']);
    }
  }
  for (const pair of rolloutPairs(objects.plan)) {
    const namespace = pair.namespace ?? objects.namespace;
    add('apps', 'replicasets', namespace, ['list', 'watch']);
    add('', 'pods', namespace, ['list', 'watch']);
    add('discovery.k8s.io', 'endpointslices', namespace, ['list', 'watch']);
    if (use === 'apply') {
      add('coordination.k8s.io', 'leases', namespace, ['get', 'update'], `canary-${pair.service}`);
      add('coordination.k8s.io', 'leases', namespace, ['create']);
    }
  }
  for (const ref of deleted) {
    const { group, plural } = kindOf(ref);
    add(group, plural, ref.namespace, ['delete'], ref.name);
  }
  for (const { namespace } of deleted.length > 0 ? configPairs(objects.plan) : []) {
    add('', 'configmaps', namespace ?? objects.namespace, ['list', 'delete']);
    add('apps', 'deployments', namespace ?? objects.namespace, ['list']);
  }
  return unique(rights);
}

function unique(rights: readonly Permission[]): readonly Permission[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** Formats permissions for a message, grouped by resource: `create, patch deployments.apps in default`. */
export function permissionsText(rights: readonly Permission[]): string {
  const groups = new Map<string, Set<string>>();
  for (const { verb, group, resource, namespace } of rights) {
    const what = `${resource}${group ? `.${group}` : ''}${namespace === undefined ? '' : ` in ${namespace}`}`;
    groups.set(what, (groups.get(what) ?? new Set()).add(verb));
  }
  return [...groups].map(([what, verbs]) => `${[...verbs].join(', ')} ${what}`).join('; ');
}
