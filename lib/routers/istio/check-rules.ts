import * as istio from '../../../imports/networking.istio.io';
import type * as names from '../../core/names';
import { type Input, isMap } from '../../input/input';
import { type Entrances, catchesAll } from './catch-all';
import { checkMatch } from './check-match';
import { contradiction } from './conditions';
import { resolvedHost } from './hosts';
import type { IstioVirtualServiceProps } from './props';
import { isOfPair } from './rules';

type Rule = istio.VirtualServiceSpecHttp;

const RULE: Readonly<Record<keyof Rule, true>> = {
  corsPolicy: true,
  delegate: true,
  directResponse: true,
  fault: true,
  headers: true,
  match: true,
  mirror: true,
  mirrorPercent: true,
  mirrorPercentage: true,
  mirrors: true,
  name: true,
  redirect: true,
  retries: true,
  rewrite: true,
  route: true,
  timeout: true,
};

/** What a rule does with a request. Without any of these the rule is the pair's. */
const ACTIONS = ['route', 'redirect', 'directResponse', 'delegate'] as const;

/** Checks the rules of a VirtualService: one is the pair's, every rule can be reached, and no other rule leads to the pair. */
export function checkRules(input: Input, props: IstioVirtualServiceProps, entrances: Entrances): void {
  if (props.rules === undefined) {
    return;
  }
  const problems = input.problems.length;
  const rules = input.entries<unknown>('rules', props.rules);
  for (const [index, rule] of rules.entries()) {
    checkRule(input, `rules[${index}]`, rule, props, entrances);
  }
  if (input.problems.length > problems) {
    return;
  }
  const valid = rules as Rule[];
  if (!valid.some(isOfPair)) {
    input.reject(
      'rules',
      valid,
      'have a rule of the pair, without route, redirect, directResponse and delegate, whose requests the stages divide',
      '[…, {}]',
    );
  }
  const last = valid.findIndex(({ match }) => !match?.length || catchesAll(match, entrances));
  if (last >= 0 && last < valid.length - 1) {
    input.reject(
      `rules[${last}].match`,
      valid[last]!.match,
      `leave requests to the rules after it, because rules[${last + 1}] would never be reached`,
      'to move the rule to the end',
    );
  }
  checkTesters(input, props, valid);
}

function checkRule(input: Input, property: string, rule: unknown, props: IstioVirtualServiceProps, entrances: Entrances): void {
  if (!input.known(property, rule, RULE) || !isMap(rule)) {
    return;
  }
  for (const [index, match] of input.entries<unknown>(`${property}.match`, rule.match).entries()) {
    checkMatch(input, `${property}.match[${index}]`, match, entrances);
  }
  checkWritten(input, property, rule);
  const actions = ACTIONS.filter((action) => rule[action] !== undefined);
  if (actions.length > 1) {
    input.reject(property, actions, `have at most one of ${ACTIONS.join(', ')}`);
  }
  if (props.delegate && rule.delegate !== undefined) {
    input.reject(`${property}.delegate`, rule.delegate, 'be left out in a delegate, because Istio refuses a delegate of a delegate');
  }
  const route = Array.isArray(rule.route) ? (rule.route as (istio.VirtualServiceSpecHttpRoute | undefined)[]) : [];
  for (const [index, destination] of route.entries()) {
    checkDestination(input, `${property}.route[${index}].destination.host`, destination?.destination?.host, props);
  }
}

/** Requests of a rule with destinations of its own would not follow the stages. */
function checkDestination(input: Input, property: string, host: unknown, { pair }: IstioVirtualServiceProps): void {
  const service = pair?._props?.service?.name;
  const namespace = pair?._props?.namespace ?? pair?.service?.metadata.namespace ?? '';
  if (typeof host !== 'string' || host === '') {
    input.reject(property, host, 'be the name of a service', '"web"');
  } else if (service !== undefined && resolvedHost(host, namespace) === resolvedHost(service, namespace)) {
    input.reject(
      property,
      host,
      "be another service than the pair's, because requests of this rule would not follow the stages",
      'to leave route out of the rule',
    );
  }
}

/** Rejects fields that the generated types do not write, such as misspelt ones, and numbers given as strings. */
function checkWritten(input: Input, property: string, rule: Readonly<Record<string, unknown>>): void {
  let written: unknown;
  try {
    const manifest = istio.VirtualService.manifest({ spec: { http: [rule] } }) as { spec: { http: unknown[] } };
    written = manifest.spec.http[0];
  } catch {
    input.reject(property, rule, 'be a rule of a VirtualService, with lists and maps where Istio has them');
    return;
  }
  // Those of the rule itself are reported already.
  const known = Object.fromEntries(Object.entries(rule).filter(([key]) => key in RULE));
  for (const [field, value] of lost(known, written, property)) {
    input.reject(field, value, 'be a property that exists');
  }
  for (const [field, value] of texts(rule, property)) {
    if (NUMBERS.test(field) && !NAMES.test(field)) {
      input.reject(field, value, 'be a number', /^\d+$/.test(value) ? value : undefined);
    }
  }
  const { name } = rule;
  if (name !== undefined) {
    input.text(`${property}.name`, name, ANY_NAME);
  }
}

const ANY_NAME: names.Rule = { pattern: /^[^]+$/, max: 253, must: 'not be empty' };

/** The fields of a rule that are numbers. */
const NUMBERS =
  /\.(?:weight|port\.number|redirect\.(?:port|redirectCode)|directResponse\.status|httpStatus|attempts|mirrorPercent|[pP]ercentage\.value)$/;

/** The parts of a rule with names of the user's, which may be called as a field is. `checkMatch` checks the conditions. */
const NAMES = /\.(?:headers\.|match\[)/;

/** The fields that are in a value but not in what was written of it. The generated types spell a few fields in another way. */
function* lost(value: unknown, written: unknown, path: string): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* lost(item, Array.isArray(written) ? written[index] : undefined, `${path}[${index}]`);
    }
  } else if (isMap(value)) {
    const fields = new Map(isMap(written) ? Object.entries(written).map(([key, item]) => [plain(key), item]) : []);
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined && !fields.has(plain(key))) {
        yield [`${path}.${key}`, item];
      } else {
        yield* lost(item, fields.get(plain(key)), `${path}.${key}`);
      }
    }
  }
}

function plain(key: string): string {
  return key.replace(/_/g, '').toLowerCase();
}

function* texts(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value === 'string') {
    yield [path, value];
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield* texts(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    }
  }
}

/** The testers' conditions are added to those of each rule of the pair, so both cannot set a field in different ways. */
function checkTesters(input: Input, { match }: IstioVirtualServiceProps, rules: readonly Rule[]): void {
  for (const [index, tester] of (Array.isArray(match) ? match : []).entries()) {
    for (const [place, rule] of rules.entries()) {
      for (const [number, own] of (isOfPair(rule) ? (rule.match ?? []) : []).entries()) {
        const field = isMap(tester) ? contradiction(tester, own) : undefined;
        if (field !== undefined) {
          input.reject(
            `match[${index}].${field}`,
            tester[field as keyof typeof tester],
            `be compatible with rules[${place}].match[${number}].${field}, because a request of a tester meets both`,
            'an exact text or a prefix that begins with that of the rule',
          );
        }
      }
    }
  }
}
