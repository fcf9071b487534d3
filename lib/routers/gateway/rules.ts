import { Fraction } from '../../core/fraction';
import type { Route } from '../../core/transition';
import { type Match, both } from './conditions';

/** What the rules of all kinds of routes have in common. */
export interface Rule {
  readonly matches?: readonly object[];
  readonly filters?: readonly { readonly type: string }[];
  readonly backendRefs?: readonly object[];
}

/** A rule as it is written. */
export interface WrittenRule<R extends Rule = Rule> {
  /** The rule; without its backends if they follow the plan. */
  readonly rule: R;
  /** The canary's share of its requests at a stage; undefined for a rule to other backends. */
  readonly share?: (route: Route) => Fraction;
  /** Whether it leads testers to the canary. */
  readonly isForTesters: boolean;
}

/** Whether a rule leaves its backends to the plan. */
export function isOfPair({ backendRefs, filters }: Rule): boolean {
  return backendRefs === undefined && !filters?.some(({ type }) => type === 'RequestRedirect');
}

/**
 * All rules of a route, in order. Those for testers are the last: an implementation picks the most specific rule whatever the order, and rules
 * that are added in front of others make Envoy rename its clusters, which costs requests.
 *
 * @param rules as declared
 * @param settings of the pair's rules that do not have their own
 * @param testers the conditions of testers
 */
export function rulesOf<R extends Rule>(
  rules: readonly R[],
  settings: Partial<R>,
  testers: readonly Match[] | undefined,
): WrittenRule<R>[] {
  const all = rules.map((rule): WrittenRule<R> => ({
    rule: isOfPair(rule) ? { ...settings, ...rule } : rule,
    share: isOfPair(rule) ? ofOthers : undefined,
    isForTesters: false,
  }));
  const ofTesters = all
    .filter(({ share }) => testers && share)
    .map(({ rule }) => ({ rule: { ...rule, matches: both(rule.matches, testers!) }, share: shareOfTesters, isForTesters: true }))
    // A list without conditions would take every request, but no tester's request meets the conditions of this rule.
    .filter(({ rule }) => rule.matches.length > 0);
  return [...all, ...ofTesters];
}

const shareOfTesters = (route: Route): Fraction => (route.matchedToCanary ? Fraction.ONE : Fraction.ZERO);
const ofOthers = (route: Route): Fraction => route.weight;
