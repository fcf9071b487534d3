import { CliError, EXIT, UsageError } from '../errors';
import type { PlanObjects } from '../kubernetes/objects';
import { type ObjectRef, keyOf, nameOf } from '../resource';
import { namespacesOf } from './namespaces';

/** An object of a release that is not in the namespace of a pair. */
export interface OutsideObject {
  readonly ref: ObjectRef;
  readonly isClusterScoped: boolean;
}

/** Returns the objects outside the namespaces of the pairs. A pair's own Namespace is not one of them. */
export function outsideOf(objects: PlanObjects, isNamespaced: (ref: ObjectRef) => boolean): readonly OutsideObject[] {
  const namespaces = namespacesOf(objects.plan, objects.namespace);
  return objects.all.flatMap(({ ref }) => {
    const isClusterScoped = !isNamespaced(ref);
    const isInside = isClusterScoped ? ref.kind === 'Namespace' && namespaces.includes(ref.name) : namespaces.includes(ref.namespace!);
    return isInside ? [] : [{ ref, isClusterScoped }];
  });
}

/**
 * Refuses objects that a review of the plan would not have shown, and cluster-scoped ones that the user did not ask for.
 *
 * @throws CliError that names them
 */
export function checkOutside(outside: readonly OutsideObject[], objects: PlanObjects, allowsClusterScoped: boolean): void {
  const listed = new Set((objects.plan.outside ?? []).map((entry) => keyOf(objects.placed(entry))));
  const unlisted = outside.filter(({ ref }) => !listed.has(keyOf(ref)));
  if (unlisted.length > 0) {
    throw new UsageError(
      `plan.json: outside: got no ${outsideText(unlisted)}, but a folder contains it; must list every object outside the namespaces of the pairs; synthesize again, and review the result`,
    );
  }
  const wide = outside.filter(({ isClusterScoped }) => isClusterScoped);
  if (wide.length > 0 && !allowsClusterScoped) {
    throw new CliError(`the plan changes objects of the whole cluster: ${outsideText(wide)}`, EXIT.refused, [
      'apply them with kubectl and take them out of the app, or pass --allow-cluster-scoped',
    ]);
  }
}

/** The sentence that tells the user which objects the plan applies outside the namespaces of the pairs. */
export function alsoAppliesText(outside: readonly OutsideObject[]): string {
  return `this plan also applies ${outsideText(outside)}`;
}

/** The names of objects, with the place of each: `ConfigMap/dns in kube-system, ClusterRole/reader (cluster-scoped)`. */
export function outsideText(outside: readonly OutsideObject[]): string {
  return outside
    .map(({ ref, isClusterScoped }) => `${nameOf(ref)}${isClusterScoped ? ' (cluster-scoped)' : ` in ${ref.namespace!}`}`)
    .join(', ');
}
