import type { ConfigReference } from '../core/config-references';
import type { PairEntry } from '../core/plan-file';
import { type JsonObject, toYaml, withoutUndefined } from '../core/yaml';
import { manifestsOf } from '../rendered/manifests';
import { referencesOf } from '../rendered/references';
import { at, namespaceOf } from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import { sha256 } from '../sha256';
import { VersionedConfig } from '../versioned-config';

type ConfigEntry = NonNullable<PairEntry['configuration']>[number];

interface ConfigObject {
  readonly json: JsonObject;
  readonly isVersioned: boolean;
}

/** The ConfigMaps and Secrets of an app, by kind, namespace and name. */
export class Configuration {
  private readonly objects = new Map<string, ConfigObject>();

  constructor(templates: readonly Template[]) {
    for (const template of templates) {
      const isVersioned = VersionedConfig._isConfig(template.construct);
      for (const json of manifestsOf(template)) {
        const { kind } = json;
        const name = at(json, ['metadata', 'name']);
        if ((kind === 'ConfigMap' || kind === 'Secret') && typeof name === 'string') {
          this.objects.set(keyOf({ kind, name }, namespaceOf(json)), { json, isVersioned });
        }
      }
    }
  }

  /** Whether the app has an object that the pods of a Deployment refer to, in their namespace. */
  has(reference: ConfigReference, { json }: Template): boolean {
    return this.objects.has(keyOf(reference, namespaceOf(json)));
  }

  /** The ConfigMaps and Secrets of the app that the pods of all these Deployments read and that can change: by kind and name. */
  sharedBy(tracks: readonly Template[]): ConfigEntry[] {
    const [first, ...others] = tracks.map(keysIn);
    return [...first!]
      .filter((key) => others.every((keys) => keys.has(key)))
      .sort()
      .flatMap((key) => {
        const object = this.objects.get(key);
        return object && !object.isVersioned ? entryOf(object.json) : [];
      });
  }

  /** The names of the ConfigMaps of `VersionedConfig`s that the pods of a Deployment read, sorted. */
  versionedIn(track: Template): string[] {
    const names = [...keysIn(track)].flatMap((key) => {
      const object = this.objects.get(key);
      return object?.isVersioned ? [at(object.json, ['metadata', 'name']) as string] : [];
    });
    return names.sort();
  }
}

function keysIn(track: Template): Set<string> {
  return new Set(referencesOf(track).map((reference) => keyOf(reference, namespaceOf(track.json))));
}

function keyOf({ kind, name }: ConfigReference, namespace: string): string {
  return [kind, namespace, name].join('/');
}

function entryOf(json: JsonObject): ConfigEntry {
  const { kind, data, binaryData, stringData } = json;
  const text = toYaml(withoutUndefined({ data, binaryData, stringData }));
  const digest = sha256(text).slice(0, 16);
  return { kind: kind as ConfigEntry['kind'], name: at(json, ['metadata', 'name']) as string, digest };
}
