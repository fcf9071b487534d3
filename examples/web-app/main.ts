/** A public web app behind an Ingress: nginx, from 1.28 to 1.29. */
import { Chart, Duration } from 'cdk8s';
import { EmptyDirMedium, Ingress, IngressBackend, Probe, Volume } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, Stages } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'web');

const pair = new CanaryPair(chart, 'web', {
  baseline: 4,
  stages: Stages.percent(20, 50, 100),
  service: { name: 'web', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  pod: {
    // This nginx runs as user 101 and listens above port 1023, so the pods comply with the restricted Pod Security Standard.
    image: 'nginxinc/nginx-unprivileged:1.28',
    ports: [{ name: 'http', number: 8080 }],
    readiness: Probe.fromHttpGet('/', { port: 8080, periodSeconds: Duration.seconds(2) }),
    liveness: Probe.fromHttpGet('/', { port: 8080 }),
    // The root file system is read-only; nginx keeps its temporary files here.
    volumeMounts: [{ path: '/tmp', volume: Volume.fromEmptyDir(chart, 'tmp', 'tmp', { medium: EmptyDirMedium.MEMORY }) }],
  },
  // The names carry no role: at the promotion web-b becomes the stable Deployment, and the next release is called web-a.
  stable: { name: 'web-a', version: '1.28' },
  canary: { name: 'web-b', version: '1.29', image: 'nginxinc/nginx-unprivileged:1.29' },
});

// Anything else in the chart is the same in every folder.
new Ingress(chart, 'ingress', { metadata: { name: 'web' } }).addHostRule(
  'shop.example.com',
  '/',
  IngressBackend.fromService(pair.service, { port: 80 }),
);

app.synth();
