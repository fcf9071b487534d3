import type * as gateway from '../../../imports/gateway.networking.k8s.io';
import type { CanaryPair } from '../../pair';
import type { GatewayImplementation } from './implementation';
import type { RouteParent } from './parent';

/** Properties that the routes of HTTP, gRPC and TCP have in common, and all properties of a `GatewayTcpRoute`. */
export interface GatewayRouteProps {
  /** The pair whose traffic the route divides. It has a `service`, whose ports the Services of the two tracks have. */
  readonly pair: CanaryPair;

  /** The Gateways or the Service to which the route is attached. At least one. */
  readonly parents: RouteParent[];

  /**
   * The name of the route.
   *
   * @default - the Service's name
   */
  readonly name?: string;

  /**
   * The port of the Service to which the requests go.
   *
   * @default - the first port of the Service
   */
  readonly port?: number;

  /**
   * The implementation of the Gateway or of the mesh. With it a synth finds what that implementation does not do.
   *
   * @default - not known
   */
  readonly implementation?: GatewayImplementation;

  /**
   * Labels of the route.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of the route.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** Properties of a `GatewayHttpRoute`. */
export interface GatewayHttpRouteProps extends GatewayRouteProps {
  /**
   * The host names whose requests the route takes. A name may begin with `*.`.
   *
   * @default - those of the listeners; in a mesh, the Service
   */
  readonly hostnames?: string[];

  /**
   * Conditions, any of which is enough. Requests that match go to the canary as soon as it takes any traffic at all, and to stable before that
   * and after a rollback.
   *
   * @default - none
   * @example [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }]
   */
  readonly match?: gateway.HttpRouteSpecRulesMatches[];

  /**
   * All rules of the route, in their order. The pair's rules have no `backendRefs` and do not redirect: the stages divide their requests, and
   * `match` applies to each. At least one rule is the pair's. Other rules may lead paths to other Services or redirect. All settings of the
   * Gateway API can be given to a rule; `filters`, `timeouts` and `retry` replace those of this construct.
   *
   * @default - one rule of the pair, for all requests
   */
  readonly rules?: gateway.HttpRouteSpecRules[];

  /**
   * Filters of the pair's rules, such as headers to add.
   *
   * @default - none
   */
  readonly filters?: gateway.HttpRouteSpecRulesFilters[];

  /**
   * How long a request, and each attempt of it, may take.
   *
   * @default - the implementation's
   * @example { request: '10s' }
   */
  readonly timeouts?: gateway.HttpRouteSpecRulesTimeouts;

  /**
   * When a failed request is sent again.
   *
   * @default - the implementation's
   */
  readonly retry?: gateway.HttpRouteSpecRulesRetry;

  /**
   * The percentage of the requests to the pair, from 0 to 100, that are also sent to the canary, whose answers are thrown away. It begins with
   * the first stage, where the canary has pods, and ends when the canary takes all requests. A mirrored request has the effects of a
   * second one: use it for requests that only read.
   *
   * @default 0
   */
  readonly mirrorPercent?: number;
}

/** Properties of a `GatewayGrpcRoute`. */
export interface GatewayGrpcRouteProps extends GatewayRouteProps {
  /**
   * The host names whose requests the route takes. A name may begin with `*.`.
   *
   * @default - those of the listeners; in a mesh, the Service
   */
  readonly hostnames?: string[];

  /**
   * Conditions, any of which is enough. Calls that match go to the canary as soon as it takes any traffic at all, and to stable before that
   * and after a rollback.
   *
   * @default - none
   * @example [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }]
   */
  readonly match?: gateway.GrpcRouteSpecRulesMatches[];

  /**
   * All rules of the route, in their order. The pair's rules have no `backendRefs`: the stages divide their calls, and `match` applies to
   * each. At least one rule is the pair's.
   *
   * @default - one rule of the pair, for all calls
   */
  readonly rules?: gateway.GrpcRouteSpecRules[];

  /**
   * Filters of the pair's rules, such as headers to add.
   *
   * @default - none
   */
  readonly filters?: gateway.GrpcRouteSpecRulesFilters[];
}
