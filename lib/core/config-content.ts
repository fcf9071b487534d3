/** The content of a ConfigMap: text by key, and bytes in base64 by key. */
export interface ConfigContent {
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
}

/** The hex digits of a digest that end a name: as many as kustomize uses, enough for every content that a name will ever have. */
export const HASH_LENGTH = 10;

/** The most bytes that the values of a ConfigMap may have, keys not counted: the limit of the API server. */
export const MOST_CONTENT_BYTES = 1024 * 1024;

/**
 * Returns the name of the ConfigMap with this content: the name that the user gave, and a digest of the content. The name is part of the pod
 * templates that refer to it, so a change of this rule would restart the pods of every user.
 *
 * @param sha256 the digest of a text in hex; core has no cryptography of its own
 */
export function configName(name: string, content: ConfigContent, sha256: (text: string) => string): string {
  return `${name}-${contentHash(content, sha256)}`;
}

/** Whether a ConfigMap is named by its content. An object that only has a similar name is not. */
export function isNamedByContent(name: string, content: ConfigContent, sha256: (text: string) => string): boolean {
  return name.endsWith(`-${contentHash(content, sha256)}`);
}

/** Whether two ConfigMaps have the same content, whatever the order of the keys. */
export function sameConfig(a: ConfigContent, b: ConfigContent): boolean {
  return contentText(a) === contentText(b);
}

/** The bytes of all values. */
export function contentBytes({ data, binaryData }: ConfigContent): number {
  const text = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return Object.values(binaryData).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), text);
}

/** The content of a ConfigMap as an object has it, with an empty map for each part that it lacks. */
export function contentOf(object: { readonly data?: unknown; readonly binaryData?: unknown }): ConfigContent {
  const map = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, string>>;
  return { data: map(object.data), binaryData: map(object.binaryData) };
}

/** Bytes and text are kept apart: a pod reads the same, but the objects differ, and an immutable object cannot change from one to the other. */
function contentText({ data, binaryData }: ConfigContent): string {
  const sorted = (map: Readonly<Record<string, string>>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(data), sorted(binaryData)]);
}

function contentHash(content: ConfigContent, sha256: (text: string) => string): string {
  return sha256(contentText(content)).slice(0, HASH_LENGTH);
}
