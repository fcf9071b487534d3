import { contentOf, isNamedByContent, sameConfig } from '../../../../lib/core/config-content';
import { configReferences } from '../../../../lib/core/config-references';
import { PAIR_LABEL } from '../../../../lib/core/labels';
import { type PlanFile, type RolloutPair, rolloutPairs } from '../plan/plan';
import { type ObjectRef, type Resource, at, countAt, keyOf, textAt } from '../resource';
import type { PlanObjects } from './objects';

/** Whether an object is the ConfigMap of a `VersionedConfig` that the pods of a pair read. */
export function isVersionedConfig(object: Resource): boolean {
  return object['kind'] === 'ConfigMap' && object['immutable'] === true && ownerOf(object) !== undefined;
}

/** Whether a manifest is such a ConfigMap, and the object of its name in the cluster has another content. */
export function hasOtherContent(manifest: Resource, live: Resource): boolean {
  return isVersionedConfig(manifest) && !sameConfig(contentOf(manifest), contentOf(live));
}

/** The pairs whose ConfigMaps a cleanup looks for; an empty list if no track of the plan reads a `VersionedConfig`. */
export function configPairs(plan: PlanFile): readonly RolloutPair[] {
  const pairs = rolloutPairs(plan);
  return pairs.some(({ stable, canary }) => stable.configs !== undefined || canary.configs !== undefined) ? pairs : [];
}

/** The names of the ConfigMaps of all `VersionedConfig`s that the plan's pairs read. */
export function configNamesIn({ all }: PlanObjects): ReadonlySet<string> {
  return new Set(all.flatMap(({ ref, manifests }) => ([...manifests.values()].some(isVersionedConfig) ? [ref.name] : [])));
}

/** The names of the ConfigMaps that the objects of a folder in a namespace refer to, apart from some objects that no longer exist. */
export function configsNeededIn(objects: PlanObjects, folder: string, namespace: string, gone: readonly ObjectRef[]): ReadonlySet<string> {
  const keys = new Set(gone.map((ref) => keyOf(objects.placed(ref))));
  const left = objects.in(folder).filter(({ key, ref }) => !keys.has(key) && ref.namespace === namespace);
  return configNames(left.map(({ manifests }) => manifests.get(folder)));
}

/** The ConfigMaps of a namespace that a cleanup considers. */
export interface ConfigSweep {
  /** The Services, or the names, of the pairs in this namespace. */
  readonly owners: readonly string[];
  /** The names of the ConfigMaps that the plan still needs. */
  readonly needed: ReadonlySet<string>;
  readonly sha256: (text: string) => string;
}

/**
 * Returns the ConfigMaps that belong to the pairs and that the plan does not need. An object with our label whose name is not the hash of its
 * content was made by somebody else.
 */
export function leftConfigs(configs: readonly Resource[], { owners, needed, sha256 }: ConfigSweep): readonly Resource[] {
  return configs.filter((config) => {
    const name = textAt(config, 'metadata', 'name') ?? '';
    return (
      isVersionedConfig(config) &&
      owners.includes(ownerOf(config)!) &&
      isNamedByContent(name, contentOf(config), sha256) &&
      !needed.has(name) &&
      at(config, 'metadata', 'deletionTimestamp') === undefined
    );
  });
}

/** Returns those ConfigMaps that none of these workloads and pods read. */
export function unreadConfigs(configs: readonly Resource[], readers: readonly Resource[]): readonly Resource[] {
  const read = configNames(readers.filter((reader) => !isIdle(reader)));
  return configs.filter((config) => !read.has(textAt(config, 'metadata', 'name') ?? ''));
}

/** A ReplicaSet without pods is history, and a pod that ended or is being deleted reads nothing any more. */
function isIdle(reader: Resource): boolean {
  switch (reader['kind']) {
    case 'ReplicaSet':
      return countAt(reader, 'spec', 'replicas') === 0 && countAt(reader, 'status', 'replicas') === 0;
    case 'Pod':
      return (
        at(reader, 'metadata', 'deletionTimestamp') !== undefined ||
        ['Succeeded', 'Failed'].includes(textAt(reader, 'status', 'phase') ?? '')
      );
    default:
      return false;
  }
}

function configNames(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(configReferences(values).flatMap(({ kind, name }) => (kind === 'ConfigMap' ? [name] : [])));
}

function ownerOf(config: Resource): string | undefined {
  return textAt(config, 'metadata', 'labels', PAIR_LABEL);
}
