import { type Api, ApiError, type Call, type Method } from '../src/cluster/api';
import { type ApplyOptions, applyObject } from '../src/cluster/apply';
import type { Kinds } from '../src/cluster/kinds';
import { changedCount, conflictsIn } from '../src/core/kubernetes/conflict';
import { LAST_APPLIED, withLastApplied } from '../src/core/kubernetes/last-applied';
import type { PlanObject } from '../src/core/kubernetes/objects';
import { provenanceOf } from '../src/core/kubernetes/provenance';
import { type Resource, at } from '../src/core/resource';
import { liveFrom, objectsOf, trees } from './trees';

// What an apply asks the API server, in which order, against a model of one object. What the API server makes of it is tested on a cluster:
// test/cluster/suites/objects/field-managers.test.ts.

const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
const manifest = (data: Resource, more: Resource = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...more },
  data,
});
const kinds = { path: () => '/object', collection: () => '/objects', of: () => ({ isNamespaced: true }) } as unknown as Kinds;
const object: PlanObject = { ref: REF, key: 'k', manifests: new Map([['stage-0', manifest({ a: '1' })]]), varying: [] };
const NO_RELEASE = { releases: new Set<string>(), appliers: new Set<string>(), isSuccessor: false, services: new Set<string>() };

/** A ConfigMap of which a server-side apply removes what its manager alone has. */
class OneObject {
  readonly asked: string[] = [];
  refusesNew = false;
  private version = 1;

  constructor(public live: any) {
    this.live.metadata.resourceVersion = '1';
  }

  readonly api = {
    find: () => Promise.resolve(structuredClone(this.live)),
    call: (method: Method, _path: string, call: Call) => this.answer(method, call),
  } as unknown as Api;

  private answer(method: Method, { body, type, query }: Call): Promise<Resource> {
    const isDry = query?.['dryRun'] === 'All';
    const what = method === 'POST' ? 'create' : type === 'application/apply-patch+yaml' ? 'apply' : 'patch';
    this.asked.push(`${what}${isDry ? ' (dry run)' : ''}`);
    if (what === 'create') {
      return this.refusesNew
        ? Promise.reject(new ApiError({ kind: 'status', status: 403, message: 'quota' }, 'POST', {}))
        : Promise.resolve(body as Resource);
    }
    const next = what === 'apply' ? this.applied(body) : this.patched(body as { path: string; value: unknown }[]);
    if (!isDry) {
      this.version += 1;
      next.metadata.resourceVersion = String(this.version);
      this.live = next;
    }
    return Promise.resolve(structuredClone(next));
  }

  private patched(changes: readonly { path: string; value: unknown }[]): any {
    const next = structuredClone(this.live);
    for (const { path, value } of changes.filter((change) => !change.path.endsWith('resourceVersion'))) {
      const keys = path.split('/').slice(1);
      (at(next, ...keys.slice(0, -1)) as Resource)[keys.at(-1)!] = value;
    }
    return next;
  }

  private applied(body: any): any {
    const next = structuredClone(this.live);
    const entries: any[] = next.metadata.managedFields ?? [];
    const ours = entries.find(({ manager, operation }) => manager === 'us' && operation === 'Apply');
    const others = entries.filter((one) => one !== ours);
    const owned = (entry: any) => Object.keys(entry?.fieldsV1['f:data'] ?? {}).map((key) => key.slice(2));
    for (const key of owned(ours).filter((one) => !(one in body.data) && !others.some((other) => owned(other).includes(one)))) {
      delete next.data[key];
    }
    Object.assign(next.data, body.data);
    next.metadata.annotations = { ...next.metadata.annotations, ...body.metadata.annotations };
    return next;
  }
}

const keys = (...names: string[]) => ({ 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) });
const entry = (manager: string, operation: string, ...names: string[]) => ({ manager, operation, fieldsV1: keys(...names) });
const withOld = (...managedFields: Resource[]) => new OneObject(manifest({ a: '1', old: 'x' }, { managedFields }));
const apply = (server: OneObject, options: Partial<ApplyOptions> = {}) =>
  applyObject(server.api, kinds, object, 'stage-0', { fieldManager: 'us', provenance: NO_RELEASE, ...options });

test.each(['kubectl-client-side-apply', 'kubectl-create', 'kubectl-set', 'kubectl-edit', 'helm'])(
  'what %s has set and the manifest does not have is taken over, removed and reported',
  async (manager) => {
    const server = withOld(entry(manager, 'Update', 'a', 'old'));
    const applied = await apply(server);
    expect(applied).toMatchObject({ change: 'changed', removed: [{ field: '.data.old', live: 'x', managers: [manager] }] });
    expect(server.live.data).toEqual({ a: '1' });
    expect(server.asked).toEqual(['create (dry run)', 'apply (dry run)', 'patch', 'apply']);
    await apply(server);
    expect(server.asked.slice(4)).toEqual(['apply']);
  },
);

test('the annotation of kubectl apply is written, also where there was none', async () => {
  const server = new OneObject(manifest({ a: '1' }));
  await apply(server);
  expect(JSON.parse(server.live.metadata.annotations[LAST_APPLIED])).toMatchObject({ data: { a: '1' }, metadata: { namespace: 'shop' } });
});

test('a dry run shows what is removed, and writes nothing', async () => {
  const server = withOld(entry('kubectl-create', 'Update', 'a', 'old'));
  const applied = await apply(server, { isDryRun: true });
  expect(applied).toMatchObject({ change: 'changed', object: { data: { a: '1' } }, removed: [{ field: '.data.old' }] });
  expect(server.asked).toEqual(['create (dry run)', 'apply (dry run)', 'patch (dry run)']);
  expect(server.live.data).toEqual({ a: '1', old: 'x' });
});

test('a dry run compares contents, because the API server returns the version of the object in the cluster', async () => {
  const changed = new OneObject(manifest({ a: '2' }));
  expect(await apply(changed, { isDryRun: true })).toMatchObject({ change: 'changed' });
  const same = new OneObject(manifest({ a: '1' }));
  expect(await apply(same, { isDryRun: true })).toMatchObject({ change: 'unchanged' });
});

test('a field of another tool that applies is refused, and removed with force', async () => {
  const server = withOld(entry('gitops', 'Apply', 'old'));
  await expect(apply(server)).rejects.toMatchObject({
    code: 5,
    message: 'ConfigMap/settings: another server-side apply has a field that stage-0 does not have: .data.old: gitops set "x"',
  });
  expect(server.asked).toEqual(['create (dry run)']);
  await apply(server, { force: true });
  expect(server.live.data).toEqual({ a: '1' });
});

test('where the API server refuses the dry run of a new object, the managers of the fields decide', async () => {
  const server = withOld(entry('kubectl-set', 'Update', 'old'));
  server.refusesNew = true;
  await apply(server);
  expect(server.live.data).toEqual({ a: '1' });
  const webhook = new OneObject(manifest({ a: '1', added: 'x' }, { managedFields: [entry('us', 'Update', 'added')] }));
  webhook.refusesNew = true;
  await apply(webhook);
  expect(webhook.live.data).toEqual({ a: '1', added: 'x' });
});

describe('whose a value is', () => {
  const deployment = (replicas: number, fieldsV1?: Resource, more: Resource = {}): Resource => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', managedFields: fieldsV1 ? [{ manager: 'us', operation: 'Apply', fieldsV1 }] : [], ...more },
    spec: { replicas },
  });
  const ownership = (live: Resource, provenance = NO_RELEASE) => ({
    live,
    wanted: deployment(9),
    manifests: [deployment(3), deployment(9)],
    ourManager: 'us',
    provenance,
  });

  test('a count without an owner that no folder has is a conflict: an autoscaler can leave none', () => {
    expect(changedCount(ownership(deployment(5)))).toMatchObject({
      field: '.spec.replicas',
      manager: 'an unknown manager',
      live: 5,
      wanted: 9,
    });
  });

  test.each<[string, Resource]>([
    ['of a folder', deployment(3)],
    ['of this command', deployment(5, { 'f:spec': { 'f:replicas': {} } })],
    ['that is wanted', deployment(9)],
  ])('a count %s is none', (_, live) => expect(changedCount(ownership(live))).toBeUndefined());

  const objects = objectsOf(trees.next());
  const previous = objectsOf(trees.first());
  const key = previous.all.find(({ ref }) => ref.name === 'shop-a')!.key;
  const applied = (folder: string, manager: string, operation: string) =>
    new Map(
      [...liveFrom(previous, () => folder)].map(([name, live]) => {
        const fieldsV1 = {
          'f:metadata': { 'f:annotations': { 'f:cdk8s-canary/release': {} } },
          'f:spec': { 'f:template': {}, 'f:ports': {} },
        };
        return [name, { ...live, metadata: { ...(live['metadata'] as Resource), managedFields: [{ manager, operation, fieldsV1 }] } }];
      }),
    );
  const isOurs = (live: ReadonlyMap<string, Resource>, name: string, field: string, manager: string, folder = 'stage-0') => {
    const answer = { details: { causes: [{ reason: 'FieldManagerConflict', message: `conflict with "${manager}"`, field }] } };
    const one = objects.all.find((candidate) => candidate.key === name)!;
    const provenance = provenanceOf(objects, live, folder);
    return conflictsIn(answer, {
      live: live.get(name),
      wanted: one.manifests.get(folder)!,
      manifests: [...one.manifests.values()],
      ourManager: 'us',
      provenance,
    })![0]!.isOurs;
  };

  test.each([
    ['kubectl-client-side-apply', 'Update'],
    ['kubectl-create', 'Update'],
    ['kubectl', 'Apply'],
    ['argocd-controller', 'Apply'],
  ])('the values of the release before may be replaced if %s applied its folders', (manager, operation) => {
    const live = applied('promoted', manager, operation);
    expect(isOurs(live, key, '.spec.template', manager)).toBe(true);
    expect(isOurs(live, key, '.spec.template', 'kubectl-set')).toBe(false);
  });

  test('a value of the last kubectl apply may be replaced, and a later edit may not', () => {
    const live = applied('promoted', 'other', 'Update');
    const declared = withLastApplied(live.get(key)!, 'default');
    expect(isOurs(new Map([...live, [key, declared]]), key, '.spec.template', 'kubectl-create')).toBe(true);
    const edited = structuredClone(declared) as any;
    edited.spec.template.spec.containers[0].image = 'edited';
    expect(isOurs(new Map([...live, [key, edited]]), key, '.spec.template', 'kubectl-create')).toBe(false);
  });

  test('values of a Service may be replaced at the first folder of a release that follows another, and at no other', () => {
    const live = applied('promoted', 'kubectl-client-side-apply', 'Update');
    const service = objects.all.find(({ ref }) => ref.kind === 'Service')!.key;
    const found = structuredClone(live.get(service)!) as any;
    found.spec.ports[0].targetPort = 9;
    live.set(service, found);
    const field = '.spec.ports[port=80,protocol="TCP"].targetPort';
    expect(isOurs(live, service, field, 'kubectl-client-side-apply')).toBe(true);
    expect(isOurs(live, service, field, 'kubectl-edit')).toBe(false);
    expect(isOurs(live, service, field, 'kubectl-client-side-apply', 'stage-25')).toBe(false);
  });

  test('a value of this release that no folder has stays a conflict, whoever applied it', () => {
    const live = applied('promoted', 'kubectl-client-side-apply', 'Update');
    const found = structuredClone(live.get(key)!) as any;
    found.metadata.annotations['cdk8s-canary/release'] = objects.plan.pairs[0]!.release;
    live.set(key, found);
    expect(isOurs(live, key, '.spec.template', 'kubectl-client-side-apply')).toBe(false);
  });
});
