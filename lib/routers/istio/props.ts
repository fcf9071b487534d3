import { Duration } from 'cdk8s';
import * as istio from '../../../imports/networking.istio.io';
import { CanaryPair } from '../../pair';

/** Properties of an `IstioVirtualService`. */
export interface IstioVirtualServiceProps {
  /** The pair whose traffic it divides. */
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
   * Requests that go to the canary as soon as it takes any traffic at all, and to stable before and after a rollback:
   * Istio's own match conditions, any of which is enough.
   *
   * @default - none
   * @example [{ headers: { 'user-group': { exact: 'beta-testers' } } }]
   */
  readonly match?: istio.VirtualServiceSpecHttpMatch[];

  /**
   * The hosts it is for.
   *
   * @default - the Service's name
   */
  readonly hosts?: string[];

  /**
   * The gateways it is for: `mesh` for all sidecars, or a Gateway's name, perhaps with its namespace before a `/`.
   *
   * @default - the mesh alone: clients outside of it see the pods' share, not the weights
   */
  readonly gateways?: string[];

  /**
   * The longest time a request may take.
   *
   * @default - no timeout
   */
  readonly timeout?: Duration;

  /**
   * When a failed request is tried again.
   *
   * @default - Istio's own policy
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
