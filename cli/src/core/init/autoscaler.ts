import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { isObject, objectsIn } from './json';
import { type Workload, metadataOf, nameOf, refuse, titleOf } from './workload';

/** How an autoscaler that no pair can have becomes the autoscaling of a pair. */
export const BY_HAND =
  'leave it out of the input, and set autoscaling of the pair instead of baseline in main.ts, as docs/guides/autoscaling.md says';

/**
 * Finds the HorizontalPodAutoscaler of a workload.
 *
 * @returns the autoscaler with the fields of autoscaling/v2; undefined if there is none
 * @throws CliError if no pair can have it
 */
export function autoscalerOf(workload: Workload, near: readonly JsonObject[]): { found: JsonObject; autoscaler: JsonObject } | undefined {
  const [found, second] = near.filter((one) => scales(one, workload));
  const canary = isObject(workload.canary?.spec) ? workload.canary.spec : {};
  const reference = isObject(canary.autoscalerRef) ? canary.autoscalerRef : undefined;
  if (found && second) {
    refuse(`${workload.title}: ${titleOf(found)} and ${titleOf(second)} scale it; must be one; leave out the other`);
  }
  const title = found ? titleOf(found) : reference && `${String(reference.kind)}/${String(reference.name)}`;
  if ((found ?? reference)?.kind === 'ScaledObject') {
    refuse(`${workload.title}: ${title} scales it by a HorizontalPodAutoscaler that KEDA makes, but a pair writes its own; ${BY_HAND}`);
  }
  if (!found) {
    return reference && refuse(`${workload.title}, autoscalerRef: ${title} is not in the input; pass its manifest, too: -f FILE -f FILE`);
  }
  const maker = objectsIn(metadataOf(found).ownerReferences).find(({ controller }) => controller === true);
  if (maker) {
    refuse(
      `${workload.title}: ${title} scales it, but ${String(maker.kind)}/${String(maker.name)} makes that autoscaler and would undo what a pair writes; ${BY_HAND}`,
    );
  }
  return { found, autoscaler: checked(asV2(found)) };
}

function scales({ kind, spec }: JsonObject, workload: Workload): boolean {
  const target = isObject(spec) && isObject(spec.scaleTargetRef) ? spec.scaleTargetRef : {};
  return (
    (kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject') &&
    target.name === workload.name &&
    // The kind may be left out of a ScaledObject.
    ['Deployment', 'Rollout', undefined].includes(target.kind as string | undefined)
  );
}

/** In which annotations version 1 has what only version 2 has fields for. */
const V1_ANNOTATIONS = ['autoscaling.alpha.kubernetes.io/metrics', 'autoscaling.alpha.kubernetes.io/behavior'];

/** Version 1 has the utilization of the processor as its only metric, and v2beta2 has the fields of version 2. */
export function asV2(autoscaler: JsonObject): JsonObject {
  const version = String(autoscaler.apiVersion).split('/')[1];
  const title = titleOf(autoscaler);
  const annotations = metadataOf(autoscaler).annotations;
  const hidden = V1_ANNOTATIONS.find((key) => isObject(annotations) && annotations[key] !== undefined);
  if (version === 'v2beta1') {
    refuse(`${title}: got apiVersion autoscaling/v2beta1, which Kubernetes no longer serves; must be autoscaling/v2`);
  }
  if (version !== 'v1') {
    return autoscaler;
  }
  if (hidden !== undefined) {
    refuse(
      `${title}: got apiVersion autoscaling/v1 with settings in the annotation ${hidden}; must be autoscaling/v2: kubectl get hpa.v2.autoscaling ${nameOf(autoscaler)} -o yaml`,
    );
  }
  const { targetCPUUtilizationPercentage: target, ...spec } = autoscaler.spec as JsonObject;
  const metrics: Json = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target! } } }];
  return { ...autoscaler, spec: target === undefined ? spec : { ...spec, metrics } };
}

function checked(autoscaler: JsonObject): JsonObject {
  const { minReplicas = 1, maxReplicas } = autoscaler.spec as JsonObject;
  if (typeof minReplicas !== 'number' || minReplicas < 1) {
    refuse(
      `${titleOf(autoscaler)}, spec.minReplicas: got ${JSON.stringify(minReplicas)}; must be at least 1, because a stage divides the requests between pods that run; set it to 1, or ${BY_HAND}`,
    );
  }
  if (typeof maxReplicas !== 'number' || maxReplicas < minReplicas) {
    refuse(
      `${titleOf(autoscaler)}, spec.maxReplicas: got ${JSON.stringify(maxReplicas ?? null)}; must be at least minReplicas, ${minReplicas}`,
    );
  }
  return autoscaler;
}

/** The fewest pods that an autoscaler starts; 1 without an autoscaler. */
export function minimumOf(autoscaler: JsonObject | undefined): number {
  const { minReplicas = 1 } = isObject(autoscaler?.spec) ? autoscaler.spec : {};
  return Number(minReplicas);
}

export function metricsOf(autoscaler: JsonObject): JsonObject[] {
  return objectsIn((autoscaler.spec as JsonObject).metrics);
}

/** The autoscaler that must be deleted before the first apply, because the pair's has another name; undefined if there is none. */
export function replacedAutoscaler(autoscaler: JsonObject | undefined, { name }: Workload): string | undefined {
  return autoscaler && nameOf(autoscaler) !== name ? nameOf(autoscaler) : undefined;
}
