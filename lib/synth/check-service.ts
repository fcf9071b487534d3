import { Duration } from 'cdk8s';
import { type Remark, error, info, warning } from '../core/finding';
import { checkService } from '../input/check-service';
import { Input, show } from '../input/input';
import type { CanaryPair } from '../pair';
import {
  type Container,
  type ContainerPort,
  at,
  checkReadyAddresses,
  containersOf,
  equal,
  namespaceOf,
  patched,
  podLabelsOf,
} from '../rendered/rendered-objects';
import type { Template } from '../rendered/template';
import type { ServiceOptions } from '../service-options';
import { type PodSources, checkForeignPods } from './check-foreign-pods';

interface Port {
  readonly appProtocol?: string;
  readonly name?: string;
  readonly nodePort?: number;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

interface ServiceSpec {
  readonly ports?: readonly Port[];
  readonly selector?: Record<string, string>;
  readonly type?: string;
  readonly sessionAffinity?: string;
  readonly externalTrafficPolicy?: string;
  readonly internalTrafficPolicy?: string;
  readonly trafficDistribution?: string;
  readonly clusterIP?: string;
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: unknown } };
}

/** Whether the pod that a client reaches depends on the client's location or on its earlier connections. */
function isSticky(spec: ServiceSpec): boolean {
  return (
    spec.sessionAffinity === 'ClientIP' ||
    spec.externalTrafficPolicy === 'Local' ||
    spec.internalTrafficPolicy === 'Local' ||
    spec.trafficDistribution !== undefined
  );
}

/**
 * Checks what the Service of a pair selects, also one that somebody else writes: the pods of both tracks and no others. And whether a
 * rollback can start those pods.
 */
export function checkSelected(pair: CanaryPair, tracks: readonly Template[], sources: PodSources): Remark[] {
  const [service] = pair._serviceNames();
  return [
    ...(service === undefined ? [] : checkForeignPods(service, namespaceOf(tracks[0]!.json), selectorLabelsOf(pair), tracks, sources)),
    ...(!pair._router && pair.canary && tracks.some(alwaysPulls)
      ? [
          info(
            'always-pull-rollback',
            `imagePullPolicy Always makes a rollback that starts pods depend on the registry; use IF_NOT_PRESENT, promote soon after the last stage, or attach a router`,
          ),
        ]
      : []),
  ];
}

/** A Service of a pair, as the user declared it. */
export interface DeclaredService {
  /** The property that declares it: `service` or `additionalServices[0]`. */
  readonly property: string;
  readonly options: ServiceOptions;
}

/** Checks a pair's Service, as it will be written, against what the plan needs: it divides the traffic between the pods of both tracks. */
export function checkPairService(pair: CanaryPair, declared: DeclaredService, service: Template, tracks: readonly Template[]): Remark[] {
  const remarks: Remark[] = [];
  const spec = (service.json.spec ?? {}) as ServiceSpec;
  const selector = spec.selector ?? {};
  const wanted = selectorLabelsOf(pair);
  if (!equal(selector, wanted)) {
    remarks.push(patched(`Service ${service.construct.name}, spec.selector`, selector, 'selectorLabels'));
  }
  for (const track of tracks) {
    const { construct } = track;
    const labels = podLabelsOf(track);
    const missing = Object.entries(selector).find(([key, value]) => labels[key] !== value);
    if (missing) {
      remarks.push(
        error(
          'selector-mismatch',
          `Service ${service.construct.name} selects ${missing.join('=')}, but the pods of ${construct.name} do not have that label; remove the patch, or set selectorLabels`,
        ),
      );
    }
  }
  if (service.json.spec) {
    remarks.push(...checkProperties(pair, declared, spec), ...checkTargets(declared, spec, tracks));
  }
  remarks.push(...checkReadyAddresses(service));
  const isReachableFromOutside = spec.type === 'LoadBalancer' || spec.type === 'NodePort';
  if (pair._router && isReachableFromOutside && !pair._router._routesOutsideClients) {
    remarks.push(
      warning(
        'load-balancer-bypasses-route',
        `Service ${service.construct.name} is of type ${spec.type}, whose clients outside the mesh get the pods' share, not the route's weights; add a gateway, or make the type ClusterIP`,
      ),
    );
  }
  if (!pair._router && isSticky(spec)) {
    remarks.push(
      warning(
        'sticky-service',
        `Service ${service.construct.name} binds clients to pods, nodes or zones, so the canary's share of the traffic may differ from its share of the pods; leave out sessionAffinity, the traffic policies and trafficDistribution, or attach a router`,
      ),
    );
  }
  return remarks;
}

/** Checks the Service by the rules for the properties, because a patch can set the same fields. */
function checkProperties(pair: CanaryPair, { property, options }: DeclaredService, spec: ServiceSpec): Remark[] {
  const input = new Input();
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const properties = {
    ...options,
    type: spec.type,
    clusterIP: spec.clusterIP,
    loadBalancerSourceRanges: spec.loadBalancerSourceRanges,
    // External IPs, which no property sets, make clients outside the cluster possible for every type.
    externalTrafficPolicy: spec.type === 'ClusterIP' ? undefined : spec.externalTrafficPolicy,
    ipFamilies: spec.ipFamilies,
    ipFamilyPolicy: spec.ipFamilyPolicy,
    sessionAffinity: spec.sessionAffinity,
    sessionAffinityTimeout: typeof timeout === 'number' ? Duration.seconds(timeout) : timeout,
    ports: Array.isArray(spec.ports) ? spec.ports.map(asProperties) : spec.ports,
  };
  checkService(input, properties as ServiceOptions, property);
  if (spec.clusterIP === 'None' && !pair._router && options === pair._props.service) {
    input.reject(
      'service.clusterIP',
      spec.clusterIP,
      'be an IP address, because a headless Service does not divide traffic',
      'to leave it out, or to attach a router',
    );
  }
  return input.problems.map((problem) => error('invalid-object', problem));
}

/** A port with the properties that it has in the options of a Service. */
function asProperties({ appProtocol, name, nodePort, port, protocol, targetPort }: Port): object {
  const target = typeof targetPort === 'string' ? { targetPortName: targetPort } : { targetPort };
  return Object.fromEntries(
    Object.entries({ appProtocol, name, nodePort, port, protocol, ...target }).filter(([, value]) => value !== undefined),
  );
}

/**
 * Checks the ports to which the Service sends requests. A number need not be declared by a container, but if every track declares ports,
 * another one is probably a mistake. A name means nothing to a track that does not declare it, and such a track gets no requests.
 */
function checkTargets(declaration: DeclaredService, spec: ServiceSpec, tracks: readonly Template[]): Remark[] {
  const declared = tracks.map(portsOf);
  const common = declared[0]!.flatMap(({ containerPort }) =>
    declared.every((ports) => ports.some((port) => port.containerPort === containerPort)) ? [containerPort] : [],
  );
  const ports: readonly Port[] = Array.isArray(spec.ports) ? spec.ports : [];
  return ports.flatMap(({ port, targetPort = port, protocol = 'TCP' }, index) => {
    const property = `${declaration.property}.ports[${index}].targetPort`;
    if (typeof targetPort === 'string') {
      const without = tracks.filter((_, n) => !declared[n]!.some((own) => own.name === targetPort && (own.protocol ?? 'TCP') === protocol));
      return without.map(({ construct }) =>
        error(
          'invalid-object',
          `${property}: got ${show(targetPort)}; must be the name of a ${protocol} port of the containers of both tracks, and ${construct.name} has none; try a port number`,
        ),
      );
    }
    return common.includes(targetPort) || declared.some((ports) => ports.length === 0)
      ? []
      : [
          warning(
            'undeclared-port',
            `${property}: no container of ${common.length > 0 ? 'the tracks' : 'one of the tracks'} declares port ${targetPort} (declared by both: ${common.join(', ') || 'none'}), so its requests may fail; declare it in ports, or change targetPort`,
          ),
        ];
  });
}

/** The ports that the pods of a track declare. Init containers that run beside the main one have ports, too. */
function portsOf(track: Template): ContainerPort[] {
  const { initContainers = [] } = (at(track.json, ['spec', 'template', 'spec']) ?? {}) as { initContainers?: Container[] };
  const sidecars = initContainers.filter((container) => (container as { restartPolicy?: string }).restartPolicy === 'Always');
  return [...containersOf(track), ...sidecars].flatMap(({ ports }) => ports ?? []);
}

function selectorLabelsOf(pair: CanaryPair): { [key: string]: string } {
  return pair.stable._settings.selectorLabels;
}

/** Kubernetes defaults to `Always` for `:latest` only; this library never does. */
function alwaysPulls(template: Template): boolean {
  return containersOf(template).some(({ imagePullPolicy }) => imagePullPolicy === 'Always');
}
