/** The frontend of a guestbook beside the chart that the rest of it comes from. */
import { join } from 'node:path';
import { Chart, Include } from 'cdk8s';
import { ConfigMap, Env, ServiceAccount } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'guestbook');

// Everything but the frontend's Deployment. With helm at hand: new Helm(chart, 'rest', { chart: './chart', values: { … } }).
new Include(chart, 'rest', { url: join(__dirname, 'chart.yaml') });

new CanaryPair(chart, 'frontend', {
  // The chart has the Service, and it selects by these labels.
  serviceName: 'frontend',
  selectorLabels: { app: 'guestbook', tier: 'frontend' },
  pod: {
    image: 'registry.example.com/guestbook:5.0',
    containerName: 'php-redis',
    ports: [{ number: 8080 }],
    envFrom: [Env.fromConfigMap(ConfigMap.fromConfigMapName(chart, 'settings', 'guestbook-frontend'))],
    serviceAccount: ServiceAccount.fromServiceAccountName(chart, 'account', 'guestbook'),
  },
  // The chart's Deployment runs already. A selector cannot change, so the track takes it as it is.
  stable: { name: 'frontend', version: '5.0', selector: { app: 'guestbook', tier: 'frontend' } },
  canary: { name: 'frontend-b', version: '6.0', image: 'registry.example.com/guestbook:6.0' },
  accept: {
    'adopted-pods': 'the first apply replaces the pods once, at a quiet hour',
    'shared-selector': 'until frontend-b is promoted and frontend is deleted',
  },
});

app.synth();
