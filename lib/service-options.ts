import type { Duration } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';

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

/** A port of a Service, with its application protocol. */
export interface ServicePortOptions extends kplus.ServicePort {
  /**
   * The application protocol of this port, such as `http`, `grpc` or `tcp`. Istio divides the requests of `http`, `http2`, `grpc` and
   * `grpc-web`.
   *
   * @default - the `appProtocol` of the Service; without it, if Istio routes the Service, what the port's name states (`grpc-api` is
   * `grpc`), else `http` for a TCP port other than 25, 53, 443, 3306 and 27017; otherwise unset
   */
  readonly appProtocol?: string;
}

/** The Service that selects the pods of both tracks of a pair. */
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
   * A fixed cluster IP. `None` is refused, because a headless Service does not divide traffic.
   *
   * @default - assigned by the cluster
   */
  readonly clusterIP?: string;

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
