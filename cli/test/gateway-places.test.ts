import { addressesOf, entryOf, gatewaysOf, isSpread, proxiesBehind, serviceInDns, serviceOf } from '../src/core/in-force/gateway-places';
import { folderBefore } from '../src/core/in-force/folder-move';
import type { Resource } from '../src/core/resource';
import { objectsOf, trees } from './trees';

// Where the requests of a proof go: the parents of a route, the listeners of a Gateway, the Service and the pods of its proxies.

const ref = { namespace: 'infra', name: 'edge', section: undefined, port: undefined };
const gateway = (spec: object, addresses: readonly string[] = []): Resource => ({
  metadata: { name: 'edge', namespace: 'infra' },
  spec,
  status: { addresses: addresses.map((value) => ({ value })) },
});
const service = (name: string, more: object = {}, labels: object = {}, namespace = 'infra'): Resource => ({
  metadata: { name, namespace, labels },
  spec: { ports: [{ name: 'web', port: 80 }], ...more },
});

test('the Gateways of a route are in its namespace unless the reference names another one; a Service is another parent', () => {
  const route = (...parentRefs: object[]) => ({ metadata: { namespace: 'shop' }, spec: { parentRefs } });
  expect(gatewaysOf(route({ name: 'own' }, { name: 'edge', namespace: 'infra', sectionName: 'https', port: 443 }))).toEqual({
    gateways: [
      { namespace: 'shop', name: 'own', section: undefined, port: undefined },
      { namespace: 'infra', name: 'edge', section: 'https', port: 443 },
    ],
    hasOthers: false,
  });
  expect(gatewaysOf(route({ name: 'shop', kind: 'Service', group: '' }))).toEqual({ gateways: [], hasOthers: true });
});

const LISTENERS = [
  { name: 'tcp', port: 9000, protocol: 'TCP' },
  { name: 'https', port: 443, protocol: 'HTTPS', hostname: 'shop.example' },
  { name: 'http', port: 80, protocol: 'HTTP' },
];

test.each([
  ['without encryption if there is one', {}, { scheme: 'http', port: 80, hostname: undefined }],
  ['of the section', { section: 'https' }, { scheme: 'https', port: 443, hostname: 'shop.example' }],
  ['of the port', { port: 443 }, { scheme: 'https', port: 443, hostname: 'shop.example' }],
  ['none for TCP', { section: 'tcp' }, undefined],
])('requests go to the listener %s', (_, change, expected) => {
  expect(entryOf(gateway({ listeners: LISTENERS }), { ...ref, ...change })).toEqual(expected);
});

test.each<[string, Resource, readonly string[]]>([
  ['its cluster IP', service('a', { clusterIP: '10.0.0.9' }), ['10.0.0.9']],
  ['its load balancer', { ...service('a'), status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } } }, ['192.0.2.9']],
  ['an external IP', service('a', { externalIPs: ['192.0.2.7'] }), ['192.0.2.7']],
  ['the label of the API', service('a', {}, { 'gateway.networking.k8s.io/gateway-name': 'edge' }), []],
  [
    'the labels of Envoy Gateway, in any namespace',
    service(
      'a',
      {},
      { 'gateway.envoyproxy.io/owning-gateway-name': 'edge', 'gateway.envoyproxy.io/owning-gateway-namespace': 'infra' },
      'eg',
    ),
    [],
  ],
])('the Service of a Gateway is known by %s', (_, own, addresses) => {
  const others = [
    service('b', { clusterIP: 'None' }),
    service('c', {}, { 'gateway.networking.k8s.io/gateway-name': 'other' }),
    service('d', {}, { 'gateway.networking.k8s.io/gateway-name': 'edge' }, 'elsewhere'),
  ];
  expect(serviceOf([...others, own], gateway({}, addresses))).toBe(own);
  expect(serviceOf(others, gateway({}, addresses))).toBeUndefined();
});

test('an address may be the DNS name of a Service', () => {
  expect(serviceInDns('envoy.infra.svc.cluster.local')).toEqual({ name: 'envoy', namespace: 'infra' });
  expect(serviceInDns('envoy.infra.svc')).toEqual({ name: 'envoy', namespace: 'infra' });
  expect(serviceInDns('envoy.infra.example')).toBeUndefined();
  expect(addressesOf(gateway({}, ['a', 'a', 'b']))).toEqual(['a', 'b']);
});

test('a Service spreads connections unless it keeps clients or nodes to some endpoints', () => {
  expect(isSpread(service('a'))).toBe(true);
  expect(isSpread(service('a', { sessionAffinity: 'ClientIP' }))).toBe(false);
  expect(isSpread(service('a', { externalTrafficPolicy: 'Local' }))).toBe(false);
  expect(isSpread(service('a', { internalTrafficPolicy: 'Local' }))).toBe(false);
});

test('the proxies are the ready pods behind the port of the listener, each once', () => {
  const slice = (family: string) => ({
    ports: [
      { name: 'admin', port: 9901 },
      { name: 'web', port: 8080 },
    ],
    endpoints: ['b', 'a'].map((name) => ({ addresses: [`${family}-${name}`], targetRef: { name } })),
  });
  const gone = {
    ports: [{ name: 'web', port: 8080 }],
    endpoints: [{ addresses: ['x'], conditions: { ready: false }, targetRef: { name: 'c' } }],
  };
  expect(proxiesBehind(service('a'), [slice('v4'), slice('v6'), gone], 80)).toEqual([
    { pod: 'a', address: 'v4-a', port: 8080 },
    { pod: 'b', address: 'v4-b', port: 8080 },
  ]);
});

test('a weight moves from the folder that was recorded, or else from the one before in the direction', () => {
  const { plan } = objectsOf(trees.gateway());
  expect(folderBefore(plan, 'stage-50', 'advance', undefined)).toBe('stage-50-up');
  expect(folderBefore(plan, 'stage-0', 'advance', undefined)).toBeUndefined();
  expect(folderBefore(plan, 'rollback/from-stage-50', 'rollback', undefined)).toBe('stage-50');
  const recorded = (from: string, to: string) => ({ direction: 'advance', from, to }) as const;
  expect(folderBefore(plan, 'stage-50', 'advance', recorded('stage-10', 'stage-50'))).toBe('stage-10');
  expect(folderBefore(plan, 'stage-50', 'advance', recorded('stage-50', 'stage-50'))).toBe('stage-50-up');
  expect(folderBefore(plan, 'stage-50', 'advance', recorded('stage-0', 'stage-10'))).toBe('stage-50-up');
});
