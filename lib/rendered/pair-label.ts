import { PAIR_LABEL } from '../core/labels';
import type { JsonObject } from '../core/yaml';
import type { CanaryPair } from '../pair';
import { referencesOf } from './references';
import { namespaceOf } from './rendered-objects';
import type { Template } from './template';

/** A pair, and the rendered Deployments of its tracks. */
export interface RenderedPair {
  readonly pair: CanaryPair;
  readonly tracks: readonly Template[];
}

/** The pair whose pods read a ConfigMap, by namespace and name; the first pair by name if several do. */
export function configOwners(pairs: readonly RenderedPair[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { pair, tracks } of [...pairs].sort((a, b) => (a.pair._name() < b.pair._name() ? -1 : 1))) {
    for (const track of tracks) {
      for (const { kind, name } of referencesOf(track)) {
        const key = `${namespaceOf(track.json)}/${name}`;
        if (kind === 'ConfigMap' && !owners.has(key)) {
          owners.set(key, pair._name());
        }
      }
    }
  }
  return owners;
}

/** Adds the label with the name of the pair to the ConfigMap of a `VersionedConfig`, so that a cleanup knows whose it is. */
export function withPairLabel(template: Template, owners: ReadonlyMap<string, string>): Template {
  const metadata = template.json.metadata as JsonObject;
  const owner = owners.get(`${namespaceOf(template.json)}/${String(metadata.name)}`);
  if (owner === undefined) {
    return template;
  }
  const labels = { ...(metadata.labels as JsonObject | undefined), [PAIR_LABEL]: owner };
  return { ...template, json: { ...template.json, metadata: { ...metadata, labels } } };
}
