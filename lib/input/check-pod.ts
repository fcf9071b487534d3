import * as kplus from '../kplus';
import * as names from '../core/names';
import { type At, type Input, LARGEST, isMap } from './input';
import { isInstance } from './jsii-types';
import { VERSION_LABEL } from '../core/labels';
import { checkDns } from './check-dns';
import { checkExtendedResources, checkResources } from './check-resources';
import { checkScheduling } from './check-scheduling';
import { ContainerRestartPolicy, type InitContainerProps, isSidecar } from '../init-container';
import { type PodOptions, PodSecurity } from '../pod';
import { PreStop } from '../pre-stop';
import { TopologySpread } from '../topology-spread';

/** The known properties. The type makes the compiler report a new property that is missing here. */
export const POD: Readonly<Record<keyof PodOptions, true>> = {
  affinity: true,
  args: true,
  automountServiceAccountToken: true,
  command: true,
  containerName: true,
  dns: true,
  dockerRegistryAuth: true,
  dropAllCapabilities: true,
  enableServiceLinks: true,
  env: true,
  envFrom: true,
  extendedResources: true,
  hostAliases: true,
  image: true,
  imagePullPolicy: true,
  initContainers: true,
  liveness: true,
  nodeSelector: true,
  podAnnotations: true,
  podLabels: true,
  podSecurityContext: true,
  ports: true,
  preStop: true,
  priorityClassName: true,
  readiness: true,
  resources: true,
  runtimeClassName: true,
  security: true,
  securityContext: true,
  serviceAccount: true,
  shareProcessNamespace: true,
  sidecars: true,
  startup: true,
  terminationGracePeriod: true,
  tolerations: true,
  topologySpread: true,
  volumeMounts: true,
  volumes: true,
  workingDir: true,
};

const CONTAINER_PORT: Readonly<Record<keyof kplus.ContainerPort, true>> = {
  hostIp: true,
  hostPort: true,
  name: true,
  number: true,
  protocol: true,
};

/** From version 28 on, cdk8s-plus has a seccomp profile too. */
const SINCE_28 = ('SeccompProfileType' in kplus ? { seccompProfile: true } : {}) as { readonly seccompProfile: true };

const SECURITY_CONTEXT: Readonly<Record<keyof kplus.ContainerSecurityContextProps, true>> = {
  ...SINCE_28,
  allowPrivilegeEscalation: true,
  capabilities: true,
  ensureNonRoot: true,
  group: true,
  privileged: true,
  readOnlyRootFilesystem: true,
  user: true,
};

const POD_SECURITY_CONTEXT: Readonly<Record<keyof kplus.PodSecurityContextProps, true>> = {
  ensureNonRoot: true,
  fsGroup: true,
  fsGroupChangePolicy: true,
  group: true,
  sysctls: true,
  user: true,
};

/** Checks the pod options as the user wrote them, before the options of both tracks and of one track are merged. */
export function checkPod(input: Input, at: At, pod: PodOptions, selectorLabels: unknown): void {
  checkPodMetadata(input, at, pod, selectorLabels);
  checkContainer(input, at, pod);
  checkEnvironment(input, at, pod);
  checkResources(input, at('resources'), pod.resources);
  checkExtendedResources(input, at('extendedResources'), pod.extendedResources);
  for (const name of ['readiness', 'liveness', 'startup'] as const) {
    input.instance(at(name), pod[name], kplus.Probe, "Probe.fromHttpGet('/')");
  }
  checkSecurity(input, at, pod);
  checkVolumes(input, at, pod);
  checkPreStop(input, at('preStop'), pod.preStop);
  input.duration(at('terminationGracePeriod'), pod.terminationGracePeriod, 1);
  for (const [index, spread] of input.entries<TopologySpread>(at('topologySpread'), pod.topologySpread).entries()) {
    checkSpread(input, `${at('topologySpread')}[${index}]`, spread);
  }
  checkScheduling(pod, at, { reject: (property, got, must) => input.reject(property, got, must), isStrict: true });
  checkDns(input, at('dns'), pod.dns);
}

function checkPodMetadata(input: Input, at: At, pod: PodOptions, selectorLabels: unknown): void {
  const taken = [VERSION_LABEL, ...(isMap(selectorLabels) ? Object.keys(selectorLabels) : [])];
  input.labels(at('podLabels'), pod.podLabels, { values: 'label', reserved: taken });
  input.labels(at('podAnnotations'), pod.podAnnotations, { values: 'any' });
  input.labels(at('nodeSelector'), pod.nodeSelector, { values: 'label', ofNodes: true });
}

function checkContainer(input: Input, at: At, pod: PodOptions): void {
  if (pod.image !== undefined) {
    input.text(at('image'), pod.image, names.IMAGE, '"scubakiz/servicedemo:1.0"');
  }
  if (pod.containerName !== undefined) {
    input.text(at('containerName'), pod.containerName, names.NAMESPACE);
  }
  input.oneOf(at('imagePullPolicy'), pod.imagePullPolicy, Object.values(kplus.ImagePullPolicy));
  checkWords(input, at('command'), pod.command);
  checkWords(input, at('args'), pod.args);
  checkString(input, at('workingDir'), pod.workingDir);
  const seen = new Set<string>();
  for (const [index, port] of input.entries<kplus.ContainerPort>(at('ports'), pod.ports).entries()) {
    const property = `${at('ports')}[${index}]`;
    if (!input.known(property, port, CONTAINER_PORT)) {
      continue;
    }
    input.requiredInteger(`${property}.number`, port.number, 1, 65535);
    input.oneOf(`${property}.protocol`, port.protocol, Object.values(kplus.Protocol));
    if (port.name !== undefined) {
      input.text(`${property}.name`, port.name, names.PORT_NAME);
      input.once(`${property}.name`, port.name, `name ${port.name}`, seen);
    }
    input.once(`${property}.number`, port.number, `${port.number}/${port.protocol ?? kplus.Protocol.TCP}`, seen);
  }
  for (const name of ['sidecars', 'initContainers'] as const) {
    for (const [index, container] of input.entries<unknown>(at(name), pod[name]).entries()) {
      const property = `${at(name)}[${index}]`;
      if (!isMap(container)) {
        input.reject(property, container, 'be the properties of a container', '{ name: "proxy", image: "envoy:1.30" }');
        continue;
      }
      checkResources(input, `${property}.resources`, container.resources);
      if (name === 'initContainers') {
        checkInitContainer(input, property, container as unknown as InitContainerProps);
      } else if (container.restartPolicy !== undefined) {
        const must = 'be left out, because a container beside the main one is always restarted';
        input.reject(`${property}.restartPolicy`, container.restartPolicy, must, 'initContainers for one that starts before');
      }
    }
  }
}

/** An init container that runs to its end has no probes; cdk8s-plus and the API server refuse them. */
function checkInitContainer(input: Input, property: string, container: InitContainerProps): void {
  input.oneOf(`${property}.restartPolicy`, container.restartPolicy, Object.values(ContainerRestartPolicy));
  for (const name of ['readiness', 'liveness', 'startup'] as const) {
    if (container[name] !== undefined && !isSidecar(container)) {
      input.reject(
        `${property}.${name}`,
        container[name],
        'be left out, because an init container ends before the main one starts',
        'restartPolicy: ContainerRestartPolicy.ALWAYS',
      );
    }
  }
}

function checkString(input: Input, property: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') {
    input.reject(property, value, 'be a string');
  }
}

function checkWords(input: Input, property: string, words: unknown): void {
  for (const [index, word] of input.entries<unknown>(property, words).entries()) {
    if (typeof word !== 'string') {
      input.reject(`${property}[${index}]`, word, 'be a string');
    }
  }
}

function checkEnvironment(input: Input, at: At, pod: PodOptions): void {
  if (pod.env !== undefined && !isMap(pod.env)) {
    input.reject(at('env'), pod.env, 'be a map from names to values', "{ GREETING: EnvValue.fromValue('hello') }");
    return;
  }
  for (const [name, value] of Object.entries(pod.env ?? {})) {
    const property = `${at('env')}[${JSON.stringify(name)}]`;
    if (names.breaks(names.ENV_NAME, name)) {
      input.reject(property, name, names.ENV_NAME.must);
    }
    checkEnv(input, property, value);
  }
  for (const [index, source] of input.entries<unknown>(at('envFrom'), pod.envFrom).entries()) {
    input.entry(`${at('envFrom')}[${index}]`, source, kplus.EnvFrom, 'Env.fromConfigMap(…)');
  }
}

function isEnvValue(value: unknown): value is kplus.EnvValue {
  return isInstance(value, kplus.EnvValue);
}

function checkEnv(input: Input, property: string, variable: unknown): void {
  if (!isEnvValue(variable)) {
    const isText = ['string', 'number', 'boolean'].includes(typeof variable);
    input.reject(property, variable, 'be an EnvValue', `EnvValue.fromValue(${isText ? JSON.stringify(String(variable)) : "'…'"})`);
  } else if (variable.value !== undefined && typeof variable.value !== 'string') {
    input.reject(property, variable.value, 'be a string', JSON.stringify(String(variable.value)));
  } else if (variable.value !== undefined && variable.valueFrom !== undefined) {
    input.reject(property, variable.value, 'have a value or a source, not both');
  }
}

function checkSecurity(input: Input, at: At, pod: PodOptions): void {
  input.oneOf(at('security'), pod.security, Object.values(PodSecurity));
  if (pod.securityContext !== undefined) {
    input.known(at('securityContext'), pod.securityContext, SECURITY_CONTEXT);
  }
  if (pod.podSecurityContext !== undefined) {
    input.known(at('podSecurityContext'), pod.podSecurityContext, POD_SECURITY_CONTEXT);
  }
  for (const name of ['automountServiceAccountToken', 'dropAllCapabilities', 'enableServiceLinks', 'shareProcessNamespace'] as const) {
    if (pod[name] !== undefined && typeof pod[name] !== 'boolean') {
      input.reject(at(name), pod[name], 'be true or false');
    }
  }
  for (const [name, example] of [
    ['serviceAccount', 'ServiceAccount.fromServiceAccountName(…)'],
    ['dockerRegistryAuth', 'Secret.fromSecretName(…)'],
  ] as const) {
    const reference: unknown = pod[name];
    if (reference !== undefined && (!isMap(reference) || typeof reference.name !== 'string')) {
      input.reject(at(name), reference, 'be a construct with a name', example);
    }
  }
}

function checkVolumes(input: Input, at: At, pod: PodOptions): void {
  for (const [index, volume] of input.entries<unknown>(at('volumes'), pod.volumes).entries()) {
    input.entry(`${at('volumes')}[${index}]`, volume, kplus.Volume, 'Volume.fromEmptyDir(…)');
  }
  for (const [index, mount] of input.entries<unknown>(at('volumeMounts'), pod.volumeMounts).entries()) {
    const property = `${at('volumeMounts')}[${index}]`;
    if (!isMap(mount)) {
      input.reject(property, mount, 'be an object', '{ path: "/tmp", volume: Volume.fromEmptyDir(…) }');
      continue;
    }
    input.entry(`${property}.volume`, mount.volume, kplus.Volume, 'Volume.fromEmptyDir(…)');
    if (typeof mount.path !== 'string' || mount.path === '' || mount.path.includes(':')) {
      input.reject(`${property}.path`, mount.path, 'be a path without ":"', '"/tmp"');
    }
  }
}

function checkPreStop(input: Input, property: string, preStop: PreStop | undefined): void {
  input.instance(property, preStop, PreStop, 'PreStop.sleep(Duration.seconds(10))');
}

function checkSpread(input: Input, property: string, spread: TopologySpread): void {
  if (!input.entry(property, spread, TopologySpread, 'TopologySpread.preferNodes()')) {
    return;
  }
  const { topologyKey, maxSkew } = spread._toJson({}) as { topologyKey: unknown; maxSkew: unknown };
  input.integer(`${property}, maxSkew`, maxSkew ?? null, 1, LARGEST);
  if (typeof topologyKey !== 'string' || !names.isLabelKey(topologyKey)) {
    input.reject(`${property}, topologyKey`, topologyKey, "be a node label's key", "'topology.kubernetes.io/zone'");
  }
}
