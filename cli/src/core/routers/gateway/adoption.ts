import { GATEWAY_GROUP } from '../../../../../lib/core/gateway-api';
import { RELEASE_ANNOTATION } from '../../../../../lib/core/labels';
import { sameJson } from '../../kubernetes/objects';
import { type Resource, at, listAt, textAt } from '../../resource';
import type { Undeclared } from '../router';

/**
 * Returns the first part of a live route that an apply of a manifest would remove although this tool never wrote it. A route has one owner:
 * its rules are one list, which an apply replaces as a whole. Weights, and Services of the pair in place of each other, are no difference.
 *
 * @param services the names of the Services of the pairs and of their tracks
 */
export function undeclaredIn(live: Resource, manifest: Resource, services: ReadonlySet<string>): Undeclared | undefined {
  if (textAt(live, 'metadata', 'annotations', RELEASE_ANNOTATION) !== undefined) {
    return undefined;
  }
  const lacks = (list: readonly unknown[], value: unknown) => !list.some((one) => sameJson(one, value));
  const parents = (of: Resource) => listAt(of, 'spec', 'parentRefs').map((ref) => parentOf(ref, of));
  const parent = parents(live).find((ref) => lacks(parents(manifest), ref));
  if (parent) {
    return { what: `the parent ${parent.kind}/${parent.name}`, property: 'parents' };
  }
  const hostnames = (of: Resource) => (at(of, 'spec', 'hostnames') as readonly string[] | undefined) ?? [];
  const hostname = hostnames(live).find((name) => lacks(hostnames(manifest), name));
  if (hostname !== undefined) {
    return { what: `the host name ${hostname}`, property: 'hostnames' };
  }
  const declared = listAt(manifest, 'spec', 'rules').flatMap(partsOf);
  for (const part of listAt(live, 'spec', 'rules').flatMap(partsOf)) {
    const partner = declared.find(({ match }) => sameJson(match, part.match));
    const what = `the rule for ${matchText(part.match)}`;
    const lost = partner ? lostOf(part, partner, services) : '';
    if (lost !== undefined) {
      return { what: lost === '' ? what : `${lost} of ${what}`, property: 'rules' };
    }
  }
  return undefined;
}

/** One condition of a rule, with all that the rule does. */
interface Part {
  readonly match: Resource;
  readonly settings: Resource;
  readonly backends: readonly Backend[];
}

interface Backend {
  readonly kind: string;
  readonly name: string;
  readonly settings: Resource;
}

function partsOf(rule: Resource): readonly Part[] {
  const { matches: _, backendRefs, ...settings } = rule;
  const matches = listAt(rule, 'matches');
  const backends = ((backendRefs ?? []) as readonly Resource[]).map(backendOf);
  return (matches.length > 0 ? matches : [{}]).map((match) => ({
    match: matchOf(match),
    settings: pruned(settings) as Resource,
    backends,
  }));
}

function backendOf({ weight: _, name, ...settings }: Resource): Backend {
  return { kind: textAt(settings, 'kind') ?? 'Service', name: String(name), settings: pruned(settings) as Resource };
}

/** What a rule has and its declared counterpart lacks; undefined if it lacks nothing. */
function lostOf(live: Part, declared: Part, services: ReadonlySet<string>): string | undefined {
  const setting = Object.keys(live.settings).find((key) => !sameJson(live.settings[key], declared.settings[key]));
  if (setting !== undefined) {
    return setting;
  }
  const backend = live.backends.find(
    (one) => !(one.kind === 'Service' && services.has(one.name)) && !declared.backends.some((other) => sameJson(one, other)),
  );
  return backend && `the backend ${backend.kind}/${backend.name}`;
}

function parentOf(ref: Resource, route: Resource): Resource & { readonly kind: string; readonly name: string } {
  return {
    ...ref,
    group: textAt(ref, 'group') ?? GATEWAY_GROUP,
    kind: textAt(ref, 'kind') ?? 'Gateway',
    // The manifests may leave the namespace to kubectl; the live route has its own.
    namespace: textAt(ref, 'namespace') === textAt(route, 'metadata', 'namespace') ? undefined : textAt(ref, 'namespace'),
    name: textAt(ref, 'name') ?? '',
  };
}

/** A condition without what the API server fills in. Every request has a path that begins with `/`. */
function matchOf(match: Resource): Resource {
  const { path, ...others } = match;
  const [type, value] = [textAt(path, 'type') ?? 'PathPrefix', textAt(path, 'value') ?? '/'];
  return { ...(pruned(others) as Resource), ...(type === 'PathPrefix' && value === '/' ? {} : { path: { type, value } }) };
}

/** The values that the API server fills in. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  group: [''],
  kind: ['Service'],
  type: ['Exact'],
  weight: [1],
  statusCode: [302],
};

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(pruned);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== undefined && !DEFAULTS[key]?.includes(inner))
      .map(([key, inner]) => [key, pruned(inner)]),
  );
}

function matchText(match: Resource): string {
  const named = (list: string, word: string) => listAt(match, list).map((one) => `${word} ${String(one['name'])}: ${String(one['value'])}`);
  const type = { Exact: 'path', PathPrefix: 'path prefix', RegularExpression: 'paths like' }[textAt(match, 'path', 'type') ?? ''] ?? 'path';
  const method = at(match, 'method');
  const parts = [
    ...(match['path'] === undefined ? [] : [`${type} ${textAt(match, 'path', 'value') ?? ''}`]),
    ...(method === undefined ? [] : [`method ${typeof method === 'string' ? method : methodText(method)}`]),
    ...named('headers', 'header'),
    ...named('queryParams', 'query parameter'),
  ];
  return parts.length > 0 ? parts.join(' and ') : 'all requests';
}

function methodText(method: unknown): string {
  return [textAt(method, 'service'), textAt(method, 'method')].map((part) => part ?? '*').join('/');
}
