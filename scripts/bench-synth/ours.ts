/** The services as a user of this library writes them: `ours.ts COUNT FOLDER`. */
import { Chart, Duration } from 'cdk8s';
import { Probe } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, DownwardApi, IstioVirtualService, Stages } from '../../lib';
import { serviceName } from './objects';

const [count, outdir] = [Number(process.argv[2]), process.argv[3]!];
const app = new CanaryApp({ outdir, quiet: true });
for (let n = 0; n < count; n += 1) {
  const name = serviceName(n);
  const chart = new Chart(app, name);
  const pair = new CanaryPair(chart, 'release', {
    stages: Stages.percent(10, 25, 50, 100),
    service: { name, ports: [{ name: 'web', port: 8080, targetPort: 80 }] },
    pod: {
      ports: [{ number: 80 }],
      env: DownwardApi.podIdentity(),
      readiness: Probe.fromHttpGet('/', { port: 80, periodSeconds: Duration.seconds(2) }),
    },
    stable: { name: `${name}-a`, version: '1.0', image: `registry.example/${name}:1.0` },
    canary: { name: `${name}-b`, version: '1.1', image: `registry.example/${name}:1.1` },
  });
  new IstioVirtualService(chart, 'route', { pair, match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }] });
}
app.synth();
