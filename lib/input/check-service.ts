import { isIP } from 'node:net';
import { Protocol, ServiceType } from '../kplus';
import * as names from '../core/names';
import { type At, type Input, below } from './input';
import {
  ExternalTrafficPolicy,
  IpFamily,
  IpFamilyPolicy,
  type ServiceOptions,
  type ServicePortOptions,
  SessionAffinity,
} from '../service-options';

const SERVICE: Readonly<Record<keyof ServiceOptions, true>> = {
  annotations: true,
  appProtocol: true,
  clusterIP: true,
  externalTrafficPolicy: true,
  ipFamilies: true,
  ipFamilyPolicy: true,
  labels: true,
  loadBalancerSourceRanges: true,
  name: true,
  ports: true,
  sessionAffinity: true,
  sessionAffinityTimeout: true,
  type: true,
};

const SERVICE_PORT: Readonly<Record<keyof ServicePortOptions, true>> = {
  appProtocol: true,
  name: true,
  nodePort: true,
  port: true,
  protocol: true,
  targetPort: true,
  targetPortName: true,
};

/**
 * Checks the properties of a Service.
 *
 * @param property the Service, as the user wrote it
 */
export function checkService(input: Input, service: ServiceOptions, property = 'service'): void {
  const at = below(property);
  if (!input.known(property, service, SERVICE)) {
    return;
  }
  input.text(at('name'), service.name, names.SERVICE_NAME);
  input.labels(at('labels'), service.labels, { values: 'label' });
  input.labels(at('annotations'), service.annotations, { values: 'any' });
  checkType(input, at, service);
  checkAffinity(input, at, service);
  checkAppProtocol(input, at('appProtocol'), service.appProtocol);
  const ports = input.entries<ServicePortOptions>(at('ports'), service.ports);
  if (ports.length === 0 && (service.ports === undefined || Array.isArray(service.ports))) {
    input.reject(at('ports'), service.ports, 'have at least one port', '[{ name: "web", port: 8080, targetPort: 80 }]');
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `${at('ports')}[${index}]`;
    if (input.known(field, port, SERVICE_PORT)) {
      checkServicePort(input, field, port, seen);
      checkAppProtocol(input, `${field}.appProtocol`, port.appProtocol);
      checkPortName(input, `${field}.name`, port.name, ports.length, seen);
    }
  }
}

function checkAppProtocol(input: Input, property: string, appProtocol: unknown): void {
  if (appProtocol !== undefined && (typeof appProtocol !== 'string' || !names.isLabelKey(appProtocol))) {
    input.reject(property, appProtocol, 'be the name of a protocol, optionally with a DNS name and "/" before it', '"http"');
  }
}

function checkType(input: Input, at: At, service: ServiceOptions): void {
  const { type, clusterIP } = service;
  if (type === ServiceType.EXTERNAL_NAME) {
    input.reject(
      at('type'),
      type,
      'not be ExternalName, because such a Service has no pods to divide traffic between',
      'ServiceType.CLUSTER_IP',
    );
  } else {
    input.oneOf(at('type'), type, [ServiceType.CLUSTER_IP, ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER]);
  }
  // Whether a router allows a headless Service is known only at the synth, because a router is attached to the finished pair.
  if (clusterIP !== undefined && clusterIP !== 'None' && (typeof clusterIP !== 'string' || isIP(clusterIP) === 0)) {
    input.reject(at('clusterIP'), clusterIP, 'be an IP address', 'to leave it out');
  }
  if (clusterIP === 'None' && type !== undefined && type !== ServiceType.CLUSTER_IP) {
    input.reject(at('clusterIP'), clusterIP, `be left out if the type is ${String(type)}`, 'type: ServiceType.CLUSTER_IP');
  }
  input.oneOf(at('externalTrafficPolicy'), service.externalTrafficPolicy, Object.values(ExternalTrafficPolicy));
  if (service.externalTrafficPolicy !== undefined && (type ?? ServiceType.CLUSTER_IP) === ServiceType.CLUSTER_IP) {
    input.reject(
      at('externalTrafficPolicy'),
      service.externalTrafficPolicy,
      'be left out if the type is ClusterIP',
      'type: ServiceType.LOAD_BALANCER',
    );
  }
  checkFamilies(input, at, service);
  const ranges = input.entries<unknown>(at('loadBalancerSourceRanges'), service.loadBalancerSourceRanges);
  for (const [index, range] of ranges.entries()) {
    if (typeof range !== 'string' || !isRange(range)) {
      input.reject(`${at('loadBalancerSourceRanges')}[${index}]`, range, 'be a CIDR', '"10.0.0.0/8"');
    }
  }
  if (ranges.length > 0 && type !== ServiceType.LOAD_BALANCER) {
    input.reject(at('loadBalancerSourceRanges'), ranges, 'be left out if the type is not LoadBalancer', 'type: ServiceType.LOAD_BALANCER');
  }
  for (const [index, port] of (Array.isArray(service.ports) ? service.ports : []).entries()) {
    if (port?.nodePort !== undefined && (type ?? ServiceType.CLUSTER_IP) === ServiceType.CLUSTER_IP) {
      input.reject(
        `${at('ports')}[${index}].nodePort`,
        port.nodePort,
        'be left out if the type is ClusterIP',
        'type: ServiceType.NODE_PORT',
      );
    }
  }
}

function checkFamilies(input: Input, at: At, { ipFamilies, ipFamilyPolicy }: ServiceOptions): void {
  const families = input.entries<unknown>(at('ipFamilies'), ipFamilies);
  families.forEach((family, index) => input.oneOf(`${at('ipFamilies')}[${index}]`, family, Object.values(IpFamily)));
  if (Array.isArray(ipFamilies) && (families.length === 0 || families.length > 2 || new Set(families).size < families.length)) {
    input.reject(at('ipFamilies'), ipFamilies, 'be one family or two different ones', '[IpFamily.IPV4]');
  }
  input.oneOf(at('ipFamilyPolicy'), ipFamilyPolicy, Object.values(IpFamilyPolicy));
  if (ipFamilyPolicy === IpFamilyPolicy.SINGLE_STACK && families.length > 1) {
    input.reject(at('ipFamilyPolicy'), ipFamilyPolicy, 'not be SingleStack with two ipFamilies', 'IpFamilyPolicy.PREFER_DUAL_STACK');
  }
}

function isRange(range: string): boolean {
  const [address, bits, ...rest] = range.split('/');
  const version = isIP(address!);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= (version === 4 ? 32 : 128);
}

function checkServicePort(input: Input, property: string, port: ServicePortOptions, seen: Set<string>): void {
  input.requiredInteger(`${property}.port`, port.port, 1, 65535);
  const name: unknown = port.targetPort;
  input.integer(`${property}.targetPort`, name, 1, 65535, typeof name === 'string' ? `targetPortName: ${JSON.stringify(name)}` : undefined);
  if (port.targetPortName !== undefined && input.text(`${property}.targetPortName`, port.targetPortName, names.PORT_NAME)) {
    if (port.targetPort !== undefined) {
      input.reject(`${property}.targetPortName`, port.targetPortName, 'not be given together with targetPort', 'one of the two');
    }
  }
  input.integer(`${property}.nodePort`, port.nodePort, 1, 65535);
  input.oneOf(`${property}.protocol`, port.protocol, Object.values(Protocol));
  input.once(`${property}.port`, port.port, `port ${port.port}/${port.protocol ?? Protocol.TCP}`, seen);
  if (port.nodePort !== undefined) {
    input.once(`${property}.nodePort`, port.nodePort, `nodePort ${port.nodePort}/${port.protocol ?? Protocol.TCP}`, seen);
  }
}

function checkPortName(input: Input, property: string, name: unknown, count: number, seen: Set<string>): void {
  if (name === undefined) {
    if (count > 1) {
      input.reject(property, name, 'be set if the Service has several ports', '"web"');
    }
  } else if (input.text(property, name, names.SERVICE_PORT_NAME)) {
    input.once(property, name, `name ${name}`, seen);
  }
}

function checkAffinity(input: Input, at: At, service: ServiceOptions): void {
  const { sessionAffinity, sessionAffinityTimeout } = service;
  input.oneOf(at('sessionAffinity'), sessionAffinity, Object.values(SessionAffinity));
  if (input.duration(at('sessionAffinityTimeout'), sessionAffinityTimeout, 1)) {
    if (sessionAffinityTimeout.toSeconds() > 86400 || sessionAffinity !== SessionAffinity.CLIENT_IP) {
      input.reject(
        at('sessionAffinityTimeout'),
        sessionAffinityTimeout,
        'be from 1 second to 1 day, together with SessionAffinity.CLIENT_IP',
        'sessionAffinity: SessionAffinity.CLIENT_IP',
      );
    }
  }
}
