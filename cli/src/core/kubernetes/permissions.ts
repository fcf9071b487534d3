import { rolloutPairs } from '../plan/plan';
import { PlanObjects } from './objects';
import { ObjectRef } from '../resource';

/** Something that one must be allowed to do. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name?: string;
}

/** What a command does with a plan's objects: look, look and follow, ask what applying would change, or apply. */
export type Use = 'look' | 'try' | 'carry out';

/** How the API server calls the kind of an object. */
export type NameOfKind = (ref: ObjectRef) => { readonly group: string; readonly plural: string };

/**
 * Everything that a command will need, so that what is missing can be said before the first change.
 *
 * @param deleted objects that it will delete
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
    if (use === 'carry out') {
      add('coordination.k8s.io', 'leases', namespace, ['get', 'update'], `canary-${pair.service}`);
      add('coordination.k8s.io', 'leases', namespace, ['create']);
    }
  }
  for (const ref of deleted) {
    const { group, plural } = kindOf(ref);
    add(group, plural, ref.namespace, ['delete'], ref.name);
  }
  return unique(rights);
}

function unique(rights: readonly Permission[]): readonly Permission[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

/** Rights as a message names them, those of one resource together: `create, patch deployments.apps in default`. */
export function permissionsText(rights: readonly Permission[]): string {
  const groups = new Map<string, Set<string>>();
  for (const { verb, group, resource, namespace } of rights) {
    const what = `${resource}${group ? `.${group}` : ''}${namespace === undefined ? '' : ` in ${namespace}`}`;
    groups.set(what, (groups.get(what) ?? new Set()).add(verb));
  }
  return [...groups].map(([what, verbs]) => `${[...verbs].join(', ')} ${what}`).join('; ');
}
