/** A gRPC service of Online Boutique, the shop of microservices, released through Istio: exact shares from three pods. */
import { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, IstioVirtualService, Probes, Stages } from '../../lib';

const image = (version: string) => `us-central1-docker.pkg.dev/google-samples/microservices-demo/productcatalogservice:v${version}`;
const health = Probes.fromGrpc({ port: 3550 });

const app = new CanaryApp();
const chart = new Chart(app, 'catalog');

const pair = new CanaryPair(chart, 'catalog', {
  namespace: 'boutique',
  baseline: 3,
  stages: Stages.percent(1, 10, 50, 100),
  // The name of the port states its protocol: Istio divides the requests of a gRPC connection, not the connections.
  service: { name: 'productcatalogservice', ports: [{ name: 'grpc', port: 3550 }] },
  pod: {
    image: image('0.10.2'),
    ports: [{ name: 'grpc', number: 3550 }],
    env: { PORT: EnvValue.fromValue('3550'), DISABLE_PROFILER: EnvValue.fromValue('1') },
    // As in the manifests of Online Boutique.
    podSecurityContext: { user: 1000, group: 1000 },
    readiness: health,
    liveness: health,
  },
  stable: { name: 'catalog-a', version: '0.10.2' },
  canary: { name: 'catalog-b', version: '0.10.3', image: image('0.10.3') },
});

// Requests of testers reach the canary before those of others.
new IstioVirtualService(chart, 'route', { pair, match: [{ headers: { 'x-tester': { exact: 'true' } } }] });

app.synth();
