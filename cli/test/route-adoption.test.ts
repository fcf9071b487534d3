import { type Api, ApiError, type Call, type Method } from '../src/cluster/api';
import { type ApplyOptions, applyObject } from '../src/cluster/apply';
import type { Kinds } from '../src/cluster/kinds';
import { EXIT } from '../src/core/errors';
import { provenanceOf } from '../src/core/kubernetes/provenance';
import type { Resource } from '../src/core/resource';
import { objectsOf, trees } from './trees';

// A route that someone else made is adopted whole or refused: an apply never removes a rule, a host name or a parent that the plan lacks.

const objects = objectsOf(trees.gateway());
const route = objects.all.find(({ ref }) => ref.kind === 'HTTPRoute')!;
const kinds = { path: () => '/route', collection: () => '/routes', of: () => ({ isNamespaced: true }) } as unknown as Kinds;

interface Spec {
  parentRefs: Resource[];
  hostnames: string[];
  rules: Resource[];
}

const ALL = { path: { type: 'PathPrefix', value: '/' } };
const toService = (name: string, weight = 1) => ({ group: '', kind: 'Service', name, port: 80, weight });

/** A route of one rule to the Service of the pair, as the API server returns it: with its defaults. */
function live(change: (spec: Spec) => void = () => undefined, operation = 'Update'): Resource {
  const spec: Spec = {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
    hostnames: ['shop.example'],
    rules: [{ matches: [ALL], backendRefs: [toService('shop')] }],
  };
  change(spec);
  const fieldsV1 = { 'f:spec': { 'f:rules': {}, 'f:hostnames': {}, 'f:parentRefs': {} } };
  const managedFields = [{ manager: 'kubectl-client-side-apply', operation, fieldsV1 }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'shop', namespace: 'default', resourceVersion: '1', managedFields },
    spec,
  };
}

/** An API server with one route, which reports the rules as a conflict unless the apply is forced. */
async function apply(before: Resource, options: Partial<ApplyOptions> = {}) {
  const writes: string[] = [];
  const call = (method: Method, _path: string, { body, type, query }: Call): Promise<Resource> => {
    const isForced = query?.['force'] === 'true';
    if (type === 'application/json-patch+json') {
      return Promise.resolve(structuredClone(before));
    }
    if (method === 'PATCH' && !isForced) {
      const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl-client-side-apply"', field: '.spec.rules' }];
      return Promise.reject(new ApiError({ kind: 'status', status: 409, message: 'conflict' }, 'PATCH', { details: { causes } }));
    }
    if (query?.['dryRun'] === undefined) {
      writes.push(`${method}${isForced ? ' forced' : ''}`);
    }
    return Promise.resolve({ ...(body as Resource), metadata: { ...((body as Resource)['metadata'] as Resource), resourceVersion: '2' } });
  };
  const api = { find: () => Promise.resolve(structuredClone(before)), call } as unknown as Api;
  const provenance = provenanceOf(objects, new Map(), 'stage-0');
  const result = await applyObject(api, kinds, route, 'stage-0', { fieldManager: 'us', provenance, ...options }).then(
    (applied) => ({ applied }),
    (error: Error & { code: number }) => ({ error }),
  );
  return { writes, applied: undefined, error: undefined, ...result };
}

test('a route of which nothing is lost is adopted: its rules lead to the Services of the tracks from then on', async () => {
  const { error, applied, writes } = await apply(live());
  expect(error).toBeUndefined();
  expect(writes).toEqual(['PATCH forced']);
  expect(applied!.takenOver).toMatchObject([{ field: '.spec.rules', manager: 'kubectl-client-side-apply' }]);
});

test('a route that another tool applies by server-side apply is a conflict, because both would write it', async () => {
  const { error, writes } = await apply(live(undefined, 'Apply'));
  expect(error).toMatchObject({ code: EXIT.conflict, message: expect.stringContaining('.spec.rules: kubectl-client-side-apply set') });
  expect(writes).toEqual([]);
});

const RULES = 'declare it in rules, or delete the object';

test.each<[string, (spec: Spec) => void, string, string]>([
  [
    'a rule for a path',
    ({ rules }) => rules.push({ matches: [{ path: { type: 'PathPrefix', value: '/api' } }], backendRefs: [toService('api')] }),
    'the rule for path prefix /api',
    RULES,
  ],
  [
    'a rule for a method and a header',
    ({ rules }) => rules.push({ matches: [{ ...ALL, method: 'POST', headers: [{ name: 'a', value: 'b', type: 'Exact' }] }] }),
    'the rule for method POST and header a: b',
    RULES,
  ],
  [
    'one of two conditions',
    ({ rules }) => void (rules[0]!['matches'] = [ALL, { path: { type: 'Exact', value: '/x' } }]),
    'the rule for path /x',
    RULES,
  ],
  [
    'a rule for a regular expression and a query parameter',
    ({ rules }) =>
      rules.push({ matches: [{ path: { type: 'RegularExpression', value: '/a.*' }, queryParams: [{ name: 'q', value: '1' }] }] }),
    'the rule for paths like /a.* and query parameter q: 1',
    RULES,
  ],
  ['filters', ({ rules }) => void (rules[0]!['filters'] = [{ type: 'CORS' }]), 'filters of the rule for all requests', RULES],
  ['timeouts', ({ rules }) => void (rules[0]!['timeouts'] = { request: '1s' }), 'timeouts of the rule for all requests', RULES],
  [
    'another backend',
    ({ rules }) => void (rules[0]!['backendRefs'] = [toService('shop'), toService('blue')]),
    'the backend Service/blue of the rule for all requests',
    RULES,
  ],
  [
    'a host name',
    ({ hostnames }) => void hostnames.push('www.shop.example'),
    'the host name www.shop.example',
    'declare it in hostnames, or delete the object',
  ],
  [
    'a parent',
    ({ parentRefs }) => void parentRefs.push({ name: 'inner', namespace: 'infra' }),
    'the parent Gateway/inner',
    'declare it in parents, or delete the object',
  ],
  [
    'a listener of the same parent',
    ({ parentRefs }) => void (parentRefs[0]!['sectionName'] = 'https'),
    'the parent Gateway/edge',
    'declare it in parents, or delete the object',
  ],
])('%s that the plan lacks is refused before anything is written, also with force', async (_, change, what, way) => {
  for (const options of [{}, { isDryRun: true }, { force: true }, { force: true, isDryRun: true }]) {
    const { error, writes } = await apply(live(change), options);
    expect(writes).toEqual([]);
    expect(error).toMatchObject({
      code: EXIT.conflict,
      message: `HTTPRoute/shop exists, was made by another client, and has ${what}, which stage-0 does not have, so the apply would remove it; ${way}`,
    });
  }
});

test('a comparison shows the refusal beside the result', async () => {
  const { applied } = await apply(
    live(({ hostnames }) => void hostnames.push('x.example')),
    { force: true, isComparison: true, isDryRun: true },
  );
  expect(applied!.refusal?.message).toContain('has the host name x.example');
});

const { stable, canary } = objects.plan.pairs[0]!;

test('weights, defaults and the namespace of the route are no difference', async () => {
  const change = (spec: Spec) => {
    spec.rules = [{ matches: [ALL], backendRefs: [toService(stable.service!, 100), toService(canary!.service!, 0)] }];
    spec.parentRefs[0]!['namespace'] = 'default';
  };
  expect((await apply(live(change))).error).toBeUndefined();
});

test('a route that this tool wrote has no rules of others: a rule that was added since is a conflict as any other value', async () => {
  const before = live(({ rules }) => rules.push({ matches: [{ path: { type: 'Exact', value: '/x' } }] }));
  const release = objects.plan.pairs[0]!.release;
  const marked = { ...before, metadata: { ...(before['metadata'] as Resource), annotations: { 'cdk8s-canary/release': release } } };
  expect((await apply(marked)).error).toMatchObject({ code: EXIT.conflict, message: expect.stringContaining('.spec.rules') });
});
