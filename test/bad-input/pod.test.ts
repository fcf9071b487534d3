import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PreStop, Probes, TopologySpread } from '../../lib';
import { type RefusedInput, accepted, app, pair, refused, validChange } from '../support/refused';

const EnvValue = kplus.EnvValue;

const IMAGES: RefusedInput[] = [
  pair(
    'an image in upper case',
    { pod: { image: 'Shop:1.0' } },
    'pod.image: got "Shop:1.0"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    'a pull policy in lower case',
    { pod: { imagePullPolicy: 'always' } },
    'pod.imagePullPolicy: got "always"; must be one of Always, IfNotPresent, Never; try Always',
  ),
];

const PORTS: RefusedInput[] = [
  pair('a container port of 0', { pod: { ports: [{ number: 0 }] } }, 'pod.ports[0].number: got 0; must be an integer from 1 to 65535'),
  pair(
    'a port name that is too long',
    { pod: { ports: [{ number: 8080, name: 'a-very-long-name' }] } },
    'pod.ports[0].name: got "a-very-long-name"; must be at most 15 lower-case letters, digits and single "-", with at least one letter',
  ),
  pair(
    'a port name with two dashes',
    { pod: { ports: [{ number: 8080, name: 'we--b' }] } },
    'pod.ports[0].name: got "we--b"; must be at most 15 lower-case letters, digits and single "-", with at least one letter',
  ),
  pair(
    'a port name of digits',
    { pod: { ports: [{ number: 8080, name: '8080' }] } },
    'pod.ports[0].name: got "8080"; must be at most 15 lower-case letters, digits and single "-", with at least one letter',
  ),
  pair(
    'one container port twice',
    { pod: { ports: [{ number: 8080 }, { number: 8080 }] } },
    'pod.ports[1].number: got 8080; must be used once',
  ),
];

const LABELS: RefusedInput[] = [
  pair(
    "a label that a Deployment's controller sets",
    { pod: { podLabels: { 'pod-template-hash': 'x' } } },
    'pod.podLabels["pod-template-hash"]: got "x"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair('a label that is a number', { pod: { podLabels: { tier: 1 } } }, 'pod.podLabels["tier"]: got 1; must be a string; try "1"'),
  pair(
    'a node selector that is a number',
    { pod: { nodeSelector: { 'kubernetes.io/os': 1 } } },
    'pod.nodeSelector["kubernetes.io/os"]: got 1; must be a string; try "1"',
  ),
];

const TERMINATION: RefusedInput[] = [
  pair(
    'a grace period that is not longer than the preStop sleep',
    { pod: { terminationGracePeriod: Duration.seconds(10) } },
    'pod.terminationGracePeriod: got 10s; must be longer than the preStop sleep of 10s, or the container is killed while it still waits; try Duration.seconds(40)',
  ),
  pair(
    'a preStop sleep that is not shorter than the grace period',
    { pod: { preStop: PreStop.sleep(Duration.seconds(40)) } },
    'pod.preStop: got "40s"; must be shorter than terminationGracePeriod (40s), or the container is killed while it still waits; try terminationGracePeriod: Duration.seconds(70)',
  ),
  pair(
    'a grace period as a number',
    { pod: { terminationGracePeriod: 30 } },
    'pod.terminationGracePeriod: got 30; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
  pair(
    'a number instead of a PreStop',
    { pod: { preStop: 10 } },
    'pod.preStop: got 10; must be a PreStop; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    'a preStop sleep with a number instead of a duration',
    () => PreStop.sleep(10 as any),
    'PreStop.sleep: got 10; must be a duration of whole seconds, at least 1 s; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    'a preStop sleep of 0 seconds',
    () => PreStop.sleep(Duration.seconds(0)),
    'PreStop.sleep: got 0s; must be a duration of whole seconds, at least 1 s; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    'a preStop command as a string',
    () => PreStop.exec('sleep 10' as any),
    "PreStop.exec: got \"sleep 10\"; must be a list of at least one string; try PreStop.exec(['sleep', '10'])",
  ),
];

const PROBES: RefusedInput[] = [
  pair(
    'a probe of a port name that the container does not have',
    { canary: { readiness: Probes.fromHttpGet('/', { portName: 'health' }) } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].readinessProbe.port: got "health"; must be the name of a port of the container (there is none)',
  ),
  pair(
    'a gRPC probe of port 0',
    { canary: { readiness: Probes.fromGrpc({ port: 0 }) } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].readinessProbe.port: got 0; must be an integer from 1 to 65535, or the name of a port of the container',
  ),
  pair(
    'a probe as plain data',
    { canary: { readiness: { httpGet: { path: '/' } } } },
    'canary.readiness: got {"httpGet":{"path":"/"}}; must be a Probe; try Probe.fromHttpGet(\'/\')',
  ),
];

const RESOURCES: RefusedInput[] = [
  pair(
    'resources in the form of a Kubernetes manifest',
    { pod: { resources: { requests: { cpu: '1 core' } } } },
    'pod.resources.requests: got {"cpu":"1 core"}; must be a property that exists; try one of cpu, ephemeralStorage, memory',
  ),
  pair(
    'a CPU request as a string',
    { pod: { resources: { cpu: { request: '100m' } } } },
    'pod.resources.cpu.request: got "100m"; must be a Cpu; try Cpu.millis(100)',
  ),
  pair(
    'a CPU request of NaN',
    { pod: { resources: { cpu: { request: kplus.Cpu.millis(NaN) } } } },
    'pod.resources.cpu.request: got "NaNm"; must be a number of CPUs; try Cpu.millis(100)',
  ),
  pair(
    'a memory request that is not a whole number of Mi',
    { pod: { resources: { memory: { request: Size.kibibytes(1000) } } } },
    'pod.resources.memory.request: got "1000Ki"; must be a whole number of Mi; try Size.mebibytes(128)',
  ),
  pair(
    'a memory limit as a number',
    { pod: { resources: { memory: { limit: 128 } } } },
    'pod.resources.memory.limit: got 128; must be a Size; try Size.mebibytes(128)',
  ),
  pair(
    'a CPU limit below the request',
    { canary: { resources: { cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.millis(500) } } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].resources.limits.cpu: got "500m"; must not be less than the request of "1"',
  ),
  pair(
    'a memory limit below the request',
    {
      canary: { resources: { memory: { request: Size.gibibytes(1), limit: Size.mebibytes(512) } } },
    },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].resources.limits.memory: got "512Mi"; must not be less than the request of "1024Mi"',
  ),
];

const VARIABLES: RefusedInput[] = [
  pair(
    'a variable name that begins with a digit',
    { pod: { env: { '1A': EnvValue.fromValue('x') } } },
    'pod.env["1A"]: got "1A"; must be letters, digits, "_", "-" and ".", not starting with a digit',
  ),
  pair(
    'a variable whose EnvValue is a number',
    { canary: { env: { SIZE: EnvValue.fromValue(1 as any) } } },
    'canary.env["SIZE"]: got 1; must be a string; try "1"',
  ),
  pair(
    'a variable as a string',
    { canary: { env: { SIZE: 'large' } } },
    'canary.env["SIZE"]: got "large"; must be an EnvValue; try EnvValue.fromValue("large")',
  ),
  pair(
    'a variable as a number',
    { canary: { env: { SIZE: 7 } } },
    'canary.env["SIZE"]: got 7; must be an EnvValue; try EnvValue.fromValue("7")',
  ),
  pair(
    'variables as a list',
    { canary: { env: ['SIZE=large'] } },
    'canary.env: got ["SIZE=large"]; must be a map from names to values; try { GREETING: EnvValue.fromValue(\'hello\') }',
  ),
  pair(
    'a variable value with a NUL character',
    { canary: { env: { A: EnvValue.fromValue('a\0b') } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].env[0].value: got "a\\u0000b"; must be text without NUL characters or lone surrogates, which YAML cannot represent',
  ),
  pair(
    'a variable value with a lone surrogate',
    { canary: { env: { A: EnvValue.fromValue('\ud800') } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].env[0].value: got "\\ud800"; must be text without NUL characters or lone surrogates, which YAML cannot represent',
  ),
];

const CONTAINERS: RefusedInput[] = [
  pair(
    'a container name with a space',
    { pod: { containerName: 'my shop' } },
    'pod.containerName: got "my shop"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair('a command as a string', { pod: { command: 'run' } }, 'pod.command: got "run"; must be a list'),
  pair('an argument that is a number', { canary: { args: ['--port', 80] } }, 'canary.args[1]: got 80; must be a string'),
  pair('an unknown value of security', { pod: { security: 'baseline' } }, 'pod.security: got "baseline"; must be one of restricted, image'),
  pair(
    'a misspelt property of a security context',
    { pod: { securityContext: { ensureNonroot: true } } },
    'pod.securityContext.ensureNonroot: got true; must be a property that exists; try ensureNonRoot',
  ),
  pair(
    'a volume as plain data',
    { pod: { volumes: [{ emptyDir: {} }] } },
    'pod.volumes[0]: got {"emptyDir":{}}; must be a Volume; try Volume.fromEmptyDir(…)',
  ),
  pair(
    'a volume mount without a volume',
    { pod: { volumeMounts: [{ path: '/tmp' }] } },
    'pod.volumeMounts[0].volume: got undefined; must be a Volume; try Volume.fromEmptyDir(…)',
  ),
  pair(
    'a topology spread with a maxSkew of 0',
    { pod: { topologySpread: [TopologySpread.require('kubernetes.io/hostname', 0)] } },
    'pod.topologySpread[0], maxSkew: got 0; must be an integer from 1 to 2147483647',
  ),
  pair(
    'a topology spread as a string',
    { pod: { topologySpread: ['zones'] } },
    'pod.topologySpread[0]: got "zones"; must be a TopologySpread; try TopologySpread.preferNodes()',
  ),
  pair(
    'a sidecar that is null',
    { pod: { sidecars: [null] } },
    'pod.sidecars[0]: got null; must be the properties of a container; try { name: "proxy", image: "envoy:1.30" }',
  ),
  pair(
    'a sidecar with the name of the main container',
    { pod: { sidecars: [{ image: 'proxy:1' }] } },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[1].name: got "main"; must be used once in a pod',
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[1].name: got "main"; must be used once in a pod',
  ),
  pair(
    'a sidecar without an image',
    { pod: { sidecars: [{ name: 'proxy' }] } },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[1].image: got undefined; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[1].image: got undefined; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
  ),
  pair(
    'a service account as a string',
    { pod: { serviceAccount: 'shop' } },
    'pod.serviceAccount: got "shop"; must be a construct with a name; try ServiceAccount.fromServiceAccountName(…)',
  ),
];

const MISSPELT: RefusedInput[] = [
  pair(
    'a misspelt property of the pod',
    { pod: { imagePullpolicy: 'Always' } },
    'pod.imagePullpolicy: got "Always"; must be a property that exists; try imagePullPolicy',
  ),
  pair(
    'a pod that is a list',
    { pod: [] },
    'pod: got []; must be an object',
    'stable.image: got undefined; must name an image; try "scubakiz/servicedemo:1.0"',
  ),
];

refused([...IMAGES, ...PORTS, ...LABELS, ...TERMINATION, ...PROBES, ...RESOURCES, ...VARIABLES, ...CONTAINERS, ...MISSPELT]);

accepted([
  validChange('a probe of a port that the container does not declare', {
    canary: { readiness: kplus.Probe.fromHttpGet('/', { port: 9090 }) },
  }),
  validChange('a probe whose timeout is longer than its period', {
    canary: {
      readiness: kplus.Probe.fromHttpGet('/', { port: 8080, periodSeconds: Duration.seconds(2), timeoutSeconds: Duration.seconds(3) }),
    },
  }),
  validChange('47 a node selector with a label of Kubernetes', { pod: { nodeSelector: { 'kubernetes.io/os': 'linux' } } }),
  validChange('66 a preStop command of unknown duration', { pod: { preStop: PreStop.exec(['sleep', '90']) } }),
  validChange('66 a short grace period without a preStop sleep', {
    pod: { preStop: PreStop.none(), terminationGracePeriod: Duration.seconds(1) },
  }),
  validChange('69 a fraction of a CPU', { pod: { resources: { cpu: { request: kplus.Cpu.units(0.25) } } } }),
  validChange('73 an empty variable value', { canary: { env: { A: EnvValue.fromValue('') } } }),
  validChange('75 a character outside the Basic Multilingual Plane', { canary: { env: { A: EnvValue.fromValue('\u{1f424}') } } }),
]);
