import { Resource, at, countAt, listAt, textAt } from '../resource';

/** Why a pod, or all pods of a Deployment, do not come up. */
export interface Trouble {
  /** One word: the kubelet's reason, or one of ours. */
  readonly reason: string;
  readonly pod: string | undefined;
  /** What the cluster says, in one line. */
  readonly message: string;
  /** It will not pass by itself, as far as one can tell: no use in waiting for the whole deadline. */
  readonly isLasting: boolean;
  /** Somebody wants it so: it says nothing about the pods. */
  readonly isWanted?: boolean;
}

/** A Deployment and its pods, as far as a rollout has to know. */
export interface DeploymentHealth {
  readonly name: string;
  /** Pods that are asked for. */
  readonly wanted: number;
  readonly ready: number;
  readonly pods: number;
  /** Pods that are in the Service's endpoints and take traffic. */
  readonly endpoints: number;
  readonly terminating: number;
  /** All pods that are wanted are there, run the template, are available and take traffic; and no others. */
  readonly isSettled: boolean;
  readonly troubles: readonly Trouble[];
}

/** What a Deployment's health is read from. */
export interface Observed {
  readonly deployment: Resource | undefined;
  readonly replicaSets: readonly Resource[];
  readonly pods: readonly Resource[];
  readonly endpointSlices: readonly Resource[];
}

/** How often a container may end before it counts as one that will not run. */
const CRASHES = 3;

/** Reasons that name something that is not there, or not right: nothing but a change mends them. */
const LASTING = ['InvalidImageName', 'ImageInspectError', 'ErrImageNeverPull', 'CreateContainerConfigError', 'RegistryUnavailable'];

/** What the kubelet says where it has not heard of a ConfigMap or Secret yet, whether it is there or not. */
const NOT_HEARD = /failed to sync .* cache/;

/** Reasons that may pass at once, and have not passed when the kubelet gives them again. */
const FIRST_TRY = ['ErrImagePull', 'CreateContainerError', 'RunContainerError'];

/**
 * @param isNew whether its pods are those of a new version: then a container that was restarted too often is one that does not run,
 *   even while it happens to be ready between two ends. Pods that have served for weeks have their restarts behind them.
 */
export function healthOf(name: string, observed: Observed, isNew: boolean): DeploymentHealth {
  const { deployment } = observed;
  const pods = ownPods(observed);
  const living = pods.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
  const wanted = deployment === undefined ? 0 : ((at(deployment, 'spec', 'replicas') as number | undefined) ?? 1);
  const status = at(deployment, 'status') as Resource | undefined;
  const endpoints = readyEndpoints(observed.endpointSlices, new Set(living.map((pod) => textAt(pod, 'metadata', 'name') ?? '')));
  // As kubectl rollout status: what the controller says of the state before the last change says nothing of this one.
  const isSeen = countAt(status, 'observedGeneration') >= countAt(deployment, 'metadata', 'generation');
  const [updated, all, available] = ['updatedReplicas', 'replicas', 'availableReplicas'].map((field) => countAt(status, field));
  const isSettled = isSeen && updated === wanted && all === wanted && available === wanted && endpoints >= wanted;
  return {
    name,
    wanted,
    ready: living.filter(isReady).length,
    pods: living.length,
    endpoints,
    terminating: pods.length - living.length,
    isSettled,
    troubles: [...deploymentTroubles(deployment), ...living.flatMap((pod) => podTroubles(pod, isNew))],
  };
}

/** The pods of a Deployment's ReplicaSets: by owner, because selectors of two tracks may overlap. */
export function ownPods({ deployment, replicaSets, pods }: Observed): readonly Resource[] {
  const uid = textAt(deployment, 'metadata', 'uid');
  const sets = new Set(replicaSets.filter((set) => ownerOf(set) === uid).map((set) => textAt(set, 'metadata', 'uid')));
  return uid === undefined ? [] : pods.filter((pod) => sets.has(ownerOf(pod)));
}

function ownerOf(object: Resource): string | undefined {
  const owner = listAt(object, 'metadata', 'ownerReferences').find((reference) => reference['controller'] === true);
  return textAt(owner, 'uid');
}

function isReady(pod: Resource): boolean {
  return listAt(pod, 'status', 'conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True');
}

/** How many of these pods the Service sends requests to. A pod may stand in several slices: one for each family of addresses. */
function readyEndpoints(slices: readonly Resource[], pods: ReadonlySet<string>): number {
  const found = new Set<string>();
  for (const endpoint of slices.flatMap((slice) => listAt(slice, 'endpoints'))) {
    const pod = textAt(endpoint, 'targetRef', 'name');
    if (pod !== undefined && pods.has(pod) && at(endpoint, 'conditions', 'ready') !== false) {
      found.add(pod);
    }
  }
  return found.size;
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
            message: 'somebody paused it; kubectl rollout resume lets it go on',
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
    const isLasting =
      (LASTING.includes(reason) && !NOT_HEARD.test(textAt(waiting, 'message') ?? '')) ||
      reason === 'ImagePullBackOff' ||
      (reason === 'CrashLoopBackOff' && restarts >= CRASHES - 1);
    const message = line(textAt(waiting, 'message')) || lastWords(container);
    // The first try says less than the kubelet says when it backs off; only then is it known to fail again.
    return [{ reason, pod: name, message, isLasting: isLasting && !FIRST_TRY.includes(reason) }];
  });
}

/** A container that runs again and again between two ends: the kubelet has no reason to name then. */
function crashes(container: Resource, pod: string | undefined, restarts: number, isNew: boolean): Trouble[] {
  return restarts >= CRASHES && (isNew || container['ready'] !== true)
    ? [{ reason: 'CrashLoop', pod, message: `${lastWords(container)}, ${restarts} restarts`, isLasting: true }]
    : [];
}

function lastWords(container: Resource): string {
  const ended = at(container, 'lastState', 'terminated') as Resource | undefined;
  return ended === undefined ? '' : `the container ended with ${String(ended['exitCode'])} (${textAt(ended, 'reason') ?? 'no reason'})`;
}

function line(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}
