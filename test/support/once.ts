/** What is made when it is first asked for, and is the same from then on: several tests look at it, and none changes it. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
