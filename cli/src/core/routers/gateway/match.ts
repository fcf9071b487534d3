import { isBelowPrefix, withoutSlash } from '../../../../../lib/core/gateway-api';
import { type Resource, at, listAt, textAt, textsAt } from '../../resource';
import type { RoutedRequest } from '../router';

/** Whether a condition holds; `unknown` if the command cannot tell, as for a regular expression, whose dialect each implementation chooses. */
export type Answer = 'yes' | 'no' | 'unknown';

/** A condition of a rule, as it applies to one request. */
export interface Condition {
  readonly answer: Answer;
  /** Decides between conditions that hold: the first number that differs, the larger one first. Undefined if it depends on the implementation. */
  readonly rank: readonly number[] | undefined;
}

/** How a kind of route reads the conditions of its rules. */
export type ReadCondition = (match: Resource, request: RoutedRequest) => Condition;

/** The condition of an HTTPRoute. The rank is that of the API: exact path, longest prefix, method, most headers, most query parameters. */
export function httpCondition(match: Resource, request: RoutedRequest): Condition {
  const [path, query] = splitPath(request.path);
  const type = textAt(match, 'path', 'type') ?? 'PathPrefix';
  const wanted = textAt(match, 'path', 'value') ?? '/';
  const [headers, params] = [listAt(match, 'headers'), listAt(match, 'queryParams')];
  const method = textAt(match, 'method');
  const unknown = unknownFields(match, ['path', 'headers', 'queryParams', 'method']);
  const answer = allOf([
    pathAnswer(type, wanted, path),
    method === undefined || method === request.method ? 'yes' : 'no',
    ...namedAnswers(headers, (name) => name.toLowerCase(), request.headers),
    ...namedAnswers(params, (name) => name, firstValues(query)),
    ...unknown,
  ]);
  const isExact = type === 'Exact';
  const length = isExact ? wanted.length : withoutSlash(wanted).length;
  const isRanked = unknown.length === 0 && (isExact || type === 'PathPrefix');
  return {
    answer,
    rank: isRanked ? [Number(isExact), length, Number(method !== undefined), headers.length, params.length] : undefined,
  };
}

/** The condition of a GRPCRoute. The rank is that of the API: most characters of the service, then of the method, most headers. */
export function grpcCondition(match: Resource, request: RoutedRequest): Condition {
  const [, service, method] = /^\/([^/]+)\/([^/]+)$/.exec(splitPath(request.path)[0]) ?? [];
  const wanted = (name: string) => textAt(match, 'method', name);
  const isExact = (wanted('type') ?? 'Exact') === 'Exact';
  const partAnswer = (name: string, got: string | undefined): Answer =>
    wanted(name) === undefined ? 'yes' : got === undefined ? 'no' : isExact ? equalAnswer(wanted(name), got) : 'unknown';
  const headers = listAt(match, 'headers');
  const unknown = unknownFields(match, ['method', 'headers']);
  return {
    answer: allOf([
      partAnswer('service', service),
      partAnswer('method', method),
      ...namedAnswers(headers, (name) => name.toLowerCase(), request.headers),
      ...unknown,
    ]),
    rank: isExact && unknown.length === 0 ? [wanted('service')?.length ?? 0, wanted('method')?.length ?? 0, headers.length] : undefined,
  };
}

/** Whether a route takes the requests to a host; a route without host names takes all of them. */
export function takesHost(route: Resource, host: string | undefined): boolean {
  const value = at(route, 'spec', 'hostnames');
  const names = Array.isArray(value) ? value.map(String) : [];
  const asked = host?.replace(/:\d+$/, '').toLowerCase();
  return (
    names.length === 0 ||
    asked === undefined ||
    names.some((name) => (name.startsWith('*.') ? asked.endsWith(name.slice(1).toLowerCase()) : asked === name.toLowerCase()))
  );
}

function pathAnswer(type: string, wanted: string, path: string): Answer {
  switch (type) {
    case 'Exact':
      return equalAnswer(wanted, path);
    case 'PathPrefix':
      return isBelowPrefix(path, wanted) ? 'yes' : 'no';
    default:
      return 'unknown';
  }
}

/** Of several entries with one name, an implementation reads only the first. */
function namedAnswers(entries: readonly Resource[], keyOf: (name: string) => string, given: Readonly<Record<string, string>>): Answer[] {
  const first = new Map<string, Resource>();
  for (const entry of entries) {
    const key = keyOf(textAt(entry, 'name') ?? '');
    if (!first.has(key)) {
      first.set(key, entry);
    }
  }
  return [...first].map(([key, entry]) => {
    const got = given[key];
    return got === undefined ? 'no' : (textAt(entry, 'type') ?? 'Exact') === 'Exact' ? equalAnswer(textAt(entry, 'value'), got) : 'unknown';
  });
}

function equalAnswer(wanted: string | undefined, got: string): Answer {
  return wanted === got ? 'yes' : 'no';
}

function unknownFields(match: Resource, known: readonly string[]): Answer[] {
  return Object.keys(match).some((field) => !known.includes(field)) ? ['unknown'] : [];
}

function allOf(answers: readonly Answer[]): Answer {
  return answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes';
}

function splitPath(text: string): readonly [string, string] {
  const [path, ...query] = text.split('?');
  return [path!, query.join('?')];
}

/** The first value of each query parameter: the API leaves the meaning of further ones open, and recommends the first. */
function firstValues(query: string): Readonly<Record<string, string>> {
  const params = new URLSearchParams(query);
  return Object.fromEntries([...new Set(params.keys())].map((name) => [name, params.get(name)!]));
}

/** Whether a rule takes only some of the requests that another rule takes, because it has further conditions. */
export function isRefined(rule: Resource, by: Resource): boolean {
  const conditionsOf = (of: Resource): readonly Resource[] => {
    const matches = listAt(of, 'matches');
    return matches.length > 0 ? matches : [{}];
  };
  return conditionsOf(by).some((narrow) => conditionsOf(rule).some((wide) => isNarrower(narrow, wide)));
}

function isNarrower(narrow: Resource, wide: Resource): boolean {
  const parts = (match: Resource) => [
    ...['headers', 'queryParams'].flatMap((list) => listAt(match, list).map((entry) => `${list} ${JSON.stringify(textsAt(entry))}`)),
    ...(match['method'] === undefined ? [] : [`method ${JSON.stringify(match['method'])}`]),
  ];
  const [narrowParts, wideParts] = [parts(narrow), parts(wide)];
  const [path, widePath] = [narrow, wide].map((match) => textAt(match, 'path', 'value') ?? '/');
  const isInside = widePath === path || pathAnswer(textAt(wide, 'path', 'type') ?? 'PathPrefix', widePath!, path!) === 'yes';
  return isInside && wideParts.every((part) => narrowParts.includes(part)) && (narrowParts.length > wideParts.length || path !== widePath);
}
