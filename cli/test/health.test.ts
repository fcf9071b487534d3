import { type Observed, healthOf } from '../src/core/kubernetes/health';
import type { Resource } from '../src/core/resource';

/**
 * A Deployment with one pod, with the status messages of a real kubelet (1.34), as in `test/cluster/suites/objects/bad-canaries.test.ts`.
 */
function observed(container: Resource | undefined, more: { pod?: Resource; deployment?: Resource; ready?: boolean } = {}): Observed {
  const owner = (uid: string) => [{ controller: true, uid }];
  const ready = more.ready ?? false;
  return {
    deployment: {
      metadata: { uid: 'd', generation: 2 },
      spec: { replicas: 1 },
      status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: ready ? 1 : 0 },
      ...more.deployment,
    },
    replicaSets: [{ metadata: { uid: 'r', ownerReferences: owner('d') } }],
    pods: [
      {
        metadata: { name: 'web-1', uid: 'p', ownerReferences: owner('r') },
        status: {
          conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
          ...(container ? { containerStatuses: [container] } : {}),
        },
        ...more.pod,
      },
    ],
    endpointSlices: [{ endpoints: [{ targetRef: { name: 'web-1' }, conditions: { ready } }] }],
  };
}

const crashed = { terminated: { exitCode: 1, reason: 'Error' } };

const TROUBLES: readonly (readonly [string, Observed, string, boolean])[] = [
  [
    'a crash loop after one restart',
    observed({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } }, lastState: crashed, restartCount: 1 }),
    'CrashLoopBackOff',
    false,
  ],
  [
    'a crash loop after two restarts',
    observed({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s' } }, lastState: crashed, restartCount: 2 }),
    'CrashLoopBackOff',
    true,
  ],
  [
    'a missing image, at the first attempt',
    observed({ state: { waiting: { reason: 'ErrImagePull', message: 'rpc error: code = NotFound' } }, restartCount: 0 }),
    'ErrImagePull',
    false,
  ],
  [
    'a missing image, at a later attempt',
    observed({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } }, restartCount: 0 }),
    'ImagePullBackOff',
    true,
  ],
  ['an invalid image name', observed({ state: { waiting: { reason: 'InvalidImageName' } }, restartCount: 0 }), 'InvalidImageName', true],
  [
    'a missing ConfigMap',
    observed({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'configmap "x" not found' } }, restartCount: 0 }),
    'CreateContainerConfigError',
    true,
  ],
  [
    'a ConfigMap that the kubelet has not cached yet',
    observed({
      state: {
        waiting: { reason: 'CreateContainerConfigError', message: 'failed to sync configmap cache: timed out waiting for the condition' },
      },
      restartCount: 0,
    }),
    'CreateContainerConfigError',
    false,
  ],
  [
    'a pod that fits on no node',
    observed(undefined, {
      pod: {
        metadata: { name: 'web-1', uid: 'p', ownerReferences: [{ controller: true, uid: 'r' }] },
        status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
      },
    }),
    'Unschedulable',
    false,
  ],
  [
    'an exceeded quota',
    {
      ...observed(undefined, {
        deployment: {
          metadata: { uid: 'd', generation: 1 },
          spec: { replicas: 1 },
          status: {
            observedGeneration: 1,
            conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }],
          },
        },
      }),
      pods: [],
    },
    'FailedCreate',
    false,
  ],
  [
    'a paused Deployment',
    observed(
      { state: { running: {} }, ready: true, restartCount: 0 },
      { deployment: { metadata: { uid: 'd' }, spec: { replicas: 1, paused: true } } },
    ),
    'Paused',
    true,
  ],
];

test.each(TROUBLES)('health reports %s', (_, seen, reason, isLasting) => {
  const health = healthOf('web', seen, true);
  expect(health.troubles).toMatchObject([{ reason, isLasting }]);
  expect(health.isSettled).toBe(false);
});

test('a Deployment is settled if all its pods are ready and in the endpoints', () => {
  const health = healthOf('web', observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true }), true);
  expect(health).toMatchObject({ wanted: 1, ready: 1, pods: 1, endpoints: 1, terminating: 0, isSettled: true, troubles: [] });
});

test('a Deployment is not settled while its ready pods are not in the endpoints', () => {
  const seen = observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true });
  expect(healthOf('web', { ...seen, endpointSlices: [] }, true).isSettled).toBe(false);
});

test('a Deployment is not settled while its ready pods are not in the endpoints of the Service of its track', () => {
  const seen = observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true });
  expect(healthOf('web', { ...seen, trackSlices: [] }, true)).toMatchObject({ endpoints: 0, isSettled: false });
  expect(healthOf('web', { ...seen, trackSlices: seen.endpointSlices }, true)).toMatchObject({ endpoints: 1, isSettled: true });
});

test('a Deployment of a pair without a Service is settled if all its pods are ready', () => {
  const seen = { ...observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true }), endpointSlices: undefined };
  expect(healthOf('web', seen, true)).toMatchObject({ endpoints: 1, isSettled: true });
});

test('a Deployment is not settled while the watch of its pods is behind its status', () => {
  const seen = observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true });
  const pods = seen.pods.map((pod) => ({ ...pod, status: { conditions: [{ type: 'Ready', status: 'False' }] } }));
  expect(healthOf('web', { ...seen, pods }, true)).toMatchObject({ ready: 0, wanted: 1, isSettled: false });
});

test('a Deployment is not settled while its status is older than its last change', () => {
  const seen = observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true });
  const deployment = { ...seen.deployment!, metadata: { uid: 'd', generation: 3 } };
  expect(healthOf('web', { ...seen, deployment }, true).isSettled).toBe(false);
});

test('a ready container that crashed several times is a crash loop of a new version, but no trouble of an old one', () => {
  const seen = observed({ state: { running: {} }, ready: true, lastState: crashed, restartCount: 3 }, { ready: true });
  expect(healthOf('web', seen, true).troubles).toMatchObject([{ reason: 'CrashLoop', isLasting: true }]);
  expect(healthOf('web', seen, false).troubles).toEqual([]);
});

test('pods of another Deployment with an overlapping selector do not count', () => {
  const seen = observed({ state: { running: {} }, ready: true, restartCount: 0 }, { ready: true });
  const other = { ...seen.replicaSets[0]!, metadata: { uid: 'r', ownerReferences: [{ controller: true, uid: 'other' }] } };
  expect(healthOf('web', { ...seen, replicaSets: [other] }, true)).toMatchObject({ ready: 0, pods: 0, endpoints: 0 });
});

describe('an autoscaled Deployment is settled', () => {
  /** A Deployment that wants so many pods and has them all, and the minimum of its autoscaler. */
  const isSettled = (pods: number, minReplicas: number): boolean => {
    const { deployment, replicaSets, pods: made } = observed(undefined, { ready: true });
    const names = Array.from({ length: pods }, (_, index) => `web-${index}`);
    const count = { replicas: pods, updatedReplicas: pods, availableReplicas: pods };
    const seen: Observed = {
      deployment: { ...deployment, spec: { replicas: pods }, status: { ...(deployment!['status'] as Resource), ...count } },
      replicaSets,
      pods: names.map((name) => ({ ...made[0]!, metadata: { ...(made[0]!['metadata'] as Resource), name, uid: name } })),
      endpointSlices: [{ endpoints: names.map((name) => ({ targetRef: { name }, conditions: { ready: true } })) }],
      autoscaler: { spec: { minReplicas, maxReplicas: 9 } },
    };
    return healthOf('web', seen, true).isSettled;
  };

  test('only with its new minimum, although its rollout is complete before', () => {
    expect([isSettled(1, 2), isSettled(2, 2), isSettled(3, 2)]).toEqual([false, true, true]);
  });
});
