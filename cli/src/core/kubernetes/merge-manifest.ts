import type { Resource } from '../resource';
import type { ExtraField } from './extra-fields';
import { type FieldPath, fieldsV1Key, itemsByKey } from './field-path';
import { isMap } from './objects';

/** Returns the object that the API server would store if a manifest were applied and the extra fields were removed, without defaults. */
export function withManifest(live: Resource, manifest: Resource, extras: readonly ExtraField[]): Resource {
  const base = structuredClone(live);
  extras.forEach(({ path }) => remove(base, path));
  return merged(base, manifest) as Resource;
}

function merged(live: unknown, manifest: unknown, name = ''): unknown {
  if (isMap(live) && isMap(manifest)) {
    const fields = Object.entries(manifest).map(([key, value]) => [key, merged(live[key], value, key)] as const);
    return { ...live, ...Object.fromEntries(fields) };
  }
  if (Array.isArray(live) && Array.isArray(manifest)) {
    const [items, wanted] = [itemsByKey(name, live), itemsByKey(name, manifest)];
    if (items && wanted) {
      const kept = [...items].filter(([key]) => !wanted.has(key)).map(([, { item }]) => item);
      return [...[...wanted].map(([key, { item }]) => merged(items.get(key)?.item, item)), ...kept];
    }
  }
  return manifest;
}

function remove(value: unknown, [step, ...rest]: FieldPath): void {
  if (step === undefined || !('field' in step) || !isMap(value)) {
    return;
  }
  const [next, ...after] = rest;
  const inside = value[step.field];
  if (next !== undefined && 'keys' in next && Array.isArray(inside)) {
    const found = itemsByKey(step.field, inside as unknown[])?.get(fieldsV1Key(next))?.item;
    if (after.length > 0) {
      remove(found, after);
    } else {
      value[step.field] = (inside as unknown[]).filter((item) => item !== found);
    }
  } else if (rest.length > 0) {
    remove(inside, rest);
  } else {
    delete value[step.field];
  }
}
