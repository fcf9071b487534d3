import { request } from '../../kit/api';
import { autoscaler } from '../../kit/autoscaler';
import { Task, campaign } from '../../kit/campaign';
import { RunningCommand } from '../../kit/command';
import { changesIn, deedsIn, short } from '../../kit/deeds';
import { FAST, Router, fastTree } from '../../kit/fast';
import { nth, requests } from '../../kit/faults';
import { calls } from '../../kit/faults/calls';
import { Lane } from '../../kit/lane';
import { scenario } from '../../kit/scenario';
import { Space } from '../../kit/space';
import { State, stateOf } from '../../kit/state';
import { Tree } from '../../kit/trees';
import { until } from '../../../support/command';

// F5, F10, F18: what others do to the objects of a rollout while it goes on, and what the API server does not let pass.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];
const HELD = ['run', '--yes', '--hold', '8s', '--settle', '0s', '--no-record', '--no-watch'];
const ROUTERS = ['pods', 'istio'] as const;

/** What somebody else does. */
type Deed = (space: Space, tree: Tree) => Promise<unknown>;

const scaled =
  (of: 'stable' | 'canary'): Deed =>
  (space, tree) =>
    space.kubectl('scale', `deploy/${tree[of]}`, '--replicas=4');

const imaged =
  (of: 'stable' | 'canary'): Deed =>
  (space, tree) =>
    space.kubectl('set', 'image', `deploy/${tree[of]}`, 'servicedemo=scubakiz/servicedemo:1.1');

/** Another manager applies a count of its own. */
const applied =
  (of: 'stable' | 'canary'): Deed =>
  (space, tree) => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: tree[of] }, spec: { replicas: 4 } };
    const words = ['apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', '-'];
    return space.kubectlWith(JSON.stringify(object), ...words);
  };

/** Does something just before the nth write to a Deployment: after it was looked at, and before the write is there. */
function inBetween(router: Router, n: number, of: 'stable' | 'canary', what: string, deed: Deed, wanted: State): Task {
  const tree = fastTree(router);
  const isWrite = requests('PATCH', new RegExp(`deployments/${tree[of]}$`));
  return {
    name: `${router}: ${what} of ${of} just before write ${n} to it`,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      const before = await stateOf(lane.space);
      const met = lane.proxy.plan(
        nth(n, (seen) => seen.write !== undefined && isWrite(seen)),
        calls('before', async () => void (await deed(lane.space, tree))),
      );
      const end = await lane.run(tree, RUN);
      outcome.ended(
        end,
        5,
        new RegExp(`stopped: Deployment/${tree[of]}.*: (a field has a value|fields have values) that no folder of this plan has`),
      );
      outcome.expect(met.met.length === 1, 'nothing was done');
      outcome.expect(/--force-conflicts/.test(end.stderr), `it does not say what can be done: ${end.stderr}`);
      const written = changesIn(lane.proxy.requests).filter(({ at, committed = 500 }) => at > met.met[0]!.at && committed < 300);
      outcome.expect(written.length === 0, `it wrote after that: ${written.map(short).join(', ')}`);
      const again = await lane.run(tree, [...RUN, '--force-conflicts']);
      outcome.expect(again.status === 0, `with --force-conflicts it ended with ${again.status}: ${again.stderr}`);
      await outcome.state(lane, wanted, before).catch((error: Error) => outcome.wrong.push(error.message));
    },
  };
}

async function promoted(space: Space, router: Router): Promise<State> {
  const lane = await Lane.open(space);
  await lane.begin(fastTree(router));
  expect((await lane.run(fastTree(router), RUN)).status).toBe(0);
  expect(deedsIn(lane.proxy.requests).length).toBeGreaterThan(8);
  await lane.atRest();
  const state = await stateOf(space);
  await lane.close();
  return state;
}

scenario(
  'F5: a field that somebody else sets between a look and a write is left to them',
  async (space) => {
    const tasks: Task[] = [];
    for (const router of ROUTERS) {
      const wanted = await promoted(space, router);
      for (const of of ['stable', 'canary'] as const) {
        for (const n of [1, 2, 3]) {
          tasks.push(
            inBetween(router, n, of, 'kubectl scale', scaled(of), wanted),
            inBetween(router, n, of, 'an apply', applied(of), wanted),
          );
        }
      }
    }
    await campaign(space, 'F5 kubectl scale and another manager, between a look and a write', tasks);
  },
  NEEDS,
);

/** What somebody may do while a stage is held, and by what it is known. */
const EDITS: Readonly<Record<string, { readonly deed: Deed; readonly says: RegExp; readonly routed?: boolean }>> = {
  'scales stable': { deed: scaled('stable'), says: /\.spec\.replicas 4|somebody else moved it/ },
  'scales the canary': { deed: scaled('canary'), says: /\.spec\.replicas 4|somebody else moved it/ },
  'gives stable another image': { deed: imaged('stable'), says: /canary-1-dep.*image.*kubectl-set/ },
  "gives the canary stable's image": {
    deed: (space, tree) => space.kubectl('set', 'image', `deploy/${tree.canary}`, 'servicedemo=scubakiz/servicedemo:1.2'),
    says: /canary-2-dep.*image.*kubectl-set/,
  },
  'deletes the Service': {
    deed: (space, tree) => space.kubectl('delete', 'service', tree.pair.service),
    says: /Service\/canary-svc was there, and somebody has deleted it/,
  },
  'deletes the canary': {
    deed: (space, tree) => space.kubectl('delete', 'deployment', tree.canary),
    says: /somebody else moved it|canary-2-dep is not there/,
  },
  'deletes the route': {
    deed: (space) => space.kubectl('delete', 'virtualservice', 'canary-vs'),
    says: /canary-vs is not there|somebody has deleted it|somebody else moved it/,
    routed: true,
  },
  'deletes the DestinationRule': {
    deed: (space) => space.kubectl('delete', 'destinationrule', 'canary-dr'),
    says: /canary-dr.*somebody has deleted it/,
    routed: true,
  },
  'changes the route': {
    deed: (space) => {
      const patch = [{ op: 'add', path: '/spec/http/1/route/0/weight', value: 37 }];
      return space.kubectl('patch', 'virtualservice', 'canary-vs', '--type=json', '--patch', JSON.stringify(patch));
    },
    says: /somebody else moved it|at no folder of this plan/,
    routed: true,
  },
  'pauses the canary': {
    deed: (space, tree) => space.kubectl('rollout', 'pause', `deploy/${tree.canary}`),
    says: /Paused \(somebody paused it/,
  },
  'pauses stable': {
    deed: (space, tree) => space.kubectl('rollout', 'pause', `deploy/${tree.stable}`),
    says: /Paused \(somebody paused it/,
  },
  'reverts by kubectl apply': {
    deed: (space, tree) =>
      space.kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', tree.path('stage-0')),
    says: /somebody else moved it/,
  },
  'lets an autoscaler have the canary': {
    deed: (space, tree) => space.applyText(JSON.stringify(autoscaler(tree.canary, 4))),
    says: /\.spec\.replicas 4|somebody else moved it/,
  },
};

function edited(router: Router, stage: string, name: string): Task {
  const tree = fastTree(router);
  const { deed, says } = EDITS[name]!;
  return {
    name: `${router}: at ${stage} somebody ${name}`,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      // An autoscaler looks every 15 s.
      const words = name.includes('autoscaler') ? HELD.map((word) => (word === '8s' ? '40s' : word)) : HELD;
      const command: RunningCommand = await lane.start(tree, words);
      await command.says(new RegExp(`${stage} holds for`));
      const written = changesIn(lane.proxy.requests).length;
      await deed(lane.space, tree);
      const done = await stateOf(lane.space);
      const end = await command.end;
      outcome.ended(end, [5, 6], says);
      const more = changesIn(lane.proxy.requests).slice(written);
      outcome.expect(more.length === 0, `it wrote after that: ${more.map(short).join(', ')}`);
      const left = await stateOf(lane.space);
      outcome.lost.push(...Object.keys(done).filter((key) => left[key]?.uid !== done[key]!.uid));
    },
  };
}

scenario(
  'F18: what somebody else does to the objects while a stage is held stops it, and nothing is written after that',
  async (space) => {
    const tasks = ROUTERS.flatMap((router) =>
      ['stage-50', 'stage-100'].flatMap((stage) =>
        Object.keys(EDITS)
          .filter((name) => router === 'istio' || !EDITS[name]!.routed)
          .map((name) => edited(router, stage, name)),
      ),
    );
    await campaign(space, 'F18 edits by hand, deletions, a pause, an autoscaler and a revert while a stage is held', tasks, 10);
  },
  NEEDS,
);

/** What the API server is told not to let pass: an object at a stage, as the labels of its namespace say. */
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

/** Denies an object at a folder, and waits until that is so. */
async function deny(space: Space, name: string, folder: string): Promise<void> {
  await space.kubectl('label', 'namespace', space.name, `deny-name=${name}`, `deny-stage=${folder.replace('/', '.')}`, '--overwrite');
  const body = JSON.stringify({ metadata: { annotations: { 'cdk8s-canary/stage': folder } } });
  await until('the policy to hold', 30, async () => {
    const path = `${space.path('apps/v1', 'deployments')}/${name}?dryRun=All`;
    const { status } = await request('PATCH', path, body, 'application/merge-patch+json');
    return status === 422 || undefined;
  });
}

const allow = (space: Space) => space.kubectl('label', 'namespace', space.name, 'deny-name-', 'deny-stage-');

function denied(router: Router, folder: string, name: string, wanted: State): Task {
  const tree = fastTree(router);
  const isBack = folder.startsWith('rollback/') || folder === 'stage-0';
  return {
    name: `${router}: ${name} of ${folder} is denied`,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      if (isBack) {
        expect(await lane.run(tree, [...RUN, '--until', 'stage-100'])).toMatchObject({ status: 0 });
      }
      const before = await stateOf(lane.space);
      await deny(lane.space, name, folder);
      lane.proxy.reset();
      const words = isBack ? ['rollback', '--settle', '0s'] : RUN;
      const end = await lane.run(tree, words);
      outcome.ended(end, isBack ? 8 : 6, new RegExp(`${name} of ${folder}: .*the policy of this test`));
      const denial = lane.proxy.requests.find(({ committed }) => committed === 422)!;
      const later = changesIn(lane.proxy.requests).filter(({ request: n }) => n > denial.request);
      outcome.expect(later.length === 0, `it wrote after that: ${later.map(short).join(', ')}`);
      const ofFolder = changesIn(lane.proxy.requests).filter((seen) => short(seen).endsWith(` ${folder}`));
      outcome.expect(ofFolder.length === 0, `a part of the folder was written: ${ofFolder.map(short).join(', ')}`);
      outcome.expect(!isBack || end.stderr.includes('kubectl apply --server-side'), `it does not say how by hand: ${end.stderr}`);
      await allow(lane.space);
      await until('the policy to hold no more', 30, async () => {
        const again = await lane.run(tree, words);
        return again.status === 0 || undefined;
      });
      await outcome.state(lane, wanted, before);
    },
  };
}

scenario(
  'F10: an object that admission does not let pass stops it where it is, and it goes on when it may',
  async (space) => {
    await space.applyText(
      policy()
        .map((object) => JSON.stringify(object))
        .join('\n---\n'),
    );
    try {
      const tasks: Task[] = [];
      for (const router of ROUTERS) {
        const tree = fastTree(router);
        const forward = await promoted(space, router);
        const lane = await Lane.open(space);
        await lane.begin(tree);
        await lane.run(tree, [...RUN, '--until', 'stage-100']);
        expect(await lane.run(tree, ['rollback', '--settle', '0s'])).toMatchObject({ status: 0 });
        await lane.atRest();
        const back = await stateOf(space);
        await lane.close();
        const { advance, rollback } = tree.plan.order;
        for (const folder of [...advance.slice(1), ...rollback['stage-100']!]) {
          const wanted = advance.slice(1).includes(folder) ? forward : back;
          tasks.push(denied(router, folder, tree.stable, wanted), denied(router, folder, tree.canary, wanted));
        }
      }
      await campaign(space, 'F10 an object that an admission policy denies, at every folder', tasks);
    } finally {
      await space.kubectl('delete', `validatingadmissionpolicybinding/${POLICY}`, `validatingadmissionpolicy/${POLICY}`);
    }
  },
  NEEDS,
);
