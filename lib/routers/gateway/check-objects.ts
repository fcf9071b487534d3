import { ApiObject } from 'cdk8s';
import { type Remark, info, warning } from '../../core/finding';
import type { CanaryPair } from '../../pair';
import { type RenderedObjects, at, checkIdentity, checkReadyAddresses, equal, patched } from '../../rendered/rendered-objects';
import type { Template } from '../../rendered/template';
import type { TrackService } from '../../track-services';
import { checkImplementation } from './check-implementation';
import type { GatewayRouteProps } from './props';
import type { WrittenRule } from './rules';

/** A route as it was declared. */
export interface Declared {
  readonly props: GatewayRouteProps;
  readonly route: ApiObject;
  readonly rules: readonly WrittenRule[];
}

/** Checks that the route, patches included, still divides the traffic between the Services of the tracks, and that these select only their pods. */
export function checkObjects({ props, route, rules }: Declared, objects: RenderedObjects): Remark[] {
  const template = objects.of(route);
  if (!template) {
    return [];
  }
  return [
    ...checkIdentity(template),
    ...checkParents(template, props),
    ...checkRules(template, rules, props),
    ...props.pair._trackServices().flatMap((service) => checkTrackService(props.pair, service, objects)),
    ...checkEntrance(props),
    ...checkImplementation(props, route.kind),
  ];
}

function checkParents({ construct, json }: Template, { parents, pair }: GatewayRouteProps): Remark[] {
  const got = at(json, ['spec', 'parentRefs']);
  const declared = parents.map((parent) => parent._refFor(pair));
  return equal(got, declared) ? [] : [patched(`${construct.kind} ${construct.name}, spec.parentRefs`, got, 'parents')];
}

interface WrittenBackend {
  readonly name?: string;
  readonly port?: number;
  readonly namespace?: string;
}

function checkRules({ construct, json }: Template, expected: readonly WrittenRule[], { pair }: GatewayRouteProps): Remark[] {
  const what = `${construct.kind} ${construct.name}, spec.rules`;
  const rules = (at(json, ['spec', 'rules']) ?? []) as {
    backendRefs?: WrittenBackend[];
    sessionPersistence?: unknown;
    matches?: unknown[];
  }[];
  if (rules.length > expected.length) {
    return [patched(what, `${rules.length} rules`, 'rules')];
  }
  const names = pair._trackServices().map(({ service }) => service);
  return rules.flatMap(({ backendRefs, matches, sessionPersistence }, index) => {
    const { share, rule } = expected[index]!;
    const got = backendRefs?.map(({ name }) => name);
    return [
      // `lostFields` finds a backend that a patch removed.
      ...(share && !equal(got, names) ? [patched(`${what}[${index}].backendRefs`, got, 'trackServices')] : []),
      ...(Boolean(matches?.length) !== Boolean(rule.matches?.length) ? [patched(`${what}[${index}].matches`, matches, 'match')] : []),
      ...(share && sessionPersistence !== undefined ? [sticky(`${what}[${index}]`)] : []),
    ];
  });
}

/** GEP-1619: a session goes to the backend that it began with, even if that has the weight 0. */
function sticky(what: string): Remark {
  return warning(
    'sticky-overrides-weight',
    `${what} keeps sessions, which go on with the backend that they began with, even when its weight is 0, so the canary's share differs from its weight and stable keeps requests after the promotion; leave out sessionPersistence`,
  );
}

function checkTrackService(pair: CanaryPair, { deployment, track }: TrackService, objects: RenderedObjects): Remark[] {
  const service = pair._serviceOf(deployment);
  const template = service && objects.of(ApiObject.of(service));
  if (!template) {
    return [];
  }
  const { construct, json } = template;
  const what = `Service ${construct.name}, spec`;
  const selector = at(json, ['spec', 'selector']);
  const wanted = track?._podLabels();
  const ports = at(json, ['spec', 'ports']) as { port?: number }[] | undefined;
  const declared = pair._props.service!.ports.map(({ port }) => port);
  return [
    ...checkIdentity(template),
    ...(wanted && !equal(selector, wanted) ? [patched(`${what}.selector`, selector, 'trackServices')] : []),
    ...(equal(
      ports?.map(({ port }) => port),
      declared,
    )
      ? []
      : [patched(`${what}.ports`, ports, 'service.ports')]),
    ...checkReadyAddresses(template),
  ];
}

/** With a Gateway alone, clients in the cluster that call the Service are divided by the pods. */
function checkEntrance({ parents, pair }: GatewayRouteProps): Remark[] {
  const isByGateway = parents.every((parent) => parent._isGateway);
  return isByGateway
    ? [
        info(
          'mesh-bypasses-route',
          `the route is attached to a Gateway alone, so clients in the cluster that call Service ${pair._name()} directly get the pods' share, not the route's weights; add RouteParent.service() if a mesh follows the Gateway API, or accept the finding if there are no such clients`,
        ),
      ]
    : [];
}
