import { TEMPLATE_ANNOTATION } from '../core/labels';
import { templateIdentity } from '../core/template-identity';
import type { JsonObject } from '../core/yaml';
import { sha256 } from '../sha256';
import type { StagedValue } from '../staged-value';
import { at } from './rendered-objects';
import type { Template } from './template';

const DIGEST = ['metadata', 'annotations', TEMPLATE_ANNOTATION];

/** The digest of the pod template of a Deployment, from the annotation that {@link withTemplateDigest} added. */
export function templateDigest({ json }: Template): string {
  return at(json, DIGEST) as string;
}

/**
 * Adds the annotation with a digest of the pod template, in each folder of the template that the folder has. The digest is the same as long
 * as the pods run the same. A Deployment without a pod template, after a patch, stays as it is; `check-objects.ts` refuses it.
 */
export function withTemplateDigest(template: Template): Template {
  const podTemplate = at(template.json, ['spec', 'template']);
  if (podTemplate === undefined) {
    return template;
  }
  const metadata = template.json.metadata as JsonObject;
  const annotations = { ...(metadata.annotations as JsonObject | undefined), [TEMPLATE_ANNOTATION]: digestOf(podTemplate) };
  const json = { ...template.json, metadata: { ...metadata, annotations } };
  const pods = template.slots.find((slot) => slot.path.join('.') === 'spec.template')?.value;
  const value: StagedValue | undefined = pods && {
    owner: pods.owner,
    path: DIGEST,
    property: pods.property,
    isList: false,
    at: (folder) => digestOf(pods.at(folder)),
  };
  return { ...template, json, slots: value ? [...template.slots, { path: DIGEST, value }] : template.slots };
}

function digestOf(pods: unknown): string {
  return sha256(templateIdentity(pods)).slice(0, 16);
}
