import type { Api, Call, Method } from '../src/cluster/api';
import type { ClusterCache } from '../src/cluster/cluster-cache';
import type { Kinds } from '../src/cluster/kinds';
import { recordOf, recordText } from '../src/cluster/lease-record';
import { liveTemplateDigest } from '../src/cluster/template-digest';
import { type WriteFieldsOptions, writeFields } from '../src/cluster/write-fields';
import { EXIT } from '../src/core/errors';
import type { PlanObject } from '../src/core/kubernetes/objects';
import { type Resource, at, nameOf } from '../src/core/resource';
import { rollbackPath } from '../src/core/plan/path';
import { rolloutPairs } from '../src/core/plan/plan';
import { recognizeForRollback } from '../src/core/rollout/rollback-position';
import { isRecord, objectsOf, recordsOf } from '../src/core/rollout/rollback-record';
import type { Session } from '../src/driver/session';
import { refuseUntriedTemplate } from '../src/driver/templates-that-ran';
import { liveFrom, objectsOf as objectsIn, trees } from './trees';

// A rollback writes counts and routes, never templates, and needs no plan: the Leases have what it needs.

const NAMES = ['pods', 'istio', 'roll', 'two', 'gateway', 'gatewayRoll'] as const;

describe.each(NAMES)('what the Leases record of the tree %s', (name) => {
  const objects = objectsIn(trees[name]());
  const records = recordsOf(objects);
  const steps = objectsOf(JSON.parse(JSON.stringify(records)) as typeof records, 'default');

  test('has no pod template', () => {
    expect(JSON.stringify(records)).not.toMatch(/"containers"|"image"|"env"/);
  });

  test('leads back by the same folders from every position, without the plan', () => {
    for (const folder of objects.folders) {
      const live = liveFrom(objects, () => folder);
      expect(recognizeForRollback(steps, live)).toEqual({ kind: 'at', folder });
      expect(rollbackPath(steps.plan, { kind: 'at', folder })).toEqual(rollbackPath(objects.plan, { kind: 'at', folder }));
    }
  });

  test('has the counts and the routes of every folder', () => {
    for (const object of steps.telling) {
      const full = objects.find(object.ref)!;
      for (const [folder, manifest] of object.manifests) {
        for (const path of object.varying) {
          expect(at(manifest, ...path)).toEqual(at(full.manifests.get(folder), ...path));
        }
      }
    }
    expect(steps.telling.map(({ key }) => key).sort()).toEqual(objects.telling.map(({ key }) => key).sort());
  });

  test('can be read back from the annotation, compressed if it is long', () => {
    for (const record of records) {
      const lease = (text: string): Resource => ({ metadata: { annotations: { 'cdk8s-canary/rollback': text } } });
      expect(recordOf(lease(recordText(record)))).toEqual(record);
      const long = { ...record, pair: { ...record.pair, path: 'x'.repeat(100_000) } };
      expect(recordText(long).length).toBeLessThan(50_000);
      expect(recordOf(lease(recordText(long)))).toEqual(long);
      expect(recordOf(lease('gzip,no'))).toBeUndefined();
    }
  });
});

test.each([undefined, null, 1, {}, { version: 2 }, { version: 1, stages: [], folders: [], objects: [], order: { advance: [] } }])(
  'a Lease with the value %j has no record',
  (value) => {
    expect(isRecord(value)).toBe(false);
  },
);

/** An API server with one object, which records the bodies of the writes. */
class OneObject {
  readonly bodies: Resource[] = [];

  constructor(private live: Resource | undefined) {}

  readonly api = {
    find: () => Promise.resolve(this.live),
    call: (_: Method, _path: string, { body }: Call) => {
      this.bodies.push(body as Resource);
      return Promise.resolve({ ...this.live, metadata: { ...(this.live!['metadata'] as Resource), resourceVersion: '2' } });
    },
  } as unknown as Api;
}

const KINDS = { path: (ref: PlanObject['ref']) => nameOf(ref) } as unknown as Kinds;

describe('a write of a rollback', () => {
  const objects = objectsIn(trees.pods());
  const steps = objectsOf(recordsOf(objects), 'default');
  const { stable, canary } = objects.plan.pairs[0]!;
  const objectOf = (deployment: string) => steps.deployment({}, deployment)!;

  const liveAt = (deployment: string, folder: string, change: (spec: Resource) => void = () => undefined): Resource => {
    const live = structuredClone(objects.deployment({}, deployment)!.manifests.get(folder)!);
    (live['metadata'] as Resource)['resourceVersion'] = '1';
    change(live['spec'] as Resource);
    return live;
  };

  async function write(live: Resource | undefined, object: PlanObject, folder: string, more: Partial<WriteFieldsOptions> = {}) {
    const server = new OneObject(live);
    const options = { fieldManager: 'kubectl-canary', isStable: false, ours: [], templateOf: () => undefined, ...more };
    const result = await writeFields(server.api, KINDS, object, folder, options).catch((error: Error) => error);
    return { result, bodies: server.bodies };
  }

  test('writes no pod template, not even of an object of a plan that has one', async () => {
    for (const { deployment } of [stable, canary!]) {
      const { bodies } = await write(liveAt(deployment, 'stage-100'), objects.deployment({}, deployment)!, 'stage-0');
      expect(bodies).toHaveLength(1);
      expect(bodies[0]).toHaveProperty('spec.replicas');
      expect(bodies[0]).not.toHaveProperty('spec.template');
    }
  });

  test('changes the count and the marks of the position, and leaves the pod template alone', async () => {
    const { bodies } = await write(liveAt(stable.deployment, 'stage-100'), objectOf(stable.deployment), 'rollback/from-stage-100', {
      isStable: true,
    });
    expect(bodies).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: {
          name: stable.deployment,
          namespace: 'default',
          resourceVersion: '1',
          labels: { track: 'stable' },
          annotations: { 'cdk8s-canary/stage': 'rollback/from-stage-100', 'cdk8s-canary/split': expect.any(String) as string },
        },
        spec: { replicas: 3 },
      },
    ]);
  });

  test('does not lower a stable Deployment that another client scaled up, and the position is known all the same', async () => {
    const scaled = liveAt(stable.deployment, 'stage-50', (spec) => (spec['replicas'] = 12));
    const { bodies } = await write(scaled, objectOf(stable.deployment), 'stage-0', { isStable: true });
    expect(at(bodies[0], 'spec', 'replicas')).toBe(12);
    const live = liveFrom(objects, () => 'stage-50');
    live.set(objectOf(stable.deployment).key, scaled);
    expect(recognizeForRollback(steps, live)).toEqual({ kind: 'at', folder: 'stage-50' });
  });

  test('does not lower it to a count of the plan either, if that is not the count of the stage it is at', async () => {
    const scaled = liveAt(stable.deployment, 'stage-50', (spec) => (spec['replicas'] = 9));
    const { bodies } = await write(scaled, objectOf(stable.deployment), 'stage-0', { isStable: true });
    expect(at(bodies[0], 'spec', 'replicas')).toBe(9);
  });

  test('raises a stable Deployment that another client scaled down, and lowers one that has its count of the plan', async () => {
    const down = liveAt(stable.deployment, 'stage-10', (spec) => (spec['replicas'] = 1));
    expect(at((await write(down, objectOf(stable.deployment), 'stage-0', { isStable: true })).bodies[0], 'spec', 'replicas')).toBe(3);
    const planned = liveAt(stable.deployment, 'stage-10');
    expect(at((await write(planned, objectOf(stable.deployment), 'stage-0', { isStable: true })).bodies[0], 'spec', 'replicas')).toBe(3);
  });

  test('does not overwrite a count of the canary that another client set, unless it is forced', async () => {
    const scaled = liveAt(canary!.deployment, 'stage-50', (spec) => (spec['replicas'] = 7));
    const { result, bodies } = await write(scaled, objectOf(canary!.deployment), 'stage-0');
    expect(result).toMatchObject({
      code: EXIT.conflict,
      message: `Deployment/${canary!.deployment}: a field has a value that no folder of this plan has: .spec.replicas: an unknown manager set 7, and stage-0 has 0`,
    });
    expect(bodies).toEqual([]);
    expect((await write(scaled, objectOf(canary!.deployment), 'stage-0', { force: true })).bodies).toHaveLength(1);
  });

  test('creates nothing: a canary that is gone needs no write, and a stable that is gone is an error', async () => {
    expect(await write(undefined, objectOf(canary!.deployment), 'stage-0')).toEqual({ result: undefined, bodies: [] });
    const { result } = await write(undefined, objectOf(stable.deployment), 'stage-0', { isStable: true });
    expect(result).toMatchObject({
      message: `Deployment/${stable.deployment} does not exist, and a rollback writes counts and routes but creates nothing`,
    });
  });
});

describe('a write that takes a roll back', () => {
  const objects = objectsIn(trees.roll());
  const steps = objectsOf(recordsOf(objects), 'default');
  const object = steps.deployment({}, 'shop-a')!;
  const full = objects.deployment({}, 'shop-a')!;
  const live = { ...full.manifests.get('promoted')!, metadata: { name: 'shop-a', resourceVersion: '1' } };
  const old = at(full.manifests.get('stage-0'), 'spec', 'template') as Resource;
  const options = { fieldManager: 'kubectl-canary', isStable: true, ours: [] };

  test('restores the template that the cluster keeps of the old version', async () => {
    const server = new OneObject(live);
    const asked: string[] = [];
    const templateOf = (_: Resource, version: string) => {
      asked.push(version);
      return old;
    };
    await writeFields(server.api, KINDS, object, 'stage-0', { ...options, templateOf });
    expect(asked).toEqual(['1']);
    expect(at(server.bodies[0], 'spec', 'template', 'spec', 'containers')).toEqual(at(old, 'spec', 'containers'));
  });

  test('is refused if the cluster keeps none', async () => {
    await expect(
      writeFields(new OneObject(live).api, KINDS, object, 'stage-0', { ...options, templateOf: () => undefined }),
    ).rejects.toThrow('Deployment/shop-a: the cluster has no ReplicaSet of version 1 any more, so its pod template cannot be restored');
  });
});

describe('a rollback to a pod template that was changed after stable last ran', () => {
  const objects = objectsIn(trees.pods());
  const { stable, canary } = objects.plan.pairs[0]!;
  const { key } = objects.deployment({}, stable.deployment)!;
  const live = structuredClone(liveFrom(objects, () => 'stage-100'));
  const ran = { [stable.deployment]: liveTemplateDigest(live.get(key)!) };
  const edited = structuredClone(live);
  (at(edited.get(key), 'spec', 'template', 'spec') as Resource)['hostname'] = 'other';

  const refuse = (found: ReadonlyMap<string, Resource>, known: Readonly<Record<string, string>>, wanted = 0) => {
    const session = { pairs: rolloutPairs(objects.plan), objects, ran: known } as unknown as Session;
    const track = (name: string) => ({ name, wanted, isSettled: true });
    const health = [{ stable: track(stable.deployment), canary: track(canary!.deployment) }];
    return () => refuseUntriedTemplate(session, { live: found, health } as unknown as ClusterCache);
  };

  test('is refused, and the command that restores the template is named', () => {
    expect(refuse(edited, ran)).toThrow(
      expect.objectContaining({
        code: EXIT.refused,
        message: `cannot roll back: the pod template of Deployment/${stable.deployment} was changed after its pods last ran, so none of its pods ever served with it`,
        next: [
          `kubectl rollout undo deployment/${stable.deployment}   restores the template before it; then roll back`,
          '--accept-template stable   rolls back to the template as it is',
        ],
      }),
    );
  });

  test('is no matter if the pods run with it, if it is the same, or if nothing is known of it', () => {
    expect(refuse(edited, ran, 3)).not.toThrow();
    expect(refuse(live, ran)).not.toThrow();
    expect(refuse(edited, {})).not.toThrow();
  });
});
