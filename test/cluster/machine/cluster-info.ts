import { Programs } from './programs';

/** What the outer process says. */
export interface Order {
  readonly programs: Programs;
  /** Where logs and what is kept of failed tests go. */
  readonly results: string;
  readonly outerPid: number;
  /** What to run when the cluster is there. */
  readonly argv: readonly string[];
  readonly startedAt: number;
}

/** What the suites know of the cluster that they run on. */
export interface ClusterInfo {
  readonly kubectl: string;
  readonly istioctl?: string;
  /** Whether the cluster knows Istio's kinds. */
  readonly hasIstio: boolean;
  readonly results: string;
  /** What tells this run's namespaces from those of others. */
  readonly run: string;
  /** How to send load, where there is a place to send it from. */
  readonly load?: readonly string[];
  /** How to run a command there: on another machine than the node, as far as the cluster can tell. */
  readonly outside?: readonly string[];
  readonly loadBalancers?: readonly string[];
  /** Where Envoy listens for a Service's port, for whoever sends load. */
  readonly envoy?: string;
  /** Where the API server writes who asked for what. */
  readonly auditLog?: string;
}

export const ORDER = 'CDK8S_CANARY_CLUSTER_ORDER';
export const CLUSTER_INFO = 'CDK8S_CANARY_CLUSTER';

/** The label of the namespaces that tests are in; its value is the run's. */
export const RUN_LABEL = 'cdk8s-canary-test';

/**
 * The label of the namespaces that Istio looks at. Envoy has one listener for all Services with the same port: a Service that does not
 * say that its port speaks HTTP would take it from those that do.
 */
export const MESH_LABEL = 'cdk8s-canary-mesh';
