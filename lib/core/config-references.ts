/** A ConfigMap or a Secret that an object names. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** The fields of a pod spec that name a ConfigMap or a Secret: in variables, and in volumes, projected ones included. */
const FIELDS: Readonly<Record<string, ConfigReference['kind']>> = {
  configMap: 'ConfigMap',
  configMapKeyRef: 'ConfigMap',
  configMapRef: 'ConfigMap',
  secret: 'Secret',
  secretKeyRef: 'Secret',
  secretRef: 'Secret',
};

/** The ConfigMaps and Secrets that a value names, at any depth: a pod spec, or an object that has one, of any kind. */
export function configReferences(value: unknown): ConfigReference[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): ConfigReference[] => {
    const kind = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    const { name, secretName = name } = (kind && typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
    const own: ConfigReference[] = kind && typeof secretName === 'string' ? [{ kind, name: secretName }] : [];
    return [...own, ...configReferences(inner)];
  });
}
