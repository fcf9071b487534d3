import * as names from '../core/names';
import { quantityOf } from '../core/quantity';
import { type Scheduling, checkScheduling } from '../input/check-scheduling';
import { show } from '../input/input';

/** Records a problem: the path of the field, its value, and the end of a sentence that begins with 'must'. */
export type Reject = (field: string, got: unknown, must: string) => void;

type Container = {
  readonly name?: unknown;
  readonly image?: unknown;
  readonly imagePullPolicy?: unknown;
  readonly command?: unknown;
  readonly args?: unknown;
  readonly workingDir?: unknown;
  readonly restartPolicy?: unknown;
  readonly ports?: readonly Port[];
  readonly env?: readonly { readonly name: string; readonly value?: unknown; readonly valueFrom?: unknown }[];
  readonly volumeMounts?: readonly { readonly mountPath?: unknown }[];
  readonly resources?: { readonly requests?: Record<string, unknown>; readonly limits?: Record<string, unknown> };
} & Partial<Record<ProbeName, Probe>>;

interface Port {
  readonly containerPort?: unknown;
  readonly name?: unknown;
  readonly protocol?: string;
}

type ProbeName = (typeof PROBES)[number];

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;

interface Target {
  readonly port?: unknown;
  readonly host?: string;
}

interface Probe {
  readonly httpGet?: Target;
  readonly tcpSocket?: Target;
  readonly grpc?: Target;
}

/** The fields of a pod spec that are checked. */
export interface PodSpec extends Scheduling {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name?: unknown }[];
  readonly topologySpreadConstraints?: readonly { readonly maxSkew?: unknown; readonly topologyKey?: unknown }[];
}

/**
 * Checks a pod spec, as it will be written, by the rules of the API server and by those for the properties of a pod, because a patch can set
 * the same fields.
 *
 * @param isComplete whether every container must have a name and an image; another vendor's kind may fill them in
 */
export function checkPodSpec(pod: PodSpec, field: string, isComplete: boolean, reject: Reject): void {
  const { containers = [], initContainers = [] } = pod;
  const seen = new Set<unknown>();
  for (const [list, entries] of Object.entries({ containers, initContainers })) {
    for (const [index, container] of entries.entries()) {
      const at = `${field}.${list}[${index}]`;
      if (isComplete) {
        checkText(`${at}.name`, container.name, names.NAMESPACE, reject);
        checkText(`${at}.image`, container.image, names.IMAGE, reject);
      }
      if (seen.has(container.name)) {
        reject(`${at}.name`, container.name, 'be used once in a pod');
      }
      seen.add(container.name);
      checkContainer(container, at, reject);
      const probe = PROBES.find((name) => (container[name] ?? undefined) !== undefined);
      if (list === 'initContainers' && probe && container.restartPolicy !== 'Always') {
        reject(`${at}.${probe}`, container[probe], 'be left out, because an init container ends before the main one starts');
      }
    }
  }
  for (const [index, { name }] of (pod.volumes ?? []).entries()) {
    if (typeof name !== 'string' || names.breaks(names.NAMESPACE, name)) {
      // cdk8s-plus derives it from the name of a ConfigMap or a Secret, which may be longer and have points.
      reject(`${field}.volumes[${index}].name`, name, `${names.NAMESPACE.must}; try the option name of the volume`);
    }
  }
  checkScheduling(pod, (name) => `${field}.${name}`, { reject, isStrict: false });
  for (const [index, { maxSkew, topologyKey }] of (pod.topologySpreadConstraints ?? []).entries()) {
    const at = `${field}.topologySpreadConstraints[${index}]`;
    if (!(Number.isInteger(maxSkew) && (maxSkew as number) >= 1)) {
      reject(`${at}.maxSkew`, maxSkew, 'be an integer of at least 1');
    }
    if (typeof topologyKey !== 'string' || !names.isLabelKey(topologyKey)) {
      reject(`${at}.topologyKey`, topologyKey, "be a node label's key");
    }
  }
}

function checkText(field: string, value: unknown, rule: names.Rule, reject: Reject): void {
  if (typeof value !== 'string' || names.breaks(rule, value)) {
    reject(field, value, rule.must);
  }
}

const PULL_POLICIES: readonly unknown[] = ['Always', 'IfNotPresent', 'Never', undefined];

function checkContainer(container: Container, field: string, reject: Reject): void {
  if (!PULL_POLICIES.includes(container.imagePullPolicy)) {
    reject(`${field}.imagePullPolicy`, container.imagePullPolicy, 'be one of Always, IfNotPresent, Never');
  }
  if (container.workingDir !== undefined && typeof container.workingDir !== 'string') {
    reject(`${field}.workingDir`, container.workingDir, 'be a string');
  }
  for (const name of ['command', 'args'] as const) {
    const words = container[name];
    if (words !== undefined && !(Array.isArray(words) && words.every((word) => typeof word === 'string'))) {
      reject(`${field}.${name}`, words, 'be a list of strings');
    }
  }
  for (const [index, { mountPath }] of (container.volumeMounts ?? []).entries()) {
    if (typeof mountPath !== 'string' || mountPath === '' || mountPath.includes(':')) {
      reject(`${field}.volumeMounts[${index}].mountPath`, mountPath, 'be a path without ":"');
    }
  }
  checkEnvironment(container, field, reject);
  checkPorts(container.ports ?? [], `${field}.ports`, reject);
  for (const name of PROBES) {
    checkProbe(container, container[name], `${field}.${name}`, reject);
  }
  checkResources(container.resources ?? {}, `${field}.resources`, reject);
}

function checkEnvironment(container: Container, field: string, reject: Reject): void {
  const variables = new Set<string>();
  for (const { name, value, valueFrom } of container.env ?? []) {
    const at = `${field}.env[${JSON.stringify(name)}]`;
    if (typeof name !== 'string' || names.breaks(names.ENV_NAME, name)) {
      reject(at, name, names.ENV_NAME.must);
    }
    if (variables.has(name)) {
      reject(at, value ?? valueFrom, 'be set once');
    }
    variables.add(name);
    if (value !== undefined && typeof value !== 'string') {
      reject(at, value, 'be a string');
    }
    if (value !== undefined && valueFrom !== undefined) {
      reject(at, value, 'have a value or a source, not both');
    }
  }
}

function checkPorts(ports: readonly Port[], field: string, reject: Reject): void {
  const seen = new Set<unknown>();
  for (const [index, { containerPort, name, protocol = 'TCP' }] of ports.entries()) {
    if (!isPort(containerPort)) {
      reject(`${field}[${index}].containerPort`, containerPort, 'be an integer from 1 to 65535');
    }
    if (!['TCP', 'UDP', 'SCTP'].includes(protocol)) {
      reject(`${field}[${index}].protocol`, protocol, 'be one of TCP, UDP, SCTP');
    }
    if (name !== undefined) {
      checkText(`${field}[${index}].name`, name, names.PORT_NAME, reject);
    }
    for (const key of [`${String(containerPort)}/${protocol}`, ...(name === undefined ? [] : [name])]) {
      if (seen.has(key)) {
        reject(`${field}[${index}]`, key, 'be used once');
      }
      seen.add(key);
    }
  }
}

/** A number need not be a declared port. A name must be, because the kubelet looks it up. */
function checkProbe(container: Container, probe: Probe | undefined, field: string, reject: Reject): void {
  const target = probe?.httpGet ?? probe?.tcpSocket ?? probe?.grpc;
  if (target === undefined || typeof target.port !== 'string') {
    if (target !== undefined && !isPort(target.port)) {
      reject(`${field}.port`, target.port, 'be an integer from 1 to 65535, or the name of a port of the container');
    }
    return;
  }
  const declared = (container.ports ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (!declared.includes(target.port)) {
    reject(`${field}.port`, target.port, `be the name of a port of the container (${declared.join(', ') || 'there is none'})`);
  }
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
}

function checkResources({ limits, requests }: NonNullable<Container['resources']>, field: string, reject: Reject): void {
  for (const [kind, amounts] of Object.entries({ limits, requests })) {
    for (const [resource, amount] of Object.entries(amounts ?? {})) {
      if (quantityOf(String(amount)) === undefined) {
        reject(`${field}.${kind}.${resource}`, amount, 'be a quantity such as "100m" or "128Mi"');
      }
    }
  }
  for (const [resource, limit] of Object.entries(limits ?? {})) {
    const request = requests?.[resource];
    if (request !== undefined && (quantityOf(String(limit)) ?? NaN) < (quantityOf(String(request)) ?? NaN)) {
      reject(`${field}.limits.${resource}`, limit, `not be less than the request of ${show(request)}`);
    }
  }
}
