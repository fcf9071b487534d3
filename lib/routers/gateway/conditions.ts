import { isBelowPrefix } from '../../core/gateway-api';
import { equal } from '../../rendered/rendered-objects';

/** A condition of a rule for HTTP or gRPC: all of its fields must hold. */
export interface Match {
  readonly path?: PathMatch;
  readonly headers?: readonly NamedMatch[];
  readonly queryParams?: readonly NamedMatch[];
  /** The HTTP method, or the service and method of gRPC. */
  readonly method?: unknown;
}

interface PathMatch {
  readonly type?: string;
  readonly value?: string;
}

interface NamedMatch {
  readonly name: string;
  readonly type?: string;
  readonly value: string;
}

/**
 * Two lists of matches, as one list that takes the requests which both take. `undefined` takes every request.
 *
 * @param a matches of which any is enough
 * @param b those that must hold besides
 */
export function both(a: readonly Match[] | undefined, b: readonly Match[]): Match[] {
  return a?.length ? a.flatMap((one) => b.flatMap((other) => and(one, other) ?? [])) : [...b];
}

/** The first field in which it cannot be told which requests two matches both take; undefined if it can. */
export function contradiction(a: Match, b: Match): keyof Match | undefined {
  return FIELDS.find((field) => combined(a, b, field) === UNKNOWN);
}

const FIELDS = ['path', 'headers', 'queryParams', 'method'] as const;

/** No request meets both conditions. */
const NONE = Symbol('none');

/** The Gateway API has no condition that means both. */
const UNKNOWN = Symbol('unknown');

/** A match for the requests that two matches take; undefined if there are none. */
function and(a: Match, b: Match): Match | undefined {
  const entries = FIELDS.map((field) => [field, combined(a, b, field)] as const).filter(([, value]) => value !== undefined);
  return entries.some(([, value]) => value === NONE || value === UNKNOWN) ? undefined : Object.fromEntries(entries);
}

function combined(a: Match, b: Match, field: keyof Match): unknown {
  const [one, other] = [a[field], b[field]];
  if (one === undefined || other === undefined || equal(one, other)) {
    return one ?? other;
  }
  switch (field) {
    case 'headers':
      return named(a.headers!, b.headers!, (name) => name.toLowerCase());
    case 'queryParams':
      return named(a.queryParams!, b.queryParams!, (name) => name);
    case 'path':
      return narrower(a.path!, b.path!);
    case 'method':
      // The methods of gRPC are conditions of their own, of which neither has to exclude the other.
      return typeof one === 'string' ? NONE : UNKNOWN;
  }
}

/** Of several entries with one name, an implementation reads only the first. */
function named(a: readonly NamedMatch[], b: readonly NamedMatch[], keyOf: (name: string) => string): unknown {
  const first = new Map(a.map((entry) => [keyOf(entry.name), entry]));
  const others = b.filter(({ name }) => first.has(keyOf(name)));
  const contrary = others.filter((entry) => !isSame(entry, first.get(keyOf(entry.name))!));
  if (contrary.length > 0) {
    return contrary.some((entry) => isExact(entry) && isExact(first.get(keyOf(entry.name))!)) ? NONE : UNKNOWN;
  }
  return [...a, ...b.filter((entry) => !others.includes(entry))];
}

function isSame(a: NamedMatch, b: NamedMatch): boolean {
  return a.value === b.value && isExact(a) === isExact(b);
}

function isExact({ type = 'Exact' }: NamedMatch): boolean {
  return type === 'Exact';
}

function narrower(a: PathMatch, b: PathMatch): unknown {
  if (a.type === 'RegularExpression' || b.type === 'RegularExpression') {
    return UNKNOWN;
  }
  if (includes(a, b)) {
    return b;
  }
  return includes(b, a) ? a : NONE;
}

/** Whether a condition on the path takes all requests that another one takes. */
function includes(
  { type = 'PathPrefix', value = '/' }: PathMatch,
  { type: otherType = 'PathPrefix', value: other = '/' }: PathMatch,
): boolean {
  if (type === 'Exact') {
    return otherType === 'Exact' && value === other;
  }
  return isBelowPrefix(other, value);
}

/** Whether a match takes every request. */
export function takesAll({ path, headers, queryParams, method }: Match): boolean {
  const takesAnyPath = path === undefined || ((path.type ?? 'PathPrefix') === 'PathPrefix' && (path.value ?? '/') === '/');
  return takesAnyPath && !headers?.length && !queryParams?.length && method === undefined;
}
