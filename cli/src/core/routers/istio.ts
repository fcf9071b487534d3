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
    plurals: { VirtualService: 'virtualservices' },
    countedBy: 'istio',
    bypass:
      "these requests come from outside the mesh and bypass the VirtualService, so they get the pods' share; to go through a gateway, pass --url and --header 'Host: …'",
    find: findVirtualService,
    isConditional,
    shareOf: (live, pair, request) => (request ? shareOfRequest(live, pair, request) : shareOfAllRequests(live, pair)),
  },
};

/** The conditions of a rule that do not depend on what a client sends, but on where its request comes in. */
const PLACES = ['port', 'gateways', 'name', 'statPrefix'];

/** Whether the first rule that leads to the pair takes only some requests. No rule after one that takes all of them is ever reached. */
function isConditional(route: Resource | undefined, pair: RolloutPair): boolean {
  return listAt(firstRule(route, pair), 'match').some((match) => Object.keys(match).some((field) => !PLACES.includes(field)));
}

/** The first rule that leads to the pair; rules before it may lead to other services. */
function firstRule(route: Resource | undefined, pair: RolloutPair): Resource | undefined {
  const rules = listAt(route, 'spec', 'http');
  return rules.find((rule) => shareOfRule(rule, pair, '').share !== undefined) ?? rules[0];
}

/**
 * The canary's share of one request: the first rule that matches it decides. If it cannot be told whether some rules match, such as rules
 * for one port each, the share is known only if they all have the same.
 */
function shareOfRequest(route: Resource | undefined, pair: RolloutPair, request: RoutedRequest): Expectation {
  if (!route) {
    return { why: 'the VirtualService does not exist' };
  }
  const name = textAt(route, 'metadata', 'name') ?? '';
  const shares: Expectation[] = [];
  let isKnown = true;
  for (const rule of listAt(route, 'spec', 'http')) {
    const matches = matchOf(rule, request);
    isKnown &&= matches !== 'unknown';
    if (matches !== 'no') {
      shares.push(shareOfRule(rule, pair, name));
    }
    if (matches === 'yes') {
      isKnown = true;
      break;
    }
  }
  const [first] = shares;
  if (!first) {
    return { why: `VirtualService ${name} has no rule for this request` };
  }
  return isKnown && shares.every((one) => textOf(one) === textOf(first))
    ? first
    : { why: `VirtualService ${name} has a match condition that kubectl-canary does not know` };
}

function textOf({ share }: Expectation): string | undefined {
  return share?.toString();
}

/** The canary's share of all requests to the pair. It is known only if it does not depend on what clients send. */
function shareOfAllRequests(route: Resource | undefined, pair: RolloutPair): Expectation {
  if (!route) {
    return { why: 'the VirtualService does not exist' };
  }
  const rule = firstRule(route, pair);
  const name = textAt(route, 'metadata', 'name') ?? '';
  if (!rule) {
    return { why: `VirtualService ${name} has no rule` };
  }
  return isConditional(route, pair)
    ? { why: `VirtualService ${name} has rules for some requests only, so the share depends on which requests clients send` }
    : shareOfRule(rule, pair, name);
}

/** Whether a condition holds: `by place` if that depends on where the request comes in, `unknown` if the command does not know it. */
type Answer = 'yes' | 'no' | 'by place' | 'unknown';

function matchOf(rule: Resource, request: RoutedRequest): Answer {
  const answers = listAt(rule, 'match').map((match) => {
    const parts = Object.entries(match).flatMap(([field, value]): Answer[] => {
      switch (field) {
        case 'name':
        case 'statPrefix':
          return [];
        case 'port':
        case 'gateways':
          return ['by place'];
        case 'uri':
          return [matchesText(value, request.path.split('?')[0])];
        case 'headers':
          return Object.entries(textsAt(value)).map(([header, wanted]) => matchesText(wanted, request.headers[header.toLowerCase()]));
        default:
          return ['unknown'];
      }
    });
    return firstOf(parts, ['no', 'unknown', 'by place']) ?? 'yes';
  });
  return answers.length === 0 ? 'yes' : firstOf(answers, ['yes', 'unknown', 'by place', 'no'])!;
}

function firstOf(answers: readonly Answer[], order: readonly Answer[]): Answer | undefined {
  return order.find((answer) => answers.includes(answer));
}

function matchesText(wanted: unknown, got: string | undefined): Answer {
  const [exact, prefix] = [textAt(wanted, 'exact'), textAt(wanted, 'prefix')];
  if (exact === undefined && prefix === undefined) {
    return 'unknown';
  }
  return (exact === undefined ? got?.startsWith(prefix!) : got === exact) ? 'yes' : 'no';
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
