import fc from 'fast-check';
import { CODE_POINTS } from '../../test/support/code-points';
import { failureKind, parsePattern } from '../src/core/traffic/version-detection';
import { formatLatency } from '../src/core/text/format-duration';
import { probability, rate } from '../src/core/text/format-number';
import { matchedLines } from '../src/core/traffic/log-lines';
import { plainText } from '../src/core/text/plain-text';
import type { RolloutPair } from '../src/core/plan/plan';
import { PRESETS } from '../src/core/prometheus/presets';
import { fillQuery, unknownPlaceholders } from '../src/core/prometheus/promql';
import { ROUTERS } from '../src/core/routers';
import { deploymentOf } from '../src/core/traffic/endpoint-owners';
import { hindrance, parseShare } from '../src/core/traffic/expected-share';

const istio = ROUTERS.istio.route!;
const pair = {
  service: 'canary-svc',
  stable: { deployment: 'canary-1-dep', version: '1.0', subset: 'v1-0' },
  canary: { deployment: 'canary-2-dep', version: '1.1', subset: 'v1-1' },
} as RolloutPair;

const to = (subset: string, weight?: number, host = 'canary-svc') => ({
  destination: { host, subset },
  ...(weight === undefined ? {} : { weight }),
});
const route = (...http: object[]) => ({ kind: 'VirtualService', metadata: { name: 'canary-vs' }, spec: { http } });
const BETA = { match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }], route: [to('v1-1', 100)] };
const REST = { route: [to('v1-0', 90), to('v1-1', 10)] };

describe('the share of a route', () => {
  const ask = (object: object | undefined, headers: Record<string, string> = {}, path = '/') => {
    const found = istio.shareOf(object as Record<string, unknown> | undefined, pair, { method: 'GET', path, headers });
    return found.share === undefined ? found.why : found.share.toString();
  };

  test.each<[string, object | undefined, Record<string, string>, string, string]>([
    ['any client', route(BETA, REST), {}, '/', '1/10'],
    ['a beta tester', route(BETA, REST), { 'user-group': 'beta-testers' }, '/', '1'],
    ['a client that is no beta tester', route(BETA, REST), { 'user-group': 'staff' }, '/', '1/10'],
    ['one destination without a weight', route({ route: [to('v1-0')] }), {}, '/', '0'],
    ['one destination, because a weight of 0 is omitted', route({ route: [to('v1-1', 100)] }), {}, '/', '1'],
    ['one in a thousand', route({ route: [to('v1-0', 999), to('v1-1', 1)] }), {}, '/', '1/1000'],
    ['a path that matches', route({ match: [{ uri: { prefix: '/api' } }], route: [to('v1-1')] }, REST), {}, '/api/x', '1'],
    ['a path that does not match', route({ match: [{ uri: { exact: '/api' } }], route: [to('v1-1')] }, REST), {}, '/api/x', '1/10'],
    ['one of two matches', route({ match: [{ uri: { exact: '/x' } }, { uri: { exact: '/' } }], route: [to('v1-1')] }), {}, '/', '1'],
    [
      'an unknown match condition',
      route({ match: [{ port: 80 }], route: [to('v1-1')] }, REST),
      {},
      '/',
      'VirtualService canary-vs has a match condition that kubectl-canary does not know',
    ],
    [
      'a regular expression',
      route({ match: [{ headers: { a: { regex: 'b' } } }], route: [to('v1-1')] }),
      { a: 'b' },
      '/',
      'VirtualService canary-vs has a match condition that kubectl-canary does not know',
    ],
    [
      'an unknown match condition beside one that fails',
      route({ match: [{ port: 80, uri: { exact: '/x' } }], route: [to('v1-1')] }, REST),
      {},
      '/',
      '1/10',
    ],
    [
      'no rule for the request',
      route({ match: [{ uri: { exact: '/x' } }], route: [to('v1-1')] }),
      {},
      '/',
      'VirtualService canary-vs has no rule for this request',
    ],
    ['another service', route({ route: [to('blue')] }), {}, '/', 'VirtualService canary-vs sends this request to neither version'],
    [
      'rules for one port each, with the same share',
      route({ match: [{ port: 80 }], ...REST }, { match: [{ port: 81, gateways: ['mesh'] }], ...REST }),
      {},
      '/',
      '1/10',
    ],
    ['a path to another service', route({ match: [{ uri: { prefix: '/admin' } }], route: [to('a', 1, 'admin')] }, REST), {}, '/', '1/10'],
    [
      'a path to another service, asked for',
      route({ match: [{ uri: { prefix: '/admin' } }], route: [to('a', 1, 'admin')] }, REST),
      {},
      '/admin',
      'VirtualService canary-vs sends this request to neither version',
    ],
    ['a redirect before it', route({ match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } }, REST), {}, '/', '1/10'],
    ['no VirtualService', undefined, {}, '/', 'the VirtualService does not exist'],
  ])('%s', (_name, object, headers, path, expected) => {
    expect(ask(object, headers, path)).toBe(expected);
  });

  test.each<[string, object | undefined, string]>([
    ['one rule for all requests', route(REST), '1/10'],
    [
      'a rule for some requests before it',
      route(BETA, REST),
      'VirtualService canary-vs has rules for some requests only, so the share depends on which requests clients send',
    ],
    [
      'only a rule for some requests',
      route(BETA),
      'VirtualService canary-vs has rules for some requests only, so the share depends on which requests clients send',
    ],
    ['two rules, and the first is for all requests', route(REST, BETA), '1/10'],
    ['a path to another service before it', route({ match: [{ uri: { prefix: '/admin' } }], route: [to('a', 1, 'admin')] }, REST), '1/10'],
    ['rules for one port each', route({ match: [{ port: 80 }], ...REST }, { match: [{ port: 81 }], ...REST }), '1/10'],
    [
      'a rule for some requests to one port',
      route({ match: [{ port: 80, headers: { a: { exact: 'b' } } }], route: [to('v1-1')] }, { match: [{ port: 80 }], ...REST }),
      'VirtualService canary-vs has rules for some requests only, so the share depends on which requests clients send',
    ],
    ['no rule', route(), 'VirtualService canary-vs has no rule'],
    ['another service', route({ route: [to('blue')] }), 'VirtualService canary-vs sends this request to neither version'],
    ['no VirtualService', undefined, 'the VirtualService does not exist'],
  ])('for all requests: %s', (_name, object, expected) => {
    const found = istio.shareOf(object as Record<string, unknown> | undefined, pair, undefined);
    expect(found.share === undefined ? found.why : found.share.toString()).toBe(expected);
  });

  test('the VirtualService of a pair is the one that sends to its subsets', () => {
    const other = route({ route: [to('v1-0', 100, 'other-svc')] });
    const own = route({ route: [to('v1-0', 100, 'canary-svc.shop.svc.cluster.local')] });
    expect(istio.find([{ kind: 'Service' }, other, own], pair)).toBe(own);
    expect(istio.find([other], pair)).toBeUndefined();
  });
});

test.each([
  [{ labels: { 'pod-template-hash': 'x1' }, ownerReferences: [{ kind: 'ReplicaSet', name: 'canary-1-dep-x1' }] }, 'canary-1-dep'],
  [{ labels: { 'cdk8s-canary/deployment': 'canary-2-dep' } }, undefined],
  [{ labels: {}, ownerReferences: [{ kind: 'ReplicaSet', name: 'canary-1-dep-x1' }] }, undefined],
  [{ labels: { 'pod-template-hash': 'x1' }, ownerReferences: [{ kind: 'Job', name: 'canary-1-dep-x1' }] }, undefined],
])('a pod with the metadata %j belongs to %s', (metadata, expected) => {
  expect(deploymentOf({ metadata })).toBe(expected);
});

test('some settings of a Service prevent a division by endpoints', () => {
  const spec = (more: object) => ({ spec: more });
  expect(hindrance(spec({ sessionAffinity: 'None', externalTrafficPolicy: 'Cluster' }), true)).toBeUndefined();
  expect(hindrance(spec({ externalTrafficPolicy: 'Local' }), false)).toBeUndefined();
  expect(hindrance(spec({ externalTrafficPolicy: 'Local' }), true)).toContain('each node divides traffic');
  expect(hindrance(spec({ sessionAffinity: 'ClientIP' }), false)).toContain('all requests of a client go to one pod');
});

test.each([
  ['10%', '1/10'],
  ['12.5 %', '1/8'],
  ['1/3', '1/3'],
  ['0', '0'],
  ['1', '1'],
  ['100%', '1'],
  ['100.1%', undefined],
  ['0.1', undefined],
  ['2', undefined],
  ['-1/2', undefined],
  ['', undefined],
  ['%', undefined],
])('the share %j is %s', (text, expected) => {
  expect(parseShare(text)?.toString()).toBe(expected);
});

test.each([
  ['Yellow=1.0', { by: 'pattern', text: 'Yellow', version: '1.0' }],
  ['a=b=1.0', { by: 'pattern', text: 'a=b', version: '1.0' }],
  ['=1.0', undefined],
  ['Yellow', undefined],
])('the pattern %j', (text, expected) => {
  expect(parsePattern(text)).toEqual(expected);
});

test.each([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EAI_AGAIN', 'dns'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['HPE_INVALID_CONSTANT', 'no HTTP'],
  ['EWHATEVER', 'EWHATEVER'],
])('a failure with %s is called %s', (code, kind) => {
  expect(failureKind(code)).toBe(kind);
});

describe('PromQL', () => {
  const context = { version: '1.0', namespace: 'shop', service: 'canary-svc', deployment: 'canary-1-dep', window: '60s' };

  test('every placeholder is filled in wherever it occurs, and other text stays', () => {
    expect(fillQuery('a{v="{{version}}",n="{{ namespace }}"}[{{window}}] / b{v="{{version}}"} {{x}}', context)).toBe(
      'a{v="1.0",n="shop"}[60s] / b{v="1.0"} {{x}}',
    );
    expect(unknownPlaceholders('{{x}} {{version}} {{ y }}')).toEqual(['x', 'y']);
  });

  test('a value never ends the string around it, and a placeholder in a value is not filled in', () => {
    fc.assert(
      fc.property(fc.string(), (version) => {
        const filled = fillQuery('up{v="{{version}}"}', { ...context, version });
        const inside = filled.slice('up{v="'.length, -2);
        expect(inside.replace(/\\./g, '')).not.toMatch(/["\n]/);
        const read = (escape: string) => ({ x60: '`', n: '\n' })[escape] ?? escape;
        expect(inside.replace(/\\(x60|[^])/g, (_, escape: string) => read(escape))).toBe(version);
      }),
    );
    expect(fillQuery('{{version}}', { ...context, version: '{{namespace}}' })).toBe('{{namespace}}');
  });

  test('the presets have no unfilled placeholder', () => {
    for (const [name, queries] of Object.entries(PRESETS)) {
      expect([name, queries.map((query) => query.name)]).toEqual([name, ['requests', 'errors', 'p50', 'p95', 'p99']]);
      for (const { stable, canary } of queries) {
        expect([...unknownPlaceholders(stable), ...unknownPlaceholders(canary)]).toEqual([]);
        expect(fillQuery(canary, context)).not.toContain('{{');
      }
    }
  });
});

test('control sequences of a terminal are removed', () => {
  expect(plainText('a\u001b[31mb\u001b[0m\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\u009b1Ae\r\n\tf')).toBe('abcde f');
  expect(plainText('\n\t1.1\r\n')).toBe('1.1');
  fc.assert(fc.property(fc.string({ unit: CODE_POINTS }), (text) => expect(plainText(text)).not.toMatch(/\p{Cc}/u)));
});

test('the lines of a log count from a given time on', () => {
  const stamped = (second: number) => `2026-01-01T00:00:0${second}.123456789Z`;
  const lines = ['fine', 'Error: a', '', 'terror', '\u001b[31mERROR\u001b[0m b', 'exception', 'panic: c'];
  const log = [`${stamped(1)} error: before`, ...lines.map((line) => `${stamped(2)} ${line}`), ''].join('\n');
  const pattern = /\b(error|exception|panic|fatal)\b/i;
  expect(matchedLines(log, pattern, '2026-01-01T00:00:01.500Z', 2)).toEqual({ lines: 6, matched: 4, examples: ['exception', 'panic: c'] });
  expect(matchedLines(log, pattern, stamped(1))).toMatchObject({ lines: 7, matched: 5 });
  expect(matchedLines('', pattern, stamped(1))).toEqual({ lines: 0, matched: 0, examples: [] });
});

test('rates, times and probabilities are rounded for people', () => {
  expect([0, 0.00012, 0.0084, 0.1, 1].map(rate)).toEqual(['0.0 %', '0.012 %', '0.84 %', '10.0 %', '100.0 %']);
  expect([0.4567, 4.567, 45.67, 456.7, 4567].map(formatLatency)).toEqual(['0.46 ms', '4.57 ms', '45.7 ms', '457 ms', '4.57 s']);
  expect([0, 1e-38, 0.34159, 1].map(probability)).toEqual(['0', '1e-38', '0.34', '1']);
});
