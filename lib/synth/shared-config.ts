import { createHash } from 'node:crypto';
import type { PairEntry } from '../core/plan-file';
import { type Json, type JsonObject, toYaml, withoutUndefined } from '../core/yaml';
import { manifestsOf } from '../rendered/manifests';
import { at, namespaceOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';

type ConfigEntry = NonNullable<PairEntry['configuration']>[number];

/** The ConfigMaps and Secrets of an app, by kind, namespace and name. */
export class Configuration {
  private readonly entries = new Map<string, ConfigEntry>();

  constructor(templates: readonly Template[]) {
    for (const json of templates.flatMap(manifestsOf)) {
      const { kind } = json;
      const name = at(json, ['metadata', 'name']);
      if ((kind === 'ConfigMap' || kind === 'Secret') && typeof name === 'string') {
        this.entries.set(keyOf(kind, namespaceOf(json), name), { kind, name, digest: digestOf(json) });
      }
    }
  }

  /** The objects of the app that the pods of all these Deployments read, by kind and name. */
  sharedBy(tracks: readonly Template[]): ConfigEntry[] {
    const [first, ...others] = tracks.map(
      ({ json }) =>
        new Set(referencesIn(at(json, ['spec', 'template', 'spec']) as Json).map(([kind, name]) => keyOf(kind, namespaceOf(json), name))),
    );
    return [...first!]
      .filter((key) => others.every((keys) => keys.has(key)))
      .sort()
      .flatMap((key) => this.entries.get(key) ?? []);
  }
}

function keyOf(kind: string, namespace: string, name: string): string {
  return [kind, namespace, name].join('/');
}

function digestOf({ data, binaryData, stringData }: JsonObject): string {
  const text = toYaml(withoutUndefined({ data, binaryData, stringData }));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The fields of a pod spec that name a ConfigMap or a Secret: in variables, and in volumes, projected ones included. */
const FIELDS: Readonly<Record<string, 'ConfigMap' | 'Secret'>> = {
  configMap: 'ConfigMap',
  configMapKeyRef: 'ConfigMap',
  configMapRef: 'ConfigMap',
  secret: 'Secret',
  secretKeyRef: 'Secret',
  secretRef: 'Secret',
};

function referencesIn(value: Json | undefined): [string, string][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const kind = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    const { name, secretName = name } = (kind && typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
    const own: [string, string][] = kind && typeof secretName === 'string' ? [[kind, secretName]] : [];
    return [...own, ...referencesIn(inner)];
  });
}
