import { GATEWAY_GROUP } from '../../../../../lib/core/gateway-api';
import type { RolloutPair } from '../../plan/plan';
import { type Resource, listAt, textAt } from '../../resource';
import type { Expectation } from '../../traffic/expected-share';
import type { RoutedRequest, Router } from '../router';
import { undeclaredIn } from './adoption';
import { rulesOfPair, shareOfRule, titleOf } from './backends';
import { type Condition, type ReadCondition, grpcCondition, httpCondition, isRefined, takesHost } from './match';

/** The weights of an HTTPRoute, a GRPCRoute or a TCPRoute divide the traffic between the Services of the two tracks. */
export const GATEWAY: Router = {
  label: 'Gateway route',
  divider: 'the Gateway route',
  // Of four implementations, the slowest took 1.9 s until all of its pods served a weight that was written shortly after another one.
  settleMs: 5_000,
  install: {
    apiGroup: GATEWAY_GROUP,
    advice: "install the Gateway API's CustomResourceDefinitions and an implementation, or use a plan that divides traffic by pods",
  },
  route: {
    plurals: { HTTPRoute: 'httproutes', GRPCRoute: 'grpcroutes', TCPRoute: 'tcproutes' },
    hasConditions: true,
    bypass:
      "these requests reach the Service without passing through the Gateway route, so they get the pods' share; to go through the gateway, pass --url and --header 'Host: …'",
    find: (manifests, pair) => manifests.find((object) => isRoute(object) && rulesOfPair(object, pair).length > 0),
    samplePath,
    undeclared: undeclaredIn,
    isConditional,
    shareOf: (live, pair, request) => {
      if (!live) {
        return { why: 'the route does not exist' };
      }
      return request ? shareOfRequest(live, pair, request) : shareOfAllRequests(live, pair);
    },
  },
};

const READERS: Readonly<Record<string, ReadCondition>> = { HTTPRoute: httpCondition, GRPCRoute: grpcCondition };

function isRoute({ apiVersion, kind }: Resource): boolean {
  return String(apiVersion).startsWith(`${GATEWAY_GROUP}/`) && String(kind) in GATEWAY.route!.plurals;
}

/** Whether the pair has a rule for some requests beside one for all, so that the two may have different weights. */
function isConditional(route: Resource | undefined, pair: RolloutPair): boolean {
  const rules = rulesOfPair(route, pair);
  return readerOf(route) !== undefined && rules.some((rule) => rules.some((other) => other !== rule && isRefined(rule, other)));
}

/** The path of the first condition of the pair's first rule. */
function samplePath(route: Resource | undefined, pair: RolloutPair): string | undefined {
  const [match] = listAt(rulesOfPair(route, pair)[0], 'matches');
  return textAt(match, 'path', 'type') === 'RegularExpression' ? undefined : textAt(match, 'path', 'value');
}

/** A rule that takes a request, or may take it. */
interface Candidate extends Condition {
  readonly rule: Resource;
}

/**
 * The canary's share of one request: the most specific rule that takes it decides, and of several the first. If it cannot be told whether
 * some rules take it, the share is known only if they all have the same.
 */
function shareOfRequest(route: Resource, pair: RolloutPair, request: RoutedRequest): Expectation {
  const read = readerOf(route);
  const rules = listAt(route, 'spec', 'rules');
  if (!read) {
    // A TCPRoute has one rule and no conditions.
    return rules[0] ? shareOfRule(rules[0], route, pair) : noRule(route);
  }
  if (!takesHost(route, request.host)) {
    return { why: `${titleOf(route)} does not take requests to the host ${request.host}; pass --header 'Host: …'` };
  }
  const candidates = rules.flatMap((rule) => conditionsOf(rule, read, request)).filter(({ answer }) => answer !== 'no');
  const ranked = candidates.filter(({ rank }) => rank !== undefined).sort((a, b) => byRank(a.rank!, b.rank!));
  const decided = ranked.findIndex(({ answer }) => answer === 'yes');
  // A condition without a rank may come before any other.
  const possible = [...candidates.filter(({ rank }) => rank === undefined), ...ranked.slice(0, decided < 0 ? undefined : decided + 1)];
  const shares = possible.map(({ rule }) => shareOfRule(rule, route, pair));
  const [first] = shares;
  if (!first) {
    return noRule(route);
  }
  const isCertain = decided >= 0 || possible.some(({ answer }) => answer === 'yes');
  return isCertain && shares.every((one) => textOf(one) === textOf(first))
    ? first
    : { why: `${titleOf(route)} has a match condition that kubectl-canary does not know` };
}

/** The conditions of a rule, any of which is enough. A rule without conditions takes every request. */
function conditionsOf(rule: Resource, read: ReadCondition, request: RoutedRequest): readonly Candidate[] {
  const matches = listAt(rule, 'matches');
  return (matches.length > 0 ? matches : [{}]).map((match) => ({ rule, ...read(match, request) }));
}

/** The canary's share of all requests to the pair. It is known only if it does not depend on what clients send. */
function shareOfAllRequests(route: Resource, pair: RolloutPair): Expectation {
  const shares = rulesOfPair(route, pair).map((rule) => shareOfRule(rule, route, pair));
  const [first] = shares;
  if (!first) {
    return noRule(route);
  }
  return shares.every((one) => textOf(one) === textOf(first))
    ? first
    : { why: `${titleOf(route)} has rules for some requests only, so the share depends on which requests clients send` };
}

function noRule(route: Resource): Expectation {
  return { why: `${titleOf(route)} has no rule for this request` };
}

function readerOf(route: Resource | undefined): ReadCondition | undefined {
  return READERS[textAt(route, 'kind') ?? ''];
}

function byRank(a: readonly number[], b: readonly number[]): number {
  const n = a.findIndex((value, index) => value !== b[index]);
  return n < 0 ? 0 : b[n]! - a[n]!;
}

function textOf({ share }: Expectation): string | undefined {
  return share?.toString();
}
