import { TEMPLATE_ANNOTATION } from '../core/labels';
import { templateIdentity } from '../core/template-identity';
import type { JsonObject } from '../core/yaml';
import { sha256 } from '../sha256';
import type { StagedValue } from '../staged-value';
import { at } from './rendered-objects';
import type { Template } from './template';

/** A digest of the pod template of a rendered Deployment, which is the same as long as its pods run the same. */
export function templateDigest({ json }: Template): string {
  return digestOf(at(json, ['spec', 'template']));
}

/**
 * Adds the annotation with the digest of the pod template, in each folder of the template that the folder has. A Deployment without a pod
 * template, after a patch, stays as it is; `check-objects.ts` refuses it.
 */
export function withTemplateDigest(template: Template): Template {
  if (at(template.json, ['spec', 'template']) === undefined) {
    return template;
  }
  const path = ['metadata', 'annotations', TEMPLATE_ANNOTATION];
  const own = templateDigest(template);
  const metadata = template.json.metadata as JsonObject;
  const annotations = { ...(metadata.annotations as JsonObject | undefined), [TEMPLATE_ANNOTATION]: own };
  const json = { ...template.json, metadata: { ...metadata, annotations } };
  const pods = template.slots.find((slot) => slot.path.join('.') === 'spec.template')?.value;
  const value: StagedValue | undefined = pods && {
    owner: pods.owner,
    path,
    property: pods.property,
    isList: false,
    at: (folder) => digestOf(pods.at(folder)),
  };
  return { ...template, json, slots: value ? [...template.slots, { path, value }] : template.slots };
}

function digestOf(pods: unknown): string {
  return sha256(templateIdentity(pods)).slice(0, 16);
}
