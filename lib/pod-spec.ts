import type * as kplus from 'cdk8s-plus-27';
import type { JsonObject } from './core/yaml';
import { DEFAULT_PRE_STOP, DEFAULT_SPREAD, type PodOptions, PodSecurity } from './pod';

/**
 * Completes the pod spec that cdk8s-plus rendered. It adds the fields that cdk8s-plus-27 does not support (preStop `sleep`, topology
 * spread, `drop: [ALL]`, the seccomp profile), and removes fields that only repeat the API server's defaults, because people read the
 * files.
 */
export function finishPodSpec(spec: JsonObject, pod: PodOptions, selector: { [key: string]: string }): JsonObject {
  const containers = (spec.containers as JsonObject[]).map((container, index) =>
    index === 0 ? finishMain(container, pod) : finishOther(container, pod, pod.sidecars?.[index - 1]),
  );
  const initContainers = (spec.initContainers as JsonObject[] | undefined)?.map((container, index) =>
    finishOther(container, pod, pod.initContainers?.[index]),
  );
  const spread = (pod.topologySpread ?? DEFAULT_SPREAD).map((constraint) => constraint._toJson(selector) as JsonObject);
  return withoutUndefined({
    ...withoutDefaults(spec),
    containers,
    initContainers,
    nodeSelector: pod.nodeSelector && Object.keys(pod.nodeSelector).length > 0 ? pod.nodeSelector : spec.nodeSelector,
    securityContext: podSecurityContext(spec, pod),
    topologySpreadConstraints: spread.length > 0 ? spread : undefined,
  });
}

function finishMain(container: JsonObject, pod: PodOptions): JsonObject {
  const preStop = (pod.preStop ?? DEFAULT_PRE_STOP)._toJson() as JsonObject | undefined;
  return withoutUndefined({
    ...secure(container, pod, pod.securityContext),
    lifecycle: preStop && { preStop },
  });
}

/** A container without props in the options was added to the Deployment directly; its own security context overrides the standard. */
function finishOther(container: JsonObject, pod: PodOptions, props: kplus.ContainerProps | undefined): JsonObject {
  return props
    ? secure(container, pod, props.securityContext)
    : { ...container, securityContext: { ...standardFor(pod), ...(container.securityContext as JsonObject) } };
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
  return pod.security === PodSecurity.IMAGE ? {} : RESTRICTED_CONTAINER;
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

function withoutUndefined(object: { [key: string]: unknown }): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}
