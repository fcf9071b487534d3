import { ApiObject } from 'cdk8s';
import { type Remark, warning } from '../../core/finding';
import type { JsonObject } from '../../core/yaml';
import type { CanaryPair } from '../../pair';
import { type RenderedObjects, at, containersOf, patched } from '../../rendered/rendered-objects';
import type { Template } from '../../rendered/template';
import type { Declared } from './check-objects';
import { isSameHost, resolvedHost } from './hosts';
import { type PortProtocol, describePort, httpProtocolOf } from './protocol';
import { gatewaysOf } from './rules';

const BY_PODS = "get the pods' share, not the route's weights";

/** The fields of a VirtualService that tell which requests it applies to. */
interface RouteSpec {
  readonly gateways?: string[];
  readonly hosts?: string[];
  readonly exportTo?: string[];
}

/** Finds clients of the Service whose requests the route does not divide, and settings under which its weights mean something else. */
export function checkReach({ props, virtualService, destinationRule }: Declared, objects: RenderedObjects): Remark[] {
  const { pair, delegate } = props;
  const [route, rule] = [virtualService, destinationRule].map((object) => objects.of(object));
  const own = pair._ownService();
  const service = own && objects.of(ApiObject.of(own));
  return route && rule
    ? [
        ...(delegate ? [] : checkHosts(pair, route)),
        ...(service ? checkPorts(pair, service) : []),
        ...checkServices(pair, route, objects),
        ...checkAffinity(service, rule),
      ]
    : [];
}

function checkHosts(pair: CanaryPair, { construct, json }: Template): Remark[] {
  const { hosts = [], exportTo, ...spec } = (json.spec ?? {}) as RouteSpec;
  const namespace = construct.metadata.namespace ?? '';
  const gateways = gatewaysOf(spec);
  const service = pair._name();
  const isOfService = (host: string) => isSameHost(resolvedHost(host, namespace), resolvedHost(service, namespace)) !== 'no';
  const outer = gateways.filter((gateway) => gateway !== 'mesh');
  const what = `VirtualService ${construct.name}`;
  const remarks: Remark[] = [];
  if (outer.length > 0 && hosts.every(isOfService)) {
    remarks.push(
      warning(
        'gateway-without-host',
        `${what} applies to the gateway ${outer.join(', ')}, but its only host is ${service}, which clients outside the mesh do not call, so the gateway answers them with 404; set hosts to the names that they call, and keep ${service} for the mesh`,
      ),
    );
  }
  const missing = [
    ...(gateways.includes('mesh') ? [] : ['"mesh" to gateways']),
    ...(hosts.some(isOfService) ? [] : [`"${service}" to hosts`]),
  ];
  if (missing.length > 0) {
    remarks.push(
      warning(
        'mesh-bypasses-route',
        `${what} does not apply to requests that clients in the mesh send to ${service}, so they ${BY_PODS}; add ${missing.join(' and ')}, or accept the finding if there are no such clients`,
      ),
    );
  } else if (exportTo?.length && !exportTo.includes('*')) {
    remarks.push(
      warning(
        'mesh-bypasses-route',
        `${what} is exported to ${exportTo.join(', ')}, so clients in other namespaces ${BY_PODS}; leave out exportTo, or accept the finding if there are no such clients`,
      ),
    );
  }
  return remarks;
}

/** Other Services lead to the same pods, unless the route has their hosts too. Then it sends their requests to the ports of the pair's Service. */
function checkServices(pair: CanaryPair, route: Template, objects: RenderedObjects): Remark[] {
  const tracks = pair._tracks().map((track) => objects.of(ApiObject.of(track)));
  if (tracks.includes(undefined)) {
    return [];
  }
  const namespace = route.construct.metadata.namespace ?? '';
  const hosts = ((at(route.json, ['spec', 'hosts']) ?? []) as string[]).map((host) => resolvedHost(host, namespace));
  return objects.servicesOf(tracks as Template[]).flatMap((service) => {
    const other = String(at(service, ['metadata', 'name']));
    const own = otherPorts(pair, service, tracks[0]!);
    if (other === pair._name()) {
      return [];
    }
    if (hosts.includes(resolvedHost(other, namespace))) {
      return own.length === 0
        ? []
        : [
            warning(
              'route-changes-port',
              `VirtualService ${route.construct.name} has the host ${other}, so requests for ${portsText(own)} of Service ${other} do not reach that port of the pods; take "${other}" out of hosts, or declare ${portsText(own)} in service and remove ${other}`,
            ),
          ];
    }
    const way = own.length === 0 ? `add "${other}" to hosts` : `declare ${portsText(own)} in service`;
    return [
      warning(
        'service-bypasses-route',
        `Service ${other} selects the pods of ${tracks.map((track) => track!.construct.name).join(' and ')} too, so its clients ${BY_PODS}; ${way}, remove the Service, or accept the finding`,
      ),
    ];
  });
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** The ports of another Service that the pair's does not have, or that lead to another port of the pods. */
function otherPorts(pair: CanaryPair, service: JsonObject, track: Template): number[] {
  const named = containersOf(track).flatMap(({ ports = [] }) => ports);
  const toPods = ({ port, targetPort = port }: ServicePort) =>
    `${port}:${named.find(({ name }) => name === targetPort)?.containerPort ?? targetPort}`;
  const declared = pair._props.service?.ports.map(({ port, targetPort, targetPortName }) =>
    toPods({ port, targetPort: targetPortName ?? targetPort }),
  );
  const ports = (at(service, ['spec', 'ports']) ?? []) as unknown as ServicePort[];
  return ports.filter((port) => declared && !declared.includes(toPods(port))).map(({ port }) => port);
}

function portsText(ports: readonly number[]): string {
  return `port${ports.length > 1 ? 's' : ''} ${ports.join(', ')}`;
}

/** The rules name the ports that the properties declare, so a patch cannot add or remove one. */
function checkPorts(pair: CanaryPair, { construct, json }: Template): Remark[] {
  const ports = (at(json, ['spec', 'ports']) ?? []) as (PortProtocol & JsonObject)[];
  const numbers = ports.map(({ port }) => port);
  const declared = pair._props.service!.ports.map(({ port }) => port);
  if (numbers.join() !== declared.join()) {
    return [patched(`Service ${construct.name}, spec.ports`, numbers, 'service.ports')];
  }
  return ports
    .filter((port) => httpProtocolOf(port) === undefined)
    .map((port) =>
      warning(
        'port-bypasses-route',
        `port ${describePort(port)} of Service ${construct.name} is not HTTP, so its connections ${BY_PODS}; set its appProtocol if it is HTTP or gRPC, give it a Service of its own, or accept the finding`,
      ),
    );
}

/** The route picks a version for each request before the pods of that version are chosen by hash. */
function checkAffinity(service: Template | undefined, { construct, json }: Template): Remark[] {
  const hashes = findHashes(json.spec ?? {}, 'spec');
  return [
    ...hashes.map((path) =>
      warning(
        'sticky-route',
        `DestinationRule ${construct.name}, ${path} binds a client to a pod of each version, but the route picks the version of every request by weight, so a client changes between versions; leave it out, or lead clients to the canary by a match on a cookie or a header`,
      ),
    ),
    ...(service && at(service.json, ['spec', 'sessionAffinity']) === 'ClientIP'
      ? [
          warning(
            'sticky-route',
            `Service ${service.construct.name}, spec.sessionAffinity binds a client to a pod, but the proxies of the mesh do not follow it and the route picks the version of every request by weight, so a client changes between versions; leave it out, or lead clients to the canary by a match on a cookie or a header`,
          ),
        ]
      : []),
  ];
}

/** The paths of all `consistentHash` in a DestinationRule: of the host, of a port, or of a subset. */
function findHashes(value: unknown, path: string): string[] {
  return typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, item]) => {
        const own = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
        return key === 'consistentHash' ? [own] : findHashes(item, own);
      });
}
