import type { JsonObject } from '../core/yaml';
import type { Template } from './template';

/** The objects that the API server gets from a template: the object itself, or the items of a `List`, which `kubectl` applies one by one. */
export function manifestsOf({ json }: Template): JsonObject[] {
  return unpacked(json);
}

function unpacked(json: JsonObject): JsonObject[] {
  if (!String(json.kind).endsWith('List') || !Array.isArray(json.items)) {
    return [json];
  }
  const namespace = (json.metadata as JsonObject | undefined)?.namespace;
  return json.items.filter(isObject).flatMap((item) => {
    const metadata = (item.metadata ?? {}) as JsonObject;
    const isPlaced = metadata.namespace !== undefined || namespace === undefined;
    return unpacked(isPlaced ? item : { ...item, metadata: { ...metadata, namespace } });
  });
}

function isObject(item: unknown): item is JsonObject {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}

/** The name of an object in messages: `Deployment shop-a`. */
export function titleOf(json: JsonObject): string {
  const { name } = (json.metadata ?? {}) as { name?: string };
  return `${String(json.kind)} ${name ?? 'without a name'}`;
}
