/** An object of the Kubernetes API, as JSON. Each caller checks the fields that it reads. */
export type Resource = Record<string, unknown>;

/** Identifies an object of the cluster. All documents of a plan that describe the same object have the same reference. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Returns the value at a path of keys inside an object, or undefined if the path ends early. */
export function at(object: unknown, ...path: readonly (string | number)[]): unknown {
  let value = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Returns the string at a path inside an object, or undefined if there is none. */
export function textAt(object: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** Returns the number at a path inside an object, or 0 if the API omits it. */
export function countAt(object: unknown, ...path: readonly (string | number)[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** Returns the list at a path inside an object, or an empty list if there is none. */
export function listAt(object: unknown, ...path: readonly (string | number)[]): readonly Resource[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? (value as Resource[]) : [];
}

/** Returns the map of strings at a path inside an object, such as its labels, or an empty map if there is none. */
export function textsAt(object: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, string>> {
  const value = at(object, ...path);
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
}

export function refOf(object: Resource): ObjectRef {
  return {
    apiVersion: textAt(object, 'apiVersion') ?? '',
    kind: textAt(object, 'kind') ?? '',
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name') ?? '',
  };
}

/** Returns a key that identifies an object in any version of its API group. */
export function keyOf(ref: ObjectRef): string {
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.split('/')[0]! : '';
  return `${group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** Formats an object for messages: `Deployment/canary-1-dep`. */
export function nameOf(ref: ObjectRef): string {
  return `${ref.kind}/${ref.name}`;
}
