import { EnvValue } from 'cdk8s-plus-27';
import * as names from './core/names';
import { Input } from './input';
import { VERSION_LABEL } from './labels';
import { DEFAULT_GRACE, DEFAULT_PRE_STOP, PodOptions, PodSecurity } from './pod';
import { PreStop } from './pre-stop';
import { ServiceOptions, SessionAffinity } from './service-options';
import { StableTrackProps, TrackOptions } from './track';

/** The properties that exist, kept complete by the compiler: a new one that is missing here does not compile. */
const POD: Readonly<Record<keyof PodOptions, true>> = {
  args: true,
  automountServiceAccountToken: true,
  command: true,
  containerName: true,
  dockerRegistryAuth: true,
  env: true,
  envFrom: true,
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
  readiness: true,
  resources: true,
  security: true,
  securityContext: true,
  serviceAccount: true,
  sidecars: true,
  startup: true,
  terminationGracePeriod: true,
  topologySpread: true,
  volumeMounts: true,
  volumes: true,
  workingDir: true,
};

const TRACK: Readonly<Record<keyof TrackOptions, true>> = {
  ...POD,
  annotations: true,
  labels: true,
  minReady: true,
  name: true,
  progressDeadline: true,
  revisionHistoryLimit: true,
  selector: true,
  strategy: true,
  subsetName: true,
  version: true,
};

const ALONE: Readonly<Record<keyof StableTrackProps, true>> = { ...TRACK, accept: true, replicas: true, selectorLabels: true };

const SERVICE: Readonly<Record<keyof ServiceOptions, true>> = {
  annotations: true,
  appProtocol: true,
  clusterIP: true,
  labels: true,
  loadBalancerSourceRanges: true,
  name: true,
  ports: true,
  sessionAffinity: true,
  sessionAffinityTimeout: true,
  type: true,
};

/** Checks what both tracks share, as it was written. */
export function checkSharedPod(input: Input, property: string, pod: PodOptions): void {
  input.known(property, pod, POD);
}

/** Checks a track that stands alone. */
export function checkAlone(input: Input, props: StableTrackProps): void {
  if (input.known('', props, ALONE)) {
    input.integer('replicas', props.replicas, 1, Number.MAX_SAFE_INTEGER);
    checkSelectorLabels(input, 'selectorLabels', props.selectorLabels);
    checkTrack(input, '', props, props.selectorLabels ?? { app: props.name });
  }
}

/** Checks a track of a pair: the keys as they were written, the values as they are with what the tracks share. */
export function checkPairTrack(input: Input, property: string, own: TrackOptions, merged: TrackOptions, selectorLabels: object): void {
  if (input.known(property, own, TRACK)) {
    checkTrack(input, property, merged, selectorLabels);
  }
}

function checkTrack(input: Input, property: string, track: TrackOptions, selectorLabels: object): void {
  const at = (name: string) => (property === '' ? name : `${property}.${name}`);
  input.text(at('name'), track.name, names.DEPLOYMENT_NAME);
  if (input.text(at('version'), track.version, names.LABEL_VALUE) && track.version === '') {
    input.reject(at('version'), track.version, 'not be empty', '"1.0"');
  }
  checkSubset(input, at, track);
  const taken = [VERSION_LABEL, ...Object.keys(selectorLabels ?? {})];
  input.labels(at('podLabels'), track.podLabels, { values: 'label', reserved: taken });
  input.labels(at('podAnnotations'), track.podAnnotations, { values: 'any' });
  input.labels(at('labels'), track.labels, { values: 'label', reserved: ['track'] });
  input.labels(at('annotations'), track.annotations, { values: 'any' });
  input.labels(at('nodeSelector'), withoutOwnDomains(track.nodeSelector), { values: 'label' });
  input.integer(at('revisionHistoryLimit'), track.revisionHistoryLimit, 0, 1000);
  checkSelector(input, at('selector'), track, selectorLabels);
  checkContainer(input, at, track);
  checkTimes(input, at, track);
  if (track.security !== undefined && !Object.values(PodSecurity).includes(track.security)) {
    input.reject(at('security'), track.security, `be one of ${Object.values(PodSecurity).join(', ')}`, 'PodSecurity.RESTRICTED');
  }
}

/** Node labels of Kubernetes' own are what a node selector is for. */
function withoutOwnDomains(labels: unknown): unknown {
  if (typeof labels !== 'object' || labels === null) {
    return labels;
  }
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.replace(/^(kubernetes\.io|k8s\.io)\//, 'node/'), value]));
}

function checkSubset(input: Input, at: (name: string) => string, track: TrackOptions): void {
  const fromVersion = typeof track.version === 'string' ? names.subsetOf(track.version) : undefined;
  if (track.subsetName !== undefined) {
    input.text(
      at('subsetName'),
      track.subsetName,
      names.SUBSET_NAME,
      typeof track.subsetName === 'string' ? JSON.stringify(names.subsetOf(track.subsetName)) : undefined,
    );
  } else if (fromVersion !== undefined && fromVersion !== 'v' && names.breaks(names.SUBSET_NAME, fromVersion)) {
    input.reject(
      at('version'),
      track.version,
      'give an Istio subset name of letters, digits and "-", at most 63',
      'a subsetName of your own',
    );
  }
}

export function checkSelectorLabels(input: Input, property: string, labels: unknown): void {
  input.labels(property, labels, { values: 'label', reserved: [VERSION_LABEL, 'track'] });
  if (typeof labels === 'object' && labels !== null && Object.keys(labels).length === 0) {
    input.reject(property, labels, 'not be empty, because it would select every pod', "{ app: 'shop' }");
  }
}

function checkSelector(input: Input, property: string, track: TrackOptions, selectorLabels: object): void {
  const { selector } = track;
  if (selector === undefined) {
    return;
  }
  if (typeof selector !== 'object' || selector === null || Object.keys(selector).length === 0) {
    input.reject(property, selector, 'be a map of at least one label, because an empty selector is refused');
    return;
  }
  const podLabels: Record<string, unknown> = {
    ...selectorLabels,
    ...track.podLabels,
    [VERSION_LABEL]: track.version,
    'cdk8s-canary/deployment': track.name,
  };
  for (const [key, value] of Object.entries(selector)) {
    if (podLabels[key] !== value) {
      input.reject(
        `${property}[${JSON.stringify(key)}]`,
        value,
        `equal the label that the pods carry, which is ${JSON.stringify(podLabels[key]) ?? 'none'}`,
      );
    }
  }
}

function checkContainer(input: Input, at: (name: string) => string, track: TrackOptions): void {
  if (track.image === undefined || track.image === '') {
    input.reject(at('image'), track.image, 'name an image', '"scubakiz/servicedemo:1.0"');
  } else {
    input.text(at('image'), track.image, names.IMAGE);
  }
  if (track.containerName !== undefined) {
    input.text(at('containerName'), track.containerName, { ...names.NAMESPACE });
  }
  for (const [index, port] of list<{ number: unknown; name?: unknown }>(input, at('ports'), track.ports).entries()) {
    input.integer(`${at('ports')}[${index}].number`, port.number ?? NaN, 1, 65535);
    if (port.name !== undefined) {
      input.text(`${at('ports')}[${index}].name`, port.name, names.PORT_NAME);
    }
  }
  for (const [name, value] of Object.entries(track.env ?? {})) {
    const property = `${at('env')}[${JSON.stringify(name)}]`;
    if (names.breaks(names.ENV_NAME, name)) {
      input.reject(property, name, `have a name that must ${names.ENV_NAME.must}`.replace('must have', 'have'));
    }
    checkEnv(input, property, value);
  }
}

function checkEnv(input: Input, property: string, variable: unknown): void {
  if (!(variable instanceof EnvValue)) {
    input.reject(property, variable, 'be an EnvValue', `EnvValue.fromValue(${JSON.stringify(String(variable))})`);
  } else if (variable.value !== undefined && typeof variable.value !== 'string') {
    input.reject(property, variable.value, 'be a string', JSON.stringify(String(variable.value)));
  } else if (variable.value !== undefined && variable.valueFrom !== undefined) {
    input.reject(property, variable.value, 'have a value or a source, not both');
  }
}

function checkTimes(input: Input, at: (name: string) => string, track: TrackOptions): void {
  if (track.preStop !== undefined && !(track.preStop instanceof PreStop)) {
    input.reject(at('preStop'), track.preStop, 'be a PreStop', 'PreStop.sleep(Duration.seconds(10))');
    return;
  }
  const grace = input.duration(at('terminationGracePeriod'), track.terminationGracePeriod) ? track.terminationGracePeriod : DEFAULT_GRACE;
  const sleep = (track.preStop ?? DEFAULT_PRE_STOP)._seconds();
  if (grace.toSeconds() <= sleep) {
    input.reject(
      at('terminationGracePeriod'),
      `${grace.toSeconds()}s`,
      `be longer than the preStop sleep of ${sleep}s, or the container is killed while it still waits`,
      `Duration.seconds(${sleep + 30})`,
    );
  }
  input.duration(at('minReady'), track.minReady);
  input.duration(at('progressDeadline'), track.progressDeadline);
  const ready = track.minReady?.toSeconds() ?? 0;
  const deadline = track.progressDeadline?.toSeconds() ?? 600;
  if (ready >= deadline) {
    input.reject(at('minReady'), `${ready}s`, `be shorter than progressDeadline (${deadline}s), or no rollout ever ends`);
  }
}

/** Checks the Service. */
export function checkService(input: Input, service: ServiceOptions, containerPorts: readonly number[]): void {
  if (!input.known('service', service, SERVICE)) {
    return;
  }
  input.text('service.name', service.name, names.SERVICE_NAME);
  input.labels('service.labels', service.labels, { values: 'label' });
  input.labels('service.annotations', service.annotations, { values: 'any' });
  if (service.type === 'ExternalName') {
    input.reject('service.type', service.type, 'have pods to divide traffic between, which ExternalName has not', 'ServiceType.CLUSTER_IP');
  }
  if (service.clusterIP === 'None') {
    input.reject('service.clusterIP', service.clusterIP, 'be an address, because a headless Service divides nothing');
  }
  checkAffinity(input, service);
  const ports = list<{ port: unknown; targetPort?: unknown; name?: unknown; nodePort?: unknown }>(input, 'service.ports', service.ports);
  if (ports.length === 0) {
    input.reject('service.ports', service.ports, 'have at least one port', '[{ name: "web", port: 8080, targetPort: 80 }]');
  }
  const seen = { name: new Set<unknown>(), nodePort: new Set<unknown>() };
  for (const [index, port] of ports.entries()) {
    const property = `service.ports[${index}]`;
    input.integer(`${property}.port`, port.port ?? NaN, 1, 65535);
    input.integer(`${property}.targetPort`, port.targetPort, 1, 65535);
    input.integer(`${property}.nodePort`, port.nodePort, 1, 65535);
    if (port.name !== undefined) {
      input.text(`${property}.name`, port.name, names.SERVICE_PORT_NAME);
    } else if (ports.length > 1) {
      input.reject(`${property}.name`, port.name, 'be given where a Service has several ports');
    }
    for (const key of ['name', 'nodePort'] as const) {
      if (port[key] !== undefined && seen[key].has(port[key])) {
        input.reject(`${property}.${key}`, port[key], 'be used once');
      }
      seen[key].add(port[key]);
    }
    const target = port.targetPort ?? port.port;
    if (containerPorts.length > 0 && Number.isInteger(target) && !containerPorts.includes(target as number)) {
      input.reject(`${property}.targetPort`, target, `be a port the containers listen on (${containerPorts.join(', ')})`);
    }
  }
}

function checkAffinity(input: Input, service: ServiceOptions): void {
  const { sessionAffinity, sessionAffinityTimeout } = service;
  if (sessionAffinity !== undefined && !Object.values(SessionAffinity).includes(sessionAffinity)) {
    input.reject('service.sessionAffinity', sessionAffinity, `be one of ${Object.values(SessionAffinity).join(', ')}`);
  }
  if (input.duration('service.sessionAffinityTimeout', sessionAffinityTimeout)) {
    const seconds = sessionAffinityTimeout.toSeconds();
    if (seconds < 1 || seconds > 86400 || sessionAffinity !== SessionAffinity.CLIENT_IP) {
      input.reject('service.sessionAffinityTimeout', `${seconds}s`, 'be 1 second to 1 day, with SessionAffinity.CLIENT_IP');
    }
  }
}

/** A list's entries, for going through; a value that is no list is rejected and has none. */
export function list<T>(input: Input, property: string, value: unknown): T[] {
  return input.list(property, value) ? (value as T[]) : [];
}
