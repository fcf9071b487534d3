import { until } from '../../../support/command';
import type { Resource } from '../../kit/api';
import * as bad from '../../kit/bad-canaries';
import { type Report, sendLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';
import { DEPLOYMENT, type Namespace } from '../../kit/namespace';
import { type Tree, committed } from '../../kit/trees';

// Tests of the statuses that the cluster reports for faulty canaries. The command recognizes the faults by these reasons and messages.

/** Waits until a pod of a track satisfies a condition, and returns it. */
function podThat(namespace: Namespace, deployment: string, what: string, isSo: (pod: Resource) => boolean): Promise<Resource> {
  return until(what, 90, async () => {
    const pods = await namespace.list('v1', 'pods', `?labelSelector=${encodeURIComponent(`${DEPLOYMENT}=${deployment}`)}`);
    return pods.find(isSo);
  });
}

const container = (pod: Resource): Resource => pod['status'].containerStatuses?.[0] ?? {};
const waits = (pod: Resource) => container(pod)['state']?.waiting?.reason as string | undefined;
const condition = (object: Resource, type: string) => (object['status'].conditions as Resource[]).find((one) => one['type'] === type);

/** The waiting reasons of a track's first pod, in order, up to a given last one. */
async function waitsFor(namespace: Namespace, tree: Tree, last: string): Promise<string[]> {
  const seen: string[] = [];
  await namespace.apply(tree.path('stage-10'));
  await podThat(namespace, tree.canary, last, (pod) => {
    const reason = waits(pod);
    if (reason && reason !== seen.at(-1)) {
      seen.push(reason);
    }
    return reason === last;
  });
  return seen;
}

const NEEDS = { needs: ['images'] } as const;

scenario(
  'a canary that crashes has the reason CrashLoopBackOff and a restart count',
  async (namespace) => {
    const tree = bad.crashing();
    expect(await waitsFor(namespace, tree, 'CrashLoopBackOff')).toContain('CrashLoopBackOff');
    const pod = await podThat(namespace, tree.canary, 'three restarts', (one) => container(one)['restartCount'] >= 3);
    expect(container(pod)['lastState'].terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
  },
  NEEDS,
);

scenario(
  'a canary whose image is missing has the reason ErrImagePull, then ImagePullBackOff',
  async (namespace) => {
    expect((await waitsFor(namespace, bad.imageMissing(), 'ImagePullBackOff')).slice(-2)).toEqual(['ErrImagePull', 'ImagePullBackOff']);
  },
  NEEDS,
);

scenario(
  'a canary whose image has no valid name has the reason InvalidImageName',
  async (namespace) => {
    expect((await waitsFor(namespace, bad.imageNameInvalid(), 'InvalidImageName')).at(-1)).toBe('InvalidImageName');
  },
  NEEDS,
);

scenario(
  'a canary whose ConfigMap is missing has the reason CreateContainerConfigError, and the message names the ConfigMap',
  async (namespace) => {
    const tree = bad.configMissing();
    expect((await waitsFor(namespace, tree, 'CreateContainerConfigError')).at(-1)).toBe('CreateContainerConfigError');
    const pod = await podThat(namespace, tree.canary, 'the message', (one) => waits(one) === 'CreateContainerConfigError');
    expect(container(pod)['state'].waiting.message).toContain('configmap "missing-settings" not found');
  },
  NEEDS,
);

scenario(
  'a canary that never accepts requests runs, and is not ready',
  async (namespace) => {
    const tree = bad.neverReady();
    await namespace.apply(tree.path('stage-10'));
    const pod = await podThat(namespace, tree.canary, 'a pod that runs', (one) => container(one)['state']?.running);
    expect(pod['status'].phase).toBe('Running');
    expect(condition(pod, 'Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    expect(container(pod)).toMatchObject({ ready: false, started: true, restartCount: 0 });
  },
  NEEDS,
);

scenario('a canary that fits on no node has the reason Unschedulable', async (namespace) => {
  const tree = bad.unschedulable();
  await namespace.apply(tree.path('stage-10'));
  const pod = await podThat(namespace, tree.canary, 'the verdict', (one) => condition(one, 'PodScheduled')?.['status'] === 'False');
  expect(pod['status'].phase).toBe('Pending');
  expect(condition(pod, 'PodScheduled')).toMatchObject({ reason: 'Unschedulable' });
});

scenario('a canary that exceeds the quota has no pod, and its Deployment reports FailedCreate', async (namespace) => {
  const tree = committed.pods();
  await namespace.withoutPods();
  await namespace.apply(tree.path('stage-10'));
  const failure = await until('the failure', 60, async () => {
    const object = await namespace.object('apps/v1', 'deployments', tree.canary);
    return object['status'].conditions ? condition(object, 'ReplicaFailure') : undefined;
  });
  expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  expect(failure['message']).toContain('exceeded quota');
});

scenario(
  'a canary with errors is ready, and answers one request in five with 500',
  async (namespace) => {
    const report = await atHalf(namespace, bad.erring());
    // The canary gets half of the requests. Of 600, 60 should fail. The limits are about five and seven standard deviations away.
    expect(Object.keys(report.kinds)).toEqual(['500']);
    expect(report.failed).toBeGreaterThan(25);
    expect(report.failed).toBeLessThan(110);
  },
  { needs: ['images', 'load'] },
);

scenario(
  'a canary that is slow is ready, and takes three times as long',
  async (namespace) => {
    const report = await atHalf(namespace, bad.slow());
    expect(report.failed).toBe(0);
    expect(report.p99).toBeGreaterThanOrEqual(120);
    expect(report.median).toBeGreaterThanOrEqual(40);
  },
  { needs: ['images', 'load'] },
);

/** Sends 600 requests while the canary has half of the pods and all pods are ready. */
async function atHalf(namespace: Namespace, tree: Tree): Promise<Report> {
  await namespace.apply(tree.path('stage-50'));
  await namespace.ready(tree.stable, tree.canary);
  const url = await namespace.balance(tree.pair.service);
  await until('answers', 30, async () => ((await sendLoad({ url }, 20)).kinds['refused'] ? undefined : true));
  return sendLoad({ url }, 600, 200);
}
