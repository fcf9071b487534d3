import { Fraction } from '../../../../lib/core/fraction';
import { DEPLOYMENT_LABEL } from '../../../../lib/core/labels';
import type { RolloutPair } from '../plan/plan';
import { Resource, at, listAt, textAt } from '../resource';

/** The share of traffic that the canary should have. */
export type Expectation =
  | { readonly share: Fraction; /** Where it is from, in words: `9:1 ready endpoints`. */ readonly from: string }
  /** It is not known, or what was asked for cannot show it. */
  | { readonly share?: undefined; readonly why: string };

/** Pods that take traffic, by track. */
export interface ReadyCounts {
  readonly stable: number;
  readonly canary: number;
  /** Those of neither Deployment. */
  readonly others: number;
}

/**
 * The ready endpoints of each track. A pod counts once, though a Service has a slice for each family of addresses; which
 * Deployment it belongs to is told by its ReplicaSet, and by our label where it has none.
 */
export function readyCounts(slices: readonly Resource[], pods: readonly Resource[], pair: RolloutPair): ReadyCounts {
  const byName = new Map(pods.map((pod) => [textAt(pod, 'metadata', 'name'), pod]));
  // No condition counts as ready: that is the API's own rule.
  const endpoints = slices.flatMap((slice) => listAt(slice, 'endpoints')).filter((one) => at(one, 'conditions', 'ready') !== false);
  const names = new Set(endpoints.map((one) => textAt(one, 'targetRef', 'name')));
  const deployments = [...names].map((name) => (name === undefined ? undefined : deploymentOf(byName.get(name))));
  const of = (deployment: string) => deployments.filter((name) => name === deployment).length;
  const [stable, canary] = [of(pair.stable.deployment), of(pair.canary.deployment)];
  return { stable, canary, others: deployments.length - stable - canary };
}

/** The Deployment that a pod belongs to: its ReplicaSet's name without the hash that the pod has too. */
export function deploymentOf(pod: Resource | undefined): string | undefined {
  const hash = textAt(pod, 'metadata', 'labels', 'pod-template-hash');
  const owner = listAt(pod, 'metadata', 'ownerReferences').find((ref) => ref['kind'] === 'ReplicaSet');
  const name = textAt(owner, 'name');
  if (name !== undefined && hash !== undefined && name.endsWith(`-${hash}`)) {
    return name.slice(0, -hash.length - 1);
  }
  return textAt(pod, 'metadata', 'labels', DEPLOYMENT_LABEL);
}

/** The share of the canary's endpoints: kube-proxy picks one of all for each connection. */
export function shareOfEndpoints(counts: ReadyCounts): Expectation {
  const { stable, canary } = counts;
  if (stable + canary === 0) {
    return { why: 'no pod of either version is ready' };
  }
  return { share: Fraction.of(canary, stable + canary), from: `${stable}:${canary} ready endpoints` };
}

/** Why the endpoints of a Service do not divide its requests; undefined if they do. */
export function hindrance(service: Resource, isFromOutside: boolean): string | undefined {
  const affinity = textAt(service, 'spec', 'sessionAffinity');
  if (affinity !== undefined && affinity !== 'None') {
    return `the Service's sessionAffinity is ${affinity}, so one client sees one pod`;
  }
  if (isFromOutside && textAt(service, 'spec', 'externalTrafficPolicy') === 'Local') {
    return "the Service's externalTrafficPolicy is Local, so each node divides traffic among its own pods";
  }
  return undefined;
}

/** A share as an option says it: `10%`, `12.5%`, `1/10`. Undefined where it is none. */
export function parseShare(text: string): Fraction | undefined {
  try {
    const share = text.endsWith('%') ? Fraction.ofDecimal(text.slice(0, -1).trim()).times(Fraction.of(1, 100)) : Fraction.parse(text);
    return share.lessThan(Fraction.ZERO) || Fraction.ONE.lessThan(share) ? undefined : share;
  } catch {
    return undefined;
  }
}
