import { createHash } from 'node:crypto';
import type { Chart } from 'cdk8s';
import { Env } from 'cdk8s-plus-27';
import fc from 'fast-check';
import { CanaryPair, Promotion, VersionedConfig } from '../../lib';
import { configName } from '../../lib/core/config-content';
import { PAIR_LABEL } from '../../lib/core/labels';
import type { Api } from '../src/cluster/api';
import { applyObject } from '../src/cluster/apply';
import type { Kinds } from '../src/cluster/kinds';
import { findUnusedConfigs } from '../src/cluster/unused-configs';
import type { PlanObjects } from '../src/core/kubernetes/objects';
import { permissionsFor } from '../src/core/kubernetes/permissions';
import { configNamesIn, configsNeededIn, isVersionedConfig, leftConfigs, unreadConfigs } from '../src/core/kubernetes/versioned-configs';
import type { ObjectRef, Resource } from '../src/core/resource';
import { planText } from '../src/terminal/plan-text';
import { liveFrom, objectsOf, pair, synthesized, trees } from './trees';

// Which ConfigMaps of VersionedConfigs a cleanup may delete, against models. The real cluster: test/cluster/suites/objects/versioned-config.test.ts.

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const nameOf = (word: string) => configName('settings', { data: { WORD: word }, binaryData: {} }, sha256);

/** A release whose tracks read a word each. */
const release = (stable: string, canary: string, more: object = {}) =>
  synthesized((chart: Chart) => {
    const reading = (id: string, word: string) => ({
      envFrom: [Env.fromConfigMap(new VersionedConfig(chart, id, { name: 'settings', data: { WORD: word } }))],
    });
    const props = pair('shop', '1', '2');
    new CanaryPair(chart, 'shop', {
      ...props,
      stable: { ...props.stable, ...reading('a', stable) },
      canary: { ...props.canary, ...reading('b', canary) },
      ...more,
    });
  });

/** A ConfigMap in the cluster, as a VersionedConfig of the pair makes it, with changes. */
const config = (
  word: string,
  { name = nameOf(word), owner = 'shop', ...more }: { name?: string; owner?: string; immutable?: boolean } = {},
) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels: { [PAIR_LABEL]: owner }, resourceVersion: '7' },
  immutable: true,
  data: { WORD: word },
  ...more,
});
const reading = (kind: string, name: string, word: string, more: Resource = {}): Resource => ({
  kind,
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ envFrom: [{ configMapRef: { name: nameOf(word) } }] }], replicas: 1 },
  ...more,
});
const names = (objects: readonly Resource[]) => objects.map(({ metadata }) => (metadata as { name: string }).name);

/** A namespace of which a cleanup lists collections; it answers as the API server does, without the kinds of the items. */
function cluster(objects: readonly Resource[]) {
  const asked: string[] = [];
  const get = (path: string) => {
    const plural = path.split('/').at(-1)!;
    asked.push(plural);
    const items = objects
      .filter(({ kind }) => `${String(kind).toLowerCase()}s` === plural)
      .map(({ kind: _, apiVersion: _v, ...item }) => item);
    return Promise.resolve({ items });
  };
  return { asked, api: { get } as unknown as Api };
}

const STABLE: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-a' };
const objects = objectsOf(release('old', 'new'));
const unused = async (found: readonly Resource[], of: PlanObjects = objects, folder = 'promoted', gone: readonly ObjectRef[] = [STABLE]) =>
  names(
    await findUnusedConfigs(
      cluster(found).api,
      of,
      folder,
      gone.map((ref) => of.placed(ref)),
    ),
  );

describe('a cleanup after a promotion', () => {
  const configs = ['old', 'new', 'older'].map((word) => config(word));

  test('finds what the old version and versions before it read', async () => {
    expect(await unused(configs)).toEqual([nameOf('old'), nameOf('older')]);
  });

  test('after a rollback finds what the canary read', async () => {
    const canary = { ...STABLE, name: 'shop-b' };
    expect(await unused(configs, objects, 'stage-0', [canary])).toEqual([nameOf('new'), nameOf('older')]);
  });

  test('with equal contents, and after a roll, keeps what the promoted version reads', async () => {
    expect(await unused(configs, objectsOf(release('old', 'old')))).toEqual([nameOf('new'), nameOf('older')]);
    const rolled = objectsOf(release('old', 'new', { promotion: Promotion.ROLL }));
    expect(await unused(configs, rolled, 'promoted', [{ ...STABLE, name: 'shop-b' }])).toEqual([nameOf('old'), nameOf('older')]);
  });

  test.each<[string, Resource, boolean]>([
    [
      'a Deployment, without pods too',
      reading('Deployment', 'other', 'older', { spec: { template: reading('', '', 'older'), replicas: 0 } }),
      true,
    ],
    ['the Deployment that the cleanup deletes', reading('Deployment', 'shop-a', 'older'), false],
    ['a ReplicaSet with pods', reading('ReplicaSet', 'shop-a-1', 'older'), true],
    [
      'a ReplicaSet whose pods are not gone yet',
      reading('ReplicaSet', 'a', 'older', {
        spec: { ...(reading('', '', 'older')['spec'] as Resource), replicas: 0 },
        status: { replicas: 1 },
      }),
      true,
    ],
    [
      'a ReplicaSet without pods',
      reading('ReplicaSet', 'a', 'older', { spec: { ...(reading('', '', 'older')['spec'] as Resource), replicas: 0 } }),
      false,
    ],
    ['a pod of somebody else', reading('Pod', 'job-x', 'older', { status: { phase: 'Running' } }), true],
    ['a pod that ended', reading('Pod', 'job-x', 'older', { status: { phase: 'Succeeded' } }), false],
    ['a pod that is being deleted', reading('Pod', 'a-1', 'older', { metadata: { name: 'a-1', deletionTimestamp: 'now' } }), false],
  ])('what is read by %s: kept is %3$s', async (_, reader, isKept) => {
    expect((await unused([...configs, reader])).includes(nameOf('older'))).toBe(!isKept);
  });

  test.each<[string, Resource]>([
    ['that has no label', { ...config('x'), metadata: { name: nameOf('x'), namespace: 'default' } }],
    ['of another pair, with equal content', config('old', { owner: 'cart' })],
    ['that is not immutable', config('x', { immutable: false })],
    ['whose name is not the hash of its content', config('x', { name: nameOf('y') })],
    ['with a similar name', config('x', { name: 'settings-0123456789' })],
  ])('keeps an object %s', async (_, other) => {
    expect(await unused([other, config('older')])).toEqual([nameOf('older')]);
  });

  test('lists nothing for a plan without a VersionedConfig, and no workloads where nothing is left', async () => {
    const without = cluster(configs);
    expect(await findUnusedConfigs(without.api, objectsOf(trees.first()), 'promoted', [])).toEqual([]);
    expect(without.asked).toEqual([]);
    const clean = cluster([config('new')]);
    expect(await findUnusedConfigs(clean.api, objects, 'promoted', [objects.placed(STABLE)])).toEqual([]);
    expect(clean.asked).toEqual(['configmaps']);
  });
});

test('whatever is in a namespace, only unread objects of the pair go, and all of them', () => {
  const WORD = fc.constantFrom('a', 'b', 'c', 'd');
  const READER = fc.record({
    kind: fc.constantFrom('Deployment', 'ReplicaSet', 'Pod'),
    word: WORD,
    replicas: fc.nat({ max: 1 }),
    ends: fc.boolean(),
  });
  const CONFIG = fc.record({ word: WORD, owner: fc.constantFrom('shop', 'cart'), immutable: fc.boolean(), isRenamed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(CONFIG), fc.array(READER), fc.uniqueArray(WORD), (made, readers, needed) => {
      const live = made.map(({ word, owner, immutable, isRenamed }) =>
        config(word, { owner, immutable, ...(isRenamed && { name: 'settings-1' }) }),
      );
      const workloads = readers.map(({ kind, word, replicas, ends }): Resource => {
        const one = reading(kind, 'x', word, { status: { phase: ends ? 'Failed' : 'Running', replicas } });
        return { ...one, spec: { ...(one['spec'] as Resource), replicas } };
      });
      const left = leftConfigs(live, { owners: ['shop'], needed: new Set(needed.map(nameOf)), sha256 });
      const gone = new Set(unreadConfigs(left, workloads));
      for (const [n, object] of live.entries()) {
        const { word, owner, immutable, isRenamed } = made[n]!;
        const isRead = readers.some(
          (reader) =>
            reader.word === word && (reader.kind === 'Deployment' || (reader.kind === 'Pod' ? !reader.ends : reader.replicas > 0)),
        );
        expect(gone.has(object)).toBe(owner === 'shop' && immutable && !isRenamed && !isRead && !needed.includes(word));
      }
    }),
  );
});

test('the plan needs what its other objects read, in the folder that the cluster is at', () => {
  expect([...configsNeededIn(objects, 'promoted', 'default', [STABLE])]).toEqual([nameOf('new')]);
  expect([...configsNeededIn(objects, 'promoted', 'default', [])].sort()).toEqual([nameOf('new'), nameOf('old')].sort());
  expect([...configsNeededIn(objects, 'promoted', 'other', [])]).toEqual([]);
  expect(configNamesIn(objects)).toEqual(new Set([nameOf('new'), nameOf('old')]));
});

describe('an apply', () => {
  const object = objects.all.find(({ ref }) => ref.name === nameOf('old'))!;
  const kinds = { path: () => '/object', of: () => ({ isNamespaced: true }) } as unknown as Kinds;
  const apply = (live: Resource, isDryRun = false) => {
    const api = { find: () => Promise.resolve(live), call: () => Promise.reject(new Error('a request')) } as unknown as Api;
    const provenance = { releases: new Set<string>(), appliers: new Set<string>(), isSuccessor: false, services: new Set<string>() };
    return applyObject(api, kinds, object, 'stage-25', { fieldManager: 'us', provenance, force: true, isDryRun });
  };

  test.each([true, false])(
    'refuses an object of its name with another content before any write, mutable or not (dry run: %s)',
    async (isDryRun) => {
      for (const live of [config('other', { name: object.ref.name }), config('other', { name: object.ref.name, immutable: false })]) {
        await expect(apply(live, isDryRun)).rejects.toMatchObject({
          code: 5,
          message: `ConfigMap/${object.ref.name} exists with another content than in stage-25; the name is a hash of the content, so another client made or changed the object`,
          next: [expect.stringMatching(/^kubectl get configmap/), expect.stringMatching(/^kubectl delete configmap/)],
        });
      }
      // An object with the same content is written, to the request that this model refuses.
      await expect(apply(config('old'), isDryRun)).rejects.toThrow('a request');
    },
  );
});

test('a cleanup asks for permissions on ConfigMaps only for a plan with a VersionedConfig', () => {
  const kindOf = (ref: ObjectRef) => ({
    group: ref.apiVersion.split('/').length > 1 ? ref.apiVersion.split('/')[0]! : '',
    plural: `${ref.kind.toLowerCase()}s`,
  });
  const verbs = (of: PlanObjects, deleted: readonly ObjectRef[]) =>
    permissionsFor(of, 'apply', kindOf, deleted)
      .filter(({ resource }) => resource === 'configmaps')
      .map(({ verb }) => verb);
  expect(new Set(verbs(objects, [STABLE]))).toEqual(new Set(['get', 'patch', 'create', 'list', 'delete']));
  expect(new Set(verbs(objects, []))).toEqual(new Set(['get', 'patch', 'create']));
  expect(verbs(objectsOf(trees.first()), [STABLE])).toEqual([]);
});

test('plan names the ConfigMaps of each track', () => {
  const text = planText(release('old', 'new').plan, false, (_, words) => words);
  expect(text).toContain(`  shop-a reads ConfigMap ${nameOf('old')}; shop-b reads ConfigMap ${nameOf('new')}\n`);
  expect(planText(trees.first().plan, false, (_, words) => words)).not.toContain('ConfigMap');
});

test('every folder has both objects, which say nothing of the position', () => {
  for (const folder of objects.folders) {
    expect([...liveFrom(objects, () => folder).values()].filter(isVersionedConfig)).toHaveLength(2);
  }
  expect(objects.telling.map(({ ref }) => ref.kind)).not.toContain('ConfigMap');
});
