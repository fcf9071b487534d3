/**
 * The canary tutorial as one declaration: v1.0 (yellow) serves, v1.1 (red) takes over at 10, 25, 50 and 100 percent.
 *
 *   npm run synth          writes dist/ (by replicas alone) and dist/istio/ (the same release through Istio)
 *
 * Read the two functions from top to bottom; each property says what the tutorial's YAML said.
 */
import { Chart, Duration } from 'cdk8s';
import { EnvValue, ImagePullPolicy, Probe, Protocol, ServiceType } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, DownwardApi, IstioVirtualService, PodSecurity, PreStop, Stages } from './lib';

/** Two versions of one service, and the stages between them. */
function declareRelease(chart: Chart, accept?: { [code: string]: string }): CanaryPair {
  return new CanaryPair(chart, 'servicedemo', {
    // Three pods carry the service. At no moment of the rollout, or of a rollback, are fewer of them ready.
    baseline: 3,
    stages: Stages.percent(10, 25, 50, 100),

    // Every pod of both versions has this label. The Service selects by it, so it divides its traffic by their numbers.
    selectorLabels: { target: 'canary-pod' },
    service: {
      name: 'canary-svc',
      type: ServiceType.LOAD_BALANCER,
      ports: [{ name: 'web', port: 8080, targetPort: 80 }],
    },

    // What the pods of both versions have in common.
    pod: {
      containerName: 'servicedemo',
      image: 'scubakiz/servicedemo:1.0',
      imagePullPolicy: ImagePullPolicy.ALWAYS,
      ports: [{ number: 80, protocol: Protocol.TCP }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      // NODE_IP, NODE_NAME, POD_IP, POD_NAME and POD_NAMESPACE, filled in by the kubelet.
      env: DownwardApi.podIdentity(),
      // The image was made to run as root on port 80, so the pods cannot promise the restricted standard.
      security: PodSecurity.IMAGE,
      // What the tutorial left out, and why it lost requests: pods get traffic when they answer, and finish before they go.
      readiness: Probe.fromHttpGet('/', { port: 80, periodSeconds: Duration.seconds(2) }),
      preStop: PreStop.sleep(Duration.seconds(5)),
      terminationGracePeriod: Duration.seconds(30),
    },

    // The two versions differ in what stands here, and in nothing else.
    stable: {
      name: 'canary-1-dep',
      version: '1.0',
      podLabels: { color: 'yellow' },
      env: { IMAGE_COLOR: EnvValue.fromValue('yellow') },
    },
    canary: {
      name: 'canary-2-dep',
      version: '1.1',
      podLabels: { color: 'red' },
      env: { IMAGE_COLOR: EnvValue.fromValue('red') },
    },
    accept,
  });
}

/** The weights by replicas: 9:1, 3:1, 3:3, 0:6. Any cluster will do. */
function byReplicas(): void {
  const app = new CanaryApp();
  declareRelease(new Chart(app, 'canary'));
  app.synth();
}

/** The weights by an Istio route: exact, whatever the number of pods, and beta testers first. */
function byIstio(): void {
  const app = new CanaryApp({ folder: 'istio' });
  const chart = new Chart(app, 'canary');
  const pair = declareRelease(chart, {
    'load-balancer-bypasses-route': 'the exercise sends its requests from inside the mesh',
  });
  new IstioVirtualService(chart, 'route', {
    pair,
    name: 'canary-vs',
    destinationRuleName: 'canary-dr',
    match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }],
  });
  app.synth();
}

byReplicas();
byIstio();
