import type { Json, JsonObject } from '../../../../lib/core/yaml';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether an object has no other keys than these. */
export function hasOnly(value: unknown, ...keys: readonly string[]): value is JsonObject {
  return isObject(value) && Object.keys(value).every((key) => keys.includes(key));
}

/** A copy without nulls, which the API server reads as fields that are not set. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    return value.filter((item) => item !== null).map(withoutNulls);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])))
    : value;
}

/** The objects of a list; whatever else is in it is left out. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A map of strings, such as labels. */
export function textsIn(value: unknown): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])) : {};
}

/** Whether every label of the selector is on the pods. */
export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
