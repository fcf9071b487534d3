import type { Json, JsonObject } from '../core/yaml';

/** The labels of the pods that an object makes, one map for each of its pod templates. */
export function podLabelsIn(json: JsonObject): Record<string, unknown>[] {
  if (json.kind === 'CustomResourceDefinition') {
    return [];
  }
  return json.kind === 'Pod' ? [labelsOf(json)] : templatesIn(json.spec).map(labelsOf);
}

/**
 * The pod templates in a value, at any depth: a Job has one in `spec.template`, a CronJob in `spec.jobTemplate.spec.template`, and other
 * vendors' kinds in places of their own. A pod template is an object whose `spec` has a list of containers.
 */
function templatesIn(value: Json | undefined): JsonObject[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  if (Array.isArray(value)) {
    return value.flatMap(templatesIn);
  }
  const spec = value.spec as JsonObject | undefined;
  return Array.isArray(spec?.containers) ? [value] : Object.values(value).flatMap(templatesIn);
}

function labelsOf(json: JsonObject): Record<string, unknown> {
  return ((json.metadata as JsonObject | undefined)?.labels ?? {}) as Record<string, unknown>;
}
