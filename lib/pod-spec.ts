import type * as kplus from './kplus';
import { type JsonObject, withoutUndefined } from './core/yaml';
import { ContainerRestartPolicy } from './init-container';
import { initOrderOf, propsOf } from './kplus-overrides';
import { DEFAULT_PRE_STOP, DEFAULT_SPREAD, type PodOptions, PodSecurity } from './pod';
import { withOwnProbes } from './probes';
import { withEphemeralStorage, withExtendedResources } from './resources';
import { joinAffinity } from './scheduling';
import { withOwnVolumes } from './volumes';

/**
 * Completes the pod spec that cdk8s-plus rendered. It adds the fields that cdk8s-plus-27 does not support (preStop `sleep`, topology
 * spread, `drop: [ALL]`, the seccomp profile), and removes fields that only repeat the API server's defaults, because people read the
 * files.
 */
export function finishPodSpec(
  spec: JsonObject,
  pod: PodOptions,
  selector: { [key: string]: string },
  deployment: kplus.Deployment,
): JsonObject {
  const finish = (rendered: unknown, containers: readonly kplus.Container[]) =>
    ((rendered ?? []) as JsonObject[]).map((json, index) => {
      const container = containers[index]!;
      return { order: initOrderOf(container), json: finishContainer(json, pod, propsOf(container)) };
    });
  const spread = (pod.topologySpread ?? DEFAULT_SPREAD).map((constraint) => constraint._toJson(selector) as JsonObject);
  const running = finish(spec.containers, deployment.containers);
  const [main, ...others] = running.filter(({ order }) => order === undefined).map(({ json }) => json);
  const init = [
    ...finish(spec.initContainers, deployment.initContainers),
    ...running.flatMap(({ order, json }) =>
      order === undefined ? [] : [{ order, json: { ...json, restartPolicy: ContainerRestartPolicy.ALWAYS } }],
    ),
  ].sort((a, b) => a.order! - b.order!);
  const tolerations = [...(pod.tolerations ?? []), ...((spec.tolerations ?? []) as JsonObject[])];
  return withoutUndefined({
    ...withoutDefaults(spec),
    affinity: joinAffinity(pod.affinity, spec.affinity),
    containers: [withExtendedResources(withPreStop(main!, pod), pod.extendedResources), ...others],
    enableServiceLinks: pod.enableServiceLinks,
    initContainers: init.length > 0 ? init.map(({ json }) => json) : undefined,
    nodeSelector: pod.nodeSelector && Object.keys(pod.nodeSelector).length > 0 ? pod.nodeSelector : spec.nodeSelector,
    priorityClassName: pod.priorityClassName,
    runtimeClassName: pod.runtimeClassName,
    securityContext: podSecurityContext(spec, pod),
    shareProcessNamespace: pod.shareProcessNamespace,
    tolerations: tolerations.length > 0 ? tolerations : undefined,
    topologySpreadConstraints: spread.length > 0 ? spread : undefined,
    volumes: withOwnVolumes(spec.volumes, deployment),
  });
}

function finishContainer(container: JsonObject, pod: PodOptions, props: kplus.ContainerProps): JsonObject {
  return withEphemeralStorage(withOwnProbes(secure(container, pod, props.securityContext), props), props);
}

function withPreStop(container: JsonObject, pod: PodOptions): JsonObject {
  const preStop = (pod.preStop ?? DEFAULT_PRE_STOP)._toJson() as JsonObject | undefined;
  return withoutUndefined({ ...container, lifecycle: preStop && { preStop } });
}

const API_DEFAULTS: Readonly<Record<string, unknown>> = {
  dnsPolicy: 'ClusterFirst',
  hostNetwork: false,
  restartPolicy: 'Always',
  setHostnameAsFQDN: false,
};

function withoutDefaults(spec: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([key, value]) => !(key in API_DEFAULTS) || API_DEFAULTS[key] !== value));
}

/** The fields that `restricted` requires of every container, and a read-only root file system, which it does not require. */
const RESTRICTED_CONTAINER: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

function standardFor(pod: PodOptions): JsonObject {
  const isRestricted = pod.security !== PodSecurity.IMAGE;
  const { capabilities, ...rest } = RESTRICTED_CONTAINER;
  return { ...(isRestricted && rest), ...((pod.dropAllCapabilities ?? isRestricted) && { capabilities: capabilities! }) };
}

const RESTRICTED_POD: JsonObject = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/**
 * Builds a container's security context from the standard and the given fields. The context that cdk8s-plus rendered is unusable:
 * cdk8s-plus fills in its own defaults and writes capabilities as `CAP_…`, which the standard's check does not accept.
 */
function secure(container: JsonObject, pod: PodOptions, given: kplus.ContainerSecurityContextProps | undefined): JsonObject {
  const base = standardFor(pod);
  const context = withoutUndefined({
    ...base,
    allowPrivilegeEscalation: given?.allowPrivilegeEscalation ?? base.allowPrivilegeEscalation,
    capabilities: capabilities(base.capabilities as JsonObject | undefined, given?.capabilities),
    privileged: given?.privileged,
    readOnlyRootFilesystem: given?.readOnlyRootFilesystem ?? base.readOnlyRootFilesystem,
    runAsGroup: given?.group,
    runAsNonRoot: given?.ensureNonRoot,
    runAsUser: given?.user,
    seccompProfile: (given as { readonly seccompProfile?: object } | undefined)?.seccompProfile,
  });
  return withoutUndefined({ ...container, securityContext: Object.keys(context).length > 0 ? context : undefined });
}

function capabilities(base: JsonObject | undefined, given: kplus.ContainerSecutiryContextCapabilities | undefined): JsonObject | undefined {
  const names = (list: kplus.Capability[] | undefined) => list?.map((name) => name.replace(/^CAP_/, ''));
  const merged = withoutUndefined({ ...base, add: names(given?.add), drop: names(given?.drop) ?? base?.drop });
  return Object.keys(merged).length > 0 ? merged : undefined;
}

function podSecurityContext(spec: JsonObject, pod: PodOptions): JsonObject | undefined {
  const rendered = spec.securityContext as JsonObject | undefined;
  const given = pod.podSecurityContext;
  const base = pod.security === PodSecurity.IMAGE ? {} : RESTRICTED_POD;
  const context = withoutUndefined({
    ...base,
    fsGroup: given?.fsGroup,
    fsGroupChangePolicy: given?.fsGroup === undefined ? undefined : given.fsGroupChangePolicy,
    runAsGroup: given?.group,
    runAsNonRoot: given?.ensureNonRoot ?? base.runAsNonRoot,
    runAsUser: given?.user,
    sysctls: rendered?.sysctls,
  });
  return Object.keys(context).length > 0 ? context : undefined;
}
