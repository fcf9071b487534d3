import { createHash } from 'node:crypto';
import { templateIdentity } from '../../../lib/core/template-identity';
import { POD_TEMPLATE_HASH } from '../core/kubernetes/health';
import { type Resource, at, textsAt } from '../core/resource';

/** A digest of the pod template of a live Deployment or ReplicaSet: the same for both if the ReplicaSet is of that template. */
export function liveTemplateDigest(object: Resource): string {
  return createHash('sha256')
    .update(templateIdentity(templateWithoutHash(object)))
    .digest('hex')
    .slice(0, 16);
}

/** The pod template of an object, without the label by which the Deployment controller tells ReplicaSets apart. */
export function templateWithoutHash(object: Resource): Resource {
  const template = (at(object, 'spec', 'template') ?? {}) as Resource;
  const { [POD_TEMPLATE_HASH]: _, ...labels } = textsAt(template, 'metadata', 'labels');
  return { ...template, metadata: { ...(template['metadata'] as Resource | undefined), labels } };
}
