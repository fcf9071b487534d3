import { quantityOf } from '../../../lib/core/quantity';
import { type Fields, fillBehavior, withDefaults } from '../../../test/support/api-defaults';

/** Labels and annotations that a pair adds to a pod template. */
const OWN = /^(version|cdk8s-canary\/.*)$/;

/** What an API server or a controller writes into a live object, and what only tools that track objects read. */
const ASSIGNED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort', 'nodeName'];

const without = (fields: Fields | undefined, isLeftOut: (key: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([key, value]) => !isLeftOut(key) && value !== undefined && value !== null));

/** Lists whose order means nothing, and the field by which they are sorted. */
const UNORDERED: Readonly<Record<string, string>> = { volumes: 'name', items: 'key' };

/** Fields that mean the same without a value as with false, 0 or an empty text. */
const ZERO_IS_NONE =
  /^(readOnly|initialDelaySeconds|minReadySeconds|serviceAccount|serviceAccountName|host(Network|PID|IPC)|optional|stdin|tty|privileged|value)$/;

/** A value in which equal meaning is equality: quantities are numbers, lists without an order are sorted, and what means nothing is left out. */
function normal(value: unknown, key = ''): unknown {
  if (ZERO_IS_NONE.test(key) && !value) {
    return undefined;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item));
    const by = UNORDERED[key];
    return by === undefined ? items : items.sort((a, b) => ((a as Fields)[by] < (b as Fields)[by] ? -1 : 1));
  }
  if (['limits', 'requests'].includes(key)) {
    return Object.fromEntries(Object.entries(value as Fields).map(([name, amount]) => [name, String(quantityOf(String(amount)))]));
  }
  if (key === 'sizeLimit') {
    return String(quantityOf(String(value)));
  }
  if (key === 'capabilities') {
    // The runtime reads the names of capabilities in any case, and ALL includes all others.
    const { drop = [], ...rest } = value as { drop?: string[] };
    const dropped = drop.some((name) => /^all$/i.test(name)) ? ['ALL'] : drop;
    return JSON.parse(JSON.stringify({ ...rest, drop: dropped }).replace(/"(\w+)"(?=[,\]])/g, (text) => text.toUpperCase()));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .map(([name, item]) => [name, normal(item, name)] as const)
      .filter(([, item]) => item !== undefined && item !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return value;
}

/** An empty value means the same as none, but in `emptyDir: {}` and the like the key is the meaning. */
function isNothing(key: string, value: unknown): boolean {
  const hasMeaning = ['emptyDir', 'securityContext', 'namespaceSelector', 'podSelector', 'labelSelector'].includes(key);
  return !hasMeaning && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The paths at which two values differ. */
function differences(original: unknown, rendered: unknown, path = ''): string[] {
  if (typeof original === 'object' && original !== null && typeof rendered === 'object' && rendered !== null) {
    const [a, b] = [original as Fields, rendered as Fields];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
      const [before, after] = [a[key] as unknown, b[key] as unknown].map((value) => (isNothing(key, value) ? undefined : value));
      return differences(before, after, Array.isArray(original) ? `${path}[${key}]` : `${path}.${key}`);
    });
  }
  return original === rendered ? [] : [`${path}: ${JSON.stringify(original)} -> ${JSON.stringify(rendered)}`];
}

/** The settings of a pod's security context that hold for each container that does not say otherwise. */
const INHERITED = ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seccompProfile', 'seLinuxOptions'];

/** A pod spec in which each container has the security settings that hold for it, wherever they stand. */
function withEffectiveSecurity(spec: Fields): Fields {
  const pod = (spec.securityContext ?? {}) as Fields;
  const inherited = without(pod, (key) => !INHERITED.includes(key));
  const containers = (list: Fields[] | undefined) =>
    list?.map((container) => ({
      ...withRequests(container),
      securityContext: { ...inherited, ...without(container.securityContext as Fields, () => false) },
    }));
  return {
    ...spec,
    securityContext: without(pod, (key) => INHERITED.includes(key)),
    containers: containers(spec.containers as Fields[]),
    initContainers: containers(spec.initContainers as Fields[]),
  };
}

/** A container of a pod, where the API server copies limits to requests. In the template of a Deployment it does not. */
function withRequests(container: Fields): Fields {
  const { limits, requests } = (container.resources ?? {}) as { limits?: Fields; requests?: Fields };
  return limits ? { ...container, resources: { limits, requests: { ...limits, ...requests } } } : container;
}

function podTemplate({ metadata, spec }: Fields): Fields {
  return {
    labels: without(metadata?.labels as Fields, (key) => OWN.test(key)),
    annotations: without(metadata?.annotations as Fields, (key) => OWN.test(key) || /restartedAt$|last-applied-configuration$/.test(key)),
    // No value means what the service account says, which is true unless the account says otherwise; the others are the API's defaults.
    spec: {
      automountServiceAccountToken: true,
      enableServiceLinks: true,
      ...without(withEffectiveSecurity(spec as Fields), (key) => key === 'nodeName'),
    },
  };
}

/** An autoscaler without a behavior acts by these rules. The autoscaler's controller has the window of scaling down. */
function autoscaling(spec: Fields): Fields {
  const behavior: Fields = structuredClone(spec.behavior ?? {});
  fillBehavior(behavior);
  behavior.scaleDown.stabilizationWindowSeconds ??= 300;
  return { ...spec, behavior, metrics: amounts(spec.metrics) };
}

/** The value of a metric with its quantities as numbers. */
function amounts(value: unknown, key = ''): unknown {
  if (['averageValue', 'value'].includes(key)) {
    return Number(quantityOf(String(value))!.toFixed(9));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Array.isArray(value)
    ? value.map((item) => amounts(item))
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, amounts(item, name)]));
}

function meaning(object: Fields): unknown {
  const { kind, spec } = withDefaults(object);
  if (kind === 'Deployment') {
    const others = without(spec as Fields, (key) => key === 'template' || key === 'paused');
    return normal({ ...others, template: podTemplate(spec.template as Fields) });
  }
  return normal(
    kind === 'HorizontalPodAutoscaler' ? autoscaling(spec as Fields) : without(spec as Fields, (key) => ASSIGNED.includes(key)),
  );
}

/** Fields that the API server drops from an object if they are false, 0 or empty. */
const DROPPED_IF_ZERO =
  /^(readOnly|initialDelaySeconds|minReadySeconds|serviceAccount|serviceAccountName|host(Network|PID|IPC)|stdin|tty|value)$/;

/** A value as the API server keeps it: lists have their order, and quantities are numbers, which it compares. */
function kept(value: unknown, key = ''): unknown {
  if (DROPPED_IF_ZERO.test(key) && !value) {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return key === 'sizeLimit' ? String(quantityOf(String(value))) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => kept(item));
  }
  const isAmounts = key === 'limits' || key === 'requests';
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isAmounts ? String(quantityOf(String(item))) : kept(item, name)]),
  );
}

/** How two values differ for the API server, a line for each path. */
export function differencesForServer(one: unknown, other: unknown): string[] {
  return differences(kept(one), kept(other));
}

/** How the pod templates of two Deployments differ for the API server, so that a change from one to the other replaces the pods. */
export function differencesInTemplate(original: Fields, rendered: Fields): string[] {
  const template = (object: Fields) => (withDefaults(object).spec as Fields).template as Fields;
  return differencesForServer(template(original), template(rendered));
}

/** How two Deployments, Services or autoscalers differ in meaning: a line for each path, without what a pair adds. */
export function differencesInMeaning(original: Fields, rendered: Fields): string[] {
  return differences(meaning(original), meaning(rendered)).map((line) => `${original.kind} ${original.metadata.name}${line}`);
}
