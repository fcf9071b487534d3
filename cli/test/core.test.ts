import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { duration, number } from '../src/commands/common';
import { contains, differences } from '../src/core/kubernetes/compare';
import { conflictsIn } from '../src/core/kubernetes/conflict';
import { valueAt } from '../src/core/kubernetes/field-value';
import type { Resource } from '../src/core/resource';
import { type RolloutState, heldLease, holderOf, releasedLease, stateOf, withState } from '../src/core/kubernetes/lease';
import { varyingPaths } from '../src/core/kubernetes/objects';
import { readPlan } from '../src/core/plan/plan';
import { UsageError } from '../src/core/errors';
import { type Failure, passes, retryDelay } from '../src/core/kubernetes/retry';
import { permissionsFor, permissionsText } from '../src/core/kubernetes/permissions';
import { stageNamed } from '../src/core/plan/path';
import { objectsOf, trees } from './trees';

/** The provenance of a cluster that had no release before. */
const NO_RELEASE = { releases: new Set<string>(), appliers: new Set<string>(), isSuccessor: false, services: new Set<string>() };

describe('durations', () => {
  test.each([
    ['0', 0],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
  ])('%s', (text, milliseconds) => expect(duration(text)).toBe(milliseconds));

  test.each(['', '5', '5 min', '-3s', 's', '5m ', '1x', '5m3'])('%p is refused', (text) => {
    expect(() => duration(text)).toThrow(`got ${JSON.stringify(text)}; must be a duration such as 30s, 5m or 1m30s`);
  });

  test.each(['', 'x', '-1', '101', 'NaN', 'Infinity'])('number %p is refused', (text) => {
    expect(() => number(0, 100)(text)).toThrow('must be a number from 0 to 100');
  });
});

describe('retries', () => {
  const status = (code: number, message = '', retryAfterSeconds?: number): Failure => ({
    kind: 'status',
    status: code,
    message,
    retryAfterSeconds,
  });

  test.each<[string, Failure, boolean]>([
    ['no response', { kind: 'network', message: 'socket hang up' }, true],
    ['429', status(429), true],
    ['503', status(503), true],
    ['504', status(504), true],
    ['a webhook that is down', status(500, 'Internal error occurred: failed calling webhook "x": connection refused'), true],
    ['a leader election in etcd', status(500, 'etcdserver: leader changed'), true],
    [
      'an unknown field, which is also a 500',
      status(500, 'failed to create typed patch object: .spec.replicaz: field not declared in schema'),
      false,
    ],
    ['403', status(403), false],
    ['409', status(409), false],
    ['422', status(422), false],
  ])('%s', (_, failure, isPassing) => {
    expect(passes(failure)).toBe(isPassing);
    expect(retryDelay(failure, 1, 60_000, 0.5) !== undefined).toBe(isPassing);
  });

  test('the delay grows to at most 5 s, is as long as the server asks, and never exceeds the time that is left', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        (attempt, chance, asked) => {
          const delay = retryDelay(status(429, '', asked), attempt, 100_000, chance)!;
          expect(delay).toBeGreaterThanOrEqual(asked * 1_000);
          expect(delay).toBeLessThanOrEqual(Math.max(5_000, asked * 1_250));
          expect(retryDelay(status(429, '', asked), attempt, delay - 1, chance)).toBeUndefined();
        },
      ),
    );
  });
});

describe('differences between a live object and its manifest', () => {
  const manifest = {
    metadata: { labels: { track: 'stable' }, annotations: {} },
    spec: {
      replicas: 3,
      containers: [{ name: 'web', image: 'a:1', resources: { requests: { cpu: '1000m', memory: '1Gi' } } }],
      ports: [{ port: 80 }],
    },
  };
  const live = {
    metadata: { labels: { track: 'stable', other: 'x' }, uid: '7' },
    spec: {
      replicas: 3,
      paused: false,
      containers: [
        { name: 'proxy', image: 'p' },
        { name: 'web', image: 'a:1', resources: { requests: { cpu: '1', memory: '1024Mi' } }, terminationMessagePath: '/x' },
      ],
      ports: [{ port: 80, protocol: 'TCP' }],
    },
  };

  test('defaults, fields of other managers, sidecars and other spellings of a quantity are not differences', () => {
    expect(differences(live, manifest)).toEqual([]);
  });

  test.each<[string, (spec: any) => void, string]>([
    ['a replica count', (spec) => (spec.replicas = 7), '.spec.replicas'],
    ['an image', (spec) => (spec.containers[1].image = 'a:2'), '.spec.containers[web].image'],
    ['a quantity', (spec) => (spec.containers[1].resources.requests.memory = '1G'), '.spec.containers[web].resources.requests.memory'],
    ['an additional port', (spec) => spec.ports.push({ port: 81 }), '.spec.ports'],
    ['a missing container', (spec) => spec.containers.splice(1, 1), '.spec.containers[web]'],
  ])('%s is a difference', (_, change, field) => {
    const changed = structuredClone(live);
    change(changed.spec);
    expect(differences(changed, manifest).map((one) => one.field)).toEqual([field]);
  });

  test('any JSON value contains a copy of itself', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => contains(structuredClone(value), value)));
  });

  test('text that looks like a number is compared as text', () => {
    expect(contains('1.0', '1')).toBe(false);
    expect(contains('v1', 'v2')).toBe(false);
  });
});

describe('field paths of server-side apply', () => {
  const object = {
    metadata: { labels: { 'app.kubernetes.io/name': 'shop', app: { kubernetes: 1 } }, finalizers: ['a', 'b'] },
    spec: {
      replicas: 3,
      ports: [
        { port: 80, protocol: 'TCP', targetPort: 8080 },
        { port: 81, protocol: 'UDP' },
      ],
      containers: [{ name: 'we"b]', args: ['x', 'y'], env: [{ name: 'A', value: '1' }] }],
    },
  };
  test.each<[string, unknown]>([
    ['.spec.replicas', 3],
    ['.metadata.labels.app.kubernetes.io/name', 'shop'],
    ['.spec.ports[port=80,protocol="TCP"].targetPort', 8080],
    ['.spec.ports[port=81,protocol="UDP"].port', 81],
    ['.spec.containers[name="we\\"b]"].args[1]', 'y'],
    ['.spec.containers[name="we\\"b]"].env[name="A"].value', '1'],
    ['.metadata.finalizers[="b"]', 'b'],
    ['.metadata.finalizers[="c"]', undefined],
    ['.spec.nothing', undefined],
    ['.spec.ports[port=99].targetPort', undefined],
    ['', object],
  ])('%s', (field, value) => expect(valueAt(object, field)).toEqual(value));

  test('any text is accepted as a field path', () => {
    fc.assert(fc.property(fc.string(), fc.jsonValue(), (field, value) => void valueAt(value, field)));
  });

  test('a conflict is ours if a folder of the plan has the live value, and foreign otherwise', () => {
    const answer = {
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1', field: '.spec.replicas' }] },
    };
    const manifests = [{ spec: { replicas: 3 } }, { spec: { replicas: 9 } }];
    const owned = (live: Resource) => ({ live, wanted: manifests[1]!, manifests, ourManager: 'us', provenance: NO_RELEASE });
    expect(conflictsIn(answer, owned({ spec: { replicas: 3 } }))).toEqual([
      { field: '.spec.replicas', manager: 'kubectl', live: 3, wanted: 9, isOurs: true },
    ]);
    expect(conflictsIn(answer, owned({ spec: { replicas: 5 } }))).toMatchObject([{ isOurs: false }]);
    expect(conflictsIn({ reason: 'Conflict', message: 'the object has been modified' }, owned({}))).toBeUndefined();
  });

  test('a list that another manager owns and that is not there has no value to lose', () => {
    const field = '.spec.volumes';
    const answer = { details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field }] } };
    const owned = { live: { spec: {} }, wanted: { spec: { volumes: [] } }, manifests: [], ourManager: 'us', provenance: NO_RELEASE };
    expect(conflictsIn(answer, owned)).toMatchObject([{ field, isOurs: true }]);
  });

  const applied = (fieldsV1: Resource, manager = 'us', operation = 'Apply') => ({
    metadata: { managedFields: [{ manager, operation, fieldsV1 }] },
  });
  const env = { 'f:containers': { 'k:{"name":"we\\"b]"}': { '.': {}, 'f:env': { 'k:{"name":"A"}': { 'f:value': {} } } } } };
  test.each<[string, string, Resource, boolean]>([
    ['applied by this command', '.spec.replicas', applied({ 'f:spec': { 'f:replicas': {} } }), true],
    ['applied by another manager', '.spec.replicas', applied({ 'f:spec': { 'f:replicas': {} } }, 'kubectl'), false],
    ['set by this manager, but not by an apply', '.spec.replicas', applied({ 'f:spec': { 'f:replicas': {} } }, 'us', 'Update'), false],
    ['another field of the same object', '.spec.replicas', applied({ 'f:spec': { 'f:paused': {} } }), false],
    ['another field whose name begins in the same way', '.spec.replicas', applied({ 'f:spec': { 'f:rep': {} } }), false],
    [
      'a name with dots',
      '.metadata.labels.app.kubernetes.io/name',
      applied({ 'f:metadata': { 'f:labels': { 'f:app': {}, 'f:app.kubernetes.io/name': {} } } }),
      true,
    ],
    ['a list item, by its key', '.spec.containers[name="we\\"b]"].env[name="A"].value', applied({ 'f:spec': env }), true],
    ['another list item', '.spec.containers[name="we\\"b]"].env[name="B"].value', applied({ 'f:spec': env }), false],
    [
      'a list item with two keys',
      '.spec.ports[port=80,protocol="TCP"].name',
      applied({ 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:name': {} } } } }),
      true,
    ],
    [
      'a list item with two keys, one of which differs',
      '.spec.ports[port=80,protocol="UDP"].name',
      applied({ 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:name': {} } } } }),
      false,
    ],
    ['an item of a set', '.metadata.finalizers[="b"]', applied({ 'f:metadata': { 'f:finalizers': { 'v:"b"': {} } } }), true],
    ['a list item, by its index', '.spec.args[1]', applied({ 'f:spec': { 'f:args': { 'i:1': {} } } }), true],
    ['no managedFields', '.spec.replicas', {}, false],
    ['an annotation of cdk8s-canary', '.metadata.annotations.cdk8s-canary/release', {}, true],
    ['an annotation with a similar name', '.metadata.annotations.example/cdk8s-canary/release', {}, false],
  ])('whether the previous release owns a field: %s', (_, field, live, isOurs) => {
    const answer = { details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field }] } };
    expect(conflictsIn(answer, { live, wanted: {}, manifests: [], ourManager: 'us', provenance: NO_RELEASE })).toMatchObject([
      { field, isOurs },
    ]);
  });
});

describe('fields that vary between folders', () => {
  test('a Deployment varies in its counts and annotations, and a route in its list of rules', () => {
    const paths = (kind: string) =>
      objectsOf(trees.istio())
        .telling.filter(({ ref }) => ref.kind === kind)
        .map(({ varying }) => varying.map((path) => path.join('.')));
    expect(paths('VirtualService')).toEqual([['spec.http']]);
    expect(paths('Deployment')[1]).toContain('spec.replicas');
    expect(paths('Service')).toEqual([]);
  });

  test('nothing varies in equal manifests', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (manifest) =>
        expect(varyingPaths([manifest, structuredClone(manifest)])).toEqual([]),
      ),
    );
  });
});

describe('content of a Lease', () => {
  test('a held Lease has a holder, and a released one has none', () => {
    expect(holderOf({ spec: { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: 't' } })).toEqual({
      identity: 'me',
      since: 't',
      seconds: 15,
    });
    expect(holderOf({ spec: { holderIdentity: '' } })).toBeUndefined();
    expect(holderOf(undefined)).toBeUndefined();
  });

  const write = { name: 'canary-web', identity: 'me', now: 'T2' };

  test.each([
    ['a new Lease', undefined, { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: 'T2', renewTime: 'T2', leaseTransitions: 1 }],
    [
      'a renewed Lease keeps the time of its acquisition and its other fields',
      {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: 'T1',
        renewTime: 'T1',
        leaseTransitions: 4,
        strategy: 'OldestEmulationVersion',
      },
      {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: 'T1',
        renewTime: 'T2',
        leaseTransitions: 4,
        strategy: 'OldestEmulationVersion',
      },
    ],
    [
      'a Lease that was released counts one more transition',
      { holderIdentity: '', leaseDurationSeconds: 15, acquireTime: 'T1', renewTime: 'T1', leaseTransitions: 4 },
      { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: 'T2', renewTime: 'T2', leaseTransitions: 5 },
    ],
    [
      'a Lease of another driver gets our duration',
      { holderIdentity: 'another', leaseDurationSeconds: 60, acquireTime: 'T1', renewTime: 'T1' },
      { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: 'T2', renewTime: 'T2', leaseTransitions: 1 },
    ],
  ])('a write: %s', (_what, before, after) => {
    const seen = before && { kind: 'Lease', metadata: { name: 'canary-web', resourceVersion: '7' }, spec: before };
    const fresh = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'canary-web' } };
    expect(heldLease(seen, write)).toEqual({ ...(seen ?? fresh), spec: after });
  });

  test('a released Lease has no holder, and keeps its version and all else', () => {
    const held = heldLease({ metadata: { name: 'canary-web', resourceVersion: '7' }, spec: {} }, write);
    expect(releasedLease(held)).toEqual({ ...held, spec: { ...(held['spec'] as Resource), holderIdentity: '' } });
  });

  test('a saved state replaces the one before, and a record that is not given stays', () => {
    const state: RolloutState = { version: 1, run: 'r', release: 'r', direction: 'advance', to: 'stage-10', by: 'me', at: 'T2' };
    const first = withState({ metadata: { name: 'canary-web', annotations: { a: 'b' } } }, state, 'steps');
    const second = withState(first, { ...state, to: 'stage-25' });
    expect([first, second].map((lease) => stateOf(lease)?.to)).toEqual(['stage-10', 'stage-25']);
    expect(second).toMatchObject({ metadata: { name: 'canary-web', annotations: { a: 'b', 'cdk8s-canary/rollback': 'steps' } } });
  });

  test('any annotation text is accepted, and only a valid state is read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const state = stateOf({ metadata: { annotations: { 'cdk8s-canary/rollout': text } } });
        expect(state === undefined || state.version === 1).toBe(true);
      }),
    );
  });
});

describe('plan.json', () => {
  const text = readFileSync(resolve(__dirname, '../../dist/plan.json'), 'utf8');

  test('the output of a synth is read', () => expect(readPlan(text, 'plan.json').order.advance).toContain('stage-10'));

  test.each<[string, (plan: any) => void, string]>([
    ['a newer version of the format', (plan) => (plan.version = 2), 'plan.json: version: got 2; must be 1; try a newer kubectl-canary'],
    ['a missing version', (plan) => delete plan.version, 'plan.json: version: got nothing; must be present'],
    [
      'a folder outside the tree',
      (plan) => (plan.order.advance[1] = '../../etc'),
      'plan.json: order.advance[1]: got "../../etc"; must be like stage-10',
    ],
    [
      'an absolute file path',
      (plan) => (plan.files['/etc/x.yaml'] = 'sha256:0'),
      'plan.json: files: got "/etc/x.yaml"; must be like stage-0/app.yaml',
    ],
    ['a malformed weight', (plan) => (plan.stages[0].weight = '10 %'), 'plan.json: stages[0].weight: got "10 %"; must be like 1/10'],
    [
      'a negative count',
      (plan) => (plan.pairs[0].states['stage-0'].stable = -1),
      'plan.json: pairs[0].states.stage-0.stable: got -1; must be an integer, 0 or more',
    ],
    ['a folder without a state', (plan) => delete plan.pairs[0].states.promoted, 'promoted is missing'],
    [
      'a stage that is not in the order',
      (plan) => (plan.stages[0].folder = 'stage-11'),
      'plan.json: stages[0].folder: got "stage-11"; must be in order.advance',
    ],
    ['a pair without a Service', (plan) => delete plan.pairs[0].service, 'plan.json: pairs[0].service: got nothing; must be present'],
    [
      'an alpha that is not a number',
      (plan) => (plan.pairs[0].gates.alpha = '5 %'),
      'plan.json: pairs[0].gates.alpha: got "5 %"; must be a number, more than 0 and 0.5 or less',
    ],
    [
      'a latency gate without quantiles',
      (plan) => (plan.pairs[0].gates.latency.quantiles = []),
      'plan.json: pairs[0].gates.latency.quantiles: got []; must have 1 item or more',
    ],
    [
      'a quantile as a percentage',
      (plan) => plan.pairs[0].gates.latency.quantiles.push(95),
      'plan.json: pairs[0].gates.latency.quantiles[1]: got 95; must be a number, more than 0 and less than 1',
    ],
    ['a gate that never fails', (plan) => (plan.pairs[0].gates.alpha = 0), 'pairs[0].gates.alpha: got 0; must be a number, more than 0'],
    ['a gate that always passes', (plan) => (plan.pairs[0].gates.beta = 1), 'pairs[0].gates.beta: got 1; must be a number, more than 0'],
    ['an unknown key', (plan) => (plan.pairs[0].gates.gamma = 1), 'pairs[0].gates.gamma: got 1; must be left out'],
    ['a key that is not a URI', (plan) => (plan.files['%'] = {}), 'plan.json: files.%: got {}'],
    ['an unknown router', (plan) => (plan.pairs[0].router = 'nginx'), 'pairs[0].router: got "nginx"; must be pods or istio'],
    ['a list of pairs that is not a list', (plan) => (plan.pairs = 'x'), 'plan.json: pairs: got "x"; must be a list'],
  ])('%s is refused', (_, change, message) => {
    const plan = JSON.parse(text);
    change(plan);
    expect(() => readPlan(JSON.stringify(plan), 'plan.json')).toThrow(message);
  });

  test('a pair at rest beside one with a rollout is read, although it has a state in stage-0 only', () => {
    const plan = JSON.parse(text);
    const { canary: _, gates: __, ...pair } = plan.pairs[0];
    plan.pairs.push({ ...pair, path: 'rest', stages: [], costs: {}, transitions: [], states: { 'stage-0': pair.states['stage-0'] } });
    expect(readPlan(JSON.stringify(plan), 'plan.json').pairs.map(({ path }) => path)).toEqual([pair.path, 'rest']);
  });

  test('text that is not JSON is refused', () => expect(() => readPlan('{', 'plan.json')).toThrow('plan.json: not JSON'));

  test('a plan with any value changed is read or refused with a UsageError', () => {
    const paths = (value: unknown, path: (string | number)[] = []): (string | number)[][] =>
      typeof value === 'object' && value !== null
        ? [path, ...Object.entries(value).flatMap(([key, item]) => paths(item, [...path, key]))]
        : [path];
    const all = paths(JSON.parse(text)).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.oneof(fc.jsonValue(), fc.constant(undefined)), (path, value) => {
        const plan = JSON.parse(text);
        const parent = path.slice(0, -1).reduce((at, key) => at[key], plan);
        parent[path.at(-1)!] = value;
        try {
          readPlan(JSON.stringify(plan), 'plan.json');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('permissions', () => {
  const plurals: Readonly<Record<string, string>> = { Service: 'services', Deployment: 'deployments' };
  const rights = (use: 'look' | 'try' | 'apply') =>
    permissionsText(
      permissionsFor(objectsOf(trees.pods()), use, ({ apiVersion, kind }) => ({
        group: apiVersion.includes('/') ? apiVersion.split('/')[0]! : '',
        plural: plurals[kind]!,
      })),
    );

  test('a command that only reads needs no write permission', () => {
    expect(rights('look')).toBe(
      'get services in default; get, list, watch deployments.apps in default; list, watch replicasets.apps in default; list, watch pods in default; list, watch endpointslices.discovery.k8s.io in default',
    );
  });

  test('a command that applies needs no access to secrets, exec or logs, and no delete', () => {
    expect(rights('apply')).toMatch(
      /^get, patch, create services in default; .*get, update, create leases\.coordination\.k8s\.io in default$/,
    );
    expect(rights('apply')).not.toMatch(/secret|exec|log|delete/);
  });
});

test('a stage name can be abbreviated', () => {
  const { plan } = trees.pods();
  expect([stageNamed(plan, '10'), stageNamed(plan, 'stage-10'), stageNamed(plan, '10%'), stageNamed(plan, 'promoted')]).toEqual([
    'stage-10',
    'stage-10',
    'stage-10',
    'promoted',
  ]);
  expect(() => stageNamed(plan, '11')).toThrow(
    'STAGE: got "11"; must be one of stage-0, stage-10, stage-25, stage-50, stage-100, promoted',
  );
});
