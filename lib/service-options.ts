import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';

/** Whether one client's connections go to one pod. */
export enum SessionAffinity {
  /** Every connection may go to any pod: the shares are the pods' shares. */
  NONE = 'None',
  /** A client's address keeps its pod. With few clients, or clients behind one address, the shares are then not the pods' shares. */
  CLIENT_IP = 'ClientIP',
}

/** The Service that both tracks of a pair stand behind. */
export interface ServiceOptions {
  /** The Service's name: it starts with a letter and is at most 63 lower-case letters, digits and `-`. */
  readonly name: string;

  /** The ports. With several, each needs a name. */
  readonly ports: kplus.ServicePort[];

  /**
   * How it is reached. `EXTERNAL_NAME` is refused: it has no pods to divide.
   *
   * @default ServiceType.CLUSTER_IP
   */
  readonly type?: kplus.ServiceType;

  /**
   * Whether a client keeps its pod.
   *
   * @default SessionAffinity.NONE
   */
  readonly sessionAffinity?: SessionAffinity;

  /**
   * For how long, with `SessionAffinity.CLIENT_IP`: 1 second to 1 day.
   *
   * @default - three hours, the API server's default
   */
  readonly sessionAffinityTimeout?: Duration;

  /**
   * The application protocol of the ports, such as `http`.
   *
   * @default - `http` where Istio routes the Service (it would have to guess), else not said
   */
  readonly appProtocol?: string;

  /**
   * Which clients may reach a load balancer, as CIDRs.
   *
   * @default - all
   */
  readonly loadBalancerSourceRanges?: string[];

  /**
   * A fixed address in the cluster. `None` is refused: without an address there is nothing that divides traffic.
   *
   * @default - given by the cluster
   */
  readonly clusterIP?: string;

  /**
   * Labels of the Service.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of the Service, such as a cloud's for its load balancers.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}
