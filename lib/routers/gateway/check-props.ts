import type * as gateway from '../../../imports/gateway.networking.k8s.io';
import { Fraction } from '../../core/fraction';
import * as names from '../../core/names';
import { routeWeights } from '../../core/route-weights';
import { type Input, isMap } from '../../input/input';
import { CanaryPair } from '../../pair';
import { checkGrpcMatches, checkHttpMatches } from './check-match';
import { type Match, contradiction, takesAll } from './conditions';
import { GatewayImplementation } from './implementation';
import { RouteParent } from './parent';
import type { GatewayGrpcRouteProps, GatewayHttpRouteProps, GatewayRouteProps } from './props';
import { type Rule, isOfPair, rulesOf } from './rules';

const BASE: Readonly<Record<keyof GatewayRouteProps, true>> = {
  annotations: true,
  implementation: true,
  labels: true,
  name: true,
  pair: true,
  parents: true,
  port: true,
};
const HTTP: Readonly<Record<keyof GatewayHttpRouteProps, true>> = {
  ...BASE,
  filters: true,
  hostnames: true,
  match: true,
  mirrorPercent: true,
  retry: true,
  rules: true,
  timeouts: true,
};
const GRPC: Readonly<Record<keyof GatewayGrpcRouteProps, true>> = { ...BASE, filters: true, hostnames: true, match: true, rules: true };

const HTTP_RULE: Readonly<Record<keyof gateway.HttpRouteSpecRules, true>> = {
  backendRefs: true,
  filters: true,
  matches: true,
  name: true,
  retry: true,
  timeouts: true,
};
const GRPC_RULE: Readonly<Record<keyof gateway.GrpcRouteSpecRules, true>> = { backendRefs: true, filters: true, matches: true, name: true };
const RETRY: Readonly<Record<keyof gateway.HttpRouteSpecRulesRetry, true>> = { attempts: true, backoff: true, codes: true };
const TIMEOUTS: Readonly<Record<keyof gateway.HttpRouteSpecRulesTimeouts, true>> = { backendRequest: true, request: true };

/** The API's limits: rules of a route, and the largest weight of a backend. */
const MOST_RULES = 16;
const LARGEST_WEIGHT = 1_000_000;

export function checkHttpRoute(input: Input, props: GatewayHttpRouteProps): void {
  if (!input.known('', props, HTTP) || !checkBase(input, props)) {
    return;
  }
  checkHostnames(input, props.hostnames);
  checkTimeouts(input, 'timeouts', props.timeouts);
  checkRetry(input, 'retry', props.retry);
  input.entries('filters', props.filters);
  input.integer('mirrorPercent', props.mirrorPercent, 0, 100, '10');
  checkHttpMatches(input, 'match', props.match);
  for (const [index, rule] of input.entries<gateway.HttpRouteSpecRules>('rules', props.rules).entries()) {
    const property = `rules[${index}]`;
    if (input.known(property, rule, HTTP_RULE)) {
      checkHttpMatches(input, `${property}.matches`, rule.matches);
      checkTimeouts(input, `${property}.timeouts`, rule.timeouts);
      checkRetry(input, `${property}.retry`, rule.retry);
    }
  }
  checkRules(input, props);
}

export function checkGrpcRoute(input: Input, props: GatewayGrpcRouteProps): void {
  if (!input.known('', props, GRPC) || !checkBase(input, props)) {
    return;
  }
  checkHostnames(input, props.hostnames);
  input.entries('filters', props.filters);
  checkGrpcMatches(input, 'match', props.match);
  for (const [index, rule] of input.entries<gateway.GrpcRouteSpecRules>('rules', props.rules).entries()) {
    if (input.known(`rules[${index}]`, rule, GRPC_RULE)) {
      checkGrpcMatches(input, `rules[${index}].matches`, rule.matches);
    }
  }
  checkRules(input, props);
}

export function checkTcpRoute(input: Input, props: GatewayRouteProps): void {
  if (input.known('', props, BASE)) {
    checkBase(input, props);
  }
}

function checkBase(input: Input, props: GatewayRouteProps): boolean {
  const { pair } = props;
  if (!input.entry('pair', pair, CanaryPair, 'new CanaryPair(…)')) {
    return false;
  }
  checkParents(input, props);
  input.oneOf('implementation', props.implementation, Object.values(GatewayImplementation));
  if (props.name !== undefined) {
    input.text('name', props.name, names.OBJECT_NAME);
  }
  input.labels('labels', props.labels, { values: 'label' });
  input.labels('annotations', props.annotations, { values: 'any' });
  if (!pair._isSound?.()) {
    return true; // The pair reports its own problems.
  }
  const { service, fixedTotal, trackServices, stages = [] } = pair._props;
  if (fixedTotal) {
    input.reject('pair.fixedTotal', true, 'be left out if a router divides the traffic, because stable then keeps its baseline');
  }
  if (!service) {
    input.reject('pair', pair.node.path, 'have a service, whose ports the Services of the tracks have', 'service');
    return true;
  }
  const ports = service.ports.map(({ port }) => port);
  if (props.port !== undefined && !ports.includes(props.port)) {
    input.reject('port', props.port, `be a port of the Service (${ports.join(', ')})`, String(ports[0]));
  }
  if (!pair.canary && !trackServices) {
    const { deployment, service: name } = pair._trackServices()[0]!;
    input.reject(
      'pair.trackServices',
      undefined,
      'name both Deployments that take turns, because the route of a pair at rest keeps the backend of the other one',
      `${JSON.stringify({ [deployment]: name, 'the-other-deployment': 'pods-of-the-other-deployment' })}`,
    );
  }
  for (const [index, { weight }] of stages.entries()) {
    const fraction = weight._toFraction();
    const { stable, canary } = fraction.lessThan(Fraction.ONE) ? routeWeights(fraction) : { stable: 0, canary: 1 };
    if (Math.max(stable, canary) > LARGEST_WEIGHT) {
      input.reject(
        `pair.stages[${index}].weight`,
        fraction.toString(),
        `be a share whose weights are at most ${LARGEST_WEIGHT}, the limit of the Gateway API`,
        'Weight.percent(0.1)',
      );
    }
  }
  return true;
}

function checkParents(input: Input, { parents, pair }: GatewayRouteProps): void {
  if (!Array.isArray(parents) || parents.length === 0) {
    input.reject('parents', parents, 'have a Gateway or the Service', "[RouteParent.gateway('public')]");
    return;
  }
  const seen = new Set<string>();
  for (const [index, parent] of parents.entries()) {
    const property = `parents[${index}]`;
    if (input.entry(property, parent, RouteParent, "RouteParent.gateway('public')")) {
      parent._check(input, property);
      input.once(property, parent, JSON.stringify(parent._refFor(pair)), seen);
    }
  }
}

const HOSTNAME: names.Rule = {
  pattern: /^(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/,
  max: 253,
  must: 'be a host name in lower case, optionally with "*." before it',
};

function checkHostnames(input: Input, hostnames: unknown): void {
  for (const [index, hostname] of input.entries<unknown>('hostnames', hostnames).entries()) {
    if (input.text(`hostnames[${index}]`, hostname, HOSTNAME) && /^\d+(?:\.\d+){3}$/.test(hostname)) {
      input.reject(`hostnames[${index}]`, hostname, 'be a name and not an IP address');
    }
  }
}

/** A duration of the Gateway API (GEP-2257). */
const DURATION: names.Rule = {
  pattern: /^(?:\d{1,5}(?:h|m|s|ms)){1,4}$/,
  max: 32,
  must: 'be a duration of whole numbers with units',
};

function checkTimeouts(input: Input, property: string, timeouts: gateway.HttpRouteSpecRulesTimeouts | undefined): void {
  if (timeouts !== undefined && input.known(property, timeouts, TIMEOUTS)) {
    for (const [name, duration] of Object.entries(timeouts)) {
      input.text(`${property}.${name}`, duration, DURATION, '"10s"');
    }
  }
}

function checkRetry(input: Input, property: string, retry: gateway.HttpRouteSpecRulesRetry | undefined): void {
  if (retry !== undefined && input.known(property, retry, RETRY)) {
    input.integer(`${property}.attempts`, retry.attempts, 0, 2 ** 31 - 1, '3');
    for (const [index, code] of input.entries<unknown>(`${property}.codes`, retry.codes).entries()) {
      input.integer(`${property}.codes[${index}]`, code, 400, 599, '503');
    }
    if (retry.backoff !== undefined) {
      input.text(`${property}.backoff`, retry.backoff, DURATION, '"100ms"');
    }
  }
}

/** Checks the rules as a whole. Each of them was found to be an object before. */
function checkRules(input: Input, { rules, match }: GatewayHttpRouteProps | GatewayGrpcRouteProps): void {
  if (rules !== undefined && (!Array.isArray(rules) || rules.length === 0 || !rules.every(isMap))) {
    if (Array.isArray(rules) && rules.length === 0) {
      input.reject('rules', rules, 'have at least one rule of the pair, without backendRefs', '[{}]');
    }
    return;
  }
  const all = (rules ?? [{}]) as readonly Rule[];
  if (!all.some(isOfPair)) {
    input.reject('rules', rules, 'have at least one rule of the pair, without backendRefs', 'a further rule {}');
    return;
  }
  const testers = (Array.isArray(match) ? match.filter(isMap) : []) as readonly Match[];
  checkTesters(input, all, testers);
  const written = rulesOf(all, {}, testers.length > 0 ? testers : undefined);
  if (written.length > MOST_RULES) {
    input.reject('rules', `${written.length} rules`, `be at most ${MOST_RULES} with those for testers, the limit of the Gateway API`);
  }
}

function checkTesters(input: Input, rules: readonly Rule[], testers: readonly Match[]): void {
  const ofPair = rules.filter(isOfPair);
  for (const [index, match] of testers.entries()) {
    if (takesAll(match)) {
      input.reject(`match[${index}]`, match, 'take only some requests, because those of testers go to the canary at once');
      continue;
    }
    const own = ofPair.flatMap(({ matches = [] }) => matches as readonly Match[]);
    const field = own.map((other) => contradiction(match, other)).find((found) => found !== undefined);
    if (field) {
      input.reject(
        `match[${index}].${field}`,
        match[field],
        `be left out, because a rule of the pair has another condition on ${field} and the Gateway API has none that means both`,
      );
    }
  }
  if (testers.length > 0 && rulesOf(rules, {}, testers).every(({ isForTesters }) => !isForTesters)) {
    input.reject('match', testers, 'be met by some request that a rule of the pair takes');
  }
}
