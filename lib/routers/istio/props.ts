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
   * The hosts that the VirtualService routes.
   *
   * @default - the Service's name
   */
  readonly hosts?: string[];

  /**
   * The gateways that apply the route: `mesh` for all sidecars, or the name of a Gateway, with or without `<namespace>/` before it.
   *
   * @default - only the mesh: for clients outside of it, the share of the pods applies, not the weights
   */
  readonly gateways?: string[];

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
