import type { Json, JsonObject } from '../../../../lib/core/yaml';
import { type Expression, list, literal, name, object, seconds } from './expression';
import { hasOnly, isObject, objectsIn, textsIn } from './json';
import { keptMetadata } from './metadata';
import type { Patch } from './declaration';

/** A Service as properties, and what no property can say of it. */
export interface DeclaredService {
  readonly properties: Expression;
  readonly patches: readonly Patch[];
}

/** Fields of a Service's spec that have properties. */
const KNOWN = [
  'clusterIP',
  'externalTrafficPolicy',
  'ipFamilies',
  'ipFamilyPolicy',
  'loadBalancerSourceRanges',
  'ports',
  'selector',
  'sessionAffinity',
  'sessionAffinityConfig',
  'type',
];

/** Fields with the value that the API server gives them. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  allocateLoadBalancerNodePorts: true,
  internalTrafficPolicy: 'Cluster',
  publishNotReadyAddresses: false,
};

export function declareService(service: JsonObject): DeclaredService {
  const metadata = isObject(service.metadata) ? service.metadata : {};
  const spec = isObject(service.spec) ? service.spec : {};
  const type = String(spec.type ?? 'ClusterIP');
  const isInternal = type === 'ClusterIP';
  const labels = keptMetadata(textsIn(metadata.labels));
  const annotations = keptMetadata(textsIn(metadata.annotations));
  const given = (value: Json | undefined) => (value === undefined ? undefined : literal(value));
  const properties = object({
    name: literal(String(metadata.name ?? '')),
    type: isInternal ? undefined : name(`ServiceType.${SERVICE_TYPES[type] ?? type}`),
    ports: list(objectsIn(spec.ports).map((port) => portOf(port, isInternal))),
    clusterIP: given(spec.clusterIP || undefined),
    sessionAffinity: spec.sessionAffinity === 'ClientIP' ? name('SessionAffinity.CLIENT_IP') : undefined,
    sessionAffinityTimeout: affinityTimeout(spec),
    externalTrafficPolicy: spec.externalTrafficPolicy === 'Local' && !isInternal ? name('ExternalTrafficPolicy.LOCAL') : undefined,
    ipFamilies: Array.isArray(spec.ipFamilies)
      ? list(spec.ipFamilies.map((family) => name(`IpFamily.${String(family).toUpperCase()}`)))
      : undefined,
    ipFamilyPolicy: spec.ipFamilyPolicy === undefined ? undefined : name(`IpFamilyPolicy.${upperSnake(String(spec.ipFamilyPolicy))}`),
    loadBalancerSourceRanges: given(spec.loadBalancerSourceRanges),
    labels: Object.keys(labels).length > 0 ? literal(labels) : undefined,
    annotations: Object.keys(annotations).length > 0 ? literal(annotations) : undefined,
  });
  const patches = Object.entries(spec)
    .filter(([field, value]) => !KNOWN.includes(field) && JSON.stringify(DEFAULTS[field]) !== JSON.stringify(value))
    .map(([field, value]) => ({ path: `/spec/${field}`, value, why: `no property sets ${field}`, operation: 'add' as const }));
  return { properties, patches };
}

const SERVICE_TYPES: Readonly<Record<string, string>> = { LoadBalancer: 'LOAD_BALANCER', NodePort: 'NODE_PORT' };

function upperSnake(word: string): string {
  return word.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

function affinityTimeout(spec: JsonObject): Expression | undefined {
  const config = hasOnly(spec.sessionAffinityConfig, 'clientIP') ? spec.sessionAffinityConfig.clientIP : undefined;
  const timeout = isObject(config) ? config.timeoutSeconds : undefined;
  // The default is three hours.
  return typeof timeout === 'number' && timeout !== 10_800 ? seconds(timeout) : undefined;
}

function portOf(port: JsonObject, isInternal: boolean): Expression {
  const { name: portName, port: number, targetPort = number, protocol = 'TCP', nodePort, appProtocol } = port;
  const isNumber = typeof targetPort === 'number' || /^\d+$/.test(String(targetPort));
  return object({
    name: portName === undefined || portName === '' ? undefined : literal(portName),
    port: literal(number ?? 0),
    targetPort: isNumber ? literal(Number(targetPort)) : undefined,
    targetPortName: isNumber ? undefined : literal(String(targetPort)),
    protocol: protocol === 'TCP' ? undefined : name(`Protocol.${String(protocol)}`),
    nodePort: typeof nodePort === 'number' && nodePort > 0 && !isInternal ? literal(nodePort) : undefined,
    appProtocol: appProtocol === undefined ? undefined : literal(appProtocol),
  });
}

/** A Service that Flagger would make of its `Canary`. */
export function serviceOfCanary(canary: JsonObject, workload: string, selector: Readonly<Record<string, string>>): JsonObject | undefined {
  const service = isObject(canary.spec) && isObject(canary.spec.service) ? canary.spec.service : {};
  if (typeof service.port !== 'number') {
    return undefined;
  }
  const metadata = isObject(canary.metadata) ? canary.metadata : {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service.name ?? workload, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) },
    spec: {
      selector: { ...selector },
      ports: [
        {
          name: service.portName ?? 'http',
          port: service.port,
          targetPort: service.targetPort ?? service.port,
          ...(service.appProtocol === undefined ? {} : { appProtocol: service.appProtocol }),
        },
      ],
    },
  };
}
