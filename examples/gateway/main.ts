/** A web shop behind a Gateway: exact shares from three pods, testers first, and one rule that leads to another service. */
import { Chart, Duration } from 'cdk8s';
import { Probe } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, GatewayHttpRoute, RouteParent, Stages, gateway } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'shop');

const pair = new CanaryPair(chart, 'shop', {
  namespace: 'shop',
  stages: Stages.percent(1, 10, 50, 100),
  service: { name: 'shop', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  pod: {
    image: 'registry.example.com/shop:2.3',
    ports: [{ name: 'http', number: 8080 }],
    readiness: Probe.fromHttpGet('/healthz', { port: 8080, periodSeconds: Duration.seconds(2) }),
  },
  stable: { name: 'shop-a', version: '2.3' },
  canary: { name: 'shop-b', version: '2.4', image: 'registry.example.com/shop:2.4' },
  // The two Deployments take turns. This line stays as it is in every release, so the route keeps its two backends.
  trackServices: { 'shop-a': 'pods-of-shop-a', 'shop-b': 'pods-of-shop-b' },
});

new GatewayHttpRoute(chart, 'route', {
  pair,
  parents: [RouteParent.gateway('public', { namespace: 'infra', listener: 'https' })],
  hostnames: ['shop.example.com'],
  match: [{ headers: [{ name: 'user-group', value: 'beta-testers' }] }],
  timeouts: { request: '10s' },
  rules: [
    // The pair's rule: it has no backends, so the stages divide its requests.
    {},
    {
      matches: [{ path: { type: gateway.HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: '/pay' } }],
      backendRefs: [{ name: 'payments', port: 80 }],
    },
  ],
});

app.synth();
