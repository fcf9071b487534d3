import type { Json, JsonObject } from '../../../../lib/core/yaml';
import type { Declaration } from './declaration';
import { environment, environmentFrom } from './environment';
import { type Expression, type Properties, call, isEmpty, list, literal, name, object } from './expression';
import { hasOnly, isObject, isStrings, objectsIn } from './json';
import { lifecycleOf, preStop, probe } from './probes';
import { resourcesOf } from './resources';
import type { Security } from './security';
import type { MountedBy, Volumes } from './volumes';

/** Where a container is in the pod, and what it shares with the others. */
export interface Place {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  /** Whether it is an init container that runs beside the others. */
  readonly isSidecar?: boolean;
  readonly declaration: Declaration;
  readonly security: Security;
  readonly volumes: Volumes;
}

/** The properties of a container; undefined for a field that no property can express. */
type Convert = (value: Json, place: Place) => Properties | undefined;

/** The fields of a container, and the properties that express them. `image` and `name` are the caller's. */
const FIELDS: Readonly<Record<string, Convert>> = {
  args: (value) => (isStrings(value) ? { args: literal(value) } : undefined),
  command: (value) => (isStrings(value) ? { command: literal(value) } : undefined),
  env: (value, { declaration }) => single('env', environment(value, declaration)),
  envFrom: (value, { declaration }) => single('envFrom', environmentFrom(value, declaration)),
  imagePullPolicy: () => ({}),
  lifecycle: (value, place) => (isMain(place) ? single('preStop', preStop(value)) : single('lifecycle', lifecycleOf(value))),
  livenessProbe: (value) => single('liveness', probe(value)),
  ports: (value) => single('ports', portsOf(value)),
  readinessProbe: (value) => single('readiness', probe(value)),
  resources: (value, place) => resourcesOf(value, isMain(place), place.declaration),
  restartPolicy: (value, place) =>
    place.list === 'initContainers' && value === 'Always' ? { restartPolicy: name('ContainerRestartPolicy.ALWAYS') } : undefined,
  securityContext: (value, { security }) => {
    const context = security.ofContainer(value);
    return context && (isEmpty(context) ? {} : { securityContext: context });
  },
  startupProbe: (value) => single('startup', probe(value)),
  // The defaults of the API server need no property.
  terminationMessagePath: (value) => (value === '/dev/termination-log' ? {} : undefined),
  terminationMessagePolicy: (value) => (value === 'File' ? {} : undefined),
  volumeMounts: (value, place) => single('volumeMounts', place.volumes.mounts(value, mountedBy(place))),
  workingDir: (value) => (typeof value === 'string' ? { workingDir: literal(value) } : undefined),
};

/** The order of the properties in the program. */
const ORDER = [
  'image',
  'imagePullPolicy',
  'restartPolicy',
  'command',
  'args',
  'workingDir',
  'ports',
  'env',
  'envVariables',
  'envFrom',
  'resources',
  'extendedResources',
  'readiness',
  'liveness',
  'startup',
  'lifecycle',
  'preStop',
  'securityContext',
  'volumeMounts',
];

/**
 * The properties of a container beside its name and image. A field that no property can express becomes a patch. What a property would add
 * that the original does not have is set to none.
 */
export function containerProperties(container: JsonObject, place: Place): Properties {
  const properties: Record<string, Expression | undefined> = { imagePullPolicy: pullPolicy(container) };
  const image = { ...container };
  delete image.name;
  delete image.image;
  // A container without a security context of its own may still need one, to undo what the standard of the pod would add.
  for (const [field, value] of Object.entries({ securityContext: {}, ...image })) {
    const convert = Object.hasOwn(FIELDS, field) ? FIELDS[field]! : undefined;
    const converted = convert?.(value, place);
    if (converted) {
      Object.assign(properties, converted);
    } else {
      place.declaration.patch(`/spec/template/spec/${place.list}/${place.index}/${field}`, value, whyPatched(field, container, place));
    }
  }
  properties.resources ??= object({});
  if (isMain(place)) {
    properties.readiness ??= call('Probes.none');
    properties.preStop ??= call('PreStop.none');
  } else if (properties.env) {
    properties.envVariables = properties.env;
    delete properties.env;
  }
  return Object.fromEntries(ORDER.flatMap((key) => (properties[key] === undefined ? [] : [[key, properties[key]]])));
}

function whyPatched(field: string, container: JsonObject, place: Place): string {
  const what = isMain(place) ? field : `${field} of ${String(container.name)}`;
  return Object.hasOwn(FIELDS, field) ? `no property can express this ${what}` : `no property sets ${what}`;
}

function isMain({ list: containers, index }: Place): boolean {
  return containers === 'containers' && index === 0;
}

function mountedBy(place: Place): MountedBy {
  if (place.list === 'initContainers') {
    return place.isSidecar ? 'sidecar' : 'init';
  }
  return isMain(place) ? 'main' : 'container';
}

function single(key: string, value: Expression | undefined): Properties | undefined {
  return value && { [key]: value };
}

/** The pull policy if it is not our default, `IfNotPresent`. Kubernetes pulls an image without a tag, or with `latest`, always. */
function pullPolicy({ image, imagePullPolicy }: JsonObject): Expression | undefined {
  const isLatest = typeof image === 'string' && !image.includes('@') && !/:(?!latest$)[^/:]+$/.test(image);
  const policy = imagePullPolicy ?? (isLatest ? 'Always' : 'IfNotPresent');
  const member = { Always: 'ALWAYS', Never: 'NEVER' }[String(policy)];
  return member === undefined ? undefined : name(`ImagePullPolicy.${member}`);
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function portsOf(value: Json): Expression | undefined {
  const ports = objectsIn(value);
  const isKnown = ports.every(
    (port) =>
      hasOnly(port, 'containerPort', 'name', 'protocol', 'hostPort', 'hostIP') &&
      typeof port.containerPort === 'number' &&
      PROTOCOLS.includes(String(port.protocol ?? 'TCP')),
  );
  return isKnown && isObject(ports[0])
    ? list(
        ports.map(({ containerPort, name: portName, protocol = 'TCP', hostPort, hostIP }) =>
          object({
            name: portName === undefined || portName === '' ? undefined : literal(portName),
            number: literal(containerPort!),
            protocol: protocol === 'TCP' ? undefined : name(`Protocol.${String(protocol)}`),
            hostPort: hostPort === undefined || hostPort === 0 ? undefined : literal(hostPort),
            hostIp: hostIP === undefined ? undefined : literal(hostIP),
          }),
        ),
      )
    : undefined;
}
