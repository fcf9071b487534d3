import * as kplus from './kplus';
import { Duration, Size } from 'cdk8s';
import type { InitContainerProps } from './init-container';
import { PreStop } from './pre-stop';
import { firstTcpPort } from './probes';
import type { SchedulingOptions } from './scheduling';
import { TopologySpread } from './topology-spread';

/** Which of the Pod Security Standards the pods comply with. */
export enum PodSecurity {
  /**
   * The `restricted` standard: not root, no privilege escalation, no capabilities, the runtime's seccomp profile. In addition, the
   * root file system is read-only. `securityContext` and `podSecurityContext` change single fields.
   */
  RESTRICTED = 'restricted',
  /**
   * Only `securityContext` and `podSecurityContext` are set. The image decides everything else, and may run as root.
   */
  IMAGE = 'image',
}

/**
 * The pod of a track. Options can be given once for both tracks (`CanaryPairProps.pod`) and per track. If both set an option, the
 * track's value wins; the maps `env`, `podLabels`, `podAnnotations`, `nodeSelector` and `extendedResources` are merged by key.
 *
 * The options use the types of cdk8s-plus. Fields that cdk8s-plus does not support can be patched in (`ApiObject.of(track)`).
 */
export interface PodOptions extends SchedulingOptions {
  /**
   * The main container's image, with a tag or digest.
   *
   * @default - none; the pair's `pod` or the track must name one
   */
  readonly image?: string;

  /**
   * The main container's name.
   *
   * @default "main"
   */
  readonly containerName?: string;

  /**
   * When the kubelet pulls the image.
   *
   * With `Always`, every pod that starts depends on the registry, including the pods of a rollback.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly imagePullPolicy?: kplus.ImagePullPolicy;

  /**
   * The entry point, which overrides the image's.
   *
   * @default - the image's
   */
  readonly command?: string[];

  /**
   * The arguments, which override the image's.
   *
   * @default - the image's
   */
  readonly args?: string[];

  /**
   * The working directory, which overrides the image's.
   *
   * @default - the image's
   */
  readonly workingDir?: string;

  /**
   * The ports that the main container listens on.
   *
   * @default - none
   */
  readonly ports?: kplus.ContainerPort[];

  /**
   * Environment variables: by value, from the downward API, from a ConfigMap or a Secret.
   *
   * @default - none
   */
  readonly env?: { [name: string]: kplus.EnvValue };

  /**
   * ConfigMaps and Secrets whose keys all become environment variables: `Env.fromConfigMap(...)`.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * The resource requests and limits of the main container. Without a request, the scheduler cannot reserve room for the pod. Without
   * a memory limit, a leak affects other pods on the node. The default of cdk8s-plus requests a whole CPU; this library requests
   * little and sets no limits.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The main container's GPUs and other extended resources, by name: `{ 'nvidia.com/gpu': 1 }`. Each is a whole number, both the request
   * and the limit; 0 is none. Huge pages are in bytes: `{ 'hugepages-2Mi': 1073741824 }`.
   *
   * @default - none
   */
  readonly extendedResources?: { [name: string]: number };

  /**
   * The probe that decides when a pod may receive requests. A rollout waits until it succeeds, so it should check that the service
   * works, and not only that the process runs.
   *
   * @default - a TCP connection to the first TCP port; none without a TCP port. `Probes.none()` for none
   */
  readonly readiness?: kplus.Probe;

  /**
   * The probe that decides when a container is restarted.
   *
   * @default - never
   */
  readonly liveness?: kplus.Probe;

  /**
   * The probe that decides when a slow container counts as started.
   *
   * @default - none
   */
  readonly startup?: kplus.Probe;

  /**
   * The hook that runs before SIGTERM.
   *
   * @default PreStop.sleep(Duration.seconds(10))
   */
  readonly preStop?: PreStop;

  /**
   * The time from the start of the pod's termination to SIGKILL, including the preStop hook.
   *
   * @default Duration.seconds(40)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * The security standard that the pods comply with.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly security?: PodSecurity;

  /**
   * Whether all containers of the pod drop all Linux capabilities. `securityContext` can add single ones to the main container.
   *
   * @default - true with `PodSecurity.RESTRICTED`; with `PodSecurity.IMAGE` the runtime's capabilities stay
   */
  readonly dropAllCapabilities?: boolean;

  /**
   * Single fields of the main container's security context, which override those of `security`.
   *
   * @default - the fields that `security` sets
   */
  readonly securityContext?: kplus.ContainerSecurityContextProps;

  /**
   * Single fields of the pod's security context, which override those of `security`.
   *
   * @default - the fields that `security` sets
   */
  readonly podSecurityContext?: kplus.PodSecurityContextProps;

  /**
   * The service account that the pods run as.
   *
   * @default - the namespace's default account
   */
  readonly serviceAccount?: kplus.IServiceAccount;

  /**
   * Whether the service account's token is mounted.
   *
   * @default false
   */
  readonly automountServiceAccountToken?: boolean;

  /**
   * The volume mounts of the main container. Their volumes are added to the pod.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Volumes for other containers, in addition to those that the main container mounts.
   *
   * @default - only the volumes of `volumeMounts`
   */
  readonly volumes?: kplus.Volume[];

  /**
   * Containers that run beside the main one. Resources and the pull policy have the defaults of the main container.
   *
   * @default - none
   */
  readonly sidecars?: kplus.ContainerProps[];

  /**
   * Containers that start before the main one, in this order. Each runs to its end, or with `restartPolicy` beside the main container.
   * Resources and the pull policy have the defaults of the main container.
   *
   * @default - none
   */
  readonly initContainers?: InitContainerProps[];

  /**
   * The Secret with the credentials for the image registry.
   *
   * @default - the credentials of the node or of the service account
   */
  readonly dockerRegistryAuth?: kplus.ISecret;

  /**
   * Host names that the pods resolve to fixed addresses: entries of `/etc/hosts`.
   *
   * @default - none
   */
  readonly hostAliases?: kplus.HostAlias[];

  /**
   * How the pods resolve names, and their own host name.
   *
   * @default - `DnsPolicy.CLUSTER_FIRST`: the cluster's DNS, then that of the node
   */
  readonly dns?: kplus.PodDnsProps;

  /**
   * Whether the pods get environment variables with the addresses of all Services of the namespace. `false` saves a slow start in a
   * namespace with thousands of them.
   *
   * @default - true, the API server's default
   */
  readonly enableServiceLinks?: boolean;

  /**
   * Whether the containers of a pod see each other's processes.
   *
   * @default false
   */
  readonly shareProcessNamespace?: boolean;

  /**
   * Labels of the pods, in addition to `version` and the labels that the selectors need.
   *
   * @default - none
   */
  readonly podLabels?: { [key: string]: string };

  /**
   * Annotations of the pods.
   *
   * @default - none
   */
  readonly podAnnotations?: { [key: string]: string };
}

const MERGED_MAPS = ['env', 'podLabels', 'podAnnotations', 'nodeSelector', 'extendedResources'] as const;

/** Merges the options of both tracks with those of one track, which take precedence. */
export function mergePod<T extends PodOptions>(shared: PodOptions, own: T): T {
  const merged: Record<string, unknown> = { ...shared };
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined) {
      merged[key] = value;
    }
  }
  for (const key of MERGED_MAPS) {
    if (shared[key] || own[key]) {
      merged[key] = { ...shared[key], ...own[key] };
    }
  }
  return merged as T;
}

export const DEFAULT_GRACE = Duration.seconds(40);
export const DEFAULT_PRE_STOP = PreStop.sleep(Duration.seconds(10));
export const DEFAULT_SPREAD = [TopologySpread.preferNodes()];
const DEFAULT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) },
  memory: { request: Size.mebibytes(128) },
};

/**
 * Fills in our defaults of a container, whatever its place in the pod: cdk8s-plus would request a whole CPU and pull the image at every
 * start.
 */
export function withDefaults(container: kplus.ContainerProps): kplus.ContainerProps {
  return {
    ...container,
    imagePullPolicy: container.imagePullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
    resources: container.resources ?? DEFAULT_RESOURCES,
  };
}

/** The name of the main container if the options do not set it. */
export const DEFAULT_CONTAINER_NAME = 'main';

/** Converts the options to the main container's properties of cdk8s-plus. */
export function mainContainer(pod: PodOptions): kplus.ContainerProps {
  const firstPort = firstTcpPort(pod.ports);
  return {
    name: pod.containerName ?? DEFAULT_CONTAINER_NAME,
    image: pod.image ?? '',
    imagePullPolicy: pod.imagePullPolicy,
    command: pod.command,
    args: pod.args,
    workingDir: pod.workingDir,
    ports: pod.ports,
    envVariables: pod.env,
    envFrom: pod.envFrom,
    resources: pod.resources,
    readiness: pod.readiness ?? (firstPort === undefined ? undefined : kplus.Probe.fromTcpSocket({ port: firstPort })),
    liveness: pod.liveness,
    startup: pod.startup,
    securityContext: pod.securityContext,
    volumeMounts: pod.volumeMounts,
  };
}
