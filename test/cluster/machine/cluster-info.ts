import type { Programs } from './programs';

/** The order that the outer process passes to the inner one. */
export interface Order {
  readonly programs: Programs;
  /** The folder for the logs and for the objects of failed tests. */
  readonly results: string;
  readonly outerPid: number;
  /** The command to run when the cluster is up. */
  readonly argv: readonly string[];
  readonly startedAt: number;
}

/** The information that the suites have about their cluster. */
export interface ClusterInfo {
  readonly kubectl: string;
  readonly istioctl?: string;
  /** Whether the cluster serves Istio's API. */
  readonly hasIstio: boolean;
  readonly results: string;
  /** The value of `RUN_LABEL` on this run's namespaces, which tells them from the namespaces of other runs. */
  readonly run: string;
  /** The command that sends load, if there is a place to send it from. */
  readonly load?: readonly string[];
  /** A prefix that runs a command where the load comes from. To the cluster this is another machine than the node. */
  readonly outside?: readonly string[];
  readonly loadBalancers?: readonly string[];
  /** The address at which Envoy listens for a Service's port, as seen by the load client. */
  readonly envoy?: string;
  /** The programs of gateways, if their images can be put into the cluster's registry. */
  readonly gateways?: {
    readonly envoy: string;
    readonly resolver: string;
    readonly helm: string;
    /** Only if a suite of this run needs it. */
    readonly envoyGateway?: EnvoyGatewayFiles;
  };
  /** The path of the API server's audit log. */
  readonly auditLog?: string;
}

/** Envoy Gateway's control plane, and the chart that installs it. */
export interface EnvoyGatewayFiles {
  readonly program: string;
  readonly chart: string;
}

export const ORDER = 'CDK8S_CANARY_CLUSTER_ORDER';
export const CLUSTER_INFO = 'CDK8S_CANARY_CLUSTER';

/** The label of the namespaces of tests. Its value identifies the run. */
export const RUN_LABEL = 'cdk8s-canary-test';

/**
 * The label of the namespaces that Istio discovers. Envoy has one listener for all Services with the same port, so a Service whose port
 * is not declared as HTTP would take the listener from the Services that declare it.
 */
export const MESH_LABEL = 'cdk8s-canary-mesh';
