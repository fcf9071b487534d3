import type { Duration } from 'cdk8s';
import type * as istio from '../../../imports/networking.istio.io';
import { Fraction } from '../../core/fraction';
import type { Route } from '../../core/transition';
import { both } from './conditions';
import type { IstioVirtualServiceProps } from './props';
import { httpPortsOf } from './protocol';

type Rule = istio.VirtualServiceSpecHttp;
type Match = istio.VirtualServiceSpecHttpMatch;

/** A rule as it is written. */
export interface WrittenRule {
  /** The rule; without its destinations if they follow the plan. */
  readonly rule: Rule;
  /** The canary's share of its requests at a stage; undefined for a rule to other destinations. */
  readonly share?: (route: Route) => Fraction;
  /** Whether it leads testers to the canary. */
  readonly isForTesters: boolean;
  /** The port of its destinations; undefined if the Service has only one. */
  readonly port?: number;
}

/** A port of the Service, and the requests that go to it. */
interface PortRoute {
  /** The conditions of those requests; undefined for all requests. */
  readonly match?: Match[];
  /** Undefined if the Service has no other port. */
  readonly port?: number;
}

/** Whether a rule leaves its destinations to the plan. */
export function isOfPair({ route, redirect, directResponse, delegate }: Rule): boolean {
  return [route, redirect, directResponse, delegate].every((action) => action === undefined);
}

/** The gateways of a VirtualService; that of the mesh if it names none. */
export function gatewaysOf({ gateways }: { readonly gateways?: readonly string[] }): readonly string[] {
  return gateways?.length ? gateways : ['mesh'];
}

/** All rules of a VirtualService, in order: for each rule of the pair and each port one for the testers and one for all others. */
export function rulesOf(props: IstioVirtualServiceProps): WrittenRule[] {
  const { match, retries, timeout } = props;
  const ports = portRoutes(props);
  return (props.rules ?? [{}]).flatMap((own): WrittenRule[] => {
    if (!isOfPair(own)) {
      return [{ rule: own, isForTesters: false }];
    }
    const rule: Rule = { retries, timeout: timeout && durationOf(timeout), ...own };
    return ports.flatMap(({ match: addressed, port }) => {
      const served = both(own.match, addressed);
      return [
        ...(match ? [{ rule: { ...rule, match: both(match, served) }, share: ofTesters, isForTesters: true, port }] : []),
        { rule: { ...rule, match: served }, share: ofOthers, isForTesters: false, port },
        // A list without conditions would take every request, but no request goes to this port and meets the rule's conditions.
      ].filter((written) => written.rule.match?.length !== 0);
    });
  });
}

const ofTesters = (route: Route): Fraction => (route.matchedToCanary ? Fraction.ONE : Fraction.ZERO);
const ofOthers = (route: Route): Fraction => route.weight;

/**
 * With several ports a destination must name one. In the mesh it is the port that the client addressed, so each has a rule. A gateway
 * listens on ports of its own, so all its requests go to one port.
 */
function portRoutes(props: IstioVirtualServiceProps): PortRoute[] {
  const { service } = props.pair._props;
  if (!service) {
    // The ports of a Service that somebody else writes are unknown. If it has several, the property names the one to route to.
    return [props.port === undefined ? {} : { port: props.port }];
  }
  const http = httpPortsOf(service);
  const toGateways = props.port ?? http[0]!;
  if (service.ports.length === 1) {
    return [{}];
  }
  if (http.length === 1 || props.delegate) {
    return [{ port: toGateways }];
  }
  const gateways = gatewaysOf(props);
  const outer = gateways.filter((gateway) => gateway !== 'mesh');
  const isInMesh = outer.length < gateways.length;
  const mesh = http.map((port) => ({ match: [{ port, ...(outer.length > 0 && { gateways: ['mesh'] }) }], port }));
  return [
    ...(isInMesh ? mesh : []),
    ...(outer.length > 0 ? [{ ...(isInMesh && { match: [{ gateways: outer }] }), port: toGateways }] : []),
  ];
}

function durationOf(duration: Duration): string {
  const milliseconds = duration.toMilliseconds();
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
