import { EnvValue } from 'cdk8s-plus-27';
import { DownwardApi, Promotion } from '../../../../lib';
import type { CommandEnd } from '../../kit/command';
import { FAST, QUICK, type Router, fastTree } from '../../kit/fast';
import { Fixture } from '../../kit/fixture';
import type { Namespace } from '../../kit/namespace';
import { scenario } from '../../kit/scenario';
import { TerminalWindow } from '../../kit/terminal';
import { type Tree, track, tutorial } from '../../kit/trees';

// What a release is: a rollback writes counts and routes and never templates, and a declaration that changes in flight is refused.

const NEEDS = { needs: ['images', 'istio', 'audit'] } as const;
const RUN = ['run', ...FAST];
const BACK = ['rollback', '--settle', '0s'];
const HOTFIX = { pod: { ...QUICK.pod, env: { ...DownwardApi.podIdentity(), HOTFIX: EnvValue.fromValue('on') } } };

/** The fast tree of a router with another pod template of both tracks, under the same versions. */
const edited = (router: Router, more: object = {}) => tutorial({ isRouted: router === 'istio', pair: { ...QUICK, ...HOTFIX, ...more } });

async function tracks(namespace: Namespace, tree: Tree) {
  const [stable, canary] = await Promise.all(
    [tree.stable, tree.canary].map(async (name) => (await namespace.object('apps/v1', 'deployments', name))['spec']),
  );
  return { replicas: [stable.replicas, canary.replicas], templates: JSON.stringify([stable.template, canary.template]) };
}

function ended({ status, stderr }: CommandEnd, wanted: number, says: RegExp = /(?:)/): void {
  expect({ status, stderr, isSaid: says.test(stderr) }).toEqual({ status: wanted, stderr, isSaid: true });
}

for (const router of ['pods', 'istio'] as const) {
  scenario(
    `a rollback by ${router} with an edited dist/ writes counts and routes and no template, from a stage and from promoted`,
    async (namespace) => {
      const [tree, changed] = [fastTree(router), edited(router)];
      const fixture = await Fixture.open(namespace);
      for (const until of ['stage-100', 'promoted']) {
        await fixture.begin(tree);
        ended(await fixture.run(tree, [...RUN, '--until', until]), 0);
        const before = await tracks(namespace, tree);
        if (until === 'stage-100') {
          ended(await fixture.run(changed, ['promote']), 3, /stable: the pod template of canary-1-dep differs .* at stage-100/);
        }
        ended(await fixture.run(changed, BACK), 0);
        expect(await tracks(namespace, tree)).toEqual({ replicas: [1, 0], templates: before.templates });
      }
      // At stage-0 the change is an ordinary one, and the rollout goes on from where the rollback ended.
      ended(await fixture.run(changed, RUN), 0);
      expect((await tracks(namespace, tree)).templates).toContain('HOTFIX');
      await fixture.close();
    },
    NEEDS,
  );
}

scenario(
  'a rollback of a roll restores the template that the cluster keeps, whatever dist/ has',
  async (namespace) => {
    const roll = { promotion: Promotion.ROLL };
    const [tree, changed] = [tutorial({ pair: { ...QUICK, ...roll } }), edited('pods', roll)];
    const fixture = await Fixture.open(namespace);
    await fixture.begin(tree);
    const before = await tracks(namespace, tree);
    ended(await fixture.run(tree, RUN), 0);
    ended(await fixture.run(changed, BACK), 0);
    expect(await tracks(namespace, tree)).toMatchObject({ replicas: [1, 0], templates: before.templates });
    await fixture.close();
  },
  NEEDS,
);

scenario(
  'in the middle of a rollout a changed declaration is refused, and a rollback works with it, with a scaled stable too',
  async (namespace) => {
    const tree = fastTree('pods');
    const renamed = tutorial({ pair: { ...QUICK, canary: track('canary-3-dep', '1.1', 'red') } });
    const resting = tutorial({ pair: { ...QUICK, canary: undefined, stages: undefined } });
    const relabelled = tutorial({ pair: { ...QUICK, selectorLabels: { app: 'other' } } });
    const fixture = await Fixture.open(namespace);
    await fixture.begin(tree);
    ended(
      await fixture.run(relabelled, RUN),
      3,
      /Deployment\/canary-1-dep: selector: .*\n +keep selectorLabels: \{ target: 'canary-pod' \}/,
    );
    ended(await fixture.run(tree, [...RUN, '--until', 'stage-50']), 0);
    ended(await fixture.run(renamed, RUN), 3, /canary\.name: got "canary-3-dep", but the rollout has "canary-2-dep"/);
    ended(await fixture.run(resting, RUN), 3, /canary: got nothing, but the rollout behind Service canary-svc .* has "canary-2-dep"/);
    // A hotfix of stable: its pods are replaced, and the rollout stays at the stage.
    const yellow = track('canary-1-dep', '1.0', 'yellow');
    const hotfix = tutorial({ pair: { ...QUICK, stable: { ...yellow, env: { ...yellow.env, HOTFIX: EnvValue.fromValue('on') } } } });
    ended(await fixture.run(hotfix, ['advance']), 3, /--accept-template stable/);
    ended(await fixture.run(hotfix, ['advance', '--accept-template', 'stable', '--settle', '0s']), 0, /at stage-50/);
    expect(await tracks(namespace, tree)).toEqual({ replicas: [1, 1], templates: expect.stringContaining('HOTFIX') as string });
    // The canary's count is the rollout's alone: a foreign one is refused as before.
    await namespace.kubectl('scale', `deploy/${tree.canary}`, '--replicas=4');
    ended(await fixture.run(tree, BACK), 3, /canary-2-dep has \.spec\.replicas 4/);
    await namespace.kubectl('scale', `deploy/${tree.canary}`, '--replicas=1');
    for (const other of [renamed, resting]) {
      await namespace.kubectl('scale', `deploy/${tree.stable}`, '--replicas=3');
      await fixture.atRest();
      ended(await fixture.run(other, BACK), 0, /keeps 3 pods/);
      expect((await tracks(namespace, tree)).replicas).toEqual([3, 0]);
      await namespace.kubectl('scale', `deploy/${tree.stable}`, '--replicas=1');
      ended(await fixture.run(tree, [...RUN, '--until', 'stage-50']), 0);
    }
    // Without the record in the Lease a newer dist/ cannot tell the way back, and says where the plan is.
    await namespace.kubectl('delete', 'lease', `canary-${tree.pair.service}`);
    ended(await fixture.run(renamed, BACK), 3, new RegExp(`git log --oneline -S${tree.pair.release} -- .*plan\\.json`));
    await fixture.close();
  },
  NEEDS,
);

scenario(
  'rollback --take-over takes a rollout from a run that waits for an answer, and that run ends and says by whom',
  async (namespace) => {
    const tree = fastTree('pods');
    const fixture = await Fixture.open(namespace);
    await fixture.begin(tree);
    const window = await TerminalWindow.open({ namespace: namespace.name, tree, columns: 200 });
    await window.type('kubectl canary run --hold 0 --settle 0s --no-watch --no-record');
    await window.shows(/stage-50: go on to stage-100\?[^]*● No/);
    ended(await fixture.run(tree, [...BACK, '--take-over']), 0);
    await window.shows(/this driver lost the lock to .+ \(pid \d+, run \w+\); this driver stopped writing/);
    expect(await window.exitCode()).toBe(4);
    expect((await tracks(namespace, tree)).replicas).toEqual([1, 0]);
    await window.close();
    await fixture.close();
  },
  { needs: ['images', 'audit', 'load'] },
);
