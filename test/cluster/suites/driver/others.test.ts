import { request } from '../../kit/api';
import { autoscaler } from '../../kit/autoscaler';
import { type Task, campaign } from '../../kit/campaign';
import type { RunningCommand } from '../../kit/command';
import { changesIn, short, writesIn } from '../../kit/writes';
import { FAST, type Router, fastTree } from '../../kit/fast';
import { nth, requests } from '../../kit/faults';
import { calls } from '../../kit/faults/calls';
import { Fixture } from '../../kit/fixture';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type State, stateOf } from '../../kit/state';
import type { Tree } from '../../kit/trees';
import { undisturbed } from '../../kit/trials';
import { until } from '../../../support/command';

// F5, F10, F18: other users change the objects of a rollout while it runs, or admission rejects an object.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];
/** The hold must outlast the edit, which takes seconds on a busy machine. The edit ends it. */
const HELD = ['run', '--yes', '--hold', '25s', '--settle', '0s', '--no-record', '--no-watch'];
const ROUTERS = ['pods', 'istio'] as const;

/** A change by another user. */
type Edit = (namespace: Namespace, tree: Tree) => Promise<unknown>;

const scaled =
  (of: 'stable' | 'canary'): Edit =>
  (namespace, tree) =>
    namespace.kubectl('scale', `deploy/${tree[of]}`, '--replicas=4');

const imaged =
  (of: 'stable' | 'canary'): Edit =>
  (namespace, tree) =>
    namespace.kubectl('set', 'image', `deploy/${tree[of]}`, 'servicedemo=scubakiz/servicedemo:1.1');

/** Another manager applies a replica count of its own. */
const applied =
  (of: 'stable' | 'canary'): Edit =>
  (namespace, tree) => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: tree[of] }, spec: { replicas: 4 } };
    const words = ['apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', '-'];
    return namespace.kubectlWith(JSON.stringify(object), ...words);
  };

/** Makes a change just before the nth write to a Deployment: after the command has read the Deployment, but before its write arrives. */
function inBetween(router: Router, n: number, of: 'stable' | 'canary', what: string, edit: Edit, wanted: State): Task {
  const tree = fastTree(router);
  const isWrite = requests('PATCH', new RegExp(`deployments/${tree[of]}$`));
  return {
    name: `${router}: ${what} of ${of} just before write ${n} to it`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      const before = await stateOf(fixture.namespace);
      const met = fixture.proxy.plan(
        nth(n, (seen) => seen.write !== undefined && isWrite(seen)),
        calls('before', async () => void (await edit(fixture.namespace, tree))),
      );
      const end = await fixture.run(tree, RUN);
      outcome.ended(
        end,
        5,
        new RegExp(`stopped: Deployment/${tree[of]}.*: (a field has a value|fields have values) that no folder of this plan has`),
      );
      outcome.expect(met.met.length === 1, 'nothing was done');
      outcome.expect(/--force-conflicts/.test(end.stderr), `it does not say what can be done: ${end.stderr}`);
      const written = changesIn(fixture.proxy.requests).filter(({ at, committed = 500 }) => at > met.met[0]!.at && committed < 300);
      outcome.expect(written.length === 0, `it wrote after that: ${written.map(short).join(', ')}`);
      const again = await fixture.run(tree, [...RUN, '--force-conflicts']);
      outcome.expect(again.status === 0, `with --force-conflicts it ended with ${again.status}: ${again.stderr}`);
      await outcome.state(fixture, wanted, before).catch((error: Error) => outcome.wrong.push(error.message));
    },
  };
}

async function promoted(namespace: Namespace, router: Router): Promise<State> {
  const { requests, state } = await undisturbed(namespace, fastTree(router), RUN);
  expect(writesIn(requests).length).toBeGreaterThan(8);
  return state;
}

scenario(
  'F5: the driver does not overwrite a field that another client sets between its read and its write',
  async (namespace) => {
    const tasks: Task[] = [];
    for (const router of ROUTERS) {
      const wanted = await promoted(namespace, router);
      for (const of of ['stable', 'canary'] as const) {
        for (const n of [1, 2, 3]) {
          tasks.push(
            inBetween(router, n, of, 'kubectl scale', scaled(of), wanted),
            inBetween(router, n, of, 'an apply', applied(of), wanted),
          );
        }
      }
    }
    await campaign(namespace, 'F5 kubectl scale and another manager, between a look and a write', tasks);
  },
  NEEDS,
);

/** Changes by another user while a stage is held, and the message by which the command reports each. */
const EDITS: Readonly<Record<string, { readonly edit: Edit; readonly says: RegExp; readonly routed?: boolean }>> = {
  'scales stable': { edit: scaled('stable'), says: /\.spec\.replicas 4|another client changed the cluster/ },
  'scales the canary': { edit: scaled('canary'), says: /\.spec\.replicas 4|another client changed the cluster/ },
  'gives stable another image': { edit: imaged('stable'), says: /canary-1-dep.*image.*kubectl-set/ },
  "gives the canary stable's image": {
    edit: (namespace, tree) => namespace.kubectl('set', 'image', `deploy/${tree.canary}`, 'servicedemo=scubakiz/servicedemo:1.2'),
    says: /canary-2-dep.*image.*kubectl-set/,
  },
  'deletes the Service': {
    edit: (namespace, tree) => namespace.kubectl('delete', 'service', tree.pair.service),
    says: /another client deleted Service\/canary-svc/,
  },
  'deletes the canary': {
    edit: (namespace, tree) => namespace.kubectl('delete', 'deployment', tree.canary),
    says: /another client changed the cluster|another client deleted Deployment\/canary-2-dep|canary-2-dep does not exist/,
  },
  'deletes the route': {
    edit: (namespace) => namespace.kubectl('delete', 'virtualservice', 'canary-vs'),
    says: /canary-vs does not exist|another client deleted|another client changed the cluster/,
    routed: true,
  },
  'deletes the DestinationRule': {
    edit: (namespace) => namespace.kubectl('delete', 'destinationrule', 'canary-dr'),
    says: /another client deleted .*canary-dr/,
    routed: true,
  },
  'changes the route': {
    edit: (namespace) => {
      const patch = [{ op: 'add', path: '/spec/http/1/route/0/weight', value: 37 }];
      return namespace.kubectl('patch', 'virtualservice', 'canary-vs', '--type=json', '--patch', JSON.stringify(patch));
    },
    says: /another client changed the cluster|at no folder of this plan/,
    routed: true,
  },
  'pauses the canary': {
    edit: (namespace, tree) => namespace.kubectl('rollout', 'pause', `deploy/${tree.canary}`),
    says: /Paused \(the Deployment is paused/,
  },
  'pauses stable': {
    edit: (namespace, tree) => namespace.kubectl('rollout', 'pause', `deploy/${tree.stable}`),
    says: /Paused \(the Deployment is paused/,
  },
  'reverts by kubectl apply': {
    edit: (namespace, tree) =>
      namespace.kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', tree.path('stage-0')),
    says: /another client changed the cluster/,
  },
  'adds an autoscaler for the canary': {
    edit: (namespace, tree) => namespace.applyText(JSON.stringify(autoscaler(tree.canary, 4))),
    says: /\.spec\.replicas 4|another client changed the cluster/,
  },
};

function edited(router: Router, stage: string, name: string): Task {
  const tree = fastTree(router);
  const { edit, says } = EDITS[name]!;
  return {
    name: `${router}: at ${stage} another client ${name}`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      // By default an autoscaler acts every 15 s; on our own cluster it acts every 2 s.
      const words = name.includes('autoscaler') ? HELD.map((word) => (word === '25s' ? '40s' : word)) : HELD;
      const command: RunningCommand = await fixture.start(tree, words);
      await command.says(new RegExp(`hold ${stage} for`));
      const written = changesIn(fixture.proxy.requests).length;
      await edit(fixture.namespace, tree);
      const done = await stateOf(fixture.namespace);
      const end = await command.end;
      outcome.ended(end, [5, 6], says);
      const more = changesIn(fixture.proxy.requests).slice(written);
      outcome.expect(more.length === 0, `it wrote after that: ${more.map(short).join(', ')}`);
      const left = await stateOf(fixture.namespace);
      outcome.lost.push(...Object.keys(done).filter((key) => left[key]?.uid !== done[key]!.uid));
    },
  };
}

scenario(
  'F18: the driver stops and writes nothing more if another client changes the objects while a stage is held',
  async (namespace) => {
    const tasks = ROUTERS.flatMap((router) =>
      ['stage-50', 'stage-100'].flatMap((stage) =>
        Object.keys(EDITS)
          .filter((name) => router === 'istio' || !EDITS[name]!.routed)
          .map((name) => edited(router, stage, name)),
      ),
    );
    await campaign(namespace, 'F18 edits by hand, deletions, a pause, an autoscaler and a revert while a stage is held', tasks, 10);
  },
  NEEDS,
);

/** The policy that rejects a Deployment at a stage. Labels of the namespace select the Deployment and the stage. */
const POLICY = 'canary-denied';

function policy() {
  const label = (name: string) => `namespaceObject.metadata.labels['${name}']`;
  const stage = "object.metadata.annotations['cdk8s-canary/stage']";
  const isDenied = `object.metadata.name == ${label('deny-name')} && has(object.metadata.annotations) && 'cdk8s-canary/stage' in object.metadata.annotations && ${stage}.replace('/', '.') == ${label('deny-stage')}`;
  const rule = { apiGroups: ['apps'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: POLICY },
      spec: {
        failurePolicy: 'Ignore',
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: `!(${isDenied})`, message: 'the policy of this test' }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: POLICY },
      spec: {
        policyName: POLICY,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchExpressions: [{ key: 'deny-name', operator: 'Exists' }] } },
      },
    },
  ];
}

/** Makes the policy deny a Deployment at a folder, and waits until the policy is in effect. */
async function deny(namespace: Namespace, name: string, folder: string): Promise<void> {
  await namespace.kubectl(
    'label',
    'namespace',
    namespace.name,
    `deny-name=${name}`,
    `deny-stage=${folder.replace('/', '.')}`,
    '--overwrite',
  );
  const body = JSON.stringify({ metadata: { annotations: { 'cdk8s-canary/stage': folder } } });
  await until('the policy to hold', 30, async () => {
    const path = `${namespace.path('apps/v1', 'deployments')}/${name}?dryRun=All`;
    const { status } = await request('PATCH', path, body, 'application/merge-patch+json');
    return status === 422 || undefined;
  });
}

const allow = (namespace: Namespace) => namespace.kubectl('label', 'namespace', namespace.name, 'deny-name-', 'deny-stage-');

function denied(router: Router, folder: string, name: string, wanted: State): Task {
  const tree = fastTree(router);
  const isBack = folder.startsWith('rollback/') || folder === 'stage-0';
  return {
    name: `${router}: ${name} of ${folder} is denied`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      if (isBack) {
        expect(await fixture.run(tree, [...RUN, '--until', 'stage-100'])).toMatchObject({ status: 0 });
      }
      const before = await stateOf(fixture.namespace);
      await deny(fixture.namespace, name, folder);
      fixture.proxy.reset();
      const words = isBack ? ['rollback', '--settle', '0s'] : RUN;
      const end = await fixture.run(tree, words);
      outcome.ended(end, isBack ? 8 : 6, new RegExp(`${name} of ${folder}: .*the policy of this test`));
      const denial = fixture.proxy.requests.find(({ committed }) => committed === 422)!;
      const later = changesIn(fixture.proxy.requests).filter(({ request: n }) => n > denial.request);
      outcome.expect(later.length === 0, `it wrote after that: ${later.map(short).join(', ')}`);
      const ofFolder = changesIn(fixture.proxy.requests).filter((seen) => short(seen).endsWith(` ${folder}`));
      outcome.expect(ofFolder.length === 0, `a part of the folder was written: ${ofFolder.map(short).join(', ')}`);
      outcome.expect(!isBack || end.stderr.includes('kubectl patch --type=merge'), `it does not say how by hand: ${end.stderr}`);
      await allow(fixture.namespace);
      await until('the policy to hold no more', 30, async () => {
        const again = await fixture.run(tree, words);
        return again.status === 0 || undefined;
      });
      await outcome.state(fixture, wanted, before);
    },
  };
}

scenario(
  'F10: the driver stops at an object that admission denies, and continues when admission allows it',
  async (namespace) => {
    await namespace.applyText(
      policy()
        .map((object) => JSON.stringify(object))
        .join('\n---\n'),
    );
    try {
      const tasks: Task[] = [];
      for (const router of ROUTERS) {
        const tree = fastTree(router);
        const forward = await promoted(namespace, router);
        const fixture = await Fixture.open(namespace);
        await fixture.begin(tree);
        await fixture.run(tree, [...RUN, '--until', 'stage-100']);
        expect(await fixture.run(tree, ['rollback', '--settle', '0s'])).toMatchObject({ status: 0 });
        await fixture.atRest();
        const back = await stateOf(namespace);
        await fixture.close();
        const { advance, rollback } = tree.plan.order;
        for (const folder of [...advance.slice(1), ...rollback['stage-100']!]) {
          const wanted = advance.slice(1).includes(folder) ? forward : back;
          tasks.push(denied(router, folder, tree.stable, wanted), denied(router, folder, tree.canary, wanted));
        }
      }
      await campaign(namespace, 'F10 an object that an admission policy denies, at every folder', tasks);
    } finally {
      await namespace.kubectl('delete', `validatingadmissionpolicybinding/${POLICY}`, `validatingadmissionpolicy/${POLICY}`);
    }
  },
  NEEDS,
);
