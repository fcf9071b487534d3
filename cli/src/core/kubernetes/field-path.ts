import { type Resource, at } from '../resource';
import { isMap } from './objects';

/** One step from a value to a part of it: a field of a map, an item of a list by its keys, or an item by its index. */
export type Step = { readonly field: string } | { readonly keys: Resource } | { readonly index: number };

export type FieldPath = readonly Step[];

/** Formats a path in the notation of the API server: `.spec.template.spec.containers[name="web"].env[name="A"]`. */
export function fieldText(path: FieldPath): string {
  const text = (step: Step) => {
    if ('field' in step) {
      return `.${step.field}`;
    }
    const keys = 'index' in step ? String(step.index) : Object.entries(step.keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return `[${keys.toString()}]`;
  };
  return path.map(text).join('');
}

/** Returns the key of a step in a `fieldsV1` set of the API server, which sorts the keys of an item. An index is part of an atomic list. */
export function fieldsV1Key(step: Step): string {
  if ('field' in step) {
    return `f:${step.field}`;
  }
  if ('index' in step) {
    return `i:${step.index}`;
  }
  const names = Object.keys(step.keys).sort();
  return `k:${JSON.stringify(Object.fromEntries(names.map((name) => [name, step.keys[name]])))}`;
}

/** The keys by which the API server identifies the items of a list in pod templates and Services. Any other list is atomic: one field. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  resourceClaims: ['name'],
  claims: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
};

/**
 * Returns the items of a list by their path steps, or undefined if the list is atomic: the API server has no keys for it, an item lacks
 * one, or two items have the same.
 *
 * @param name the name of the field that has the list
 */
export function itemsByKey(name: string, list: readonly unknown[]): ReadonlyMap<string, { step: Step; item: Resource }> | undefined {
  const found = new Map<string, { step: Step; item: Resource }>();
  for (const item of list) {
    const step = isMap(item) ? stepTo(name, item) : undefined;
    if (step === undefined || found.has(fieldsV1Key(step))) {
      return undefined;
    }
    found.set(fieldsV1Key(step), { step, item: item as Resource });
  }
  return found;
}

function stepTo(name: string, item: Resource): Step | undefined {
  const names = name === 'ports' ? [item['containerPort'] === undefined ? 'port' : 'containerPort', 'protocol'] : LIST_KEYS[name];
  const keys = names?.map((key) => [key, at(item, key) ?? (key === 'protocol' ? 'TCP' : undefined)] as const);
  return keys?.every(([, value]) => value !== undefined) ? { keys: Object.fromEntries(keys) } : undefined;
}
