/** An object of the API, as JSON. What is read of it is looked at where it is read. */
export type Resource = Record<string, unknown>;

/** Which object: what two documents of a plan have in common that are one object in the cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A value inside of an object, by a path of keys; undefined where the path ends early. */
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

/** A text inside of an object; undefined where there is none. */
export function textAt(object: unknown, ...path: readonly (string | number)[]): string | undefined {
  const value = at(object, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** A number inside of an object, and zero where the API leaves it out. */
export function countAt(object: unknown, ...path: readonly (string | number)[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** A list inside of an object, and an empty one where there is none. */
export function listAt(object: unknown, ...path: readonly (string | number)[]): readonly Resource[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? (value as Resource[]) : [];
}

/** The texts of a map inside of an object, such as its labels. */
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

/** One text for one object, whichever version of its group it is written in. */
export function keyOf(ref: ObjectRef): string {
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.split('/')[0]! : '';
  return `${group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** An object as messages name it: `Deployment/canary-1-dep`. */
export function nameOf(ref: ObjectRef): string {
  return `${ref.kind}/${ref.name}`;
}
