import { type AutoscalerStatus, autoscalerStatus } from './autoscaler';
import { type Resource, at, countAt, listAt, textAt } from '../resource';

/** Why a pod, or all pods of a Deployment, do not become ready. */
export interface Trouble {
  /** One word: the kubelet's reason, or one of this tool. */
  readonly reason: string;
  readonly pod: string | undefined;
  /** The message of the cluster, in one line. */
  readonly message: string;
  /** It is not expected to pass without a change, so the driver does not wait for the timeout. */
  readonly isLasting: boolean;
  /** A user caused it on purpose, so it says nothing about the pods. */
  readonly isWanted?: boolean;
}

/** The state of a Deployment and its pods, as far as a rollout needs it. */
export interface DeploymentHealth {
  readonly name: string;
  /** Whether the Deployment does not exist. */
  readonly isMissing?: true;
  /** The pods that the spec requests. */
  readonly wanted: number;
  readonly ready: number;
  readonly pods: number;
  /** The pods that are in the endpoints of the Service, and of the track's own one; the ready pods of a pair without a Service. */
  readonly endpoints: number;
  readonly terminating: number;
  /** All wanted pods exist, run the current template, are available and receive traffic, and there are no other pods. */
  readonly isSettled: boolean;
  readonly troubles: readonly Trouble[];
  /** The autoscaler that sets `wanted`; undefined if the plan sets it. */
  readonly autoscaler?: AutoscalerStatus;
}

/** The objects from which the health of a Deployment is computed. */
export interface Observed {
  readonly deployment: Resource | undefined;
  readonly replicaSets: readonly Resource[];
  readonly pods: readonly Resource[];
  /** Undefined for a pair without a Service. */
  readonly endpointSlices: readonly Resource[] | undefined;
  /** Those of the track's own Service, if a route leads to one. */
  readonly trackSlices?: readonly Resource[];
  /** The Deployment's HorizontalPodAutoscaler, if the plan has one. */
  readonly autoscaler?: Resource;
}

/** The label by which the Deployment controller tells the ReplicaSets of a Deployment apart. */
export const POD_TEMPLATE_HASH = 'pod-template-hash';

/** The number of terminations after which a container counts as failing, although it may be ready at the moment. */
export const CRASHES = 3;

/** Reasons that name something missing or invalid. They persist until a user changes something. */
const LASTING = ['InvalidImageName', 'ImageInspectError', 'ErrImageNeverPull', 'CreateContainerConfigError', 'RegistryUnavailable'];

/** The kubelet's message while it has not received a ConfigMap or Secret, whether or not the object exists. */
const NOT_HEARD = /failed to sync .* cache/;

/**
 * @param isNew whether the pods run a new version. If they do, a container that restarted too often counts as failing, even while it is
 *   ready between two crashes. For pods that have served for weeks, restarts lie in the past and do not count while they are ready.
 */
export function healthOf(name: string, observed: Observed, isNew: boolean): DeploymentHealth {
  const { deployment } = observed;
  const pods = ownPods(observed);
  const living = pods.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
  const wanted = deployment === undefined ? 0 : ((at(deployment, 'spec', 'replicas') as number | undefined) ?? 1);
  const status = at(deployment, 'status') as Resource | undefined;
  // As in kubectl rollout status: a controller status that is older than the last change does not describe it.
  const isSeen = countAt(status, 'observedGeneration') >= countAt(deployment, 'metadata', 'generation');
  const [updated, all, available] = ['updatedReplicas', 'replicas', 'availableReplicas'].map((field) => countAt(status, field));
  const ready = living.filter(isReady).length;
  const names = new Set(living.map((pod) => textAt(pod, 'metadata', 'name') ?? ''));
  const slices = [observed.endpointSlices, observed.trackSlices].filter((list) => list !== undefined);
  const endpoints = slices.length > 0 ? Math.min(...slices.map((list) => readyPods(list, names))) : ready;
  const troubles = [...deploymentTroubles(deployment), ...living.flatMap((pod) => podTroubles(pod, isNew))];
  const autoscaler = observed.autoscaler && wanted > 0 ? autoscalerStatus(observed.autoscaler) : undefined;
  // The pods are compared too, because their watch may be behind the status of the Deployment.
  const isExact = [updated, all, available].every((pods) => pods === wanted) && endpoints >= wanted && ready >= wanted;
  // An autoscaler may start pods at any moment. As long as none of them is in trouble, those that are ready count.
  const isEnough = (least: number) =>
    wanted >= least && updated === all && troubles.length === 0 && [available!, endpoints, ready].every((pods) => pods >= least);
  return {
    name,
    ...(deployment === undefined ? { isMissing: true } : {}),
    wanted,
    ready,
    pods: living.length,
    endpoints,
    terminating: pods.length - living.length,
    isSettled: isSeen && (autoscaler ? isEnough(autoscaler.min) : isExact),
    troubles,
    ...(autoscaler && { autoscaler }),
  };
}

/** Returns the pods of a Deployment's ReplicaSets. It matches owners, because the selectors of the two tracks may overlap. */
export function ownPods({ deployment, replicaSets, pods }: Observed): readonly Resource[] {
  const uid = textAt(deployment, 'metadata', 'uid');
  const sets = new Set(replicaSets.filter((set) => ownerOf(set) === uid).map((set) => textAt(set, 'metadata', 'uid')));
  return uid === undefined ? [] : pods.filter((pod) => sets.has(ownerOf(pod)));
}

/** The ReplicaSets of a Deployment, the newest first. */
export function ownReplicaSets(deployment: Resource | undefined, replicaSets: readonly Resource[]): readonly Resource[] {
  const uid = textAt(deployment, 'metadata', 'uid');
  const revision = (set: Resource) => Number(textAt(set, 'metadata', 'annotations', 'deployment.kubernetes.io/revision') ?? 0);
  return replicaSets.filter((set) => uid !== undefined && ownerOf(set) === uid).sort((a, b) => revision(b) - revision(a));
}

function ownerOf(object: Resource): string | undefined {
  return textAt(controllerOf(object), 'uid');
}

/** The owner reference of the controller that made an object. */
export function controllerOf(object: Resource | undefined): Resource | undefined {
  return listAt(object, 'metadata', 'ownerReferences').find((reference) => reference['controller'] === true);
}

function isReady(pod: Resource): boolean {
  return listAt(pod, 'status', 'conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

/** Counts the pods to which the Service sends requests. A pod may be in several slices, one for each address family. */
function readyPods(slices: readonly Resource[], pods: ReadonlySet<string>): number {
  const names = readyEndpoints(slices).map((endpoint) => textAt(endpoint, 'targetRef', 'name'));
  return new Set(names.filter((name) => name !== undefined && pods.has(name))).size;
}

/** The ready endpoints of a Service. An endpoint without the condition counts as ready, as the API defines it. */
export function readyEndpoints(slices: readonly Resource[]): readonly Resource[] {
  return slices.flatMap((slice) => listAt(slice, 'endpoints')).filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false);
}

function deploymentTroubles(deployment: Resource | undefined): Trouble[] {
  const conditions = listAt(deployment, 'status', 'conditions');
  const failed = conditions.find((condition) => condition['type'] === 'ReplicaFailure' && condition['status'] === 'True');
  return [
    ...(at(deployment, 'spec', 'paused') === true
      ? [
          {
            reason: 'Paused',
            pod: undefined,
            message: 'the Deployment is paused; kubectl rollout resume continues it',
            isLasting: true,
            isWanted: true,
          },
        ]
      : []),
    ...(failed
      ? [
          {
            reason: textAt(failed, 'reason') ?? 'ReplicaFailure',
            pod: undefined,
            message: line(textAt(failed, 'message')),
            isLasting: false,
          },
        ]
      : []),
  ];
}

function podTroubles(pod: Resource, isNew: boolean): Trouble[] {
  const name = textAt(pod, 'metadata', 'name');
  const unscheduled = listAt(pod, 'status', 'conditions').find(
    (condition) => condition['type'] === 'PodScheduled' && condition['status'] === 'False',
  );
  if (unscheduled) {
    const reason = textAt(unscheduled, 'reason') ?? 'Unschedulable';
    return [{ reason, pod: name, message: line(textAt(unscheduled, 'message')), isLasting: false }];
  }
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  return statuses.flatMap((container) => {
    const waiting = at(container, 'state', 'waiting') as Resource | undefined;
    const reason = textAt(waiting, 'reason');
    const restarts = countAt(container, 'restartCount');
    if (reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing') {
      return crashes(container, name, restarts, isNew);
    }
    // A first failure, such as ErrImagePull, may pass. Only the kubelet's back-off shows that a retry failed too.
    const isLasting =
      (LASTING.includes(reason) && !NOT_HEARD.test(textAt(waiting, 'message') ?? '')) ||
      reason === 'ImagePullBackOff' ||
      (reason === 'CrashLoopBackOff' && restarts >= CRASHES - 1);
    const message = line(textAt(waiting, 'message')) || lastWords(container);
    return [{ reason, pod: name, message, isLasting }];
  });
}

/** Reports a container that crashes repeatedly and is running now, when the kubelet gives no reason. */
function crashes(container: Resource, pod: string | undefined, restarts: number, isNew: boolean): Trouble[] {
  return restarts >= CRASHES && (isNew || container['ready'] !== true)
    ? [{ reason: 'CrashLoop', pod, message: `${lastWords(container)}, ${restarts} restarts`, isLasting: true }]
    : [];
}

function lastWords(container: Resource): string {
  const ended = at(container, 'lastState', 'terminated') as Resource | undefined;
  return ended === undefined
    ? ''
    : `the container exited with code ${String(ended['exitCode'])} (${textAt(ended, 'reason') ?? 'no reason'})`;
}

function line(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}
