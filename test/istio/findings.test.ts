import { ApiObject, JsonPatch } from 'cdk8s';
import { type CanaryPairProps, type IstioVirtualServiceProps, SessionAffinity, type istio } from '../../lib';
import { pairProps } from '../support/apps';
import { type Addition, onPorts, routed, withCode } from '../support/routed';

type Add = (to: Addition) => void;

const messages = (code: string, route: Partial<IstioVirtualServiceProps>, pair: Partial<CanaryPairProps> = {}, add?: Add) =>
  withCode(routed(route, pair, add), code).map(({ message }) => message);

const patch = (path: string, value: unknown) => JsonPatch.add(path, value);

describe('clients in the mesh that the route does not reach', () => {
  const OUTSIDE = { gateways: ['istio-system/public'], hosts: ['shop.example.com'] };

  test.each<[string, Partial<IstioVirtualServiceProps>, Add | undefined, RegExp]>([
    ['a gateway alone', OUTSIDE, undefined, /add "mesh" to gateways and "shop" to hosts/],
    [
      'a gateway alone, with the host of the Service',
      { ...OUTSIDE, hosts: ['shop', 'a.example'] },
      undefined,
      /; add "mesh" to gateways, or/,
    ],
    ['a host that is not the Service', { hosts: ['shop.example.com'] }, undefined, /; add "shop" to hosts, or/],
    ['an export to one namespace', { exportTo: ['.'] }, undefined, /is exported to ., so clients in other namespaces get the pods' share/],
    [
      'a patch of the gateways',
      {},
      ({ route }) => route.virtualService.addJsonPatch(patch('/spec/gateways', ['edge/a']), patch('/spec/hosts/-', 'a.example')),
      /; add "mesh" to gateways, or/,
    ],
  ])('%s', (_, route, add, says) => {
    expect(messages('mesh-bypasses-route', route, {}, add)).toEqual([expect.stringMatching(says)]);
  });

  test('the Service of that name in another namespace', () => {
    const found = messages('mesh-bypasses-route', { hosts: ['shop.other.svc.cluster.local'] }, { namespace: 'prod' });
    expect(found).toEqual([expect.stringMatching(/; add "shop" to hosts, or/)]);
  });

  test.each<[string, Partial<IstioVirtualServiceProps>]>([
    ['the default', {}],
    ['both', { gateways: ['mesh', 'istio-system/public'], hosts: ['shop', 'shop.example.com'] }],
    ['an export to all namespaces', { exportTo: ['*'] }],
    ['a delegate', { delegate: true }],
  ])('none: %s', (_, route) => {
    expect(messages('mesh-bypasses-route', route)).toEqual([]);
  });

  test.each(['shop.prod', 'shop.prod.svc', 'shop.prod.svc.cluster.local', 'SHOP.prod.svc.cluster.local'])('none: the host %s', (host) => {
    expect(messages('mesh-bypasses-route', { hosts: [host] }, { namespace: 'prod' })).toEqual([]);
  });
});

test.each<[string, Partial<IstioVirtualServiceProps>, number]>([
  ['no hosts', { gateways: ['istio-system/public'] }, 1],
  ['the Service alone', { gateways: ['mesh', 'edge/a'], hosts: ['shop'] }, 1],
  ['a host of its own', { gateways: ['mesh', 'edge/a'], hosts: ['shop', 'shop.example.com'] }, 0],
  ['every host', { gateways: ['edge/a'], hosts: ['*'] }, 0],
  ['no gateway', {}, 0],
])('a gateway with %s', (_, route, count) => {
  const found = messages('gateway-without-host', route);
  expect(found).toEqual(
    Array(count).fill(expect.stringMatching(/only host is shop.*answers them with 404; set hosts to the names that they call/)),
  );
});

test('each port that is not HTTP is a finding, that of a patch included', () => {
  const ports = onPorts({ name: 'http', port: 80 }, { name: 'redis', port: 6379 }, { name: 'https', port: 443 });
  expect(messages('port-bypasses-route', {}, ports)).toEqual([
    expect.stringMatching(/^port 6379 \(redis\) of Service shop is not HTTP, so its connections get the pods' share/),
    expect.stringMatching(/^port 443 \(https\) of Service shop is not HTTP/),
  ]);
  const tcp: Add = ({ pair }) => ApiObject.of(pair.service).addJsonPatch(JsonPatch.replace('/spec/ports/0/appProtocol', 'tcp'));
  expect(messages('port-bypasses-route', {}, {}, tcp)).toEqual([expect.stringMatching(/^port 80 of Service shop is not HTTP/)]);
});

test('a patch that adds a port is refused, because no rule names it', () => {
  const add: Add = ({ pair }) => ApiObject.of(pair.service).addJsonPatch(patch('/spec/ports/-', { name: 'x', port: 81 }));
  expect(() => routed({}, {}, add)).toThrow(
    'Service shop, spec.ports: got [80,81] from a patch; must be the value that the plan sets; try the property service.ports',
  );
});

describe('settings that bind a client to a pod', () => {
  const COOKIE = { loadBalancer: { consistentHash: { httpCookie: { name: 'user', ttl: '0s' } } } };

  test.each<[string, istio.DestinationRuleSpecTrafficPolicy, Add | undefined, RegExp]>([
    ['a hash of a cookie', COOKIE, undefined, /^DestinationRule shop, spec.trafficPolicy.loadBalancer.consistentHash binds a client/],
    [
      'a hash of the source at one port',
      { portLevelSettings: [{ port: { number: 80 }, loadBalancer: { consistentHash: { useSourceIp: true } } }] },
      undefined,
      /^DestinationRule shop, spec.trafficPolicy.portLevelSettings\[0\].loadBalancer.consistentHash binds/,
    ],
    [
      'a hash of one subset, by a patch',
      {},
      ({ route }) => route.destinationRule.addJsonPatch(patch('/spec/subsets/1/trafficPolicy', COOKIE)),
      /^DestinationRule shop, spec.subsets\[1\].trafficPolicy.loadBalancer.consistentHash binds/,
    ],
  ])('%s', (_, trafficPolicy, add, says) => {
    expect(messages('sticky-route', { trafficPolicy }, {}, add)).toEqual([expect.stringMatching(says)]);
  });

  test('the affinity of the Service', () => {
    const service = { ...pairProps().service!, sessionAffinity: SessionAffinity.CLIENT_IP };
    expect(messages('sticky-route', {}, { service })).toEqual([
      expect.stringMatching(/^Service shop, spec.sessionAffinity binds a client/),
    ]);
  });

  test('a load balancer without a hash is none', () => {
    const trafficPolicy = { loadBalancer: { warmup: { duration: '10s' } } };
    expect(messages('sticky-route', { trafficPolicy })).toEqual([]);
  });
});

describe('another Service for the same pods', () => {
  const service =
    (selector: object, name = 'shop-admin'): Add =>
    ({ chart }) =>
      void new ApiObject(chart, name, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports: [{ port: 80 }] } });

  test('is a finding if it selects both tracks and the route does not have its host', () => {
    expect(messages('service-bypasses-route', {}, {}, service({ app: 'shop' }))).toEqual([
      expect.stringMatching(/^Service shop-admin selects the pods of shop-a and shop-b too, so its clients get the pods' share/),
    ]);
    expect(messages('service-bypasses-route', { hosts: ['shop', 'shop-admin'] }, {}, service({ app: 'shop' }))).toEqual([]);
  });

  const withPort = (port: object): Partial<CanaryPairProps> => ({ additionalServices: [{ name: 'shop-admin', ports: [port as any] }] });

  test.each([
    ['the port of the pair', { port: 80, targetPort: 8080 }, '; add "shop-admin" to hosts, remove'],
    ['another port', { port: 9090 }, '; declare port 9090 in service, remove'],
    ['the same port with another target', { port: 80, targetPort: 9090 }, '; declare port 80 in service, remove'],
  ])('with %s has its own way out', (_, port, says) => {
    expect(messages('service-bypasses-route', {}, withPort(port))).toEqual([expect.stringContaining(says)]);
  });

  test('is a finding if the route has its host and sends its requests to another port', () => {
    const hosts = ['shop', 'shop-admin'];
    expect(messages('route-changes-port', { hosts }, withPort({ port: 9090 }))).toEqual([
      'VirtualService shop has the host shop-admin, so requests for port 9090 of Service shop-admin do not reach that port of the pods; take "shop-admin" out of hosts, or declare port 9090 in service and remove shop-admin',
    ]);
    expect(messages('route-changes-port', { hosts }, withPort({ port: 80, targetPort: 8080 }))).toEqual([]);
    const pod = { image: 'shop:1.0', ports: [{ number: 8080, name: 'web' }] };
    expect(messages('route-changes-port', { hosts }, { ...withPort({ port: 80, targetPortName: 'web' }), pod })).toEqual([]);
  });

  test.each([[{ app: 'other' }], [{ app: 'shop', version: '1.1' }], [{}]])('is none if it selects %j', (selector) => {
    expect(messages('service-bypasses-route', {}, {}, service(selector))).toEqual([]);
  });
});

describe('an object of Istio for the same host', () => {
  const object =
    (kind: string, spec: object, { apiVersion = 'networking.istio.io/v1', namespace = 'prod' } = {}): Add =>
    ({ chart }) =>
      void new ApiObject(chart, 'own', { apiVersion, kind, metadata: { name: 'own', namespace }, spec });
  const http = [{ route: [{ destination: { host: 'shop' } }] }];
  const declare =
    (add: Add, route: Partial<IstioVirtualServiceProps> = {}) =>
    () =>
      routed(route, { namespace: 'prod' }, add);

  test.each(['shop', 'shop.prod', 'shop.prod.svc', 'shop.prod.svc.cluster.local', 'shop.prod.svc.cluster.local.', 'Shop'])(
    'is refused with the host %s',
    (host) => {
      expect(declare(object('VirtualService', { hosts: [host], http }))).toThrow('must be routed by only one VirtualService in the mesh');
      expect(declare(object('DestinationRule', { host }))).toThrow(
        'must have only one DestinationRule, because Istio merges two or hides one',
      );
    },
  );

  test('is refused as an item of a List', () => {
    const items = [
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'own', namespace: 'prod' },
        spec: { host: 'shop' },
      },
    ];
    const add: Add = ({ chart }) => void new ApiObject(chart, 'own', { apiVersion: 'v1', kind: 'List', items });
    expect(declare(add)).toThrow('which chart/own has too; must have only one DestinationRule');
  });

  test('is a warning if only one of the two has a namespace', () => {
    const add: Add = ({ chart }) =>
      void new ApiObject(chart, 'own', {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'own' },
        spec: { host: 'shop.default.svc.cluster.local' },
      });
    expect(withCode(routed({}, {}, add), 'duplicate-object')).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringMatching(/which chart\/\w+\/?[\w-]* has too if both are in one namespace; must have only one/) as string,
      }),
    ]);
  });

  test.each(['networking.istio.io/v1alpha3', 'networking.istio.io/v1beta1'])('is refused with the apiVersion %s', (apiVersion) => {
    expect(declare(object('VirtualService', { hosts: ['shop'], http }, { apiVersion }))).toThrow('must be routed by only one');
    expect(declare(object('DestinationRule', { host: 'shop' }, { apiVersion }))).toThrow('must have only one');
  });

  test.each([
    ['all namespaces', ['*']],
    ['its own namespace', ['.']],
    ['the namespace by name', ['prod']],
  ])('is refused if it is exported to %s', (_, exportTo) => {
    expect(declare(object('VirtualService', { hosts: ['shop'], exportTo, http }))).toThrow('must be routed by only one');
  });

  test.each<[string, Add, Partial<IstioVirtualServiceProps>]>([
    ['it is for a gateway', object('VirtualService', { hosts: ['shop'], gateways: ['edge/a'], http }), {}],
    ['it is for the Service of another namespace', object('VirtualService', { hosts: ['shop'], http }, { namespace: 'test' }), {}],
    ['it is a rule for another host', object('DestinationRule', { host: 'shop.test.svc.cluster.local' }), {}],
    ['nobody sees both', object('VirtualService', { hosts: ['shop'], exportTo: ['test'], http }), { exportTo: ['.'] }],
    ['the route is a delegate', object('VirtualService', { hosts: ['shop'], http: [{ delegate: { name: 'shop' } }] }), { delegate: true }],
  ])('is accepted if %s', (_, add, route) => {
    expect(declare(add, route)).not.toThrow();
  });
});

describe('another tool for canary releases', () => {
  const tool =
    (apiVersion: string, kind: string, spec: object, namespace?: string): Add =>
    ({ chart }) =>
      void new ApiObject(chart, 'tool', { apiVersion, kind, metadata: { name: 'tool', namespace }, spec });
  const flagger = (spec: object) => tool('flagger.app/v1beta1', 'Canary', spec);
  const argo = (spec: object) => tool('argoproj.io/v1alpha1', 'Rollout', spec);
  const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-a' };

  test.each<[string, Add, string]>([
    ['Flagger’s target', flagger({ targetRef: DEPLOYMENT }), 'Canary tool, spec.targetRef.name names Deployment shop-a'],
    ['Flagger’s Service', flagger({ service: { name: 'shop' } }), 'Canary tool, spec.service.name names Service shop'],
    ['Flagger’s route', flagger({ service: { name: 'shop' } }), 'Canary tool, spec.service.name names VirtualService shop'],
    ['Argo’s workload', argo({ workloadRef: DEPLOYMENT }), 'Rollout tool, spec.workloadRef.name names Deployment shop-a'],
    [
      'Argo’s stable Service',
      argo({ strategy: { canary: { stableService: 'shop' } } }),
      'Rollout tool, spec.strategy.canary.stableService names Service shop',
    ],
    [
      'Argo’s active Service',
      argo({ strategy: { blueGreen: { activeService: 'shop' } } }),
      'Rollout tool, spec.strategy.blueGreen.activeService names Service shop',
    ],
    [
      'Argo’s VirtualService',
      argo({ strategy: { canary: { trafficRouting: { istio: { virtualServices: [{ name: 'x' }, { name: 'shop' }] } } } } }),
      'Rollout tool, spec.strategy.canary.trafficRouting.istio.virtualServices.1.name names VirtualService shop',
    ],
    [
      'Argo’s DestinationRule',
      argo({ strategy: { canary: { trafficRouting: { istio: { destinationRule: { name: 'shop' } } } } } }),
      'Rollout tool, spec.strategy.canary.trafficRouting.istio.destinationRule.name names DestinationRule shop',
    ],
    [
      'OpenKruise’s workload',
      tool('rollouts.kruise.io/v1beta1', 'Rollout', { workloadRef: DEPLOYMENT }),
      'Rollout tool, spec.workloadRef.name names Deployment shop-a',
    ],
  ])('%s is refused', (_, add, says) => {
    expect(() => routed({}, {}, add)).toThrow(says);
  });

  test('can be accepted, and does not matter if it refers to other objects', () => {
    const accept = { 'foreign-controller': 'it is paused during the move' };
    const found = withCode(routed({}, { accept }, flagger({ targetRef: DEPLOYMENT })), 'foreign-controller');
    expect(found).toEqual([expect.objectContaining({ level: 'info' })]);
    expect(() => routed({}, {}, argo({ workloadRef: { ...DEPLOYMENT, name: 'other' } }))).not.toThrow();
    expect(() => routed({}, {}, tool('flagger.app/v1beta1', 'Canary', { targetRef: DEPLOYMENT }, 'other'))).not.toThrow();
    expect(() => routed({}, {}, tool('example.org/v1', 'Canary', { targetRef: DEPLOYMENT }))).not.toThrow();
  });
});
