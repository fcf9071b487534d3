import type * as istio from '../../../imports/networking.istio.io';
import { equal } from '../../rendered/rendered-objects';

type Match = istio.VirtualServiceSpecHttpMatch;

/** The conditions of a match that are maps by name, all of which must hold. */
const MAPS = ['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'] as const;

/** Two lists of matches, as one list that takes the requests which both take. `undefined` takes every request, and an empty list none. */
export function both(a: readonly Match[] | undefined, b: readonly Match[] | undefined): Match[] | undefined {
  if (!a?.length || !b?.length) {
    return (a?.length ? a : b)?.map((match) => match);
  }
  return a.flatMap((one) => b.flatMap((other) => and(one, other) ?? []));
}

/** The first field that two matches set in ways of which neither includes the other; undefined if they can be combined, or exclude each other. */
export function contradiction(a: Match, b: Match): string | undefined {
  return Object.keys(a).find((field) => combined(a, b, field) === UNKNOWN);
}

/** A match for the requests that two matches take; undefined if there are none. */
function and(a: Match, b: Match): Match | undefined {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const entries = fields.map((field) => [field, combined(a, b, field)] as const);
  return entries.some(([, value]) => value === NONE || value === UNKNOWN) ? undefined : Object.fromEntries(entries);
}

/** No request meets both conditions. */
const NONE = Symbol('none');

/** The combination of both conditions is no condition of Istio's. */
const UNKNOWN = Symbol('unknown');

function combined(a: Match, b: Match, name: string): unknown {
  const field = name as keyof Match;
  const [one, other] = [a[field], b[field]];
  if (one === undefined || other === undefined || equal(one, other)) {
    return one ?? other;
  }
  if (field === 'gateways') {
    const common = (one as string[]).filter((gateway) => (other as string[]).includes(gateway));
    return common.length > 0 ? common : NONE;
  }
  if (field === 'name' || field === 'statPrefix') {
    return `${String(one)}-${String(other)}`;
  }
  if ((MAPS as readonly string[]).includes(field)) {
    return ofMaps(one as Record<string, unknown>, other as Record<string, unknown>);
  }
  if (field === 'port' || field === 'sourceNamespace') {
    return NONE;
  }
  // With different case rules neither text includes the other.
  return field === 'ignoreUriCase' || (field === 'uri' && a.ignoreUriCase !== b.ignoreUriCase) ? UNKNOWN : narrower(one, other);
}

function ofMaps(one: Record<string, unknown>, other: Record<string, unknown>): unknown {
  const isShared = Object.keys(one).some((key) => key in other && !equal(one[key], other[key]));
  return isShared ? UNKNOWN : { ...one, ...other };
}

interface Text {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

/** The narrower of two conditions on a text. */
function narrower(a: unknown, b: unknown): unknown {
  const [one, other] = [a as Text, b as Text];
  if (one.regex !== undefined || other.regex !== undefined) {
    return UNKNOWN;
  }
  if (includes(one, other)) {
    return other;
  }
  return includes(other, one) ? one : NONE;
}

function includes({ exact, prefix }: Text, other: Text): boolean {
  return exact !== undefined ? other.exact === exact : (other.exact ?? other.prefix ?? '').startsWith(prefix ?? '');
}
