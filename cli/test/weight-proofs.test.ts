import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../../test/support/command';
import { type Api, ApiError } from '../src/cluster/api';
import type { ClusterCache } from '../src/cluster/cluster-cache';
import { rolloutPairs } from '../src/core/plan/plan';
import type { Resource } from '../src/core/resource';
import type { ProofState } from '../src/core/rollout/settle-wait';
import type { RunEvent } from '../src/driver/events';
import type { ProofRequest } from '../src/driver/pair-proof';
import type { Session } from '../src/driver/session';
import { WeightProofs } from '../src/driver/weight-proofs';
import { objectsOf, trees } from './trees';

// The proof that a weight is in force, with servers on loopback addresses in place of a gateway's proxies.

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

type Objects = ReturnType<typeof objectsOf>;
const swap = objectsOf(trees.gateway());
const roll = objectsOf(trees.gatewayRoll());
const GROUP = 'gateway.networking.k8s.io';

/** A proxy that sends the canary its share of the requests, in turn. */
class Proxy {
  share = 0;
  requests = 0;
  headers = (isCanary: boolean): Record<string, string> => ({ 'X-Version': isCanary ? '2' : '1' });
  readonly hosts = new Set<string | undefined>();
  private owed = 0;
  private readonly server: Server = createServer((request, answer) => {
    this.requests += 1;
    this.hosts.add(request.headers.host);
    this.owed += this.share;
    const isCanary = this.owed >= 1;
    this.owed -= isCanary ? 1 : 0;
    answer.writeHead(200, this.headers(isCanary)).end('ok');
  });

  async listen(address: string, port = 0): Promise<number> {
    await new Promise<void>((done) => this.server.listen(port, address, done));
    closing.push(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
    return (this.server.address() as AddressInfo).port;
  }
}

const condition = (type: string, status = 'True', reason = type) => ({ type, status, observedGeneration: 1, reason, message: 'said' });
const accepted = [condition('Accepted'), condition('ResolvedRefs')];

interface World {
  readonly objects?: Objects;
  readonly conditions?: readonly object[];
  /** The ready endpoints of the gateway's Service, by their pods. */
  readonly proxies?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly addresses?: readonly string[];
  readonly hidden?: readonly string[];
  readonly isBroken?: boolean;
  readonly request?: Partial<ProofRequest>;
  readonly parentRefs?: readonly object[];
}

/** A cluster with a route, a Gateway and the Service of its proxies. */
function world({ objects = swap, conditions = accepted, proxies = {}, port = 80, addresses = [], hidden = [], ...more }: World) {
  const route = objects.all.find(({ ref }) => ref.kind === 'HTTPRoute')!;
  const [pair] = rolloutPairs(objects.plan);
  const spec = { ...(route.manifests.get('stage-0')!['spec'] as Resource), ...(more.parentRefs && { parentRefs: more.parentRefs }) };
  const live = {
    metadata: { name: 'shop', namespace: 'default', generation: 1 },
    spec,
    status: { parents: [{ parentRef: { name: 'edge' }, controllerName: 'example.com/controller', conditions }] },
  };
  const gateway = {
    metadata: { name: 'edge', namespace: 'default', generation: 1 },
    spec: { gatewayClassName: 'example', listeners: [{ name: 'http', port, protocol: 'HTTP' }] },
    status: { conditions: [condition('Programmed')], addresses: addresses.map((value) => ({ type: 'IPAddress', value })) },
  };
  const service = {
    metadata: { name: 'envoy', namespace: 'default', labels: { [`${GROUP}/gateway-name`]: 'edge' } },
    spec: { ports: [{ name: 'http', port }], clusterIP: addresses[0] },
  };
  const slice = {
    ports: [{ name: 'http', port }],
    endpoints: Object.entries(proxies).map(([name, address]) => ({ addresses: [address], targetRef: { name } })),
  };
  const answer = (path: string): Resource | undefined => {
    if (more.isBroken) {
      throw new ApiError({ kind: 'network', message: 'the connection was reset' }, `GET ${path}`, undefined);
    }
    const last = path.split('/').at(-1)!;
    const found = { edge: gateway, services: { items: [service] }, endpointslices: { items: [slice] } } as Record<string, Resource>;
    return found[last];
  };
  const api = {
    find: (path: string) => Promise.resolve().then(() => answer(path)),
    get: (path: string) => Promise.resolve().then(() => answer(path)!),
    call: (_method: string, _path: string, { body }: { body: any }) =>
      Promise.resolve({ status: { allowed: !hidden.includes(body.spec.resourceAttributes.resource as string) } }),
  } as unknown as Api;
  const cache = {
    live: new Map([[route.key, live]]),
    podsOf: (_path: string, track: string) => ({ namespace: 'default', pods: [{ metadata: { name: `${track}-pod` } }] }),
  } as unknown as ClusterCache;
  const session = { objects, stepsBack: objects, pairs: [pair], api, recorded: undefined } as unknown as Session;
  const events: RunEvent[] = [];
  const request: ProofRequest = {
    how: 'auto',
    urls: [],
    path: '/',
    rate: 500,
    longest: 60_000,
    request: {
      method: 'GET',
      headers: {},
      timeout: 5_000,
      largestAnswer: 1_000,
      errorsFrom: 500,
      rules: [{ by: 'header', name: 'X-Version' }],
    },
    ...more.request,
  };
  const proofs = new WeightProofs(session, cache, request, (event) => events.push(event));
  closing.push(() => proofs.stop());
  const look = (folder: string, direction: 'advance' | 'rollback' = 'advance') => proofs.look({ kind: 'at', folder }, direction, true);
  const settled = async (folder: string, kind: ProofState['kind'], direction?: 'rollback') => {
    let state: ProofState | undefined;
    await until(`${folder} is ${kind}`, 30, () => ((state = look(folder, direction))?.kind === kind ? state : undefined));
    return { state: state!, weights: events.flatMap((event) => (event.type === 'weight' ? [event.weight] : [])) };
  };
  return { proofs, look, settled, live, gateway };
}

/** Two proxies on one port. */
async function twoProxies(): Promise<{ a: Proxy; b: Proxy; port: number; proxies: Record<string, string> }> {
  const [a, b] = [new Proxy(), new Proxy()];
  const port = await a.listen('127.0.0.1');
  await b.listen('127.0.0.2', port);
  return { a, b, port, proxies: { 'envoy-a': '127.0.0.1', 'envoy-b': '127.0.0.2' } };
}

test('a weight is in force if each proxy pod serves it, and the record says by what it was seen', async () => {
  const { a, b, ...places } = await twoProxies();
  a.share = b.share = 1;
  const { settled } = world(places);
  const { weights } = await settled('stage-100', 'in force');
  expect(weights).toMatchObject([
    { pair: expect.any(String), folder: 'stage-100', from: '1/2', to: '1', verdict: 'in force', by: ['pod envoy-a', 'pod envoy-b'] },
  ]);
  expect(weights[0]!.answers).toBeGreaterThanOrEqual(16);
  expect(Date.parse(weights[0]!.since!)).toBeLessThanOrEqual(Date.parse(weights[0]!.at));
  // The route takes one host only, which the requests name.
  expect([...a.hosts]).toEqual(['shop.example']);
});

test('a proxy that was cut off from its control plane contradicts until it serves the new weight, and is named', async () => {
  const { a, b, ...places } = await twoProxies();
  [a.share, b.share] = [1, 0.5];
  const { settled } = world(places);
  const { state } = await settled('stage-100', 'contradicted');
  expect(state).toEqual({ kind: 'contradicted', why: 'pod envoy-b still serves 50 %' });
  b.share = 1;
  const { weights } = await settled('stage-100', 'in force');
  expect(weights.map(({ verdict }) => verdict)).toEqual(['contradicted', 'in force']);
});

test('a rollback is in force once no answer is of the canary', async () => {
  const { a, b, ...places } = await twoProxies();
  [a.share, b.share] = [0, 1];
  const { settled } = world(places);
  await settled('rollback/from-stage-100', 'contradicted', 'rollback');
  b.share = 0;
  const { weights } = await settled('rollback/from-stage-100', 'in force', 'rollback');
  expect(weights.at(-1)).toMatchObject({ from: '1', to: '0' });
});

test('a proxy that cannot be reached leaves the weight not proven, with its name', async () => {
  const { a, port, proxies } = await twoProxies();
  a.share = 1;
  const places = { port, proxies: { ...proxies, 'envoy-b': '127.0.0.3' } };
  const { settled } = world(places);
  const { state } = await settled('stage-100', 'not proven');
  expect(state).toEqual({ kind: 'not proven', why: 'not proven (reached 1 of 2): pod envoy-b was not reached directly' });
});

test('where no pod is reached, the address of the Service stands for all of them', async () => {
  const address = new Proxy();
  const port = await address.listen('127.0.0.4');
  address.share = 1;
  const { settled } = world({ port, proxies: { 'envoy-a': '127.0.0.5', 'envoy-b': '127.0.0.6' }, addresses: ['127.0.0.4'] });
  const { weights } = await settled('stage-100', 'in force');
  expect(weights).toMatchObject([{ verdict: 'in force', by: [`address 127.0.0.4:${port}`] }]);
  // Two proxies behind the address: 19 answers, not the 8 for one.
  expect(weights[0]!.answers).toBeGreaterThanOrEqual(19);
});

test('answers without a version prove nothing', async () => {
  const { a, b, ...places } = await twoProxies();
  a.headers = b.headers = () => ({});
  const { settled } = world(places);
  const { state } = await settled('stage-100', 'not proven');
  expect(state).toMatchObject({
    why: expect.stringContaining('0 named their version, and others do not count (no version in the answer: '),
  });
});

test('answers from a cache prove nothing', async () => {
  const { a, b, ...places } = await twoProxies();
  a.headers = b.headers = () => ({ 'X-Version': '2', Age: '7' });
  const { settled } = world(places);
  const { state } = await settled('stage-100', 'not proven');
  expect(state).toMatchObject({ why: expect.stringContaining('from a cache: ') });
});

test.each<[string, Partial<World>, ProofState]>([
  [
    'a controller refuses the route',
    { conditions: [condition('Accepted', 'False', 'NotAllowedByListeners'), condition('ResolvedRefs')] },
    {
      kind: 'contradicted',
      why: 'HTTPRoute/shop: example.com/controller of Gateway/default/edge says Accepted: NotAllowedByListeners (said)',
    },
  ],
  [
    'a controller has not seen the present generation',
    { conditions: [{ ...condition('Accepted'), observedGeneration: 0 }, condition('ResolvedRefs')] },
    { kind: 'waiting', why: 'HTTPRoute/shop: the controller of Gateway/default/edge has not written Accepted for generation 1 yet' },
  ],
  [
    'the Gateway does not exist',
    { parentRefs: [{ name: 'gone' }] },
    { kind: 'contradicted', why: 'HTTPRoute/shop: Gateway/default/gone does not exist' },
  ],
])('no request is sent while %s', async (_, change, expected) => {
  const { a, b, ...places } = await twoProxies();
  const { look } = world({ ...places, ...change });
  await until('the state of the route', 10, () => (JSON.stringify(look('stage-100')) === JSON.stringify(expected) ? true : undefined));
  expect(a.requests + b.requests).toBe(0);
});

test.each<[string, World, string]>([
  [
    'the user may not read the Gateway',
    { hidden: ['gateways'] },
    'not proven (reached 0 of an unknown number): no address and no proxy pod of the gateway was reached',
  ],
  ['nothing of the Gateway can be reached', {}, 'not proven (reached 0 of 0): no address and no proxy pod of the gateway was reached'],
  [
    'the API server does not answer',
    { isBroken: true },
    'not proven: GET /apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/edge: the connection was reset',
  ],
])('a weight is not proven if %s', async (_, change, why) => {
  const { state } = await world(change).settled('stage-100', 'not proven');
  expect(state).toEqual({ kind: 'not proven', why });
});

test('the URL of the user proves the weight only with the number of proxies behind it', async () => {
  const proxy = new Proxy();
  const port = await proxy.listen('127.0.0.1');
  proxy.share = 1;
  const urls = [`http://127.0.0.1:${port}/`];
  const alone = await world({ hidden: ['gateways'], request: { urls } }).settled('stage-100', 'not proven');
  expect(alone.state).toMatchObject({ why: 'not proven (reached 1 of an unknown number): the proxy pods of the gateway cannot be listed' });
  const { weights } = await world({ hidden: ['gateways', 'services'], request: { urls, proxies: 2 } }).settled('stage-100', 'in force');
  expect(weights).toMatchObject([{ verdict: 'in force', by: [`address 127.0.0.1:${port}`] }]);
});

test('where both tracks run one version, the pod that an answer names is the witness', async () => {
  const { a, b, ...places } = await twoProxies();
  const names = (isCanary: boolean) => ({ 'X-Version': '2', 'X-Pod': isCanary ? 'canary-pod' : 'stable-pod' });
  a.headers = b.headers = names;
  const without = await world({ ...places, objects: roll }).settled('promoted-route', 'not proven');
  expect(without.state).toMatchObject({ why: expect.stringContaining('both tracks run one version now (shop-a was rolled)') });
  const { settled } = world({ ...places, objects: roll, request: { podHeader: 'X-Pod' } });
  const { weights } = await settled('promoted-route', 'in force');
  expect(weights).toMatchObject([{ from: '1', to: '0', verdict: 'in force' }]);
});

test('there is nothing to prove at a folder that moves no weight, at the first folder, and with the proof off', () => {
  const { look } = world({});
  expect([look('stage-0'), look('stage-10-up')]).toEqual([undefined, undefined]);
  expect(world({ request: { how: 'off' } }).look('stage-100')).toBeUndefined();
});

test('a rollback does not wait for the weight of the stage that it leaves', () => {
  const { proofs } = world({});
  expect(proofs.look({ kind: 'at', folder: 'stage-100' }, 'rollback', false)).toBeUndefined();
  expect(proofs.look({ kind: 'at', folder: 'rollback/from-stage-100' }, 'rollback', false)).toMatchObject({ kind: 'waiting' });
});
