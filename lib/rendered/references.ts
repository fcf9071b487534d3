import { type ConfigReference, configReferences } from '../core/config-references';
import { at } from './rendered-objects';
import type { Template } from './template';

/** By pod spec: several checks ask for the references of each track. */
const KNOWN = new WeakMap<object, readonly ConfigReference[]>();

/** The ConfigMaps and Secrets that the pods of a Deployment refer to. */
export function referencesOf({ json }: Template): readonly ConfigReference[] {
  const spec = at(json, ['spec', 'template', 'spec']);
  if (typeof spec !== 'object' || spec === null) {
    return [];
  }
  const references = KNOWN.get(spec) ?? configReferences(spec);
  KNOWN.set(spec, references);
  return references;
}
