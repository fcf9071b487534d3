import type { Resource } from '../resource';
import { LAST_APPLIED } from './last-applied';
import { sameJson } from './objects';

/** Metadata that the API server maintains and no manifest contains. */
const OF_THE_SERVER = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];

/** Returns an object as a manifest would have it: without status, the metadata of the API server, and kubectl's own annotation. */
export function withoutServerFields(object: Resource): Resource {
  const { status: _, ...rest } = object;
  const entries = Object.entries(rest['metadata'] as Resource).filter(([key]) => !OF_THE_SERVER.includes(key));
  const metadata = Object.fromEntries(entries);
  const annotations = Object.entries((metadata['annotations'] as Resource | undefined) ?? {}).filter(([key]) => key !== LAST_APPLIED);
  delete metadata['annotations'];
  return { ...rest, metadata: { ...metadata, ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}) } };
}

/** Whether two objects are the same but for what the API server maintains. */
export function sameContent(a: Resource, b: Resource): boolean {
  return sameJson(withoutServerFields(a), withoutServerFields(b));
}
