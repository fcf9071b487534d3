import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { containerProperties } from './container';
import type { Declaration } from './declaration';
import { type Expression, type Properties, call, isEmpty, list, literal, name, object, seconds } from './expression';
import { hasOnly, isObject, isStrings, objectsIn, selects, textsIn } from './json';
import { Security } from './security';
import { Volumes } from './volumes';

/** A pod of a workload, as its manifest has it. */
export interface PodTemplate {
  readonly spec: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  /** The service account, if it is in the input. */
  readonly account?: JsonObject;
}

type Convert = (value: Json, spec: JsonObject, declaration: Declaration) => Properties | undefined;

const kept =
  (key: string, isKnown: (value: Json) => boolean): Convert =>
  (value) =>
    isKnown(value) ? { [key]: literal(value) } : undefined;
const isBoolean = (value: Json) => typeof value === 'boolean';
const isText = (value: Json) => typeof value === 'string';

/** The fields of a pod that are no container, volume or security context, and the properties that express them. */
const FIELDS: Readonly<Record<string, Convert>> = {
  affinity: kept('affinity', isObject),
  automountServiceAccountToken: () => ({}),
  enableServiceLinks: kept('enableServiceLinks', isBoolean),
  hostAliases: kept('hostAliases', Array.isArray),
  imagePullSecrets: (value, _, declaration) => {
    const secrets = objectsIn(value);
    return secrets.length === 1 && typeof secrets[0]!.name === 'string'
      ? { dockerRegistryAuth: declaration.reference('secret', secrets[0]!.name) }
      : undefined;
  },
  nodeSelector: kept('nodeSelector', isObject),
  priorityClassName: kept('priorityClassName', isText),
  restartPolicy: (value) => (value === 'Always' ? {} : undefined),
  runtimeClassName: kept('runtimeClassName', isText),
  schedulerName: (value) => (value === 'default-scheduler' ? {} : undefined),
  // The deprecated name of serviceAccountName.
  serviceAccount: (value, spec, declaration) =>
    spec.serviceAccountName === undefined ? FIELDS.serviceAccountName!(value, spec, declaration) : {},
  serviceAccountName: (value, _, declaration) =>
    value === '' ? {} : { serviceAccount: declaration.reference('service-account', String(value)) },
  shareProcessNamespace: kept('shareProcessNamespace', isBoolean),
  terminationGracePeriodSeconds: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 1 ? { terminationGracePeriod: seconds(Number(value)) } : undefined,
  tolerations: kept('tolerations', Array.isArray),
};

/** Fields of DNS, which one property sets together. */
const DNS = ['dnsPolicy', 'dnsConfig', 'hostname', 'subdomain', 'setHostnameAsFQDN'];
const OTHERS = [...DNS, 'containers', 'initContainers', 'volumes', 'securityContext', 'topologySpreadConstraints'];

/** The properties of the pods, without image, labels and annotations. */
export function podProperties({ spec, labels, account }: PodTemplate, declaration: Declaration): Properties {
  const security = new Security(spec);
  const volumes = new Volumes(objectsIn(spec.volumes), declaration);
  const containers = objectsIn(spec.containers);
  const place = { declaration, security, volumes };
  const [main, ...sidecars] = containers.map((container, index) => containerProperties(container, { ...place, list: 'containers', index }));
  const init = objectsIn(spec.initContainers).map((container, index) => ({
    container,
    properties: containerProperties(container, {
      ...place,
      list: 'initContainers',
      index,
      isSidecar: container.restartPolicy === 'Always',
    }),
  }));
  const { image: _, ...others } = main ?? {};
  const properties: Record<string, Expression | undefined> = {
    containerName: literal(String(containers[0]?.name ?? '')),
    ...others,
    sidecars: complete(sidecars.map((sidecar, index) => ({ container: containers[index + 1]!, properties: sidecar }))),
    initContainers: complete(init),
    volumes: volumes.listed(),
    ...podSecurity(spec, security, declaration),
    terminationGracePeriod: seconds(30),
    automountServiceAccountToken: mountsToken(spec, account) ? literal(true) : undefined,
    topologySpread: spreadOf(spec.topologySpreadConstraints, labels, declaration),
    dns: dnsOf(spec, declaration),
  };
  for (const [field, value] of Object.entries(spec)) {
    if (OTHERS.includes(field)) {
      continue;
    }
    const converted = Object.hasOwn(FIELDS, field) ? FIELDS[field]!(value, spec, declaration) : undefined;
    if (converted) {
      Object.assign(properties, converted);
    } else if (value !== false || !OFF.includes(field)) {
      const why = Object.hasOwn(FIELDS, field) ? `no property can express this ${field}` : `no property sets ${field}`;
      declaration.patch(`/spec/template/spec/${field}`, value, why);
    }
  }
  return properties;
}

/** Fields that are false unless they are set. */
const OFF = ['hostIPC', 'hostNetwork', 'hostPID'];

/** The containers beside the main one. */
function complete(containers: readonly { readonly container: JsonObject; readonly properties: Properties }[]): Expression | undefined {
  return containers.length === 0
    ? undefined
    : list(
        containers.map(({ container, properties }) =>
          object({ name: literal(container.name ?? ''), image: literal(container.image ?? ''), ...properties }),
        ),
      );
}

function podSecurity(spec: JsonObject, security: Security, declaration: Declaration): Properties {
  const { properties, isExpressed } = security.ofPod();
  if (!isExpressed) {
    const standard: JsonObject = security.isRestricted ? { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } : {};
    const value = { ...standard, ...(spec.securityContext as JsonObject) };
    declaration.patch('/spec/template/spec/securityContext', value, 'no property can express this securityContext of the pods');
  }
  if (security.rewritesCapabilities) {
    declaration.templateChanges.push('the dropped capabilities, written as ALL');
  }
  if (security.changesTemplate) {
    declaration.templateChanges.push('the security contexts, written out as the restricted standard has them');
  }
  return properties;
}

/** Kubernetes mounts the token unless the pod or its service account says otherwise; this library does not mount it by default. */
export function mountsToken(spec: JsonObject, account: JsonObject | undefined): boolean {
  return (spec.automountServiceAccountToken ?? account?.automountServiceAccountToken) !== false;
}

/** How the pods are spread. Each version is spread on its own, because the pods of the other one come and go. */
function spreadOf(value: Json | undefined, labels: Readonly<Record<string, string>>, declaration: Declaration): Expression {
  const constraints = objectsIn(value);
  const isKnown = constraints.every(
    (constraint) =>
      hasOnly(constraint, 'maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector') &&
      hasOnly(constraint.labelSelector, 'matchLabels') &&
      selects(textsIn(constraint.labelSelector.matchLabels), labels) &&
      typeof constraint.topologyKey === 'string' &&
      typeof constraint.maxSkew === 'number',
  );
  if (!isKnown) {
    declaration.patch('/spec/template/spec/topologySpreadConstraints', value!, 'no property can express these constraints');
    return list([]);
  }
  if (constraints.length > 0) {
    declaration.differences.push('topologySpreadConstraints count the pods of each version on their own, not those of both together');
    declaration.templateChanges.push('the label selectors of topologySpreadConstraints');
  }
  return list(constraints.map(constraintOf));
}

function constraintOf({ maxSkew, topologyKey, whenUnsatisfiable }: JsonObject): Expression {
  if (whenUnsatisfiable === 'ScheduleAnyway') {
    const preset = { 'kubernetes.io/hostname': 'preferNodes', 'topology.kubernetes.io/zone': 'preferZones' }[String(topologyKey)];
    return preset !== undefined && maxSkew === 1
      ? call(`TopologySpread.${preset}`)
      : call('TopologySpread.prefer', literal(topologyKey!), literal(maxSkew!));
  }
  return call('TopologySpread.require', literal(topologyKey!), literal(maxSkew!));
}

function dnsOf(spec: JsonObject, declaration: Declaration): Expression | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {}, hostname, subdomain, setHostnameAsFQDN } = spec;
  const member = POLICIES[String(dnsPolicy)];
  const config = hasOnly(dnsConfig, 'nameservers', 'options', 'searches') ? dnsConfig : undefined;
  const isKnown =
    member !== undefined && config && [config.nameservers, config.searches].every((texts) => texts === undefined || isStrings(texts));
  if (!isKnown) {
    for (const field of DNS.filter((key) => spec[key] !== undefined)) {
      declaration.patch(`/spec/template/spec/${field}`, spec[field]!, `no property can express this ${field}`);
    }
    return undefined;
  }
  if (setHostnameAsFQDN === false) {
    // The API server tells false from none.
    declaration.patch('/spec/template/spec/setHostnameAsFQDN', false, 'no property writes a false setHostnameAsFQDN');
  }
  const given = (value: Json | undefined) => (value === undefined ? undefined : literal(value));
  const properties = object({
    policy: dnsPolicy === 'ClusterFirst' ? undefined : name(`DnsPolicy.${member}`),
    hostname: given(hostname),
    subdomain: given(subdomain),
    hostnameAsFQDN: setHostnameAsFQDN === true ? literal(true) : undefined,
    nameservers: given(config.nameservers),
    searches: given(config.searches),
    options: given(config.options),
  });
  return isEmpty(properties) ? undefined : properties;
}

const POLICIES: Readonly<Record<string, string>> = {
  ClusterFirst: 'CLUSTER_FIRST',
  ClusterFirstWithHostNet: 'CLUSTER_FIRST_WITH_HOST_NET',
  Default: 'DEFAULT',
  None: 'NONE',
};
