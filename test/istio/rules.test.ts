import { Duration } from 'cdk8s';
import type { IstioVirtualServiceProps } from '../../lib';
import type { Output, Written } from '../support/apps';
import { onPorts, routed } from '../support/routed';

const TESTERS = [{ headers: { beta: { exact: 'yes' } } }];
const TWO_PORTS = onPorts({ name: 'http', port: 8080 }, { name: 'http-admin', port: 9000 });

const httpOf = (output: Output, folder = 'stage-10'): Written[] => output.object(folder, 'VirtualService').spec.http;

/** Each rule in a line: its conditions, and its destinations. */
const lines = (output: Output, folder?: string) =>
  httpOf(output, folder).map(({ match, route, redirect, delegate }) => {
    const to = (route ?? []).map(
      ({ destination: { host, port, subset }, weight }: Written) =>
        `${host}${port ? `:${port.number}` : ''} ${subset ?? ''} ${weight ?? ''}`,
    );
    const action = redirect ? 'redirect' : delegate ? `delegate ${delegate.name}` : to.join(', ');
    return `${match ? JSON.stringify(match) : 'all'} -> ${action}`;
  });

describe('a Service with several ports', () => {
  test('has a rule for each port in the mesh, whose destinations name it', () => {
    expect(lines(routed({ match: TESTERS }, TWO_PORTS))).toEqual([
      '[{"headers":{"beta":{"exact":"yes"}},"port":8080}] -> shop:8080 v1-1 100',
      '[{"port":8080}] -> shop:8080 v1-0 90, shop:8080 v1-1 10',
      '[{"headers":{"beta":{"exact":"yes"}},"port":9000}] -> shop:9000 v1-1 100',
      '[{"port":9000}] -> shop:9000 v1-0 90, shop:9000 v1-1 10',
    ]);
  });

  test('gets the requests of a gateway on the first port, or on that of the property', () => {
    const route = { gateways: ['istio-system/public'], hosts: ['shop.example.com'] };
    expect(lines(routed(route, TWO_PORTS))).toEqual(['all -> shop:8080 v1-0 90, shop:8080 v1-1 10']);
    expect(lines(routed({ ...route, port: 9000 }, TWO_PORTS))).toEqual(['all -> shop:9000 v1-0 90, shop:9000 v1-1 10']);
  });

  test('has rules for the mesh and for the gateways', () => {
    const route = { gateways: ['mesh', 'edge/a', 'edge/b'], hosts: ['shop', 'shop.example.com'] };
    expect(lines(routed(route, TWO_PORTS), 'stage-0')).toEqual([
      '[{"gateways":["mesh"],"port":8080}] -> shop:8080 v1-0 100',
      '[{"gateways":["mesh"],"port":9000}] -> shop:9000 v1-0 100',
      '[{"gateways":["edge/a","edge/b"]}] -> shop:8080 v1-0 100',
    ]);
  });

  test('names the port for HTTP if the others are not HTTP', () => {
    expect(lines(routed({}, onPorts({ name: 'redis', port: 6379 }, { name: 'http', port: 80 })))).toEqual([
      'all -> shop:80 v1-0 90, shop:80 v1-1 10',
    ]);
  });

  test('leaves a match for one port to the rules of that port', () => {
    expect(lines(routed({ match: [{ port: 9000, method: { exact: 'GET' } }] }, TWO_PORTS))).toEqual([
      '[{"port":8080}] -> shop:8080 v1-0 90, shop:8080 v1-1 10',
      '[{"method":{"exact":"GET"},"port":9000}] -> shop:9000 v1-1 100',
      '[{"port":9000}] -> shop:9000 v1-0 90, shop:9000 v1-1 10',
    ]);
  });
});

describe('the rules of a VirtualService', () => {
  const RULES: IstioVirtualServiceProps['rules'] = [
    { match: [{ uri: { prefix: '/admin' } }], route: [{ destination: { host: 'admin', port: { number: 80 } } }] },
    { match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } },
    { match: [{ uri: { prefix: '/docs' } }], delegate: { name: 'docs', namespace: 'docs' } },
    { match: [{ uri: { prefix: '/api' } }], rewrite: { uri: '/' }, timeout: '3s' },
    { route: [{ destination: { host: 'web' } }] },
  ];

  test('keep their order, and only those of the pair follow the stages', () => {
    const output = routed({ rules: RULES, match: TESTERS });
    const others = (stage: string[]) => [
      '[{"uri":{"prefix":"/admin"}}] -> admin:80  ',
      '[{"uri":{"exact":"/old"}}] -> redirect',
      '[{"uri":{"prefix":"/docs"}}] -> delegate docs',
      ...stage,
      'all -> web  ',
    ];
    expect(lines(output, 'stage-0')).toEqual(
      others([
        '[{"headers":{"beta":{"exact":"yes"}},"uri":{"prefix":"/api"}}] -> shop v1-0 100',
        '[{"uri":{"prefix":"/api"}}] -> shop v1-0 100',
      ]),
    );
    expect(lines(output, 'stage-10')).toEqual(
      others([
        '[{"headers":{"beta":{"exact":"yes"}},"uri":{"prefix":"/api"}}] -> shop v1-1 100',
        '[{"uri":{"prefix":"/api"}}] -> shop v1-0 90, shop v1-1 10',
      ]),
    );
  });

  test('have their own settings, and the timeout and retries of the route where they set none', () => {
    const output = routed({
      timeout: Duration.seconds(5),
      retries: { attempts: 2 },
      rules: [
        {
          match: [{ uri: { prefix: '/api' } }],
          timeout: '1s',
          rewrite: { uri: '/' },
          headers: { request: { set: { 'x-from': 'mesh' } } },
          corsPolicy: { allowOrigins: [{ exact: 'https://shop.example.com' }], allowMethods: ['GET'] },
          mirrors: [{ destination: { host: 'shadow' }, percentage: { value: 5 } }],
        },
        {},
      ],
    });
    const [api, rest] = httpOf(output).map(({ match: _, route: __, ...settings }) => settings);
    expect(api).toEqual({
      timeout: '1s',
      retries: { attempts: 2 },
      rewrite: { uri: '/' },
      headers: { request: { set: { 'x-from': 'mesh' } } },
      corsPolicy: { allowOrigins: [{ exact: 'https://shop.example.com' }], allowMethods: ['GET'] },
      mirrors: [{ destination: { host: 'shadow' }, percentage: { value: 5 } }],
    });
    expect(rest).toEqual({ timeout: '5s', retries: { attempts: 2 } });
  });

  test('add a tester’s narrower path to that of the rule, and leave out testers of another path', () => {
    const match = [{ uri: { prefix: '/api/beta' } }, { uri: { exact: '/web' } }];
    expect(lines(routed({ rules: [{ match: [{ uri: { prefix: '/api' } }] }], match }))).toEqual([
      '[{"uri":{"prefix":"/api/beta"}}] -> shop v1-1 100',
      '[{"uri":{"prefix":"/api"}}] -> shop v1-0 90, shop v1-1 10',
    ]);
  });
});

test('a delegate has neither hosts nor gateways, and follows the stages', () => {
  const output = routed({ delegate: true });
  expect(output.object('stage-10', 'VirtualService').spec).toEqual({ http: [expect.anything()] });
  expect(lines(output)).toEqual(['all -> shop v1-0 90, shop v1-1 10']);
  expect(output.plan.findings).toEqual([]);
});

test('exportTo is written to both objects', () => {
  const output = routed({ exportTo: ['.', 'edge'] });
  expect(output.object('stage-0', 'VirtualService').spec.exportTo).toEqual(['.', 'edge']);
  expect(output.object('stage-0', 'DestinationRule').spec.exportTo).toEqual(['.', 'edge']);
});
