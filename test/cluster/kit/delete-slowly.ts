import type { Namespace } from './namespace';

const finalizers = (list: readonly string[]) => JSON.stringify({ metadata: { finalizers: list } });

/**
 * Deletes a namespace. A finalizer of one object keeps it in deletion until the returned function is called.
 *
 * @param name the namespace to delete (default: that of the test)
 */
export async function deleteSlowly(namespace: Namespace, name = namespace.name): Promise<() => Promise<unknown>> {
  const patch = (list: readonly string[]) =>
    namespace.kubectl('patch', 'configmap', 'held', '--namespace', name, '--type=merge', '--patch', finalizers(list));
  await namespace.kubectl('create', 'configmap', 'held', '--namespace', name);
  await patch(['example.com/held']);
  await namespace.kubectl('delete', 'namespace', name, '--wait=false');
  return () => patch([]);
}
