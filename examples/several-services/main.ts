/** A search engine with several Services: one for its clients, one for peers, one for Prometheus. */
import { Chart, Duration } from 'cdk8s';
import { EnvFieldPaths, EnvValue, Probe, ServiceType } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, Stages } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'search');

new CanaryPair(chart, 'search', {
  baseline: 4,
  stages: Stages.percent(20, 50, 100),
  // The Service whose traffic is divided and watched.
  service: { name: 'search', ports: [{ name: 'http', port: 80, targetPortName: 'http' }] },
  additionalServices: [
    {
      name: 'search-public',
      type: ServiceType.LOAD_BALANCER,
      ports: [{ name: 'http', port: 80, targetPortName: 'http' }],
      loadBalancerSourceRanges: ['203.0.113.0/24'],
    },
    // Peers find each other by the addresses of the pods.
    { name: 'search-peers', clusterIP: 'None', ports: [{ name: 'gossip', port: 7946 }] },
    { name: 'search-metrics', ports: [{ name: 'metrics', port: 9090 }], labels: { monitoring: 'prometheus' } },
  ],
  pod: {
    image: 'registry.example.com/search:1.8.0',
    ports: [
      { name: 'http', number: 8080 },
      { name: 'gossip', number: 7946 },
      { name: 'metrics', number: 9090 },
    ],
    env: { PEERS: EnvValue.fromValue('search-peers'), POD_IP: EnvValue.fromFieldRef(EnvFieldPaths.POD_IP) },
    readiness: Probe.fromHttpGet('/ready', { port: 8080, periodSeconds: Duration.seconds(2) }),
  },
  stable: { name: 'search-a', version: '1.8.0' },
  canary: { name: 'search-b', version: '1.9.0', image: 'registry.example.com/search:1.9.0' },
});

app.synth();
