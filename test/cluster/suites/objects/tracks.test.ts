import { join } from 'node:path';
import { until } from '../../../support/command';
import { type Resource, request } from '../../kit/api';
import { autoscaler } from '../../kit/autoscaler';
import { figure } from '../../kit/figures';
import { scenario } from '../../kit/scenario';
import { DEPLOYMENT, type Namespace } from '../../kit/namespace';
import { committed } from '../../kit/trees';

// The tracks are separate: a tool that selects one track gets no pods of the other.

const [STABLE, CANARY] = ['canary-1-dep', 'canary-2-dep'];
const manifest = (name: string) => join(__dirname, '..', '..', 'tutorial', `${name}.yaml`);

async function atStage50(namespace: Namespace, tree = committed.pods()): Promise<void> {
  await namespace.apply(tree.path('stage-50'));
  await namespace.ready(STABLE, CANARY);
}

/** The pods of a Deployment, by their owner references. */
async function podsOf(namespace: Namespace, deployment: string): Promise<Resource[]> {
  const replicaSets = await namespace.list('apps/v1', 'replicasets');
  const owned = replicaSets
    .filter(({ metadata }) => metadata.ownerReferences?.[0].name === deployment)
    .map(({ metadata }) => metadata.uid as string);
  return (await namespace.list('v1', 'pods')).filter(({ metadata }) => owned.includes(metadata.ownerReferences?.[0].uid as string));
}

const names = (objects: readonly Resource[]) => objects.map(({ metadata }) => metadata.name as string).sort();

const budget = (name: string, matchLabels: Record<string, string>) =>
  JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { maxUnavailable: 1, selector: { matchLabels } },
  });

const scaler = (name: string, minReplicas: number) => JSON.stringify(autoscaler(name, minReplicas));

/** Waits for the autoscaler's ScalingActive condition and returns its reason, such as AmbiguousSelector. */
function verdict(namespace: Namespace, name: string): Promise<string> {
  return until(`a verdict on the autoscaler of ${name}`, 60, async () => {
    const { status } = await namespace.object('autoscaling/v2', 'horizontalpodautoscalers', name);
    return (status.conditions as Resource[] | undefined)?.find(({ type }) => type === 'ScalingActive')?.['reason'] as string | undefined;
  });
}

scenario('the selector and the log of a track contain its own pods only', async (namespace) => {
  await atStage50(namespace);
  for (const name of [STABLE, CANARY]) {
    const own = names(await podsOf(namespace, name));
    expect(own.length).toBe(3);
    expect(names(await namespace.list('v1', 'pods', `?labelSelector=${encodeURIComponent(`${DEPLOYMENT}=${name}`)}`))).toEqual(own);
    const log = await namespace.kubectl('logs', '-l', `${DEPLOYMENT}=${name}`, '--prefix', '--tail=5');
    const speakers = [...new Set([...log.matchAll(/^\[pod\/([^/]+)\//gm)].map((match) => match[1]))].sort();
    expect(speakers).toEqual(own);
  }
});

scenario('kubectl rollout status of the canary does not wait for a stable track that is stuck', async (namespace) => {
  await atStage50(namespace);
  await namespace.kubectl('set', 'image', `deploy/${STABLE}`, 'servicedemo=scubakiz/servicedemo:missing');
  const stuck = await namespace.tryKubectl('rollout', 'status', `deploy/${STABLE}`, '--timeout=5s');
  expect(stuck.stderr).toContain('timed out');
  await namespace.ready(CANARY);
  // Stable still has all its old pods beside the new pod that cannot start.
  expect((await podsOf(namespace, STABLE)).length).toBe(4);
});

scenario("a PodDisruptionBudget of one track counts that track's pods, and allows the eviction of one", async (namespace) => {
  await atStage50(namespace);
  await namespace.applyText(budget('stable', { [DEPLOYMENT]: STABLE }));
  const status = await until('the budget', 30, async () => {
    const found = (await namespace.object('policy/v1', 'poddisruptionbudgets', 'stable'))['status'] as Resource;
    return found['currentHealthy'] > 0 ? found : undefined;
  });
  expect(status).toMatchObject({ expectedPods: 3, currentHealthy: 3, disruptionsAllowed: 1 });
  const [first, second] = names(await podsOf(namespace, STABLE)) as [string, string];
  const [canary] = names(await podsOf(namespace, CANARY)) as [string];
  const evict = async (pod: string) => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: namespace.name } };
    return (await request('POST', `${namespace.path('v1', 'pods')}/${pod}/eviction`, JSON.stringify(eviction))).status;
  };
  expect([await evict(first), await evict(second), await evict(canary)]).toEqual([201, 429, 201]);
  figure('Tracks', { what: 'PodDisruptionBudget of stable at 3:3', 'pods it counts': 3, 'of the other track': 0 });
});

scenario(
  'an autoscaler of one track counts and scales that track only',
  async (namespace) => {
    await atStage50(namespace, committed.istio());
    await namespace.applyText(scaler(STABLE, 4));
    await namespace.applyText(scaler(CANARY, 1));
    await until('stable at the least that its autoscaler has', 60, async () =>
      (await podsOf(namespace, STABLE)).length === 4 ? true : undefined,
    );
    expect((await podsOf(namespace, CANARY)).length).toBe(2);
    for (const name of [STABLE, CANARY]) {
      expect(await verdict(namespace, name)).not.toBe('AmbiguousSelector');
      const scale = await request('GET', `${namespace.path('apps/v1', 'deployments')}/${name}/scale`);
      expect(scale.body['status'].selector).toContain(`${DEPLOYMENT}=${name}`);
    }
    figure('Tracks', { what: 'autoscaler of stable, 3:2 and 4 at least', 'pods it counts': 4, 'of the other track': 0 });
  },
  { needs: ['istio'] },
);

scenario("with the tutorial's single selector, a budget and an autoscaler select the pods of both tracks", async (namespace) => {
  await namespace.apply(manifest(STABLE));
  await namespace.apply(manifest(CANARY));
  await namespace.ready(STABLE, CANARY);
  await namespace.applyText(scaler(STABLE, 1));
  await namespace.applyText(scaler(CANARY, 1));
  expect([await verdict(namespace, STABLE), await verdict(namespace, CANARY)]).toContain('AmbiguousSelector');
  const { spec } = await namespace.object('apps/v1', 'deployments', STABLE);
  await namespace.applyText(budget('stable', spec.selector.matchLabels as Record<string, string>));
  const expected = await until('the budget', 30, async () => {
    const { status } = await namespace.object('policy/v1', 'poddisruptionbudgets', 'stable');
    return (status.expectedPods as number) > 0 ? (status.expectedPods as number) : undefined;
  });
  expect(expected).toBe(6);
  figure('Tracks', { what: "the tutorial's selector, budget of stable at 3:3", 'pods it counts': expected, 'of the other track': 3 });
});

scenario('the other Deployment does not take over orphaned pods, and their own one takes them back', async (namespace) => {
  await atStage50(namespace);
  const orphans = names(await podsOf(namespace, STABLE));
  await namespace.kubectl('delete', 'deployment', STABLE, '--cascade=orphan');
  await namespace.kubectl('annotate', 'deployment', CANARY, 'test=looked-at');
  await namespace.ready(CANARY);
  const all = names(await namespace.list('v1', 'pods'));
  expect(all.filter((name) => orphans.includes(name))).toEqual(orphans);
  expect((await podsOf(namespace, CANARY)).length).toBe(3);
  await namespace.apply(committed.pods().path('stage-50'));
  await namespace.ready(STABLE);
  await until('the pods to be its own again', 30, async () =>
    JSON.stringify(names(await podsOf(namespace, STABLE))) === JSON.stringify(orphans) ? true : undefined,
  );
});

scenario(
  'the five values of the downward API in a pod equal those of the API server',
  async (namespace) => {
    await atStage50(namespace);
    const pods = await namespace.list('v1', 'pods');
    expect(pods.length).toBe(6);
    for (const { metadata, spec, status } of pods) {
      const path = `${namespace.path('v1', 'pods')}/${metadata.name}:80/proxy/`;
      const { body } = await request('GET', path);
      expect(body).toEqual({
        color: metadata.labels.color,
        version: metadata.labels.version,
        NODE_IP: status.hostIP,
        NODE_NAME: spec.nodeName,
        POD_IP: status.podIP,
        POD_NAME: metadata.name,
        POD_NAMESPACE: namespace.name,
      });
    }
    figure('Tracks', { what: 'downward API, values of 6 pods that equal the API', 'pods it counts': 6, 'of the other track': '-' });
  },
  { needs: ['images'] },
);
