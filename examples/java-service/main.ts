/** A Spring Boot service that takes a minute to start, with its configuration in a ConfigMap and a Secret. */
import { Chart, Duration, Size } from 'cdk8s';
import { ConfigMap, Cpu, Env, EnvValue, Probe, Secret, Volume } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, Stages, TopologySpread } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'orders');

const settings = new ConfigMap(chart, 'settings', {
  metadata: { name: 'orders-settings' },
  data: { SPRING_PROFILES_ACTIVE: 'production', SERVER_SHUTDOWN: 'graceful' },
});
const database = Secret.fromSecretName(chart, 'database', 'orders-database');
const onPort = { port: 8081, periodSeconds: Duration.seconds(5) };

new CanaryPair(chart, 'orders', {
  baseline: 3,
  // The first stage is small and the last steps are large: a slow start makes many stages expensive.
  stages: Stages.percent(10, 50, 100),
  service: { name: 'orders', ports: [{ name: 'http', port: 80, targetPortName: 'http' }] },
  pod: {
    image: 'registry.example.com/orders:7.3.1',
    ports: [
      { name: 'http', number: 8080 },
      { name: 'management', number: 8081 },
    ],
    env: { JAVA_TOOL_OPTIONS: EnvValue.fromValue('-XX:MaxRAMPercentage=75') },
    envFrom: [Env.fromConfigMap(settings), Env.fromSecret(database)],
    // A limit of memory that equals the request: the JVM takes its heap from it. No limit of CPU: it would slow down the start.
    resources: { cpu: { request: Cpu.millis(500) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(1) } },
    // Until `startup` succeeds, which may take three minutes, the other probes do not run.
    startup: Probe.fromHttpGet('/actuator/health/liveness', { ...onPort, failureThreshold: 36 }),
    readiness: Probe.fromHttpGet('/actuator/health/readiness', onPort),
    liveness: Probe.fromHttpGet('/actuator/health/liveness', onPort),
    terminationGracePeriod: Duration.seconds(60),
    topologySpread: [TopologySpread.preferZones(), TopologySpread.preferNodes()],
    volumeMounts: [{ path: '/tmp', volume: Volume.fromEmptyDir(chart, 'tmp', 'tmp') }],
  },
  stable: { name: 'orders-a', version: '7.3.1' },
  canary: {
    name: 'orders-b',
    version: '7.4.0',
    image: 'registry.example.com/orders:7.4.0',
    // A cold JVM answers slowly at first, so a pod must be ready for a while before it counts.
    minReady: Duration.seconds(20),
  },
});

app.synth();
