import type { JsonObject } from '../../../../lib/core/yaml';
import type { Patch } from './declaration';
import { type Expression, call, literal, name, object } from './expression';
import { isObject, objectsIn, textsIn } from './json';
import { keptMetadata } from './metadata';
import type { Left } from './report';
import { type Workload, metadataOf, nameOf, refuse, titleOf } from './workload';

/** The route of Istio that divides the requests of a Service between versions. */
export interface Route {
  readonly virtualService: JsonObject;
  readonly destinationRule?: JsonObject;
}

/** The objects that route requests to a Service, and the one of them that the app takes over. */
export interface Routes {
  readonly route?: Route;
  readonly left: readonly Left[];
}

/**
 * Finds the route that divides the requests of a Service. A route that leads all requests to the Service stays outside the app: the pods
 * divide them.
 *
 * @throws CliError if a route divides requests in a way that no `IstioVirtualService` can express
 */
export function routesOf(workload: Workload, service: JsonObject | undefined, near: readonly JsonObject[]): Routes {
  if (!service) {
    return { left: [] };
  }
  const hosts = [nameOf(service), ...(workload.serviceName === undefined ? [] : [workload.serviceName]), ...workload.canaryServices];
  const rule = near.find((candidate) => candidate.kind === 'DestinationRule' && leadsTo(specOf(candidate).host, hosts));
  const virtual = near.filter(
    (candidate) => candidate.kind === 'VirtualService' && destinationsOf(candidate).some(({ host }) => leadsTo(host, hosts)),
  );
  const dividing = virtual.filter((candidate) => divides(candidate, nameOf(service), hosts));
  const [first, second] = dividing;
  if (second) {
    refuse(`${titleOf(first!)} and ${titleOf(second)} both divide the requests of ${titleOf(service)}; must be one; leave out the other`);
  }
  const plain = virtual.filter((candidate) => candidate !== first);
  const gateway = near.filter(
    (candidate) => candidate.kind === 'HTTPRoute' || candidate.kind === 'GRPCRoute' || candidate.kind === 'Ingress',
  );
  const why = (candidate: JsonObject) => {
    const others = backendsOf(candidate).filter((backend) => !hosts.includes(backend));
    return others.length === 0
      ? `the pods divide the requests that it sends to ${titleOf(service)}`
      : `the pods divide the requests that it sends to ${titleOf(service)}, and the shares of the stages leave out those that it sends to ${others.map((name) => `Service/${name}`).join(', ')}`;
  };
  const left = [
    ...[...plain, ...gateway.filter((candidate) => mentions(candidate, hosts))].map((candidate) => ({
      object: titleOf(candidate),
      why: why(candidate),
    })),
    ...(first || !rule ? [] : [{ object: titleOf(rule), why: 'no route of the input uses its subsets' }]),
  ];
  const split = gateway.find((candidate) => workload.canaryServices.some((host) => mentions(candidate, [host])));
  if (split) {
    refuse(
      `${titleOf(split)} divides the requests between Services of ${workload.title}, and only Istio's routes can be declared; must send all of them to ${titleOf(service)}; try again when it does`,
    );
  }
  return { route: first && checked({ virtualService: first, destinationRule: rule }), left };
}

function specOf(candidate: JsonObject): JsonObject {
  return isObject(candidate.spec) ? candidate.spec : {};
}

/** A host is a Service's name, alone or with its namespace and the cluster's domain. */
function leadsTo(host: unknown, services: readonly string[]): boolean {
  return typeof host === 'string' && services.includes(host.split('.')[0]!);
}

interface Destination {
  readonly host?: unknown;
  readonly subset?: unknown;
}

function destinationsOf(candidate: JsonObject): Destination[] {
  const spec = specOf(candidate);
  return ['http', 'tcp', 'tls'].flatMap((protocol) => objectsIn(spec[protocol]).flatMap(routeOf));
}

function routeOf(rule: JsonObject): Destination[] {
  return objectsIn(rule.route).flatMap(({ destination }) => (isObject(destination) ? [destination] : []));
}

/** Whether a route chooses between versions: by subsets, or by Services other than the pair's. */
function divides(candidate: JsonObject, service: string, hosts: readonly string[]): boolean {
  return destinationsOf(candidate).some(({ host, subset }) => leadsTo(host, hosts) && (subset !== undefined || !leadsTo(host, [service])));
}

function mentions(candidate: JsonObject, services: readonly string[]): boolean {
  const names = [...JSON.stringify(specOf(candidate)).matchAll(/"(?:name|serviceName)":"([^"]*)"/g)].map(([, found]) => found!);
  return names.some((found) => services.includes(found));
}

/** The Services that share the requests of a rule of an HTTPRoute or a GRPCRoute with others. */
function backendsOf(candidate: JsonObject): string[] {
  const shared = objectsIn(specOf(candidate).rules).flatMap(({ backendRefs }) => {
    const backends = objectsIn(backendRefs).filter(({ kind = 'Service' }) => kind === 'Service');
    return backends.length > 1 ? backends.map(({ name: backend }) => String(backend)) : [];
  });
  return [...new Set(shared)];
}

function checked(route: Route): Route {
  const spec = specOf(route.virtualService);
  const other = ['tcp', 'tls'].find((protocol) => objectsIn(spec[protocol]).length > 0);
  if (other !== undefined) {
    refuse(
      `${titleOf(route.virtualService)}, ${other}: got rules that choose a version; must be http, because a pair's route divides requests and not connections`,
    );
  }
  return route;
}

/** A route as the construct that divides the requests of the pair. */
export function declareRoute({ virtualService, destinationRule }: Route, service: string, hosts: readonly string[]): Expression {
  const spec = specOf(virtualService);
  const rules = objectsIn(spec.http).map((rule) => withoutOwnRoute(rule, hosts));
  const labels = keptMetadata(textsIn(metadataOf(virtualService).labels));
  const annotations = keptMetadata(textsIn(metadataOf(virtualService).annotations));
  const given = (value: unknown, isDefault: boolean) => (value === undefined || isDefault ? undefined : literal(value as JsonObject));
  const properties = object({
    pair: name('pair'),
    name: given(nameOf(virtualService), nameOf(virtualService) === service),
    destinationRuleName: destinationRule && given(nameOf(destinationRule), nameOf(destinationRule) === nameOf(virtualService)),
    hosts: given(spec.hosts, JSON.stringify(spec.hosts) === JSON.stringify([service])),
    gateways: given(spec.gateways, JSON.stringify(spec.gateways) === JSON.stringify(['mesh'])),
    exportTo: given(spec.exportTo, false),
    rules: rules.length === 1 && Object.keys(rules[0]!).length === 0 ? undefined : literal(rules),
    labels: given(labels, Object.keys(labels).length === 0),
    annotations: given(annotations, Object.keys(annotations).length === 0),
  });
  return call('new IstioVirtualService', name('chart'), literal('route'), properties);
}

/** A rule of the pair has no route: the stages divide its requests. */
function withoutOwnRoute(rule: JsonObject, hosts: readonly string[]): JsonObject {
  const destinations = routeOf(rule);
  const { route: _, ...rest } = rule;
  return destinations.length > 0 && destinations.every(({ host }) => leadsTo(host, hosts)) ? rest : rule;
}

/** How the route differs from the original. */
export function routeDifferences({ virtualService, destinationRule }: Route, hosts: readonly string[]): string[] {
  const used = destinationsOf(virtualService).flatMap(({ host, subset }) =>
    leadsTo(host, hosts) && typeof subset === 'string' ? [subset] : [],
  );
  const names = [...new Set(used)];
  const withPolicy = objectsIn(destinationRule && specOf(destinationRule).subsets).filter(
    ({ trafficPolicy }) => trafficPolicy !== undefined,
  );
  return [
    'ports of the Service that carry HTTP get an appProtocol, by which Istio divides their requests',
    ...(names.length === 0
      ? []
      : [
          `${titleOf(virtualService)}: each rule to ${names.length === 1 ? 'the subset' : 'one of the subsets'} ${names.join(', ')} divides its requests between the two versions, whose subsets replace ${names.length === 1 ? 'it' : 'them'}`,
        ]),
    ...withPolicy.map(({ name: subset }) => `${titleOf(destinationRule!)}: the traffic policy of the subset ${String(subset)} is left out`),
  ];
}

/** What the original says of all versions, where the construct has it for each. */
export function routePatches({ destinationRule }: Route): Patch[] {
  const policy = destinationRule && specOf(destinationRule).trafficPolicy;
  return policy === undefined
    ? []
    : [{ path: '/spec/trafficPolicy', value: policy, why: 'the policy of all subsets, as the original has it', operation: 'add' }];
}
