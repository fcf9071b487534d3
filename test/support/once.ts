/** Creates a value at the first call and returns the same value after that. Several tests read it, and none changes it. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
