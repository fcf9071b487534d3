import { type Resource, at, textAt } from '../resource';
import { isMap } from './objects';

/** The annotation in which `kubectl apply` keeps the manifest that it applied last. What the next manifest no longer has, it removes. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The API server's limit for all annotations of an object, in bytes. */
const LARGEST_ANNOTATIONS = 256 * 1024;

/** Returns the manifest that was applied last, or undefined if the object has none that can be read. */
export function lastApplied(live: Resource | undefined): Resource | undefined {
  try {
    const value = JSON.parse(textAt(live, 'metadata', 'annotations', LAST_APPLIED) ?? 'null') as unknown;
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns a manifest with the annotation that `kubectl apply` would write, byte for byte, so that a later `kubectl apply` removes what its
 * manifest no longer has. The annotation is left out if the object would have more annotations than the API server stores; `kubectl apply`
 * cannot be used with such an object.
 *
 * @param namespace the namespace of the object; undefined for a cluster-scoped one
 */
export function withLastApplied(manifest: Resource, namespace: string | undefined, live?: Resource): Resource {
  const metadata = manifest['metadata'] as Resource;
  const { [LAST_APPLIED]: _, ...annotations } = (metadata['annotations'] ?? {}) as Resource;
  const placed = namespace === undefined ? metadata : { ...metadata, namespace };
  const text = `${goJson({ ...manifest, metadata: { ...placed, annotations } })}\n`;
  const others = { ...(at(live, 'metadata', 'annotations') as Resource | undefined), ...annotations, [LAST_APPLIED]: text };
  const size = Object.entries(others).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)), 0);
  return size > LARGEST_ANNOTATIONS
    ? manifest
    : { ...manifest, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

/** Writes JSON as Go's encoder does: keys in the order of their bytes, and some characters escaped. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    isMap(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) : part,
  );
  return text.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
