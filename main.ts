/**
 * The canary tutorial as one declaration: v1.0 (yellow) serves, v1.1 (red) takes over at 10, 25, 50 and 100 percent.
 *
 *   npm run synth          writes dist/ (by replicas alone) and dist/istio/ (the same release through Istio)
 *
 * Read the two functions from top to bottom. Each property corresponds to a field of the tutorial's YAML.
 */
import { Chart, Duration } from 'cdk8s';
import { EnvValue, ImagePullPolicy, Probe, Protocol, ServiceType } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, DownwardApi, IstioVirtualService, PodSecurity, PreStop, Stages } from './lib';

/** Declares two versions of one service, and the stages between them. */
function declareRelease(chart: Chart, accept?: { [code: string]: string }): CanaryPair {
  return new CanaryPair(chart, 'servicedemo', {
    // Three pods serve at rest. During a rollout or a rollback, at least three pods are ready at all times.
    baseline: 3,
    stages: Stages.percent(10, 25, 50, 100),

    // Every pod of both versions has this label. The Service selects by it, so the numbers of pods decide how its traffic divides.
    selectorLabels: { target: 'canary-pod' },
    service: {
      name: 'canary-svc',
      type: ServiceType.LOAD_BALANCER,
      ports: [{ name: 'web', port: 8080, targetPort: 80 }],
    },

    // The options that the pods of both versions share.
    pod: {
      containerName: 'servicedemo',
      image: 'scubakiz/servicedemo:1.0',
      imagePullPolicy: ImagePullPolicy.ALWAYS,
      ports: [{ number: 80, protocol: Protocol.TCP }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      // The kubelet sets NODE_IP, NODE_NAME, POD_IP, POD_NAME and POD_NAMESPACE.
      env: DownwardApi.podIdentity(),
      // The image runs as root on port 80, so the pods cannot comply with the restricted standard.
      security: PodSecurity.IMAGE,
      // The tutorial's YAML lacks a readiness probe and a preStop hook, so it loses requests. With both, a pod gets traffic only
      // when it responds, and finishes its requests before it stops.
      readiness: Probe.fromHttpGet('/', { port: 80, periodSeconds: Duration.seconds(2) }),
      preStop: PreStop.sleep(Duration.seconds(5)),
      terminationGracePeriod: Duration.seconds(30),
    },

    // The two versions differ only in these options.
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

/** Realizes the weights by replicas: 9:1, 3:1, 3:3, 0:6. This works on any cluster. */
function byReplicas(): void {
  const app = new CanaryApp();
  declareRelease(new Chart(app, 'canary'));
  app.synth();
}

/** Realizes the weights by an Istio route: exactly, for any number of pods. Beta testers get the canary before other clients. */
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
