import { isIP } from 'node:net';
import { Protocol, ServiceType } from 'cdk8s-plus-27';
import * as names from '../core/names';
import type { Input } from './input';
import { type ServiceOptions, type ServicePortOptions, SessionAffinity } from '../service-options';

const SERVICE: Readonly<Record<keyof ServiceOptions, true>> = {
  annotations: true,
  appProtocol: true,
  clusterIP: true,
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
};

export function checkService(input: Input, service: ServiceOptions): void {
  if (!input.known('service', service, SERVICE)) {
    return;
  }
  input.text('service.name', service.name, names.SERVICE_NAME);
  input.labels('service.labels', service.labels, { values: 'label' });
  input.labels('service.annotations', service.annotations, { values: 'any' });
  checkType(input, service);
  checkAffinity(input, service);
  checkAppProtocol(input, 'service.appProtocol', service.appProtocol);
  const ports = input.entries<ServicePortOptions>('service.ports', service.ports);
  if (ports.length === 0 && (service.ports === undefined || Array.isArray(service.ports))) {
    input.reject('service.ports', service.ports, 'have at least one port', '[{ name: "web", port: 8080, targetPort: 80 }]');
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const property = `service.ports[${index}]`;
    if (input.known(property, port, SERVICE_PORT)) {
      checkServicePort(input, property, port, seen);
      checkAppProtocol(input, `${property}.appProtocol`, port.appProtocol);
      checkPortName(input, `${property}.name`, port.name, ports.length, seen);
    }
  }
}

function checkAppProtocol(input: Input, property: string, appProtocol: unknown): void {
  if (appProtocol !== undefined && (typeof appProtocol !== 'string' || !names.isLabelKey(appProtocol))) {
    input.reject(property, appProtocol, 'be the name of a protocol, optionally with a DNS name and "/" before it', '"http"');
  }
}

function checkType(input: Input, service: ServiceOptions): void {
  const { type, clusterIP } = service;
  if (type === ServiceType.EXTERNAL_NAME) {
    input.reject(
      'service.type',
      type,
      'not be ExternalName, because such a Service has no pods to divide traffic between',
      'ServiceType.CLUSTER_IP',
    );
  } else {
    input.oneOf('service.type', type, [ServiceType.CLUSTER_IP, ServiceType.NODE_PORT, ServiceType.LOAD_BALANCER]);
  }
  if (clusterIP === 'None') {
    input.reject('service.clusterIP', clusterIP, 'be an IP address, because a headless Service does not divide traffic', 'to leave it out');
  } else if (clusterIP !== undefined && (typeof clusterIP !== 'string' || isIP(clusterIP) === 0)) {
    input.reject('service.clusterIP', clusterIP, 'be an IP address', 'to leave it out');
  }
  const ranges = input.entries<unknown>('service.loadBalancerSourceRanges', service.loadBalancerSourceRanges);
  for (const [index, range] of ranges.entries()) {
    if (typeof range !== 'string' || !isRange(range)) {
      input.reject(`service.loadBalancerSourceRanges[${index}]`, range, 'be a CIDR', '"10.0.0.0/8"');
    }
  }
  if (ranges.length > 0 && type !== ServiceType.LOAD_BALANCER) {
    input.reject(
      'service.loadBalancerSourceRanges',
      ranges,
      'be left out if the type is not LoadBalancer',
      'type: ServiceType.LOAD_BALANCER',
    );
  }
  for (const [index, port] of (Array.isArray(service.ports) ? service.ports : []).entries()) {
    if (port?.nodePort !== undefined && (type ?? ServiceType.CLUSTER_IP) === ServiceType.CLUSTER_IP) {
      input.reject(
        `service.ports[${index}].nodePort`,
        port.nodePort,
        'be left out if the type is ClusterIP',
        'type: ServiceType.NODE_PORT',
      );
    }
  }
}

function isRange(range: string): boolean {
  const [address, bits, ...rest] = range.split('/');
  const version = isIP(address!);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= (version === 4 ? 32 : 128);
}

function checkServicePort(input: Input, property: string, port: ServicePortOptions, seen: Set<string>): void {
  input.requiredInteger(`${property}.port`, port.port, 1, 65535);
  input.integer(`${property}.targetPort`, port.targetPort, 1, 65535);
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

function checkAffinity(input: Input, service: ServiceOptions): void {
  const { sessionAffinity, sessionAffinityTimeout } = service;
  input.oneOf('service.sessionAffinity', sessionAffinity, Object.values(SessionAffinity));
  if (input.duration('service.sessionAffinityTimeout', sessionAffinityTimeout, 1)) {
    if (sessionAffinityTimeout.toSeconds() > 86400 || sessionAffinity !== SessionAffinity.CLIENT_IP) {
      input.reject(
        'service.sessionAffinityTimeout',
        sessionAffinityTimeout,
        'be from 1 second to 1 day, together with SessionAffinity.CLIENT_IP',
        'sessionAffinity: SessionAffinity.CLIENT_IP',
      );
    }
  }
}
