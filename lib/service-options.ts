import type { Duration } from 'cdk8s';
import type * as kplus from './kplus';

/** Whether all connections of a client go to the same pod. */
export enum SessionAffinity {
  /** Every connection may go to any pod, so each track's share of the traffic is its share of the pods. */
  NONE = 'None',
  /**
   * All connections from one client address go to the same pod. With few clients, or many clients behind one address, a track's share of
   * the traffic differs from its share of the pods.
   */
  CLIENT_IP = 'ClientIP',
}

/** The pods to which a node sends the requests of clients outside the cluster. */
export enum ExternalTrafficPolicy {
  /** All ready pods. */
  CLUSTER = 'Cluster',
  /**
   * Only the ready pods of the node that got the request, whose address of the client is kept. Shares then depend on where the pods
   * run, which is the finding `sticky-service` without a router.
   */
  LOCAL = 'Local',
}

/** An IP family of a Service. */
export enum IpFamily {
  /** IPv4 */
  IPV4 = 'IPv4',
  /** IPv6 */
  IPV6 = 'IPv6',
}

/** How many IP families a Service has. */
export enum IpFamilyPolicy {
  /** One family. */
  SINGLE_STACK = 'SingleStack',
  /** Both families if the cluster has both, otherwise one. */
  PREFER_DUAL_STACK = 'PreferDualStack',
  /** Both families; a cluster with one family refuses the Service. */
  REQUIRE_DUAL_STACK = 'RequireDualStack',
}

/** A port of a Service. */
export interface ServicePortOptions extends kplus.ServicePort {
  /**
   * The name of the container port to which requests go, instead of the number `targetPort`. The containers of both tracks must declare a
   * port of this name.
   *
   * @default - the number `targetPort`, or the same number as `port`
   */
  readonly targetPortName?: string;

  /**
   * The application protocol of this port, such as `http`, `grpc` or `tcp`. Istio divides the requests of `http`, `http2`, `grpc` and
   * `grpc-web`.
   *
   * @default - the `appProtocol` of the Service; without it, if Istio routes the Service, what the port's name states (`grpc-api` is
   * `grpc`), else `http` for a TCP port other than 25, 53, 443, 3306 and 27017; otherwise unset
   */
  readonly appProtocol?: string;
}

/** A Service that selects the pods of both tracks of a pair. */
export interface ServiceOptions {
  /** The Service's name: it starts with a letter and is at most 63 lower-case letters, digits and `-`. */
  readonly name: string;

  /** The ports. If there are several, each needs a name. */
  readonly ports: ServicePortOptions[];

  /**
   * The type of the Service. `EXTERNAL_NAME` is refused, because such a Service has no pods to divide traffic between.
   *
   * @default ServiceType.CLUSTER_IP
   */
  readonly type?: kplus.ServiceType;

  /**
   * Whether all connections of a client go to the same pod.
   *
   * @default SessionAffinity.NONE
   */
  readonly sessionAffinity?: SessionAffinity;

  /**
   * How long a client keeps its pod with `SessionAffinity.CLIENT_IP`: 1 second to 1 day.
   *
   * @default - three hours, the API server's default
   */
  readonly sessionAffinityTimeout?: Duration;

  /**
   * The application protocol of all ports, such as `http`. That of a single port takes precedence.
   *
   * @default - each port has its own
   */
  readonly appProtocol?: string;

  /**
   * The CIDRs of the clients that may reach a load balancer.
   *
   * @default - all clients
   */
  readonly loadBalancerSourceRanges?: string[];

  /**
   * A fixed cluster IP, or `None` for a headless Service. `None` is refused for a pair's `service` without a router, because a headless
   * Service does not divide traffic.
   *
   * @default - assigned by the cluster
   */
  readonly clusterIP?: string;

  /**
   * The pods to which a node sends the requests of clients outside the cluster. Only for the types `NODE_PORT` and `LOAD_BALANCER`.
   *
   * @default - `ExternalTrafficPolicy.CLUSTER`, the API server's default
   */
  readonly externalTrafficPolicy?: ExternalTrafficPolicy;

  /**
   * The IP families of the Service: one, or both in the order of preference. The first cannot change later.
   *
   * @default - the cluster's
   */
  readonly ipFamilies?: IpFamily[];

  /**
   * How many IP families the Service has.
   *
   * @default - the API server's: one family, or two if `ipFamilies` has two
   */
  readonly ipFamilyPolicy?: IpFamilyPolicy;

  /**
   * Labels of the Service.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of the Service, such as those that a cloud provider reads for its load balancers.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}
