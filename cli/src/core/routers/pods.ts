import type { Router } from './router';

/** The numbers of ready pods divide the traffic: kube-proxy picks an endpoint for each connection. */
export const PODS: Router = {
  label: 'pods',
  divider: 'the pods',
  // The time an endpoint takes to reach every node.
  settleMs: 1_000,
};
