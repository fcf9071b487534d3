import { quantityOf } from '../../../../lib/core/quantity';
import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { type Expression, call, list, literal, name, object, seconds } from './expression';
import { isObject, objectsIn, selects } from './json';
import { type Workload, nameOf, refuse, titleOf } from './workload';

/** The defaults of the API server, which differ from those of cdk8s-plus. */
const BEHAVIOR = {
  scaleUp: {
    window: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { window: 300, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
} as const;

const BY_HAND = 'try again without it, and then set autoscaling of the pair instead of baseline, as docs/guides/autoscaling.md says';

/**
 * Finds the HorizontalPodAutoscaler of a workload.
 *
 * @returns the autoscaler with the fields of autoscaling/v2; undefined if there is none
 * @throws CliError if another kind of object scales the workload, or several do
 */
export function autoscalerOf(workload: Workload, near: readonly JsonObject[]): JsonObject | undefined {
  const scalers = near.filter((one) => targetOf(one) === workload.name);
  const canary = isObject(workload.canary?.spec) ? workload.canary.spec : {};
  const reference = isObject(canary.autoscalerRef) ? canary.autoscalerRef : undefined;
  const [first, second] = scalers;
  if (first && second) {
    refuse(`${workload.title}: ${titleOf(first)} and ${titleOf(second)} scale it; must be one; leave out the other`);
  }
  const other = scalers.find(({ kind }) => kind !== 'HorizontalPodAutoscaler');
  if (other) {
    refuse(
      `${workload.title}: ${titleOf(other)} scales it by a HorizontalPodAutoscaler that it makes itself, and a pair writes its own; must not be in the input; ${BY_HAND}`,
    );
  }
  if (reference && !first) {
    refuse(
      `${workload.title}, autoscalerRef: ${String(reference.kind)}/${String(reference.name)} is not in the input; pass its manifest, too`,
    );
  }
  return first && asV2(first);
}

function targetOf({ kind, spec }: JsonObject): string | undefined {
  const target = isObject(spec) && isObject(spec.scaleTargetRef) ? spec.scaleTargetRef.name : undefined;
  return (kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject') && typeof target === 'string' ? target : undefined;
}

/** Version 1 has the utilization of the processor as its only metric. */
function asV2(autoscaler: JsonObject): JsonObject {
  const version = String(autoscaler.apiVersion).split('/')[1];
  const { targetCPUUtilizationPercentage: target, ...spec } = autoscaler.spec as JsonObject;
  if (version === 'v2beta1') {
    refuse(`${titleOf(autoscaler)}: got apiVersion autoscaling/v2beta1, which Kubernetes no longer serves; must be autoscaling/v2`);
  }
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } };
  return version === 'v1' && target !== undefined ? { ...autoscaler, spec: { ...spec, metrics: [cpu] as unknown as Json } } : autoscaler;
}

/**
 * Refuses an autoscaler that the pair cannot have.
 *
 * @param isRouted whether a route divides the traffic, so that the canary has an autoscaler, too
 * @param canaryLabels the labels of the canary's pods
 */
export function refuseImpossible(
  autoscaler: JsonObject,
  workload: Workload,
  isRouted: boolean,
  canaryLabels: Readonly<Record<string, string>>,
): void {
  const title = titleOf(autoscaler);
  if (isRouted && workload.isDeployment && selects(workload.matchLabels, canaryLabels)) {
    refuse(
      `${workload.title}: ${title} scales it, and its selector ${JSON.stringify(workload.matchLabels)} also matches the pods of the new version, so Kubernetes would stop the autoscalers of both; must not be in the input together with the VirtualService; leave out the VirtualService, so that the pods divide the traffic until the first promotion`,
    );
  }
  for (const container of objectsIn(workload.podSpec.containers)) {
    for (const resource of utilized(autoscaler)) {
      const { requests, limits } = isObject(container.resources) ? container.resources : {};
      if (![requests, limits].some((amounts) => isObject(amounts) && amounts[resource] !== undefined)) {
        refuse(
          `${title}: it compares the utilization of ${resource}, and container ${String(container.name)} of ${workload.title} requests none; must request some, or the autoscaler does nothing`,
        );
      }
    }
  }
}

function metricsOf(autoscaler: JsonObject): JsonObject[] {
  return objectsIn((autoscaler.spec as JsonObject).metrics);
}

/** The resources whose utilization counts. Without metrics, the API server takes the processor. */
function utilized(autoscaler: JsonObject): string[] {
  const metrics = metricsOf(autoscaler);
  return metrics.length === 0
    ? ['cpu']
    : metrics.flatMap(({ resource }) =>
        isObject(resource) && isObject(resource.target) && resource.target.type === 'Utilization' ? [String(resource.name)] : [],
      );
}

/** The autoscaler as the property `autoscaling` of a pair. */
export function declareAutoscaling(autoscaler: JsonObject): Expression {
  const { minReplicas = 1, maxReplicas, behavior } = autoscaler.spec as JsonObject;
  const metrics = metricsOf(autoscaler).map((metric, index) => declareMetric(metric, `${titleOf(autoscaler)}, spec.metrics[${index}]`));
  const rules = isObject(behavior) ? behavior : {};
  return object({
    min: literal(minReplicas),
    max: literal(maxReplicas!),
    metrics: metrics.length > 0 ? list(metrics) : undefined,
    scaleUp: declareRules(rules.scaleUp, BEHAVIOR.scaleUp),
    scaleDown: declareRules(rules.scaleDown, BEHAVIOR.scaleDown),
  });
}

const RESOURCES: Readonly<Record<string, string>> = { cpu: 'Metric.resourceCpu', memory: 'Metric.resourceMemory' };

function declareMetric({ type, resource, pods }: JsonObject, field: string): Expression {
  if (isObject(resource) && RESOURCES[String(resource.name)] !== undefined) {
    return call(RESOURCES[String(resource.name)]!, declareTarget(resource.target, field));
  }
  const metric = isObject(pods) && isObject(pods.metric) ? pods.metric : undefined;
  if (metric && metric.selector === undefined) {
    return call('Metric.pods', object({ name: literal(String(metric.name)), target: declareTarget((pods as JsonObject).target, field) }));
  }
  return refuse(
    `${field}: got type ${String(type)}; must be Resource with cpu or memory, or Pods without a selector, which measure each version by itself; ${BY_HAND}`,
  );
}

function declareTarget(value: Json | undefined, field: string): Expression {
  const target = isObject(value) ? value : {};
  const amount = typeof target.averageValue === 'string' ? quantityOf(target.averageValue) : target.averageValue;
  if (typeof target.averageUtilization === 'number') {
    return call('MetricTarget.averageUtilization', literal(target.averageUtilization));
  }
  return typeof amount === 'number'
    ? call('MetricTarget.averageValue', literal(amount))
    : refuse(`${field}, target: got ${JSON.stringify(value ?? null)}; must be an average utilization or an average value`);
}

/** The defaults of the API server are written out, because those of cdk8s-plus differ. */
function declareRules(value: Json | undefined, defaults: (typeof BEHAVIOR)[keyof typeof BEHAVIOR]): Expression {
  const { selectPolicy = 'Max', stabilizationWindowSeconds, policies } = isObject(value) ? value : {};
  const own = objectsIn(policies);
  const used = own.length > 0 ? own : (defaults.policies as unknown as JsonObject[]);
  const window = stabilizationWindowSeconds ?? defaults.window;
  const strategies: Readonly<Record<string, string>> = { Min: 'MIN_CHANGE', Disabled: 'DISABLED' };
  const strategy = strategies[String(selectPolicy)];
  return object({
    strategy: strategy === undefined ? undefined : name(`ScalingStrategy.${strategy}`),
    stabilizationWindow: window === defaults.window ? undefined : seconds(Number(window)),
    policies: list(
      used.map(({ type, value: count, periodSeconds }) =>
        object({
          replicas: call(type === 'Percent' ? 'Replicas.percent' : 'Replicas.absolute', literal(count!)),
          duration: seconds(Number(periodSeconds)),
        }),
      ),
    ),
  });
}

/** What the owner of an autoscaler should know or do. */
export function autoscalerRemarks(autoscaler: JsonObject, workload: Workload, isRouted: boolean): string[] {
  const target = (autoscaler.spec as JsonObject).scaleTargetRef as JsonObject;
  const isOther = nameOf(autoscaler) !== workload.name;
  const isMoved = target.kind !== 'Deployment';
  return [
    ...(isOther
      ? [
          `the pair writes HorizontalPodAutoscaler/${workload.name}, and two would scale one Deployment: kubectl delete hpa ${nameOf(autoscaler)} right before the first apply; it changes no count`,
        ]
      : []),
    ...(isMoved
      ? [
          `HorizontalPodAutoscaler/${workload.name} scales Deployment/${workload.name} instead of ${String(target.kind)}/${String(target.name)}`,
        ]
      : []),
    ...(isRouted
      ? []
      : ['without a route stable alone is autoscaled: the stages end below 100 %, and the promotion rolls stable to the new version']),
  ];
}
