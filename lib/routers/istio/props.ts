import type { Duration } from 'cdk8s';
import type * as istio from '../../../imports/networking.istio.io';
import type { CanaryPair } from '../../pair';

/** Properties of an `IstioVirtualService`. */
export interface IstioVirtualServiceProps {
  /** The pair whose traffic the VirtualService divides. */
  readonly pair: CanaryPair;

  /**
   * The VirtualService's name.
   *
   * @default - the Service's name
   */
  readonly name?: string;

  /**
   * The name of the DestinationRule that defines the subsets.
   *
   * @default - the VirtualService's name
   */
  readonly destinationRuleName?: string;

  /**
   * Istio's match conditions, any of which is enough. Requests that match go to the canary as soon as it takes any traffic at all, and
   * to stable before that and after a rollback.
   *
   * @default - none
   * @example [{ headers: { 'user-group': { exact: 'beta-testers' } } }]
   */
  readonly match?: istio.VirtualServiceSpecHttpMatch[];

  /**
   * All rules of the VirtualService, in their order. The pair's rules have no `route`, `redirect`, `directResponse` or `delegate`: the
   * stages divide their requests, and `match` applies to each. At least one rule is the pair's. Rules before and after it may lead paths
   * to other services, redirect, or hand requests to another VirtualService. All settings of Istio can be given to a rule: `rewrite`,
   * `headers`, `corsPolicy`, `mirrors` and others; `timeout` and `retries` replace those of this construct.
   *
   * @default - one rule of the pair, for all requests
   * @example [{ match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: 'admin' } }] }, { rewrite: { uri: '/' } }]
   */
  readonly rules?: istio.VirtualServiceSpecHttp[];

  /**
   * Whether the VirtualService is a delegate, without hosts and gateways. Its rules apply to the requests that another VirtualService,
   * which stays in its owner's hands, delegates to it: `delegate: { name, namespace }`.
   *
   * @default false
   */
  readonly delegate?: boolean;

  /**
   * The hosts that the VirtualService routes. Not allowed for a delegate.
   *
   * @default - the Service's name
   */
  readonly hosts?: string[];

  /**
   * The gateways that apply the route: `mesh` for all sidecars, or the name of a Gateway, with or without `<namespace>/` before it.
   * Clients outside the mesh use other host names, so `hosts` names them too. Not allowed for a delegate.
   *
   * @default - only the mesh: for clients outside of it, the share of the pods applies, not the weights
   */
  readonly gateways?: string[];

  /**
   * The port of the Service for requests that come through a gateway, because a gateway listens on ports of its own: one of the ports
   * for HTTP or gRPC. A delegate of a Service with several of them needs it. In the mesh, requests keep the port that the client addressed.
   *
   * @default - the first of those ports
   */
  readonly port?: number;

  /**
   * The namespaces that see both objects: `.` for their own, `*` for all, or names.
   *
   * @default - all namespaces, unless the mesh says otherwise
   */
  readonly exportTo?: string[];

  /**
   * How long a request may take.
   *
   * @default - no timeout
   */
  readonly timeout?: Duration;

  /**
   * When Envoy retries a failed request.
   *
   * @default - Istio's default policy
   */
  readonly retries?: istio.VirtualServiceSpecHttpRetries;

  /**
   * The traffic policy of both subsets: connection pools, outlier detection, TLS.
   *
   * @default - none
   */
  readonly trafficPolicy?: istio.DestinationRuleSpecTrafficPolicy;

  /**
   * Labels of both objects.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of both objects.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}
