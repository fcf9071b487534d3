import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import {
  CanaryPair,
  type CanaryPairProps,
  type GatewayHttpRoute,
  type GatewayHttpRouteProps,
  GatewayImplementation,
  GatewayTcpRoute,
  RouteParent,
  Stages,
  Weight,
} from '../../lib';
import { compareWithPrevious } from '../../lib/core/compare-plans';
import { GATEWAY_PROFILES, type GatewayProfile, profileOfController } from '../../lib/core/gateway-implementations';
import { type Output, inChart, pairProps, synthesize } from '../support/apps';
import { SERVICES, refusal, routed } from './support';

type Add = (chart: Chart, route: GatewayHttpRoute) => void;

const GATEWAY = 'gateway.networking.k8s.io/v1';
const object = (chart: Chart, kind: string, spec: object, metadata: object = {}, apiVersion = GATEWAY) =>
  new ApiObject(chart, kind, { apiVersion, kind, metadata: { name: 'public', ...metadata }, spec });

const gatewayWith =
  (...listeners: object[]): Add =>
  (chart) =>
    object(chart, 'Gateway', { gatewayClassName: 'any', listeners });

const patched =
  (path: string, value: unknown): Add =>
  (_, { route }) =>
    route.addJsonPatch(JsonPatch.replace(path, value));

describe('refused with one sentence', () => {
  test.each<[string, Partial<GatewayHttpRouteProps>, Partial<CanaryPairProps>, string]>([
    ['no parent', { parents: [] }, {}, `parents: got []; must have a Gateway or the Service; try [RouteParent.gateway('public')]`],
    [
      'one parent twice',
      { parents: [RouteParent.gateway('public'), RouteParent.gateway('public')] },
      {},
      'parents[1]: got a RouteParent; must be used once',
    ],
    [
      'a Gateway of an impossible name',
      { parents: [RouteParent.gateway('Public')] },
      {},
      'parents[0].name: got "Public"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
    ],
    ['an IP address', { hostnames: ['192.0.2.1'] }, {}, 'hostnames[0]: got "192.0.2.1"; must be a name and not an IP address'],
    ['a port that the Service lacks', { port: 81 }, {}, 'port: got 81; must be a port of the Service (80); try 80'],
    [
      'a duration without a unit',
      { timeouts: { request: '10' } },
      {},
      'timeouts.request: got "10"; must be a duration of whole numbers with units; try "10s"',
    ],
    ['a code of success to retry', { retry: { codes: [200] } }, {}, 'retry.codes[0]: got 200; must be an integer from 400 to 599; try 503'],
    [
      'testers that are everybody',
      { match: [{}] },
      {},
      'match[0]: got {}; must take only some requests, because those of testers go to the canary at once',
    ],
    [
      'one header twice',
      {
        match: [
          {
            headers: [
              { name: 'group', value: 'a' },
              { name: 'Group', value: 'b' },
            ],
          },
        ],
      },
      {},
      'match[0].headers[1].name: got "Group"; must be used once',
    ],
    [
      'a path that no gateway takes',
      { match: [{ path: { value: '/a//b' } }] },
      {},
      'match[0].path.value: got "/a//b"; must begin with "/" and have no "//", "/./", "/../", "%2F" or "#"; try "/api"',
    ],
    [
      'a look-around',
      { match: [{ headers: [{ name: 'group', type: 'RegularExpression', value: '(?=a)' } as never] }] },
      {},
      'match[0].headers[0].value: got "(?=a)"; must be an RE2 expression',
    ],
    [
      'testers and a rule with different regular expressions for the path',
      {
        match: [{ path: { type: 'RegularExpression', value: '/a.*' } as never }],
        rules: [{ matches: [{ path: { type: 'RegularExpression', value: '/b.*' } as never }] }],
      },
      {},
      'match[0].path: got {"type":"RegularExpression","value":"/a.*"}; must be left out, because a rule of the pair has another condition on path and the Gateway API has none that means both',
    ],
    [
      'testers whom no rule takes',
      { match: [{ path: { value: '/a' } }], rules: [{ matches: [{ path: { value: '/b' } }] }] },
      {},
      'must be met by some request that a rule of the pair takes',
    ],
    [
      'no rule of the pair',
      { rules: [{ backendRefs: [{ name: 'other', port: 80 }] }] },
      {},
      'must have at least one rule of the pair, without backendRefs; try a further rule {}',
    ],
    [
      'too many rules',
      { rules: Array.from({ length: 9 }, () => ({})), match: [{ headers: [{ name: 'a', value: 'b' }] }] },
      {},
      'rules: got "18 rules"; must be at most 16 with those for testers, the limit of the Gateway API',
    ],
    ['an unknown property', { gateways: ['public'] } as never, {}, 'gateways: got ["public"]; must be a property that exists'],
    [
      'an unknown field of a match',
      { match: [{ header: [] } as never] },
      {},
      'match[0].header: got []; must be a property that exists; try headers',
    ],
    [
      'a share that no weights say',
      {},
      { stages: [{ weight: Weight.ratio(1, 1_000_003), name: 'first' }, ...Stages.percent(100)] },
      'pair.stages[0].weight: got "1/1000003"; must be a share whose weights are at most 1000000',
    ],
    [
      'a pair at rest that does not know its other Deployment',
      {},
      { canary: undefined },
      `pair.trackServices: got undefined; must name both Deployments that take turns, because the route of a pair at rest keeps the backend of the other one; try {"shop-a":"pods-of-shop-a","the-other-deployment":"pods-of-the-other-deployment"}`,
    ],
    [
      'Services for other Deployments',
      {},
      { trackServices: { 'shop-a': 'a', 'shop-c': 'c' } },
      'trackServices: got ["shop-a","shop-c"]; must have Deployment shop-b; try the names of the two Deployments that take turns',
    ],
    [
      'one Service for both',
      {},
      { trackServices: { 'shop-a': 'one', 'shop-b': 'one' } },
      'trackServices["shop-b"]: got "one"; must differ from the names of the other Services of the pair; try "pods-of-shop-b"',
    ],
    [
      'the Service of the pair',
      {},
      { trackServices: { 'shop-a': 'shop', 'shop-b': 'b' } },
      'trackServices["shop-a"]: got "shop"; must differ from the names of the other Services of the pair; try "pods-of-shop-a"',
    ],
    [
      'a Service of somebody else',
      {},
      { service: undefined, serviceName: 'shop' },
      'pair: got "chart/shop"; must have a service, whose ports the Services of the tracks have; try service',
    ],
  ])('%s', (_, route, pair, message) => {
    expect(refusal(route, pair)).toContain(message);
  });
});

describe('a patch that breaks the plan', () => {
  const two = [{ name: 'pods-of-shop-a', port: 80 }];
  test.each<[string, Add, string]>([
    [
      'other backends',
      patched('/spec/rules/0/backendRefs', two),
      'HTTPRoute shop, spec.rules[0].backendRefs: got ["pods-of-shop-a"] from a patch',
    ],
    [
      'a weight',
      patched('/spec/rules/0/backendRefs/1/weight', 50),
      'HTTPRoute shop, spec.rules[0].backendRefs[1].weight: got 50 from a patch',
    ],
    [
      'another parent',
      patched('/spec/parentRefs/0/name', 'private'),
      'HTTPRoute shop, spec.parentRefs: got [{"name":"private"}] from a patch',
    ],
    [
      'a further rule',
      (_, { route }) => route.addJsonPatch(JsonPatch.add('/spec/rules/-', { backendRefs: two })),
      'HTTPRoute shop, spec.rules: got "2 rules" from a patch',
    ],
    [
      'the selector of a Service',
      (_, { node }) => {
        const pair = node.scope!.node.findChild('shop');
        ApiObject.of(pair.node.findChild('service-of-shop-a')).addJsonPatch(JsonPatch.replace('/spec/selector', { app: 'shop' }));
      },
      'Service pods-of-shop-a, spec.selector: got {"app":"shop"} from a patch; must be the value that the plan sets; try the property trackServices',
    ],
  ])('%s', (_, add, message) => {
    expect(refusal({}, {}, add)).toContain(message);
  });
});

describe('findings', () => {
  const withCode = (code: string, ...args: Parameters<typeof routed>) =>
    routed(...args).plan.findings.filter((finding) => finding.code === code);

  test('a route at a Gateway alone is noted, and not one at the Service, too', () => {
    expect(withCode('mesh-bypasses-route')).toEqual([
      expect.objectContaining({ level: 'info', message: expect.stringContaining('call Service shop directly') }),
    ]);
    expect(withCode('mesh-bypasses-route', { parents: [RouteParent.gateway('public'), RouteParent.service()] })).toEqual([]);
  });

  test('clients of a LoadBalancer pass the route by, if it is for a mesh alone', () => {
    const service = { name: 'shop', ports: [{ port: 80 }], type: 'LoadBalancer' as never };
    const codes = (parents: RouteParent[]) => withCode('load-balancer-bypasses-route', { parents }, { service }).length;
    expect([codes([RouteParent.service()]), codes([RouteParent.gateway('public')])]).toEqual([1, 0]);
  });

  test('sessions outlive weights', () => {
    const add: Add = (_, { route }) => route.addJsonPatch(JsonPatch.add('/spec/rules/0/sessionPersistence', { sessionName: 'a' }));
    expect(withCode('sticky-overrides-weight', {}, {}, add)).toEqual([
      expect.objectContaining({ level: 'warning', message: expect.stringContaining('spec.rules[0] keeps sessions') }),
    ]);
  });

  test('consistent hashing of Envoy Gateway replaces the weights', () => {
    const policy =
      (type: string, name: string): Add =>
      (chart) =>
        object(
          chart,
          'BackendTrafficPolicy',
          { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name }], loadBalancer: { type } },
          {},
          'gateway.envoyproxy.io/v1alpha1',
        );
    const found = (type: string, name: string) =>
      withCode('sticky-overrides-weight', {}, {}, policy(type, name)).map(({ message }) => message);
    expect(found('ConsistentHash', 'shop')).toEqual([
      'BackendTrafficPolicy public has consistent hashing for HTTPRoute shop, and Envoy Gateway then ignores the weights of the route; leave out loadBalancer, or choose who gets the canary by match',
    ]);
    expect([...found('LeastRequest', 'shop'), ...found('ConsistentHash', 'cart')]).toEqual([]);
  });

  test('a backend in another namespace needs a grant there', () => {
    const rules = [{ matches: [{ path: { value: '/pay' } as never }], backendRefs: [{ name: 'pay', namespace: 'money', port: 80 }] }, {}];
    const grant =
      (namespace: string): Add =>
      (chart) =>
        object(
          chart,
          'ReferenceGrant',
          { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'web' }], to: [{ group: '', kind: 'Service' }] },
          { namespace },
        );
    const found = (add?: Add) => withCode('no-reference-grant', { rules }, { namespace: 'web' }, add).map(({ message }) => message);
    const message =
      'HTTPRoute shop leads to Service pay in namespace money, and the app has no ReferenceGrant there that allows it, so its requests fail unless the cluster has one; add a ReferenceGrant to namespace money';
    expect([found(), found(grant('web')), found(grant('money'))]).toEqual([[message], [message], []]);
  });

  describe('a Gateway of the app', () => {
    const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };
    test.each<[string, RouteParent, Add, string | undefined]>([
      ['takes it', RouteParent.gateway('public'), gatewayWith(HTTP), undefined],
      [
        'has no such listener',
        RouteParent.gateway('public', { listener: 'https' }),
        gatewayWith(HTTP),
        'has no listener with the name https',
      ],
      ['has no such port', RouteParent.gateway('public', { port: 443 }), gatewayWith(HTTP), 'has no listener with the port 443'],
      [
        'takes other kinds',
        RouteParent.gateway('public'),
        gatewayWith({ ...HTTP, allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }),
        'no listener of Gateway public takes a HTTPRoute',
      ],
      ['is another one', RouteParent.gateway('private', { listener: 'https' }), gatewayWith(HTTP), undefined],
    ])('%s', (_, parent, add, message) => {
      const said = refusal({ parents: [parent] }, {}, add);
      expect(message === undefined ? said : said.includes(message)).toBe(message === undefined ? 'no error' : true);
    });

    test('takes routes of its own namespace alone, unless it says otherwise', () => {
      const gateway =
        (from?: string): Add =>
        (chart) =>
          object(
            chart,
            'Gateway',
            { listeners: [{ ...HTTP, ...(from && { allowedRoutes: { namespaces: { from } } }) }] },
            { namespace: 'infra' },
          );
      const parents = [RouteParent.gateway('public', { namespace: 'infra' })];
      const said = (from?: string) => refusal({ parents }, { namespace: 'web' }, gateway(from));
      expect(said()).toContain('no listener of Gateway public takes a HTTPRoute of namespace web');
      expect([said('All'), said('Selector')]).toEqual(['no error', 'no error']);
    });
  });
});

describe('what is known of an implementation', () => {
  const { NGINX_GATEWAY_FABRIC, TRAEFIK, ENVOY_GATEWAY } = GatewayImplementation;
  const FINE = { stages: [{ weight: Weight.percent(0.125) }, ...Stages.percent(100)] };
  const tcp = (implementation: GatewayImplementation) => () =>
    synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps());
        new GatewayTcpRoute(chart, 'route', { pair, parents: [RouteParent.gateway('public')], implementation });
      }),
    );

  test('a share that it cuts is a warning', () => {
    const found = (implementation: GatewayImplementation, pair: object) =>
      routed({ implementation }, pair).plan.findings.filter(({ code }) => code === 'gateway-limit');
    expect(found(NGINX_GATEWAY_FABRIC, FINE).map(({ message }) => message)).toEqual([
      'stage-0.125: NGINX Gateway Fabric cuts shares to 0.01 %, and this weight is finer; choose a weight of whole hundredths of a percent',
    ]);
    expect([...found(NGINX_GATEWAY_FABRIC, {}), ...found(ENVOY_GATEWAY, FINE)]).toEqual([]);
  });

  test('a kind of route that it does not serve is an error', () => {
    expect(tcp(TRAEFIK)).toThrow('Traefik does not serve a TCPRoute of gateway.networking.k8s.io/v1');
    expect(tcp(ENVOY_GATEWAY)().plan.pairs[0]!.implementation).toBe('envoy-gateway');
  });

  test('another word is refused', () => {
    expect(refusal({ implementation: 'envoy' as never })).toContain('implementation: got "envoy"; must be one of envoy-gateway, istio');
  });

  test('the words of the library and the profiles are the same, and the guide has each note', () => {
    expect(Object.values(GatewayImplementation).sort()).toEqual(Object.keys(GATEWAY_PROFILES).sort() as GatewayImplementation[]);
    const guide = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'gateway.md'), 'utf8');
    const sources = Object.values<GatewayProfile>(GATEWAY_PROFILES).flatMap(({ notes }) => notes.map(({ source }) => source));
    expect(sources.filter((source) => source.includes('#') && !guide.includes(source.replace(/^.*#/, '#')))).toEqual([]);
    expect(profileOfController('gateway.envoyproxy.io/gatewayclass-controller')!.title).toBe('Envoy Gateway');
    expect(profileOfController('example.com/another')).toBeUndefined();
  });
});

describe('what the plan before says', () => {
  const byPods = (more: Partial<CanaryPairProps>) => synthesize(inChart((chart) => void new CanaryPair(chart, 'shop', pairProps(more))));
  const said = (before: Output, now: Output) =>
    [...compareWithPrevious(now.plan.pairs, before.plan).of.values()].flat().map(({ code, level }) => `${level} ${code}`);

  test('the Services of the tracks come before the route', () => {
    expect(said(byPods({}), routed())).toEqual(['warning route-before-services']);
    expect(said(byPods({ trackServices: SERVICES }), routed())).toEqual([]);
    expect(said(routed(), byPods({}))).toEqual([]);
  });

  test('the next release keeps the two Deployments', () => {
    const stable = pairProps().canary!;
    const next = (name: string) => routed({}, { stable, canary: { name, version: '1.2', image: 'shop:1.2' } });
    expect(said(routed(), next('shop-a'))).toEqual([]);
    expect(said(routed(), next('shop-c'))).toEqual(['warning route-shape-changed']);
    expect(said(routed(), routed({}, { stable, canary: undefined, trackServices: SERVICES }))).toEqual([]);
  });
});
