import type { JsonObject } from '../core/yaml';
import { titleOf } from '../rendered/manifests';
import { at } from '../rendered/rendered-objects';

const PAUSED = 'autoscaling.keda.sh/paused';
const PAUSED_AT = 'autoscaling.keda.sh/paused-replicas';

/** The triggers that KEDA turns into metrics of the pods. All others measure the service, or something outside of the cluster. */
const OF_PODS = ['cpu', 'memory'];

/** Whether an object is a ScaledObject of KEDA. */
export function isScaledObject({ apiVersion, kind }: JsonObject): boolean {
  return kind === 'ScaledObject' && String(apiVersion).startsWith('keda.sh/');
}

/** Says what a ScaledObject does with a Deployment: a paused one holds a count, or does nothing until the annotation goes. */
export function scaledBy(json: JsonObject, deployment: string): string {
  const annotations = (at(json, ['metadata', 'annotations']) ?? {}) as Readonly<Record<string, unknown>>;
  const count = annotations[PAUSED_AT];
  const means = `${reachesZero(json) ? ', down to 0 pods,' : ''} by a HorizontalPodAutoscaler that KEDA makes`;
  if (count !== undefined) {
    return `${titleOf(json)} holds ${deployment} at ${String(count)} pods by the annotation ${PAUSED_AT}`;
  }
  return annotations[PAUSED] === 'true'
    ? `${titleOf(json)} is paused, and scales ${deployment}${means} when its annotation ${PAUSED} goes`
    : `${titleOf(json)} scales ${deployment}${means}`;
}

/** The metrics that a pair can have instead. */
export function insteadOf(json: JsonObject): string {
  const others = [...new Set(triggersOf(json).filter((type) => !OF_PODS.includes(type)))];
  const least = reachesZero(json) ? ', which keeps at least one pod,' : ',';
  return others.length === 0
    ? `${least} with the same metrics`
    : `${least} with a metric of the pods instead of the trigger ${others.join(' and ')}`;
}

function triggersOf(json: JsonObject): string[] {
  return ((at(json, ['spec', 'triggers']) ?? []) as { readonly type?: unknown }[]).map(({ type }) => String(type));
}

/** KEDA's minimum is 0 if none is given, but metrics of the pods cannot start the first one. */
function reachesZero(json: JsonObject): boolean {
  const [least, idle] = ['minReplicaCount', 'idleReplicaCount'].map((field) => at(json, ['spec', field]));
  return (least ?? 0) === 0 || idle === 0 ? triggersOf(json).some((type) => !OF_PODS.includes(type)) : false;
}
