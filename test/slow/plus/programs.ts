/** Programs of users, each with a version of cdk8s-plus. `lib` is the derived package's source. */

/** The fields and types that versions from 28 on have and cdk8s-plus-27 lacks; those of the probes from 31 on. */
export const newerFields = (version: number): string => `import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-${version}';
import { CanaryPair, Probes, Stages } from './lib';

const app = Testing.app();
Stages.select(app, 'stage-0');
const chart = new Chart(app, 'shop');
new CanaryPair(chart, 'shop', {
  service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
  pod: {
    ports: [{ number: 8080 }],
    env: { A: kplus.EnvValue.fromValue('1') },
    envFrom: [kplus.Env.fromConfigMap(kplus.ConfigMap.fromConfigMapName(chart, 'config', 'config'))],
    volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp') }],
    securityContext: {
      capabilities: { add: [kplus.Capability.NET_BIND_SERVICE] },
      seccompProfile: { type: kplus.SeccompProfileType.UNCONFINED },
    },
    initContainers: [
      { name: 'proxy', image: 'proxy:1', restartPolicy: kplus.ContainerRestartPolicy.ALWAYS, startup: kplus.Probe.fromTcpSocket({ port: 1 }) },
      { name: 'migrate', image: 'migrate:1' },
    ],
${
  version < 31
    ? ''
    : `    liveness: kplus.Probe.fromGrpc({ port: 9090 }),
    readiness: Probes.fromHttpGet('/', { httpHeaders: [{ name: 'Accept', value: 'text/plain' }], headers: { Host: 'shop' } }),
`
}  },
  stable: { name: 'shop-a', version: '1.0', image: 'shop:1.0', strategy: kplus.DeploymentStrategy.recreate() },
  canary: { name: 'shop-b', version: '1.1', image: 'shop:1.1' },
});
void Probes;
const [deployment] = Testing.synth(chart).filter(({ kind }: { kind: string }) => kind === 'Deployment');
console.log(JSON.stringify(deployment.spec));
`;

/** An app of another version that imports the package for 27. */
export const mismatch = (version: number, library: string): string => `import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-${version}';
import { CanaryApp, CanaryPair } from ${JSON.stringify(library)};

const app = new CanaryApp();
const chart = new Chart(app, 'shop');
const pod = {
  ports: [{ number: 8080 }],
  env: { A: kplus.EnvValue.fromValue('1') },
  readiness: kplus.Probe.fromHttpGet('/'),
  volumes: [kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp')],
};
new CanaryPair(chart, 'shop', {
  service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
  pod: pod as never,
  stable: { name: 'shop-a', version: '1.0', image: 'shop:1.0' },
  canary: { name: 'shop-b', version: '1.1', image: 'shop:1.1' },
});
app.synth();
`;
