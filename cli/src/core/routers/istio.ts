import { percent } from '../../../../lib/core/format-share';
import { Fraction } from '../../../../lib/core/fraction';
import type { RolloutPair } from '../plan/plan';
import { type Resource, countAt, listAt, textAt, textsAt } from '../resource';
import type { Expectation } from '../traffic/expected-share';
import type { RoutedRequest, Router } from './router';

/** The weights of an Istio VirtualService divide the traffic. */
export const ISTIO: Router = {
  label: 'Istio route',
  divider: 'the Istio route',
  // The time istiod takes to bring a route to every sidecar.
  settleMs: 5_000,
  install: { apiGroup: 'istio.io', advice: 'install Istio, or use the plan that divides traffic by pods' },
  route: {
    kind: 'VirtualService',
    plural: 'virtualservices',
    countedBy: 'istio',
    bypass:
      "these requests come from outside the mesh and bypass the VirtualService, so they get the pods' share; to go through a gateway, pass --url and --header 'Host: …'",
    find: findVirtualService,
    isConditional,
    shareOf: (live, pair, request) => (request ? shareOfRequest(live, pair, request) : shareOfAllRequests(live, pair)),
  },
};

/** Whether the first rule matches only some requests. */
function isConditional(route: Resource | undefined): boolean {
  return listAt(listAt(route, 'spec', 'http')[0], 'match').length > 0;
}

/** The canary's share of one request: the first rule that matches it decides. */
function shareOfRequest(route: Resource | undefined, pair: RolloutPair, request: RoutedRequest): Expectation {
  if (!route) {
    return { why: 'the VirtualService does not exist' };
  }
  const name = textAt(route, 'metadata', 'name') ?? '';
  for (const rule of listAt(route, 'spec', 'http')) {
    const matches = matchOf(rule, request);
    if (matches === undefined) {
      return { why: `VirtualService ${name} has a match condition that kubectl-canary does not know` };
    }
    if (matches) {
      return shareOfRule(rule, pair, name);
    }
  }
  return { why: `VirtualService ${name} has no rule for this request` };
}

/** The canary's share of all requests. It is known only if the first rule matches every request: otherwise it depends on what clients send. */
function shareOfAllRequests(route: Resource | undefined, pair: RolloutPair): Expectation {
  if (!route) {
    return { why: 'the VirtualService does not exist' };
  }
  const rules = listAt(route, 'spec', 'http');
  const name = textAt(route, 'metadata', 'name') ?? '';
  if (rules.length === 0) {
    return { why: `VirtualService ${name} has no rule` };
  }
  // No rule after one that matches every request is ever reached.
  return isConditional(route)
    ? { why: `VirtualService ${name} has rules for some requests only, so the share depends on which requests clients send` }
    : shareOfRule(rules[0]!, pair, name);
}

/** Whether a rule matches a request; undefined if it has a condition that this function does not know. */
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
      // A single destination needs no weight.
      .reduce((sum, one) => sum + (destinations.length === 1 ? 1 : countAt(one, 'weight')), 0);
  const [stable, canary] = [weightOf(pair.stable.subset), weightOf(pair.canary.subset)];
  if (stable + canary === 0) {
    return { why: `VirtualService ${name} sends this request to neither version` };
  }
  const share = Fraction.of(canary, stable + canary);
  return { share, from: `VirtualService ${name}: ${percent(share)}` };
}

/** The VirtualService of a release that divides a pair's traffic. */
function findVirtualService(manifests: readonly Resource[], pair: RolloutPair): Resource | undefined {
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
