import { type Resource, at, textAt } from '../resource';
import { REPLICAS_PATH, lacksCount } from './autoscaler';
import { REPLICAS, isOwnedBy } from './conflict';

// The writes beside an apply that leaves the count of a Deployment to an autoscaler.

/**
 * Returns the count that an apply of a manifest would reset to 1, because this manager set it and the manifest leaves it to an autoscaler: the API
 * server resets a field that its last manager no longer applies. Undefined if nothing is reset.
 */
export function countToKeep(manifest: Resource, before: Resource | undefined, fieldManager: string): number | undefined {
  const count = at(before, ...REPLICAS_PATH);
  return lacksCount(manifest) && typeof count === 'number' && count > 0 && isOwnedBy(fieldManager, before, REPLICAS) ? count : undefined;
}

/** The server-side apply by which another field manager takes the count over. */
export function handOver({ apiVersion, kind, metadata }: Resource, before: Resource, count: number): Resource {
  return { apiVersion, kind, metadata: { name: at(metadata, 'name'), resourceVersion: versionOf(before) }, spec: { replicas: count } };
}

/**
 * The merge patch that starts a Deployment which its manifest leaves to an autoscaler. If another manager set its count to 0, an apply does not
 * change that, and an autoscaler does nothing at 0. Undefined if the Deployment runs.
 */
export function startFromZero(manifest: Resource, after: Resource): Resource | undefined {
  return lacksCount(manifest) && at(after, ...REPLICAS_PATH) === 0
    ? { metadata: { resourceVersion: versionOf(after) }, spec: { replicas: 1 } }
    : undefined;
}

function versionOf(object: Resource): string | undefined {
  return textAt(object, 'metadata', 'resourceVersion');
}
