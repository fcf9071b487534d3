import { Fraction } from '../../../../lib/core/fraction';
import { DEPLOYMENT_LABEL } from '../../../../lib/core/labels';
import type { RolloutPair } from '../plan/plan';
import { type Resource, at, listAt, textAt } from '../resource';

/** The share of traffic that the canary should have. */
export type Expectation =
  | { readonly share: Fraction; /** Its source, in words: `9:1 ready endpoints`. */ readonly from: string }
  /** It is not known, or the measurement cannot show it. */
  | { readonly share?: undefined; readonly why: string };

/** Pods that receive traffic, by track. */
export interface ReadyCounts {
  readonly stable: number;
  readonly canary: number;
  /** Pods of neither Deployment. */
  readonly others: number;
}

/**
 * Counts the ready endpoints of each track. A pod counts once, although a Service has a slice for each address family. The ReplicaSet of
 * a pod identifies its Deployment; a pod without one is identified by our label.
 */
export function readyCounts(slices: readonly Resource[], pods: readonly Resource[], pair: RolloutPair): ReadyCounts {
  const byName = new Map(pods.map((pod) => [textAt(pod, 'metadata', 'name'), pod]));
  // An endpoint without the condition counts as ready, as the API defines it.
  const endpoints = slices.flatMap((slice) => listAt(slice, 'endpoints')).filter((one) => at(one, 'conditions', 'ready') !== false);
  const names = new Set(endpoints.map((one) => textAt(one, 'targetRef', 'name')));
  const deployments = [...names].map((name) => (name === undefined ? undefined : deploymentOf(byName.get(name))));
  const of = (deployment: string) => deployments.filter((name) => name === deployment).length;
  const [stable, canary] = [of(pair.stable.deployment), of(pair.canary.deployment)];
  return { stable, canary, others: deployments.length - stable - canary };
}

/** Returns the Deployment of a pod: the name of its ReplicaSet without the hash, which is also a label of the pod. */
export function deploymentOf(pod: Resource | undefined): string | undefined {
  const hash = textAt(pod, 'metadata', 'labels', 'pod-template-hash');
  const owner = listAt(pod, 'metadata', 'ownerReferences').find((ref) => ref['kind'] === 'ReplicaSet');
  const name = textAt(owner, 'name');
  if (name !== undefined && hash !== undefined && name.endsWith(`-${hash}`)) {
    return name.slice(0, -hash.length - 1);
  }
  return textAt(pod, 'metadata', 'labels', DEPLOYMENT_LABEL);
}

/** Returns the canary's share of the endpoints: kube-proxy picks one of all endpoints for each connection. */
export function shareOfEndpoints(counts: ReadyCounts): Expectation {
  const { stable, canary } = counts;
  if (stable + canary === 0) {
    return { why: 'no pod of either version is ready' };
  }
  return { share: Fraction.of(canary, stable + canary), from: `${stable}:${canary} ready endpoints` };
}

/** Returns why the endpoints of a Service do not divide its requests, or undefined if they do. */
export function hindrance(service: Resource, isFromOutside: boolean): string | undefined {
  const affinity = textAt(service, 'spec', 'sessionAffinity');
  if (affinity !== undefined && affinity !== 'None') {
    return `the Service's sessionAffinity is ${affinity}, so all requests of a client go to one pod`;
  }
  if (isFromOutside && textAt(service, 'spec', 'externalTrafficPolicy') === 'Local') {
    return "the Service's externalTrafficPolicy is Local, so each node divides traffic among its own pods";
  }
  return undefined;
}

/** Parses a share: `10%`, `12.5%`, `1/10`. Undefined if the text is not a share. */
export function parseShare(text: string): Fraction | undefined {
  try {
    const share = text.endsWith('%') ? Fraction.ofDecimal(text.slice(0, -1).trim()).times(Fraction.of(1, 100)) : Fraction.parse(text);
    return share.lessThan(Fraction.ZERO) || Fraction.ONE.lessThan(share) ? undefined : share;
  } catch {
    return undefined;
  }
}
