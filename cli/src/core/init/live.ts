import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { isObject } from './json';

/**
 * An object as its owner declared it. An object that was read from a cluster has values that the cluster assigned, such as a Service's
 * address; another cluster, or the same one after a restore, assigns others.
 */
export function withoutAssigned(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  if (object.kind !== 'Service' || !isObject(object.spec) || (metadata.uid === undefined && metadata.resourceVersion === undefined)) {
    return object;
  }
  const isAssigned = (field: string, value: Json) =>
    (field === 'clusterIP' && value !== 'None') ||
    ASSIGNED.includes(field) ||
    (field === 'ipFamilies' && !isDual(object.spec as JsonObject));
  const spec = Object.entries(object.spec).filter(([field, value]) => !isAssigned(field, value) && value !== DEFAULTS[field]);
  return { ...object, spec: Object.fromEntries(spec) };
}

const ASSIGNED = ['clusterIPs', 'healthCheckNodePort'];
const DEFAULTS: Readonly<Record<string, Json>> = { ipFamilyPolicy: 'SingleStack' };

function isDual(spec: JsonObject): boolean {
  return spec.ipFamilyPolicy === 'RequireDualStack' || spec.ipFamilyPolicy === 'PreferDualStack';
}
