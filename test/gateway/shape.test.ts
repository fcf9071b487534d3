import {
  CanaryPair,
  GatewayGrpcRoute,
  type GatewayHttpRouteProps,
  GatewayTcpRoute,
  Promotion,
  RouteParent,
  Stages,
  Weight,
  type gateway,
} from '../../lib';
import { inChart, pairProps, synthesize } from '../support/apps';
import { SERVICES, routed, shapeOf, weights } from './support';

const TESTERS: Partial<GatewayHttpRouteProps> = { match: [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }] };
const [A, B] = ['shop-a', 'shop-b'].map((name) => ({ ...pairProps().stable, name }));

describe('the tutorial behind an HTTPRoute', () => {
  const output = routed({ ...TESTERS, hostnames: ['shop.example.com'] }, { stages: Stages.percent(10, 25, 50, 100) });

  test('the route of a stage', () => {
    expect(output.object('stage-10', 'HTTPRoute')).toMatchInlineSnapshot(`
     {
       "apiVersion": "gateway.networking.k8s.io/v1",
       "kind": "HTTPRoute",
       "metadata": {
         "name": "shop",
       },
       "spec": {
         "hostnames": [
           "shop.example.com",
         ],
         "parentRefs": [
           {
             "name": "public",
           },
         ],
         "rules": [
           {
             "backendRefs": [
               {
                 "name": "pods-of-shop-a",
                 "port": 80,
                 "weight": 90,
               },
               {
                 "name": "pods-of-shop-b",
                 "port": 80,
                 "weight": 10,
               },
             ],
           },
           {
             "backendRefs": [
               {
                 "name": "pods-of-shop-a",
                 "port": 80,
                 "weight": 0,
               },
               {
                 "name": "pods-of-shop-b",
                 "port": 80,
                 "weight": 100,
               },
             ],
             "matches": [
               {
                 "headers": [
                   {
                     "name": "user-group",
                     "value": "beta-testers",
                   },
                 ],
               },
             ],
           },
         ],
       },
     }
    `);
  });

  test('the Services of the tracks select one Deployment each', () => {
    const services = output.objects('stage-0').filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata, spec }) => [metadata.name, spec.selector])).toEqual([
      ['pods-of-shop-a', { 'cdk8s-canary/deployment': 'shop-a' }],
      ['pods-of-shop-b', { 'cdk8s-canary/deployment': 'shop-b' }],
      ['shop', { app: 'shop' }],
    ]);
    expect(services[0]!.spec.ports).toEqual(services[2]!.spec.ports);
  });

  test('weights move, testers first', () => {
    expect(Object.fromEntries(output.folders().map((folder) => [folder, weights(output, folder)]))).toMatchInlineSnapshot(`
     {
       "promoted": [
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "rollback/from-stage-10": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "rollback/from-stage-100": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "rollback/from-stage-25": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "rollback/from-stage-50": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "stage-0": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "stage-10": [
         "pods-of-shop-a: 90, pods-of-shop-b: 10",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "stage-10-up": [
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
         "pods-of-shop-a: 100, pods-of-shop-b: 0",
       ],
       "stage-100": [
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "stage-100-up": [
         "pods-of-shop-a: 50, pods-of-shop-b: 50",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "stage-25": [
         "pods-of-shop-a: 75, pods-of-shop-b: 25",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "stage-50": [
         "pods-of-shop-a: 50, pods-of-shop-b: 50",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
       "stage-50-up": [
         "pods-of-shop-a: 75, pods-of-shop-b: 25",
         "pods-of-shop-a: 0, pods-of-shop-b: 100",
       ],
     }
    `);
  });

  test('every folder has the same shape', () => {
    const shapes = output.folders().map((folder) => shapeOf(output.object(folder, 'HTTPRoute')));
    shapes.forEach((shape) => expect(shape).toEqual(shapes[0]));
  });

  test('plan.json names the Services', () => {
    const [pair] = output.plan.pairs;
    expect([pair!.router, pair!.stable.service, pair!.canary!.service]).toEqual(['gateway', 'pods-of-shop-a', 'pods-of-shop-b']);
    expect(output.plan.cleanup.afterPromotion.map(({ kind }) => kind)).toEqual(['Deployment']);
  });
});

test.each([Promotion.SWAP, Promotion.ROLL])(
  'from release to release and at rest the shape stays, and so do the weights (%s)',
  (promotion) => {
    const [old, next, last] = [
      { ...A!, version: '1.0' },
      { ...B!, version: '1.1', image: 'shop:1.1' },
      { ...A!, version: '1.2', image: 'shop:1.2' },
    ];
    const isRoll = promotion === Promotion.ROLL;
    const first = routed(TESTERS, { promotion, trackServices: SERVICES, stable: old, canary: next });
    const serving = isRoll ? { ...A!, version: '1.1', image: 'shop:1.1' } : next;
    const atRest = routed(TESTERS, { promotion, trackServices: SERVICES, stable: serving, canary: undefined });
    const second = routed(TESTERS, {
      promotion,
      trackServices: SERVICES,
      stable: serving,
      canary: isRoll ? { ...B!, version: '1.2', image: 'shop:1.2' } : last,
    });
    const route = (output: typeof first, folder: string) => output.object(folder, 'HTTPRoute');
    expect(route(atRest, 'stage-0')).toEqual(route(first, 'promoted'));
    expect(route(second, 'stage-0')).toEqual(route(first, 'promoted'));
    const servicesIn = (output: typeof first, folder: string) => output.objects(folder).filter(({ kind }) => kind === 'Service');
    expect(servicesIn(atRest, 'stage-0')).toEqual(servicesIn(first, 'stage-0'));
    expect(servicesIn(second, 'stage-0')).toEqual(servicesIn(first, 'stage-0'));
  },
);

test('after a roll the route moves to stable in a folder of its own, both ways', () => {
  const output = routed(TESTERS, { promotion: Promotion.ROLL, stages: Stages.percent(50, 100) });
  const { advance, rollback } = output.plan.order;
  expect(advance.slice(-4)).toEqual(['stage-100', 'promoted-up', 'promoted-route', 'promoted']);
  expect(rollback['promoted']!.slice(0, 3)).toEqual(['promoted-route', 'promoted-up', 'stage-100']);
  const counts = (folder: string) => ['shop-a', 'shop-b'].map((name) => output.object(folder, 'Deployment', name).spec.replicas as number);
  expect(advance.slice(-4).map((folder) => [folder, ...counts(folder), ...weights(output, folder)])).toMatchInlineSnapshot(`
   [
     [
       "stage-100",
       3,
       3,
       "pods-of-shop-a: 0, pods-of-shop-b: 100",
       "pods-of-shop-a: 0, pods-of-shop-b: 100",
     ],
     [
       "promoted-up",
       3,
       3,
       "pods-of-shop-a: 0, pods-of-shop-b: 100",
       "pods-of-shop-a: 0, pods-of-shop-b: 100",
     ],
     [
       "promoted-route",
       3,
       3,
       "pods-of-shop-a: 100, pods-of-shop-b: 0",
       "pods-of-shop-a: 100, pods-of-shop-b: 0",
     ],
     [
       "promoted",
       3,
       0,
       "pods-of-shop-a: 100, pods-of-shop-b: 0",
       "pods-of-shop-a: 100, pods-of-shop-b: 0",
     ],
   ]
  `);
});

test.each([
  [Weight.percent(0.1), 'pods-of-shop-a: 999, pods-of-shop-b: 1'],
  [Weight.percent(12.5), 'pods-of-shop-a: 875, pods-of-shop-b: 125'],
  [Weight.ratio(1, 3), 'pods-of-shop-a: 2, pods-of-shop-b: 1'],
])('a weight of %s is exact', (weight, expected) => {
  const output = routed({}, { stages: [{ weight, name: 'first' }, ...Stages.percent(100)] });
  expect(weights(output, 'stage-first')).toEqual([expected]);
});

describe('rules', () => {
  const RULES: gateway.HttpRouteSpecRules[] = [
    { matches: [{ path: { value: '/admin' } }], backendRefs: [{ name: 'admin', port: 80 }] },
    { matches: [{ path: { value: '/api' } }], timeouts: { request: '2s' } },
    {},
  ];

  test('others stay as they are, and those for testers come last', () => {
    const output = routed({ ...TESTERS, rules: RULES, timeouts: { request: '10s' }, retry: { attempts: 2 } });
    expect(output.object('stage-10', 'HTTPRoute').spec.rules).toMatchInlineSnapshot(`
     [
       {
         "backendRefs": [
           {
             "name": "admin",
             "port": 80,
           },
         ],
         "matches": [
           {
             "path": {
               "value": "/admin",
             },
           },
         ],
       },
       {
         "backendRefs": [
           {
             "name": "pods-of-shop-a",
             "port": 80,
             "weight": 90,
           },
           {
             "name": "pods-of-shop-b",
             "port": 80,
             "weight": 10,
           },
         ],
         "matches": [
           {
             "path": {
               "value": "/api",
             },
           },
         ],
         "retry": {
           "attempts": 2,
         },
         "timeouts": {
           "request": "2s",
         },
       },
       {
         "backendRefs": [
           {
             "name": "pods-of-shop-a",
             "port": 80,
             "weight": 90,
           },
           {
             "name": "pods-of-shop-b",
             "port": 80,
             "weight": 10,
           },
         ],
         "retry": {
           "attempts": 2,
         },
         "timeouts": {
           "request": "10s",
         },
       },
       {
         "backendRefs": [
           {
             "name": "pods-of-shop-a",
             "port": 80,
             "weight": 0,
           },
           {
             "name": "pods-of-shop-b",
             "port": 80,
             "weight": 100,
           },
         ],
         "matches": [
           {
             "headers": [
               {
                 "name": "user-group",
                 "value": "beta-testers",
               },
             ],
             "path": {
               "value": "/api",
             },
           },
         ],
         "retry": {
           "attempts": 2,
         },
         "timeouts": {
           "request": "2s",
         },
       },
       {
         "backendRefs": [
           {
             "name": "pods-of-shop-a",
             "port": 80,
             "weight": 0,
           },
           {
             "name": "pods-of-shop-b",
             "port": 80,
             "weight": 100,
           },
         ],
         "matches": [
           {
             "headers": [
               {
                 "name": "user-group",
                 "value": "beta-testers",
               },
             ],
           },
         ],
         "retry": {
           "attempts": 2,
         },
         "timeouts": {
           "request": "10s",
         },
       },
     ]
    `);
  });

  test('a tester of one path has no rule for another path', () => {
    const match = [{ path: { value: '/api/v2' } as never }];
    const { rules } = routed({ match, rules: RULES.slice(0, 2) }).object('stage-10', 'HTTPRoute').spec as { rules: { matches: unknown }[] };
    expect(rules.map(({ matches }) => matches)).toEqual([RULES[0]!.matches, RULES[1]!.matches, match]);
  });
});

test('a mirror copies requests to the canary at stages below 100 %, with one shape', () => {
  const output = routed({ ...TESTERS, mirrorPercent: 5 }, { stages: Stages.percent(10, 100) });
  const filtersIn = (folder: string) =>
    (output.object(folder, 'HTTPRoute').spec.rules as { filters?: unknown[] }[]).map(({ filters }) => filters);
  const mirror = (percent: number) => ({
    type: 'RequestMirror',
    requestMirror: { backendRef: { name: 'pods-of-shop-b', port: 80 }, percent },
  });
  expect(filtersIn('stage-10')).toEqual([[mirror(5)], undefined]);
  for (const folder of ['stage-0', 'stage-100', 'promoted']) {
    expect(filtersIn(folder)).toEqual([[mirror(0)], undefined]);
  }
});

describe('other protocols', () => {
  test('gRPC', () => {
    const output = synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps());
        const match = [{ method: { service: 'shop.Cart' }, headers: [{ name: 'user-group', value: 'beta-testers' }] }];
        new GatewayGrpcRoute(chart, 'route', { pair, parents: [RouteParent.gateway('public')], hostnames: ['grpc.example.com'], match });
      }),
    );
    expect(output.object('stage-10', 'GRPCRoute').spec).toMatchInlineSnapshot(`
     {
       "hostnames": [
         "grpc.example.com",
       ],
       "parentRefs": [
         {
           "name": "public",
         },
       ],
       "rules": [
         {
           "backendRefs": [
             {
               "name": "pods-of-shop-a",
               "port": 80,
               "weight": 90,
             },
             {
               "name": "pods-of-shop-b",
               "port": 80,
               "weight": 10,
             },
           ],
         },
         {
           "backendRefs": [
             {
               "name": "pods-of-shop-a",
               "port": 80,
               "weight": 0,
             },
             {
               "name": "pods-of-shop-b",
               "port": 80,
               "weight": 100,
             },
           ],
           "matches": [
             {
               "headers": [
                 {
                   "name": "user-group",
                   "value": "beta-testers",
                 },
               ],
               "method": {
                 "service": "shop.Cart",
               },
             },
           ],
         },
       ],
     }
    `);
  });

  test('TCP', () => {
    const output = synthesize(
      inChart((chart) => {
        const pair = new CanaryPair(chart, 'shop', pairProps());
        new GatewayTcpRoute(chart, 'route', { pair, parents: [RouteParent.gateway('public', { listener: 'tcp' })], name: 'shop-tcp' });
      }),
    );
    expect(output.object('stage-10', 'TCPRoute')).toMatchInlineSnapshot(`
     {
       "apiVersion": "gateway.networking.k8s.io/v1",
       "kind": "TCPRoute",
       "metadata": {
         "name": "shop-tcp",
       },
       "spec": {
         "parentRefs": [
           {
             "name": "public",
             "sectionName": "tcp",
           },
         ],
         "rules": [
           {
             "backendRefs": [
               {
                 "name": "pods-of-shop-a",
                 "port": 80,
                 "weight": 90,
               },
               {
                 "name": "pods-of-shop-b",
                 "port": 80,
                 "weight": 10,
               },
             ],
           },
         ],
       },
     }
    `);
  });
});

test('parents: a Gateway of another namespace, one of its listeners, and the Service in a mesh', () => {
  const parents = [
    RouteParent.gateway('public', { namespace: 'infra', listener: 'https', port: 443 }),
    RouteParent.service(80),
    RouteParent.service(8080),
  ];
  expect(routed({ parents }).object('stage-0', 'HTTPRoute').spec.parentRefs).toEqual([
    { name: 'public', namespace: 'infra', sectionName: 'https', port: 443 },
    { group: '', kind: 'Service', name: 'shop', port: 80 },
    { group: '', kind: 'Service', name: 'shop', port: 8080 },
  ]);
});

test('a Deployment may begin with a digit, or be called as the Service is', () => {
  const names = ['2048-game', 'shop'];
  const services = names.map((name) => {
    const output = routed({}, { stable: { ...A!, name } });
    return output.plan.pairs[0]!.stable.service;
  });
  expect(services).toEqual(['pods-of-2048-game', 'pods-of-shop']);
});

test('without a route, trackServices adds the Services alone', () => {
  const output = synthesize(inChart((chart) => void new CanaryPair(chart, 'shop', pairProps({ trackServices: SERVICES }))));
  const names = output.objects('stage-10').map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(names).toEqual(['Service pods-of-shop-a', 'Service pods-of-shop-b', 'Service shop', 'Deployment shop-a', 'Deployment shop-b']);
  expect(output.plan.pairs[0]!.router).toBe('pods');
});
