/** A service with an autoscaler behind Istio: 4 to 20 pods of each version, by the processor that they use. */
import { Chart, Duration } from 'cdk8s';
import { Cpu, Metric, MetricTarget, Probe, Replicas } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, IstioVirtualService, Stages } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'shop');

const pair = new CanaryPair(chart, 'shop', {
  stages: Stages.percent(10, 50, 100),
  service: { name: 'shop', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  pod: {
    image: 'registry.example.com/shop:2.3',
    ports: [{ name: 'http', number: 8080 }],
    readiness: Probe.fromHttpGet('/healthz', { port: 8080, periodSeconds: Duration.seconds(2) }),
    // The autoscalers compare what the pods use with what they request.
    resources: { cpu: { request: Cpu.millis(250) } },
  },
  stable: { name: 'shop-a', version: '2.3' },
  canary: { name: 'shop-b', version: '2.4', image: 'registry.example.com/shop:2.4' },
  autoscaling: {
    min: 4,
    max: 20,
    metrics: [Metric.resourceCpu(MetricTarget.averageUtilization(70))],
    scaleUp: { policies: [{ replicas: Replicas.percent(100), duration: Duration.seconds(30) }] },
  },
});

new IstioVirtualService(chart, 'route', { pair });

app.synth();
