import { Fraction } from '../../../../lib/core/fraction';
import { DEPLOYMENT_LABEL } from '../../../../lib/core/labels';
import { percent } from '../../../../lib/core/format-share';
import type { RolloutPair } from '../plan/plan';
import { Resource, at, countAt, listAt, textAt, textsAt } from '../resource';

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

/** Why requests through a Service are not divided by its endpoints; undefined where they are. */
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

/** The request that a route is asked about. */
export interface RoutedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The canary's share of what a VirtualService does with a request: the first rule that matches it. */
export function shareOfRoute(route: Resource | undefined, pair: RolloutPair, request: RoutedRequest): Expectation {
  if (!route) {
    return { why: 'the VirtualService is not there' };
  }
  const name = textAt(route, 'metadata', 'name') ?? '';
  for (const rule of listAt(route, 'spec', 'http')) {
    const matches = matchOf(rule, request);
    if (matches === undefined) {
      return { why: `VirtualService ${name} has a match of a kind that is not understood here` };
    }
    if (matches) {
      return shareOfRule(rule, pair, name);
    }
  }
  return { why: `VirtualService ${name} has no rule for this request` };
}

/**
 * The canary's share of what a VirtualService does with all requests, whoever sends them. It has one where the first rule is for all; with
 * rules that match some, the share is that of who happens to send what.
 */
export function shareOfWholeRoute(route: Resource | undefined, pair: RolloutPair): Expectation {
  if (!route) {
    return { why: 'the VirtualService is not there' };
  }
  const rules = listAt(route, 'spec', 'http');
  const name = textAt(route, 'metadata', 'name') ?? '';
  if (rules.length === 0) {
    return { why: `VirtualService ${name} has no rule` };
  }
  // What comes after a rule for all is never reached.
  return listAt(rules[0], 'match').length > 0
    ? { why: `VirtualService ${name} has rules for some requests, so the share depends on who sends what` }
    : shareOfRule(rules[0]!, pair, name);
}

/** Whether a rule matches a request; undefined where it asks for something that is not looked at here. */
function matchOf(rule: Resource, request: RoutedRequest): boolean | undefined {
  const matches = listAt(rule, 'match');
  const results = matches.map((match) => {
    const parts = Object.entries(match).flatMap(([field, value]): (boolean | undefined)[] => {
      switch (field) {
        case 'name':
          return [];
        case 'uri':
          return [matchesText(value, request.path)];
        case 'headers':
          return Object.entries(textsAt(value)).map(([header, wanted]) => matchesText(wanted, request.headers[header.toLowerCase()]));
        default:
          return [undefined];
      }
    });
    return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
  });
  if (matches.length === 0 || results.includes(true)) {
    return true;
  }
  return results.includes(undefined) ? undefined : false;
}

function matchesText(wanted: unknown, got: string | undefined): boolean | undefined {
  const [exact, prefix] = [textAt(wanted, 'exact'), textAt(wanted, 'prefix')];
  if (exact !== undefined) {
    return got === exact;
  }
  return prefix === undefined ? undefined : (got?.startsWith(prefix) ?? false);
}

function shareOfRule(rule: Resource, pair: RolloutPair, name: string): Expectation {
  const destinations = listAt(rule, 'route');
  const weightOf = (subset: string) =>
    destinations
      .filter((one) => textAt(one, 'destination', 'subset') === subset)
      // A destination that is the only one needs no weight.
      .reduce((sum, one) => sum + (destinations.length === 1 ? 1 : countAt(one, 'weight')), 0);
  const [stable, canary] = [weightOf(pair.stable.subset), weightOf(pair.canary.subset)];
  if (stable + canary === 0) {
    return { why: `VirtualService ${name} sends this request to neither version` };
  }
  const share = Fraction.of(canary, stable + canary);
  return { share, from: `VirtualService ${name}: ${percent(share)}` };
}

/** The VirtualService of a release that divides a pair's traffic. */
export function routeOf(manifests: readonly Resource[], pair: RolloutPair): Resource | undefined {
  const subsets = [pair.stable.subset, pair.canary.subset];
  return manifests.find(
    (object) =>
      object['kind'] === 'VirtualService' &&
      listAt(object, 'spec', 'http')
        .flatMap((rule) => listAt(rule, 'route'))
        .some((one) => {
          const host = textAt(one, 'destination', 'host') ?? '';
          return host.split('.')[0] === pair.service && subsets.includes(textAt(one, 'destination', 'subset') ?? '');
        }),
  );
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
