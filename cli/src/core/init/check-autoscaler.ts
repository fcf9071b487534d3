import type { JsonObject } from '../../../../lib/core/yaml';
import { BY_HAND, metricsOf, replacedAutoscaler } from './autoscaler';
import { isObject, objectsIn } from './json';
import { type Workload, refuse, titleOf } from './workload';

/** What stands between an autoscaler and a pair that has it. */
export interface Surroundings {
  readonly workload: Workload;
  /** Whether a route divides the requests, so that the canary is autoscaled, too. */
  readonly isRouted: boolean;
  /** Whether the selector of the stable Deployment also matches the pods of the new version. */
  readonly isSelectorShared: boolean;
  /** The LimitRanges of the namespace. */
  readonly limitRanges: readonly JsonObject[];
}

/**
 * Refuses an autoscaler with which a synth would fail.
 *
 * @returns the reason why the pods need no requests of their own, for the finding that a synth would have; undefined if it has none
 */
export function checkAutoscaler(
  autoscaler: JsonObject,
  { workload, isRouted, isSelectorShared, limitRanges }: Surroundings,
): string | undefined {
  const title = titleOf(autoscaler);
  if (isRouted && isSelectorShared) {
    refuse(
      `${workload.title}: ${title} scales it, and its selector ${JSON.stringify(workload.matchLabels)} also matches the pods of the new version, so Kubernetes would stop the autoscalers of both; leave the VirtualService out of the input, so that the pods divide the requests and only stable is autoscaled, or delete the autoscaler and leave it out for the first release, whose promotion leaves this selector behind`,
    );
  }
  metricsOf(autoscaler).forEach(({ type }, index) => {
    if (isRouted && (type === 'Object' || type === 'External')) {
      refuse(
        `${title}, spec.metrics[${index}]: got type ${String(type)}, which measures the whole service, so the autoscalers of both versions would start the pods for all of its load; must measure pods; leave the VirtualService out of the input, so that only stable is autoscaled, or ${BY_HAND}`,
      );
    }
  });
  const missing = missingRequest(autoscaler, workload);
  const range = missing && limitRanges.find((one) => hasDefault(one, missing.resource));
  if (missing && !range) {
    refuse(
      `${title}: it compares the utilization of ${missing.resource}, and container ${missing.container} of ${workload.title} requests none, so it computes nothing; must request some; set a request, pass the LimitRange that sets a default, or leave out the autoscaler`,
    );
  }
  return range && `${titleOf(range)} sets the requests of ${missing.resource}`;
}

/** The first container without a request that the autoscaler divides by. A limit is a request, too. */
function missingRequest(autoscaler: JsonObject, { podSpec }: Workload): { container: string; resource: string } | undefined {
  for (const { resource, container: only } of utilized(autoscaler)) {
    const found = objectsIn(podSpec.containers).find(({ name, resources }) => {
      const { requests, limits } = isObject(resources) ? resources : {};
      const hasRequest = [requests, limits].some((amounts) => isObject(amounts) && amounts[resource] !== undefined);
      return !hasRequest && (only === undefined || name === only);
    });
    if (found) {
      return { container: String(found.name), resource };
    }
  }
  return undefined;
}

/** The resources whose utilization counts, of all containers or of one. Without metrics, the API server takes the processor. */
function utilized(autoscaler: JsonObject): { readonly resource: string; readonly container?: string }[] {
  const metrics = metricsOf(autoscaler);
  if (metrics.length === 0) {
    return [{ resource: 'cpu' }];
  }
  return metrics.flatMap(({ resource, containerResource }) => {
    const source = isObject(containerResource) ? containerResource : resource;
    const isUtilization = isObject(source) && isObject(source.target) && source.target.type === 'Utilization';
    const container = isObject(containerResource) ? String(containerResource.container) : undefined;
    return isUtilization ? [{ resource: String(source.name), container }] : [];
  });
}

function hasDefault({ spec }: JsonObject, resource: string): boolean {
  return objectsIn(isObject(spec) ? spec.limits : undefined).some(
    ({ type, defaultRequest, default: limit }) =>
      type === 'Container' && [defaultRequest, limit].some((amounts) => isObject(amounts) && amounts[resource] !== undefined),
  );
}

/** What the owner of an autoscaler should know or do. */
export function autoscalerRemarks(autoscaler: JsonObject, { workload, isRouted }: Surroundings, hasCanary: boolean): string[] {
  const target = (autoscaler.spec as JsonObject).scaleTargetRef as JsonObject;
  const replaced = replacedAutoscaler(autoscaler, workload);
  return [
    ...(replaced === undefined
      ? []
      : [
          `the pair writes HorizontalPodAutoscaler/${workload.name}, and Kubernetes stops two autoscalers of one Deployment: run kubectl delete hpa ${replaced} right before the first apply; this changes no count`,
        ]),
    ...(target.kind === 'Rollout'
      ? [`HorizontalPodAutoscaler/${workload.name} scales Deployment/${workload.name} instead of Rollout/${String(target.name)}`]
      : []),
    ...(isRouted || !hasCanary
      ? []
      : [
          'no route divides the requests, so only stable is autoscaled: the stages end below 100 %, and stable takes the new version by a roll',
        ]),
  ];
}
