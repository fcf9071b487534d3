import { Protocol } from '../../kplus';
import type { ServiceOptions, ServicePortOptions } from '../../service-options';

/** The protocols of requests that a route can divide, by the first word of a port's name or of its `appProtocol`. */
const HTTP = ['http', 'http2', 'grpc', 'grpc-web', 'http_proxy'];

/** The other protocols that Istio knows by that word. It divides no requests of them. */
const OTHERS = ['tcp', 'udp', 'tls', 'https', 'mongo', 'redis', 'mysql'];

/** The protocols of Kubernetes for `appProtocol`, as Istio reads them. */
const KUBERNETES: Readonly<Record<string, string>> = {
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'https',
};

/**
 * The ports whose protocol is not HTTP unless they say so. Istio reads SMTP, DNS, MySQL and MongoDB as TCP, because there the server may
 * speak first. On 443 clients expect TLS.
 */
const NOT_HTTP = [25, 53, 443, 3306, 27017];

/** A port as far as its protocol depends on it, of the properties or of a rendered Service. */
export interface PortProtocol {
  readonly port: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

/**
 * The HTTP protocol of a Service's port; undefined if it is another protocol. Istio takes it from `appProtocol`, else from the first word
 * of the port's name: `grpc-api` is gRPC. A TCP port that states nothing counts as HTTP, because Istio would have to guess.
 */
export function httpProtocolOf({ port, name, protocol, appProtocol }: PortProtocol): string | undefined {
  if (protocol !== undefined && protocol !== Protocol.TCP) {
    return undefined;
  }
  const stated = wordOf(KUBERNETES[appProtocol ?? ''] ?? appProtocol ?? name ?? '');
  if (HTTP.includes(stated)) {
    return stated;
  }
  const isOther = appProtocol !== undefined || OTHERS.includes(stated) || NOT_HTTP.includes(port);
  return isOther ? undefined : 'http';
}

function wordOf(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith('grpc-web') ? 'grpc-web' : lower.split('-')[0]!;
}

/** The ports of a Service with the `appProtocol` that its properties set; none of a Service that somebody else writes. */
export function portsOf(service: ServiceOptions | undefined): (ServicePortOptions & PortProtocol)[] {
  return (service?.ports ?? []).map((port) => ({ ...port, appProtocol: port.appProtocol ?? service?.appProtocol }));
}

/** The numbers of the ports whose requests a route divides. */
export function httpPortsOf(service: ServiceOptions | undefined): number[] {
  return portsOf(service)
    .filter((port) => httpProtocolOf(port) !== undefined)
    .map(({ port }) => port);
}

/** A port as a message names it. */
export function describePort({ port, name }: PortProtocol): string {
  return name === undefined ? `${port}` : `${port} (${name})`;
}
