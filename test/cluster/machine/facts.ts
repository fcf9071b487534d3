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
export interface Facts {
  readonly kubectl: string;
  readonly istioctl?: string;
  readonly results: string;
  /** How to send load, where there is a place to send it from. */
  readonly load?: readonly string[];
  readonly loadBalancers?: readonly string[];
  /** Where Envoy listens for a Service's port, for whoever sends load. */
  readonly envoy?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly startSeconds?: number;
}

export const ORDER = 'CDK8S_CANARY_CLUSTER_ORDER';
export const FACTS = 'CDK8S_CANARY_CLUSTER';
