import * as kplus from 'cdk8s-plus-27';
import { Duration, Size } from 'cdk8s';
import { PreStop } from './pre-stop';
import { TopologySpread } from './topology-spread';

/** How much of the Pod Security Standards the pods promise to keep. */
export enum PodSecurity {
  /**
   * The `restricted` standard: not root, no privilege escalation, no capabilities, the runtime's seccomp profile; and a
   * root file system that cannot be written to. Single fields can be changed with `securityContext` and
   * `podSecurityContext`.
   */
  RESTRICTED = 'restricted',
  /**
   * Only `securityContext` and `podSecurityContext` are set. The image decides the rest, and may run as root.
   */
  IMAGE = 'image',
}

/**
 * What runs in a pod. Given once for both tracks (`CanaryPairProps.pod`) and per track; where both say something, the
 * track wins, and maps (`env`, `podLabels`, `podAnnotations`, `nodeSelector`) are merged by key.
 *
 * Types of cdk8s-plus are used as they are; what it cannot say can be patched in (`ApiObject.of(track)`).
 */
export interface PodOptions {
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
   * When to pull the image.
   *
   * `Always` makes every pod that starts depend on the registry, those of a rollback too.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly imagePullPolicy?: kplus.ImagePullPolicy;

  /**
   * The entry point, instead of the image's.
   *
   * @default - the image's
   */
  readonly command?: string[];

  /**
   * The arguments, instead of the image's.
   *
   * @default - the image's
   */
  readonly args?: string[];

  /**
   * The directory to start in, instead of the image's.
   *
   * @default - the image's
   */
  readonly workingDir?: string;

  /**
   * The ports the main container listens on.
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
   * All keys of ConfigMaps and Secrets as environment variables: `Env.fromConfigMap(...)`.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * What a pod asks for and may use. Without a request the scheduler knows nothing; without a memory limit a leak
   * reaches the neighbours. cdk8s-plus would ask for a whole CPU; this library asks for little and limits nothing.
   *
   * @default - requests of 100m CPU and 128Mi memory, no limits
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * When a pod may get requests. A rollout waits for it, so it should answer for the service, not just for the process.
   *
   * @default - a TCP connection to the first port; none without a port
   */
  readonly readiness?: kplus.Probe;

  /**
   * When a container is to be restarted.
   *
   * @default - never
   */
  readonly liveness?: kplus.Probe;

  /**
   * When a slow container counts as started.
   *
   * @default - none
   */
  readonly startup?: kplus.Probe;

  /**
   * What happens before SIGTERM.
   *
   * @default PreStop.sleep(Duration.seconds(10))
   */
  readonly preStop?: PreStop;

  /**
   * The time from the start of the pod's termination to SIGKILL, preStop included.
   *
   * @default Duration.seconds(40)
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * The standard the pods keep.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly security?: PodSecurity;

  /**
   * Single fields of the main container's security context.
   *
   * @default - what `security` says
   */
  readonly securityContext?: kplus.ContainerSecurityContextProps;

  /**
   * Single fields of the pod's security context.
   *
   * @default - what `security` says
   */
  readonly podSecurityContext?: kplus.PodSecurityContextProps;

  /**
   * Labels of the nodes a pod may run on.
   *
   * @default - any node
   */
  readonly nodeSelector?: { [key: string]: string };

  /**
   * How the track's pods are spread.
   *
   * @default - over nodes where the scheduler can; `[]` for no spreading
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The account the pods run as.
   *
   * @default - the namespace's default account
   */
  readonly serviceAccount?: kplus.IServiceAccount;

  /**
   * Whether the account's token is mounted.
   *
   * @default false
   */
  readonly automountServiceAccountToken?: boolean;

  /**
   * What the main container mounts. The volumes come with the mounts.
   *
   * @default - nothing
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Volumes that are there for other containers.
   *
   * @default - those of the mounts
   */
  readonly volumes?: kplus.Volume[];

  /**
   * Containers beside the main one.
   *
   * @default - none
   */
  readonly sidecars?: kplus.ContainerProps[];

  /**
   * Containers that run before the main one.
   *
   * @default - none
   */
  readonly initContainers?: kplus.ContainerProps[];

  /**
   * The credentials to pull the images with.
   *
   * @default - the node's or the account's
   */
  readonly dockerRegistryAuth?: kplus.ISecret;

  /**
   * Labels of the pods, beside those the selectors need and `version`.
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

const MERGED_MAPS = ['env', 'podLabels', 'podAnnotations', 'nodeSelector'] as const;

/** What both tracks share, with a track's own words over it. */
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

/** The main container as cdk8s-plus takes it. Our own defaults stand here, in one place. */
export function mainContainer(pod: PodOptions): kplus.ContainerProps {
  const firstPort = pod.ports?.[0]?.number;
  return {
    name: pod.containerName ?? 'main',
    image: pod.image ?? '',
    imagePullPolicy: pod.imagePullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
    command: pod.command,
    args: pod.args,
    workingDir: pod.workingDir,
    ports: pod.ports,
    envVariables: pod.env,
    envFrom: pod.envFrom,
    resources: pod.resources ?? DEFAULT_RESOURCES,
    readiness: pod.readiness ?? (firstPort === undefined ? undefined : kplus.Probe.fromTcpSocket({ port: firstPort })),
    liveness: pod.liveness,
    startup: pod.startup,
    securityContext: pod.securityContext,
    volumeMounts: pod.volumeMounts,
  };
}
