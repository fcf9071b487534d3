import { GATEWAY_GROUP } from '../../../../lib/core/gateway-api';
import { type ObjectRef, type Resource, at, countAt, listAt, textAt, textsAt } from '../resource';

/** A Gateway that a route names as its parent. */
export interface GatewayRef {
  readonly namespace: string;
  readonly name: string;
  readonly section: string | undefined;
  readonly port: number | undefined;
}

/** Where the requests to a Gateway can be sent. */
export interface GatewayEntry {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** The host that the listener takes; undefined for all. */
  readonly hostname: string | undefined;
}

/** A ready proxy pod of a Gateway. */
export interface ProxyEndpoint {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

/** The Gateways among the parents of a route, and whether it has other parents, such as the Service of a mesh. */
export function gatewaysOf(route: Resource): { readonly gateways: readonly GatewayRef[]; readonly hasOthers: boolean } {
  const refs = listAt(route, 'spec', 'parentRefs');
  const isGateway = (ref: Resource) =>
    (textAt(ref, 'group') ?? GATEWAY_GROUP) === GATEWAY_GROUP && (textAt(ref, 'kind') ?? 'Gateway') === 'Gateway';
  const gateways = refs.filter(isGateway).map((ref) => ({
    namespace: textAt(ref, 'namespace') ?? textAt(route, 'metadata', 'namespace') ?? '',
    name: textAt(ref, 'name') ?? '',
    section: textAt(ref, 'sectionName'),
    port: countAt(ref, 'port') || undefined,
  }));
  return { gateways, hasOthers: gateways.length < refs.length };
}

/** A route with its namespace and kind, which the items of a list lack. */
export function placedRoute(live: Resource, { apiVersion, kind, namespace }: ObjectRef): Resource {
  return { ...live, apiVersion, kind, metadata: { namespace, ...(live['metadata'] as Resource) } };
}

/** The first listener for HTTP of those that a route is attached to; an unencrypted one if there is one. */
export function entryOf(gateway: Resource, { section, port }: GatewayRef): GatewayEntry | undefined {
  const listeners = listAt(gateway, 'spec', 'listeners').filter(
    (one) => (section === undefined || one['name'] === section) && (port === undefined || one['port'] === port),
  );
  const listener = listeners.find((one) => one['protocol'] === 'HTTP') ?? listeners.find((one) => one['protocol'] === 'HTTPS');
  return (
    listener && {
      scheme: listener['protocol'] === 'HTTP' ? 'http' : 'https',
      port: countAt(listener, 'port'),
      hostname: textAt(listener, 'hostname') || undefined,
    }
  );
}

/** The addresses that a Gateway says it has. */
export function addressesOf(gateway: Resource): readonly string[] {
  return [...new Set(listAt(gateway, 'status', 'addresses').flatMap((address) => textAt(address, 'value') ?? []))];
}

/** The name and namespace of a Service that an address is the cluster's DNS name of. */
export function serviceInDns(address: string): { readonly name: string; readonly namespace: string } | undefined {
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(address) ?? [];
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/**
 * The Service of a Gateway's proxies: the one that has its address, or the labels with which implementations mark what they created for a
 * Gateway (GEP-1762, and Envoy Gateway's own).
 */
export function serviceOf(services: readonly Resource[], gateway: Resource): Resource | undefined {
  const [name, namespace] = [textAt(gateway, 'metadata', 'name'), textAt(gateway, 'metadata', 'namespace')];
  const addresses = addressesOf(gateway);
  const isMarked = (service: Resource) => {
    const labels = textsAt(service, 'metadata', 'labels');
    return (
      (labels[`${GATEWAY_GROUP}/gateway-name`] === name && textAt(service, 'metadata', 'namespace') === namespace) ||
      (labels['gateway.envoyproxy.io/owning-gateway-name'] === name &&
        labels['gateway.envoyproxy.io/owning-gateway-namespace'] === namespace)
    );
  };
  return services.find((service) => addressesOfService(service).some((one) => addresses.includes(one))) ?? services.find(isMarked);
}

function addressesOfService(service: Resource): readonly string[] {
  const ingress = listAt(service, 'status', 'loadBalancer', 'ingress').flatMap((one) => [textAt(one, 'ip'), textAt(one, 'hostname')]);
  const lists = ['clusterIPs', 'externalIPs'].flatMap((field) => {
    const list = at(service, 'spec', field);
    return Array.isArray(list) ? (list as unknown[]) : [];
  });
  return [...ingress, ...lists, textAt(service, 'spec', 'clusterIP')].filter(
    (one): one is string => typeof one === 'string' && one !== 'None',
  );
}

/** Whether a connection to a Service reaches any of its endpoints alike. */
export function isSpread(service: Resource): boolean {
  return (
    (textAt(service, 'spec', 'sessionAffinity') ?? 'None') === 'None' &&
    (textAt(service, 'spec', 'externalTrafficPolicy') ?? 'Cluster') === 'Cluster' &&
    (textAt(service, 'spec', 'internalTrafficPolicy') ?? 'Cluster') === 'Cluster'
  );
}

/** The ready endpoints behind a port of a Service; each pod once, although a Service has a slice for each address family. */
export function proxiesBehind(service: Resource, slices: readonly Resource[], port: number): readonly ProxyEndpoint[] {
  const ports = listAt(service, 'spec', 'ports');
  const name = textAt(ports.find((one) => one['port'] === port) ?? ports[0], 'name') ?? '';
  const found = slices.flatMap((slice) => {
    const target = listAt(slice, 'ports').find((one) => (textAt(one, 'name') ?? '') === name);
    return listAt(slice, 'endpoints')
      .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
      .flatMap((endpoint): readonly ProxyEndpoint[] => {
        const address = (at(endpoint, 'addresses') as readonly string[] | undefined)?.[0];
        return address === undefined || target === undefined
          ? []
          : [{ pod: textAt(endpoint, 'targetRef', 'name') ?? address, address, port: countAt(target, 'port') }];
      });
  });
  return [...new Map([...found].reverse().map((proxy) => [proxy.pod, proxy])).values()].sort((a, b) => (a.pod < b.pod ? -1 : 1));
}
