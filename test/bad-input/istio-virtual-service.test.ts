import { ApiObject, Chart, Duration } from 'cdk8s';
import { type CanaryApp, CanaryPair, IstioVirtualService } from '../../lib';
import { type AcceptedInput, type RefusedInput, type Sentence, accepted, app, at, props, refused, validPair } from '../support/refused';

/** Declares a route for a valid pair. */
const declareRoute = (change: any) => (given: CanaryApp) => {
  const routed = validPair(given);
  new IstioVirtualService(Chart.of(routed), 'route', { pair: routed, ...change });
};

/** A route with invalid properties. */
function route(what: string, change: any, ...sentences: Sentence[]): RefusedInput {
  return { what, declare: declareRoute(change), sentences: sentences.map(at('shop/route')) };
}

/** A route with properties that look invalid but are valid. */
function validRoute(what: string, change: any): AcceptedInput {
  return { what, declare: declareRoute(change) };
}

const PROPERTIES: RefusedInput[] = [
  route(
    'no hosts',
    { hosts: [] },
    'hosts: got []; must have at least one host; try to leave hosts out (the default is the name of the Service)',
  ),
  route(
    'the host "*" in the mesh',
    { hosts: ['*'] },
    'hosts[0]: got "*"; must not be "*" in the mesh, because it would match every request of every sidecar; try a gateway',
  ),
  route('a host with a space', { hosts: ['my shop'] }, 'hosts[0]: got "my shop"; must be a host name, optionally with "*." before it'),
  route(
    'an empty prefix',
    { match: [{ headers: { 'user-group': { prefix: '' } } }] },
    'match[0].headers["user-group"].prefix: got ""; must not be empty',
  ),
  route('an empty regex', { match: [{ uri: { regex: '' } }] }, 'match[0].uri.regex: got ""; must not be empty'),
  route(
    'a match without conditions',
    { match: [{}] },
    "match[0]: got {}; must have at least one condition, because an empty match matches every request; try { headers: { 'user-group': { exact: 'beta-testers' } } }",
  ),
  route(
    'a map of headers without conditions',
    { match: [{ headers: {} }] },
    "match[0].headers: got {}; must be a map with at least one condition; try { headers: { 'user-group': { exact: 'beta-testers' } } }",
  ),
  route(
    'a header condition as a string',
    { match: [{ headers: { 'user-group': 'beta-testers' } }] },
    'match[0].headers["user-group"]: got "beta-testers"; must be one of { exact }, { prefix } and { regex }; try { exact: "beta-testers" }',
  ),
  route(
    'a header condition with both exact and prefix',
    { match: [{ headers: { 'user-group': { exact: 'a', prefix: 'b' } } }] },
    'match[0].headers["user-group"]: got {"exact":"a","prefix":"b"}; must be one of { exact }, { prefix } and { regex }; try { exact: \'beta-testers\' }',
  ),
  route(
    'a header condition with a number as its exact value',
    { match: [{ headers: { 'user-group': { exact: 7 } } }] },
    'match[0].headers["user-group"].exact: got 7; must be a string',
  ),
  route(
    'a regex with look-ahead',
    { match: [{ uri: { regex: '/(?!admin).*' } }] },
    'match[0].uri.regex: got "/(?!admin).*"; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    'a regex with a back-reference',
    { match: [{ uri: { regex: '/(a)\\1' } }] },
    'match[0].uri.regex: got "/(a)\\\\1"; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    'an invalid regex',
    { match: [{ uri: { regex: '/(' } }] },
    'match[0].uri.regex: got "/("; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    'a regex that is too long',
    { match: [{ uri: { regex: `/${'a'.repeat(1024)}` } }] },
    'match[0].uri.regex: got "/' +
      'a'.repeat(298) +
      '…; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    'a header name with a space',
    { match: [{ headers: { 'user group': { exact: 'a' } } }] },
    'match[0].headers["user group"]: got "user group"; must be a header name in lower case without spaces, and not a pseudo-header, because method, scheme, uri and authority are fields of the match; try "user-group"',
  ),
  route(
    'a header name in upper case',
    { match: [{ headers: { 'User-Group': { exact: 'a' } } }] },
    'match[0].headers["User-Group"]: got "User-Group"; must be a header name in lower case without spaces, and not a pseudo-header, because method, scheme, uri and authority are fields of the match; try "user-group"',
  ),
  route(
    'a pseudo-header',
    { match: [{ headers: { ':method': { exact: 'GET' } } }] },
    'match[0].headers[":method"]: got ":method"; must be a header name in lower case without spaces, and not a pseudo-header, because method, scheme, uri and authority are fields of the match; try "method"',
  ),
  route(
    'a gateway without a name',
    { gateways: ['istio-system/'] },
    'gateways[0]: got "istio-system/"; must be "mesh" or the name of a Gateway, optionally with its namespace and "/" before it; try "mesh" or "istio-system/public"',
  ),
  route(
    'a gateway as a DNS name',
    { gateways: ['public.istio-system.svc.cluster.local'] },
    'gateways[0]: got "public.istio-system.svc.cluster.local"; must be "mesh" or the name of a Gateway, optionally with its namespace and "/" before it; try "mesh" or "istio-system/public"',
  ),
  route('gateways as a string', { gateways: 'mesh' }, 'gateways: got "mesh"; must be a list'),
  route('a timeout without a unit', { timeout: '5' }, 'timeout: got "5"; must be a Duration; try Duration.seconds(5)'),
  route(
    'a timeout of 0 seconds',
    { timeout: Duration.seconds(0) },
    'timeout: got 0s; must be a whole number of milliseconds, at least 1; try Duration.seconds(5), or leave it out for no timeout',
  ),
  route(
    'a timeout per try without a unit',
    { retries: { attempts: 2, perTryTimeout: '2' } },
    'retries.perTryTimeout: got "2"; must be a duration with a unit; try "2s"',
  ),
  route(
    'a timeout per try of half a millisecond',
    { retries: { attempts: 2, perTryTimeout: '0.5ms' } },
    'retries.perTryTimeout: got "0.5ms"; must be a whole number of milliseconds, at least 1; try "2s"',
  ),
  route(
    'a retry condition with 0 attempts',
    { retries: { attempts: 0, retryOn: '5xx' } },
    'retries.attempts: got 0; must be at least 1 if retryOn is set, because 0 turns retries off; try 3',
  ),
  route(
    'a timeout per try without a number of attempts',
    { retries: { perTryTimeout: '2s' } as never },
    'retries.attempts: got 0; must be at least 1 if perTryTimeout is set, because 0 turns retries off; try 3',
  ),
  route(
    'a misspelt retry condition',
    { retries: { attempts: 2, retryOn: '5xx,conect-failure' } },
    'retries.retryOn: got "conect-failure"; must be a status code or one of 5xx, gateway-error, reset, reset-before-request, connect-failure, retriable-4xx, refused-stream, retriable-status-codes, retriable-headers, envoy-ratelimited, http3-post-connect-failure, cancelled, deadline-exceeded, internal, resource-exhausted, unavailable, separated by commas without spaces; try connect-failure',
  ),
  route(
    'a misspelt condition of a match',
    { match: [{ header: { 'user-group': { exact: 'a' } } }] },
    'match[0].header: got {"user-group":{"exact":"a"}}; must be a property that exists; try headers',
  ),
  route(
    'a misspelt kind of comparison',
    { match: [{ uri: { exat: '/a' } }] },
    'match[0].uri.exat: got "/a"; must be a property that exists; try exact',
  ),
  route('a misspelt property of a route', { host: ['shop'] }, 'host: got ["shop"]; must be a property that exists; try hosts'),
  route(
    'a misspelt property of retries',
    { retries: { atempts: 2 } },
    'retries.atempts: got 2; must be a property that exists; try attempts',
  ),
  route(
    'a misspelt property of a traffic policy',
    { trafficPolicy: { outlierdetection: {} } },
    'trafficPolicy.outlierdetection: got {}; must be a property that exists; try outlierDetection',
  ),
  route('a route without a pair', { pair: undefined }, 'pair: got undefined; must be a CanaryPair; try new CanaryPair(…)'),
  route(
    'a route name with an underscore',
    { name: 'canary_vs' },
    'name: got "canary_vs"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
  ),
  app(
    'a route without properties',
    (given) => new IstioVirtualService(new Chart(given, 'shop'), 'route', undefined as any),
    '[shop/route] props: got undefined; must be an object',
  ),
];

/** A route for a pair whose Service has these ports. */
function portsRoute(what: string, ports: object[], ...sentences: Sentence[]): RefusedInput {
  const declare = (given: CanaryApp) => {
    const routed = validPair(given, { service: { ports: ports.map((port) => ({ targetPort: 8080, ...port })) } });
    new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
  };
  return { what, declare, sentences: sentences.map(at('shop/route')) };
}

const NO_HTTP =
  "must have a port for HTTP or gRPC, because the route divides requests and Istio reads these ports as another protocol; try appProtocol: 'http' in a port that carries HTTP, or leave out the route, so that the pods divide the connections";

const PORTS: RefusedInput[] = [
  portsRoute('a route for a TCP port', [{ name: 'tcp-redis', port: 6379 }], `pair.service.ports: got ["6379 (tcp-redis)"]; ${NO_HTTP}`),
  portsRoute('a route for the port of MySQL', [{ port: 3306 }], `pair.service.ports: got ["3306"]; ${NO_HTTP}`),
  portsRoute('a route for a port with TLS', [{ name: 'https', port: 8443 }], `pair.service.ports: got ["8443 (https)"]; ${NO_HTTP}`),
  portsRoute(
    'a route for a port with the appProtocol tcp',
    [{ port: 80, appProtocol: 'tcp' }],
    `pair.service.ports: got ["80"]; ${NO_HTTP}`,
  ),
  portsRoute(
    'a route for two ports without HTTP',
    [
      { name: 'mongo', port: 27017 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
    `pair.service.ports: got ["27017 (mongo)","53 (dns)"]; ${NO_HTTP}`,
  ),
];

const APPS: RefusedInput[] = [
  app(
    'a pair with two routers',
    (given) => {
      const routed = validPair(given);
      ['a', 'b'].forEach((id) => new IstioVirtualService(Chart.of(routed), id, { pair: routed, name: `vs-${id}` }));
    },
    '[shop/b] pair: got shop/web, which already has the router shop/a; must be a pair without a router; try another pair',
  ),
  app(
    'two VirtualServices for one host',
    (given) => {
      const routed = validPair(given);
      new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
      new ApiObject(Chart.of(routed), 'own', {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'own' },
        spec: { hosts: ['shop'], http: [] },
      });
    },
    '[shop/route/Resource] VirtualService shop, spec.hosts: got "shop", which shop/own routes too; must be routed by only one VirtualService in the mesh, because Istio does not define which one applies; try to remove one of them',
  ),
];

refused([...PROPERTIES, ...PORTS, ...APPS]);

accepted([
  validRoute('54 the host "*" of a gateway', { hosts: ['*'], gateways: ['istio-system/public'] }),
  validRoute('56 a match that only requires a header to exist', { match: [{ headers: { beta: {} } }] }),
  validRoute('57 a regex in RE2 syntax that JavaScript does not have', { match: [{ uri: { regex: '(?i)/(?P<name>a|b)(?s:.*)' } }] }),
  validRoute('61 a timeout of half a second', { timeout: Duration.millis(500) }),
  {
    what: '40 VirtualServices for the same short host name in two namespaces',
    declare: (app) => {
      const shop = new Chart(app, 'shop');
      for (const id of ['a', 'b']) {
        new IstioVirtualService(shop, `route-${id}`, { pair: new CanaryPair(shop, id, props({ namespace: id })) });
      }
    },
  },
]);
