import type { PlanObjects } from '../src/core/kubernetes/objects';
import { type RolloutPair, rolloutPairs } from '../src/core/plan/plan';
import type { Resource } from '../src/core/resource';
import { recognize } from '../src/core/rollout/recognize-position';
import { ROUTERS, installAdvice, kindsText } from '../src/core/routers';
import { liveFrom, objectsOf, trees } from './trees';

// What the command knows of routes of the Gateway API: which rule takes a request, and what its weights say.

const gateway = ROUTERS.gateway.route!;
const pair = {
  service: 'shop',
  stable: { deployment: 'shop-a', version: '1', subset: 'v1', service: 'shop-a' },
  canary: { deployment: 'shop-b', version: '2', subset: 'v2', service: 'shop-b' },
} as RolloutPair;

const refs = (stable: number, canary: number) => ({
  backendRefs: [
    { name: 'shop-a', port: 80, weight: stable },
    { name: 'shop-b', port: 80, weight: canary },
  ],
});
const route = (kind: string, rules: readonly object[], spec: object = {}): Resource => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name: 'shop' },
  spec: { ...spec, rules },
});
const http = (...rules: object[]) => route('HTTPRoute', rules);
const REST = { matches: [{ path: { type: 'PathPrefix', value: '/' } }], ...refs(90, 10) };
const path = (type: string, value: string) => ({ path: { type, value } });
const BETA = { headers: [{ name: 'User-Group', value: 'beta' }] };
const to = (...names: string[]) => ({ backendRefs: names.map((name) => ({ name, port: 80 })) });

interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

function ask(live: Resource | undefined, asked: Asked | undefined): string {
  const found = gateway.shareOf(live, pair, asked && { method: 'GET', path: '/', headers: {}, ...asked });
  return found.share === undefined ? found.why : found.share.toString();
}

const UNKNOWN = 'HTTPRoute shop has a match condition that kubectl-canary does not know';
const NEITHER = 'HTTPRoute shop sends this request to neither version';
const NO_RULE = 'HTTPRoute shop has no rule for this request';

test.each<[string, Resource | undefined, Asked, string]>([
  ['any request', http(REST), {}, '1/10'],
  ['a rule without conditions', http(refs(75, 25)), {}, '1/4'],
  ['a weight of 0, which is kept', http(refs(100, 0)), {}, '0'],
  ['one in a thousand', http(refs(999, 1)), {}, '1/1000'],
  ['weights whose sum is not 100', http(refs(2, 1)), {}, '1/3'],
  ['no weight, which is 1', http(to('shop-a', 'shop-b')), {}, '1/2'],
  ['a third backend in the rule', http({ backendRefs: [...refs(3, 1).backendRefs, { name: 'other', weight: 4 }] }), {}, '1/4'],
  ['weights of 0 only', http(refs(0, 0)), {}, NEITHER],
  ['a tester, whose rule is the last', http(REST, { matches: [BETA], ...refs(0, 100) }), { headers: { 'user-group': 'beta' } }, '1'],
  ['a client that is no tester', http(REST, { matches: [BETA], ...refs(0, 100) }), { headers: { 'user-group': 'staff' } }, '1/10'],
  ['a client without the header', http(REST, { matches: [BETA], ...refs(0, 100) }), {}, '1/10'],
  [
    'a longer path before more headers',
    http({ matches: [path('PathPrefix', '/api')], ...refs(1, 1) }, { matches: [BETA], ...refs(0, 100) }),
    { path: '/api/x', headers: { 'user-group': 'beta' } },
    '1/2',
  ],
  [
    'a method before headers',
    http({ matches: [{ method: 'POST' }], ...refs(1, 1) }, { matches: [BETA], ...refs(0, 100) }),
    { method: 'POST', headers: { 'user-group': 'beta' } },
    '1/2',
  ],
  ['another method', http({ matches: [{ method: 'POST' }], ...refs(1, 1) }, REST), {}, '1/10'],
  [
    'headers before query parameters',
    http({ matches: [{ queryParams: [{ name: 'q', value: '1' }] }], ...refs(1, 1) }, { matches: [BETA], ...refs(0, 100) }),
    { path: '/?q=1', headers: { 'user-group': 'beta' } },
    '1',
  ],
  [
    'a query parameter',
    http(REST, { matches: [{ queryParams: [{ name: 'q', value: '1' }] }], ...refs(1, 1) }),
    { path: '/?q=1&q=2' },
    '1/2',
  ],
  [
    'its second value',
    http(REST, { matches: [{ queryParams: [{ name: 'q', value: '2' }] }], ...refs(1, 1) }),
    { path: '/?q=1&q=2' },
    '1/10',
  ],
  [
    'the first of two equal rules',
    http({ matches: [BETA], ...refs(1, 1) }, { matches: [BETA], ...refs(0, 100) }),
    { headers: { 'user-group': 'beta' } },
    '1/2',
  ],
  [
    'an exact path before a prefix',
    http({ matches: [path('PathPrefix', '/a/b')], ...refs(1, 1) }, { matches: [path('Exact', '/a/b')], ...refs(0, 1) }),
    { path: '/a/b' },
    '1',
  ],
  ['an exact path with more after it', http(REST, { matches: [path('Exact', '/a')], ...refs(0, 1) }), { path: '/a/b' }, '1/10'],
  ['a prefix of whole elements', http(REST, { matches: [path('PathPrefix', '/a')], ...refs(0, 1) }), { path: '/ab' }, '1/10'],
  ['a prefix and its elements', http(REST, { matches: [path('PathPrefix', '/a/')], ...refs(0, 1) }), { path: '/a/b' }, '1'],
  ['a prefix without its slash', http(REST, { matches: [path('PathPrefix', '/a/')], ...refs(0, 1) }), { path: '/a' }, '1'],
  ['one of several conditions', http({ matches: [path('Exact', '/x'), path('Exact', '/')], ...refs(0, 1) }), {}, '1'],
  ['no rule for the request', http({ matches: [path('Exact', '/x')], ...refs(0, 1) }), {}, NO_RULE],
  ['no rule at all', http(), {}, NO_RULE],
  ['a path to another service', http({ matches: [path('PathPrefix', '/admin')], ...to('admin') }, REST), {}, '1/10'],
  [
    'a path to another service, asked for',
    http({ matches: [path('PathPrefix', '/admin')], ...to('admin') }, REST),
    { path: '/admin' },
    NEITHER,
  ],
  ['a redirect beside it', http(REST, { matches: [path('Exact', '/old')], filters: [{ type: 'RequestRedirect' }] }), {}, '1/10'],
  [
    'a regular expression for the path',
    http(REST, { matches: [path('RegularExpression', '/a.*')], ...refs(0, 1) }),
    { path: '/a' },
    UNKNOWN,
  ],
  [
    'a regular expression whose rule has the same share',
    http(REST, { matches: [path('RegularExpression', '/a.*')], ...refs(9, 1) }),
    {},
    '1/10',
  ],
  [
    'a regular expression beside a condition that fails',
    http(REST, { matches: [{ ...path('RegularExpression', '/a'), method: 'PUT' }], ...refs(0, 1) }),
    {},
    '1/10',
  ],
  [
    'a regular expression for a header',
    http(REST, { matches: [{ headers: [{ name: 'a', type: 'RegularExpression', value: 'b' }] }], ...refs(0, 1) }),
    { headers: { a: 'b' } },
    UNKNOWN,
  ],
  [
    'a regular expression for an absent header',
    http(REST, { matches: [{ headers: [{ name: 'a', type: 'RegularExpression', value: 'b' }] }], ...refs(0, 1) }),
    {},
    '1/10',
  ],
  [
    'an unknown condition beside a specific one, because its precedence is unknown too',
    http({ matches: [path('Exact', '/')], ...refs(1, 1) }, { matches: [{ cookies: [] }], ...refs(0, 1) }),
    {},
    UNKNOWN,
  ],
  ['an unknown condition', http(REST, { matches: [{ cookies: [] }], ...refs(0, 1) }), {}, UNKNOWN],
  [
    'only the first of two headers of one name',
    http(REST, {
      matches: [
        {
          headers: [
            { name: 'a', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      ],
      ...refs(0, 1),
    }),
    { headers: { a: '1' } },
    '1',
  ],
  [
    'a host of the route',
    route('HTTPRoute', [REST], { hostnames: ['shop.example', '*.shop.test'] }),
    { host: 'Shop.example:8080' },
    '1/10',
  ],
  ['a host below a wildcard', route('HTTPRoute', [REST], { hostnames: ['*.shop.test'] }), { host: 'a.b.shop.test' }, '1/10'],
  [
    'the host of a wildcard itself',
    route('HTTPRoute', [REST], { hostnames: ['*.shop.test'] }),
    { host: 'shop.test' },
    "HTTPRoute shop does not take requests to the host shop.test; pass --header 'Host: …'",
  ],
  [
    'a host that is none of the route',
    route('HTTPRoute', [REST], { hostnames: ['shop.example'] }),
    { host: '192.0.2.1' },
    "HTTPRoute shop does not take requests to the host 192.0.2.1; pass --header 'Host: …'",
  ],
  ['no host', route('HTTPRoute', [REST], { hostnames: ['shop.example'] }), {}, '1/10'],
  ['a Service of that name in another namespace', route('HTTPRoute', [{ backendRefs: [{ name: 'shop-a', namespace: 'x' }] }]), {}, '0'],
  [
    'an object of another kind with that name',
    http({ backendRefs: [{ name: 'shop-a', group: 'x.example', kind: 'Bucket' }] }),
    {},
    NEITHER,
  ],
  ['no route', undefined, {}, 'the route does not exist'],
])('the share of one request: %s', (_name, live, asked, expected) => {
  expect(ask(live, asked)).toBe(expected);
});

const CALL = { method: 'POST', path: '/shop.Cart/Add' };
const grpc = (...rules: object[]) => route('GRPCRoute', rules);
const call = (method: object, share: object) => ({ matches: [{ method }], ...share });

test.each<[string, Resource, Asked, string]>([
  ['any call', grpc(refs(90, 10)), CALL, '1/10'],
  ['a service', grpc(refs(90, 10), call({ service: 'shop.Cart' }, refs(0, 1))), CALL, '1'],
  ['another service', grpc(refs(90, 10), call({ service: 'shop.Other' }, refs(0, 1))), CALL, '1/10'],
  [
    'a method before a service',
    grpc(call({ service: 'shop.Cart' }, refs(1, 1)), call({ service: 'shop.Cart', method: 'Add' }, refs(0, 1))),
    CALL,
    '1',
  ],
  [
    'a service before headers',
    grpc({ matches: [BETA], ...refs(0, 1) }, call({ service: 'shop.Cart' }, refs(1, 1))),
    { ...CALL, headers: { 'user-group': 'beta' } },
    '1/2',
  ],
  ['a tester', grpc(refs(90, 10), { matches: [BETA], ...refs(0, 1) }), { ...CALL, headers: { 'user-group': 'beta' } }, '1'],
  [
    'a regular expression',
    grpc(refs(90, 10), call({ type: 'RegularExpression', service: 'shop.*' }, refs(0, 1))),
    CALL,
    'GRPCRoute shop has a match condition that kubectl-canary does not know',
  ],
  ['a request that is no call', grpc(refs(90, 10), call({ service: 'shop.Cart' }, refs(0, 1))), {}, '1/10'],
])('the share of one gRPC call: %s', (_name, live, asked, expected) => {
  expect(ask(live, asked)).toBe(expected);
});

test('the share of a connection through a TCPRoute is that of its only rule, whatever is sent', () => {
  expect(ask(route('TCPRoute', [refs(90, 10)]), { host: 'any', path: '/x' })).toBe('1/10');
  expect(ask(route('TCPRoute', [refs(90, 10)]), undefined)).toBe('1/10');
  expect(ask(route('TCPRoute', []), {})).toBe('TCPRoute shop has no rule for this request');
});

const SOME = 'HTTPRoute shop has rules for some requests only, so the share depends on which requests clients send';

test.each<[string, Resource | undefined, string, boolean]>([
  ['one rule', http(REST), '1/10', false],
  ['a rule for testers', http(REST, { matches: [BETA], ...refs(0, 100) }), SOME, true],
  ['a rule for testers with the same weights, as at rest', http(refs(100, 0), { matches: [BETA], ...refs(100, 0) }), '0', true],
  ['a rule for a longer path', http(REST, { matches: [path('PathPrefix', '/api')], ...refs(0, 1) }), SOME, true],
  [
    'rules for one path each, with the same weights',
    http({ matches: [path('PathPrefix', '/a')], ...refs(9, 1) }, { matches: [path('PathPrefix', '/b')], ...refs(9, 1) }),
    '1/10',
    false,
  ],
  ['a path to another service', http({ matches: [path('PathPrefix', '/admin')], ...to('admin') }, REST), '1/10', false],
  ['another service', http(to('blue')), NO_RULE, false],
  ['no route', undefined, 'the route does not exist', false],
])('the share of all requests: %s', (_name, live, expected, conditional) => {
  expect(ask(live, undefined)).toBe(expected);
  expect(gateway.isConditional(live, pair)).toBe(conditional);
});

test('the route of a pair is the one that leads to the Services of its tracks, of any of the three kinds', () => {
  const other = http(to('blue'));
  for (const kind of ['HTTPRoute', 'GRPCRoute', 'TCPRoute']) {
    const own = route(kind, [to('blue'), to('shop-b')]);
    expect(gateway.find([{ kind: 'Service' }, other, own], pair)).toBe(own);
  }
  expect(gateway.find([other, route('TLSRoute', [to('shop-b')])], pair)).toBeUndefined();
  expect(gateway.find([{ ...http(to('shop-b')), apiVersion: 'example.com/v1' }], pair)).toBeUndefined();
  const elsewhere = { ...http(to('shop-b')), metadata: { name: 'shop', namespace: 'blue' } };
  expect(gateway.find([elsewhere], { ...pair, namespace: 'red' })).toBeUndefined();
  expect(gateway.find([elsewhere], { ...pair, namespace: 'blue' })).toBe(elsewhere);
});

test('messages name the kinds, and what to install if the cluster lacks them', () => {
  expect(kindsText(gateway)).toBe('HTTPRoute or GRPCRoute or TCPRoute');
  expect(installAdvice('gateway.networking.k8s.io/v1')).toMatch(/Gateway API/);
  expect(installAdvice('networking.istio.io/v1')).toMatch(/Istio/);
});

describe('the plan of a pair behind a Gateway', () => {
  const objects = { swap: objectsOf(trees.gateway()), roll: objectsOf(trees.gatewayRoll()) };
  const routeOf = (of: PlanObjects) => of.all.find(({ ref }) => ref.kind === 'HTTPRoute')!;
  const testers = { 'user-group': 'beta-testers' };

  test.each(['swap', 'roll'] as const)('has in every folder the shares that the route states, with promotion %s', (name) => {
    const plan = objects[name];
    const [own] = rolloutPairs(plan.plan);
    for (const [folder, manifest] of routeOf(plan).manifests) {
      const state = own!.states[folder]?.route;
      const asked = (headers: Record<string, string>) =>
        gateway.shareOf(manifest, own!, { method: 'GET', host: 'shop.example', path: '/', headers }).share?.toString();
      expect([folder, asked({}), asked(testers)]).toEqual([folder, state?.canary, state?.matched === 'canary' ? '1' : '0']);
    }
  });

  test('moves all weight to stable before the canary is drained, with promotion roll', () => {
    const { advance, rollback } = objects.roll.plan.order;
    expect(advance.slice(-4)).toEqual(['stage-100', 'promoted-up', 'promoted-route', 'promoted']);
    expect(rollback['promoted']).toEqual(['promoted-route', 'promoted-up', 'stage-100', ...rollback['stage-100']!]);
    const [own] = rolloutPairs(objects.roll.plan);
    const shares = ['promoted-up', 'promoted-route', 'promoted'].map((folder) => {
      const { stable, canary, route: state } = own!.states[folder]!;
      return `${stable}:${canary} ${state!.canary}`;
    });
    expect(shares).toEqual(['3:3 1', '3:3 0', '3:0 0']);
  });

  test('an additional rule or backend of the live route is not taken for the folder, although the others have names', () => {
    const object = routeOf(objects.swap);
    const added = (change: (spec: { rules: { backendRefs: object[] }[] }) => void) => {
      const live = liveFrom(objects.swap, () => 'stage-0');
      const changed = structuredClone(live.get(object.key)!);
      change(changed['spec'] as never);
      return recognize(objects.swap, live.set(object.key, changed)).kind;
    };
    expect(added(() => undefined)).toBe('at');
    expect(added(({ rules }) => void rules[0]!.backendRefs.push({ name: 'other', port: 80, weight: 5 }))).toBe('unrecognized');
    expect(added(({ rules }) => void rules.push({ backendRefs: [{ name: 'other' }] }))).toBe('unrecognized');
  });
});
