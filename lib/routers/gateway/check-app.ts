import { type Finding, type Remark, error, warning } from '../../core/finding';
import { GATEWAY_GROUP } from '../../core/gateway-api';
import type { JsonObject } from '../../core/yaml';
import { at, namespaceOf } from '../../rendered/rendered-objects';
import { manifestsOf, titleOf } from '../../rendered/manifests';
import type { Template } from '../../rendered/template';
import type { ParentRef } from './parent';

/** An object of the app, with the construct that wrote it. */
interface Written {
  readonly json: JsonObject;
  readonly path: string;
}

/** The routes of an app, and what they refer to. */
interface AppRoutes {
  readonly routes: readonly Written[];
  readonly gateways: ReadonlyMap<string, JsonObject>;
  readonly grants: readonly JsonObject[];
  readonly policies: readonly Written[];
}

const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TCPRoute'];

/** Checks the routes of an app against the Gateways, the ReferenceGrants and the policies that the app writes, too. */
export function checkRoutes(templates: readonly Template[]): Finding[] {
  const app = routesIn(templates);
  return app.routes.flatMap((route) =>
    [...checkParents(route, app), ...checkReferences(route, app), ...checkPolicies(route, app)].map((remark) => ({
      ...remark,
      path: route.path,
    })),
  );
}

function routesIn(templates: readonly Template[]): AppRoutes {
  const written = templates.flatMap((template) =>
    manifestsOf(template).map((json): Written => ({ json, path: template.construct.node.path })),
  );
  const ofGroup = (kind: string) => written.filter(({ json }) => json.kind === kind && groupOf(json) === GATEWAY_GROUP);
  return {
    routes: ROUTES.flatMap(ofGroup),
    gateways: new Map(ofGroup('Gateway').map(({ json }) => [`${namespaceOf(json)}/${nameOf(json)}`, json])),
    grants: ofGroup('ReferenceGrant').map(({ json }) => json),
    policies: written.filter(({ json }) => json.kind === 'BackendTrafficPolicy'),
  };
}

interface Listener {
  readonly name?: string;
  readonly port?: number;
  readonly allowedRoutes?: { readonly namespaces?: { readonly from?: string }; readonly kinds?: readonly { readonly kind?: string }[] };
}

/** A Gateway of the app that takes no such route: the route would be accepted by the API server and divide nothing. */
function checkParents({ json }: Written, { gateways }: AppRoutes): Remark[] {
  const parents = (at(json, ['spec', 'parentRefs']) ?? []) as readonly ParentRef[];
  return parents.flatMap((parent) => {
    const namespace = parent.namespace ?? namespaceOf(json);
    const gateway = (parent.kind ?? 'Gateway') === 'Gateway' ? gateways.get(`${namespace}/${parent.name}`) : undefined;
    const listeners = at(gateway, ['spec', 'listeners']) as readonly Listener[] | undefined;
    if (!listeners?.length) {
      return [];
    }
    const named = listeners.filter(({ name, port }) => isOrUnset(parent.sectionName, name) && isOrUnset(parent.port, port));
    if (named.length === 0) {
      const wanted = [parent.sectionName && `the name ${parent.sectionName}`, parent.port && `the port ${parent.port}`].filter(Boolean);
      return [
        error(
          'gateway-refuses-route',
          `${titleOf(json)}: Gateway ${parent.name} has no listener with ${wanted.join(' and ')}, so it would not serve the route; name one of ${listeners.map(({ name, port }) => `${name} (${port})`).join(', ')}`,
        ),
      ];
    }
    return named.some((listener) => takes(listener, json, namespace))
      ? []
      : [
          error(
            'gateway-refuses-route',
            `${titleOf(json)}: no listener of Gateway ${parent.name} takes a ${String(json.kind)} of ${namespaceOf(json) === '' ? 'this namespace' : `namespace ${namespaceOf(json)}`}, so it would not serve the route; set allowedRoutes of the listener`,
          ),
        ];
  });
}

function isOrUnset<T>(wanted: T | undefined, got: T): boolean {
  return wanted === undefined || wanted === got;
}

function takes({ allowedRoutes }: Listener, route: JsonObject, namespace: string): boolean {
  const isOfNamespace = (allowedRoutes?.namespaces?.from ?? 'Same') !== 'Same' || namespace === namespaceOf(route);
  const kinds = allowedRoutes?.kinds ?? [];
  return isOfNamespace && (kinds.length === 0 || kinds.some(({ kind }) => kind === route.kind));
}

interface Rule {
  readonly backendRefs?: readonly BackendRef[];
  readonly filters?: readonly { readonly requestMirror?: { readonly backendRef?: BackendRef } }[];
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** A backend in another namespace needs a ReferenceGrant there, or its requests get 500. It may be in the cluster already. */
function checkReferences({ json }: Written, { grants }: AppRoutes): Remark[] {
  const rules = (at(json, ['spec', 'rules']) ?? []) as readonly Rule[];
  const refs = rules.flatMap(({ backendRefs = [], filters = [] }) => [
    ...backendRefs,
    ...filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []),
  ]);
  return refs
    .filter(({ namespace }) => namespace !== undefined && namespace !== namespaceOf(json))
    .filter((ref) => !grants.some((grant) => grantsReference(grant, json, ref)))
    .map(({ kind = 'Service', name, namespace }) =>
      warning(
        'no-reference-grant',
        `${titleOf(json)} leads to ${kind} ${name} in namespace ${namespace}, and the app has no ReferenceGrant there that allows it, so its requests fail unless the cluster has one; add a ReferenceGrant to namespace ${namespace}`,
      ),
    );
}

function grantsReference(grant: JsonObject, route: JsonObject, ref: BackendRef): boolean {
  const from = (at(grant, ['spec', 'from']) ?? []) as readonly { kind?: string; namespace?: string }[];
  const to = (at(grant, ['spec', 'to']) ?? []) as readonly { kind?: string; name?: string }[];
  return (
    namespaceOf(grant) === ref.namespace &&
    from.some(({ kind, namespace }) => kind === route.kind && namespace === namespaceOf(route)) &&
    to.some(({ kind, name }) => kind === (ref.kind ?? 'Service') && (name === undefined || name === ref.name))
  );
}

interface TargetRef {
  readonly kind?: string;
  readonly name?: string;
}

/** Envoy Gateway ignores the weights of a route with consistent hashing (envoyproxy/gateway#9775). */
function checkPolicies({ json }: Written, { policies }: AppRoutes): Remark[] {
  return policies
    .filter(
      ({ json: policy }) => namespaceOf(policy) === namespaceOf(json) && at(policy, ['spec', 'loadBalancer', 'type']) === 'ConsistentHash',
    )
    .filter(({ json: policy }) => targetsOf(policy).some(({ kind, name }) => kind === json.kind && name === nameOf(json)))
    .map(({ json: policy }) =>
      warning(
        'sticky-overrides-weight',
        `${titleOf(policy)} has consistent hashing for ${titleOf(json)}, and Envoy Gateway then ignores the weights of the route; leave out loadBalancer, or choose who gets the canary by match`,
      ),
    );
}

function targetsOf(policy: JsonObject): TargetRef[] {
  const one = at(policy, ['spec', 'targetRef']) as TargetRef | undefined;
  return [...(one ? [one] : []), ...((at(policy, ['spec', 'targetRefs']) ?? []) as TargetRef[])];
}

function groupOf({ apiVersion }: JsonObject): string {
  return String(apiVersion).split('/')[0]!;
}

function nameOf(json: JsonObject): string {
  return String((json.metadata as { name?: unknown } | undefined)?.name);
}
