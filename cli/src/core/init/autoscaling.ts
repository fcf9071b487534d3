import { quantityOf } from '../../../../lib/core/quantity';
import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { metricsOf, minimumOf } from './autoscaler';
import type { Patch } from './declaration';
import { type Entry, type Expression, call, entriesOf, list, literal, name, object, seconds } from './expression';
import { hasOnly, isObject, objectsIn, textsIn } from './json';

/** An autoscaler as the property `autoscaling` of a pair, and what the property cannot say of it. */
export interface DeclaredAutoscaling {
  readonly properties: Expression;
  readonly patches: readonly Patch[];
}

export function declareAutoscaling(autoscaler: JsonObject): DeclaredAutoscaling {
  const { maxReplicas, behavior } = autoscaler.spec as JsonObject;
  const metrics = metricsOf(autoscaler).map((original) => ({ original, said: metricOf(original) }));
  const said = metrics.flatMap(({ said: expression }) => expression ?? []);
  const rules = isObject(behavior) ? behavior : {};
  const entries: Entry[] = entriesOf({
    min: literal(minimumOf(autoscaler)),
    max: literal(maxReplicas!),
    metrics: said.length > 0 ? list(said) : undefined,
  });
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    entries.push({
      key: direction,
      value: rulesOf(rules[direction], DEFAULTS[direction]),
      comment: rules[direction] === undefined ? 'The default of Kubernetes, which is not that of cdk8s-plus.' : undefined,
    });
  }
  return {
    properties: { kind: 'object', entries },
    patches: [
      ...metricPatches(metrics),
      ...(['scaleUp', 'scaleDown'] as const).flatMap((direction) => rulePatches(direction, rules[direction])),
    ],
  };
}

interface DeclaredMetric {
  readonly original: JsonObject;
  /** Undefined if cdk8s-plus cannot say it. */
  readonly said?: Expression;
}

/** Inserts the metrics that no expression says, in the order of the original. */
function metricPatches(metrics: readonly DeclaredMetric[]): Patch[] {
  const unsaid = metrics.map((metric, index) => ({ ...metric, index })).filter(({ said }) => !said);
  if (unsaid.length > 0 && unsaid.length === metrics.length) {
    const value = metrics.map(({ original }) => original);
    return [{ path: '/spec/metrics', value, why: 'no property can express these metrics', operation: 'add' }];
  }
  return unsaid.map(({ original, index }) => ({
    path: `/spec/metrics/${index}`,
    value: original,
    why: `no property can express this metric of type ${String(original.type)}`,
    operation: 'add',
  }));
}

const RESOURCES: Readonly<Record<string, string>> = {
  cpu: 'Metric.resourceCpu',
  'ephemeral-storage': 'Metric.resourceEphemeralStorage',
  memory: 'Metric.resourceMemory',
};

/** The types whose metrics have a name. A metric of an object or a container needs a construct that the program does not have. */
const NAMED: Readonly<Record<string, readonly [field: string, factory: string]>> = {
  External: ['external', 'Metric.external'],
  Pods: ['pods', 'Metric.pods'],
};

function metricOf({ type, resource, ...others }: JsonObject): Expression | undefined {
  if (type === 'Resource' && hasOnly(resource, 'name', 'target') && RESOURCES[String(resource.name)] !== undefined) {
    const target = targetOf(resource.target);
    return target && call(RESOURCES[String(resource.name)]!, target);
  }
  const [field, factory] = NAMED[String(type)] ?? [];
  const source = field === undefined ? undefined : others[field];
  if (!hasOnly(source, 'metric', 'target') || !hasOnly(source.metric, 'name', 'selector')) {
    return undefined;
  }
  const { name: metric, selector } = source.metric;
  const [target, labels] = [targetOf(source.target), selector === undefined ? undefined : selectorOf(selector)];
  return target && (labels ?? selector === undefined)
    ? call(factory!, object({ name: literal(metric!), labelSelector: labels, target }))
    : undefined;
}

function selectorOf(selector: Json): Expression | undefined {
  return hasOnly(selector, 'matchLabels')
    ? call('LabelSelector.of', object({ labels: literal(textsIn(selector.matchLabels)) }))
    : undefined;
}

function targetOf(value: Json | undefined): Expression | undefined {
  const { type, averageUtilization, averageValue, value: amount } = isObject(value) ? value : {};
  const factories: Readonly<Record<string, readonly [factory: string, value: number | undefined]>> = {
    AverageValue: ['averageValue', numberOf(averageValue)],
    Utilization: ['averageUtilization', numberOf(averageUtilization)],
    Value: ['value', numberOf(amount)],
  };
  const [factory, number] = factories[String(type)] ?? [];
  return number === undefined ? undefined : call(`MetricTarget.${factory}`, literal(number));
}

/** A quantity as a number. The API server keeps nine decimals and rounds up, so what floating-point numbers add must go: `700m` is 0.7. */
function numberOf(quantity: Json | undefined): number | undefined {
  const number = quantity === undefined ? undefined : quantityOf(String(quantity));
  return number === undefined ? undefined : Number(number.toFixed(9));
}

/** The rules that the API server fills in. Those of cdk8s-plus differ, so they are written out. */
const DEFAULTS = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
} as const;

const STRATEGIES: Readonly<Record<string, string>> = { Disabled: 'DISABLED', Min: 'MIN_CHANGE' };

function rulesOf(value: Json | undefined, defaults: (typeof DEFAULTS)[keyof typeof DEFAULTS]): Expression {
  const { selectPolicy = 'Max', stabilizationWindowSeconds: window, policies } = isObject(value) ? value : {};
  const own = objectsIn(policies);
  const strategy = STRATEGIES[String(selectPolicy)];
  return object({
    strategy: strategy === undefined ? undefined : name(`ScalingStrategy.${strategy}`),
    stabilizationWindow: window === undefined || window === defaults.stabilizationWindowSeconds ? undefined : seconds(Number(window)),
    policies: list((own.length > 0 ? own : defaults.policies).map(policyOf)),
  });
}

function policyOf({ type, value, periodSeconds }: JsonObject | (typeof DEFAULTS.scaleUp.policies)[number]): Expression {
  return object({
    replicas: call(type === 'Percent' ? 'Replicas.percent' : 'Replicas.absolute', literal(Number(value))),
    duration: seconds(Number(periodSeconds)),
  });
}

const SAID = ['policies', 'selectPolicy', 'stabilizationWindowSeconds'];

function rulePatches(direction: string, rules: Json | undefined): Patch[] {
  return Object.entries(isObject(rules) ? rules : {})
    .filter(([field]) => !SAID.includes(field))
    .map(([field, value]) => ({
      path: `/spec/behavior/${direction}/${field}`,
      value,
      why: `no property sets ${field}`,
      operation: 'add' as const,
    }));
}
