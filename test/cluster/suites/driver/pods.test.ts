import * as bad from '../../kit/bad-canaries';
import { Task, campaign } from '../../kit/campaign';
import { changesIn } from '../../kit/deeds';
import { FAST, QUICK, Router, fastTree } from '../../kit/fast';
import { Lane } from '../../kit/lane';
import { PodRecord } from '../../kit/pods';
import { scenario } from '../../kit/scenario';
import { Space } from '../../kit/space';
import { State, stateOf } from '../../kit/state';
import { Tree } from '../../kit/trees';

// F13 to F17: what becomes of a rollout when pods do not come up, go away, or were never well.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];
const ROUTERS = ['pods', 'istio'] as const;

/** The fewest ready pods of a track while something is done. */
async function fewestReady(space: Space, track: string, action: () => Promise<void>): Promise<number> {
  const record = await PodRecord.start(space);
  const begin = performance.now();
  await action();
  const moments = record.since(begin);
  await record.stop();
  return Math.min(...moments.map(({ tracks }) => tracks[track]?.ready ?? 0));
}

/** A canary that does not come up is taken back, for a reason that is named, and stable has served throughout. */
function takenBack(name: string, tree: Tree, says: RegExp, words: readonly string[], most: number, limit?: number): Task {
  return {
    name,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      const before = await stateOf(lane.space);
      if (limit !== undefined) {
        await lane.space.limitPods(limit);
      }
      const fewest = await fewestReady(lane.space, tree.stable, async () => {
        const end = await lane.run(tree, [...RUN, ...words], { timeout: most + 30 });
        outcome.ended(end, 7, says);
        outcome.expect(end.seconds < most, `it took ${end.seconds} s to say so`);
      });
      outcome.expect(fewest >= tree.pair.floor, `${fewest} of stable's pods were ready, and the floor is ${tree.pair.floor}`);
      await outcome.state(lane, before, before);
    },
  };
}

scenario(
  'F13, F14, F15: a canary that does not come up is taken back, and its cause is named',
  async (space) => {
    const late = ['--timeout', '20s'];
    const kinds = (isRouted: boolean): [string, Tree, RegExp, readonly string[], number, number?][] => [
      ['crashes at once', bad.crashingAtStart(isRouted, QUICK), /CrashLoop(BackOff)? \(/, [], 100],
      ['is ready, and then crashes', bad.crashing(isRouted, QUICK), /CrashLoop(BackOff)? \(/, ['--settle', '5s'], 120],
      ['has no image', bad.imageMissing(isRouted, QUICK), /ImagePullBackOff \(.*servicedemo:missing/, [], 60],
      ['has an image without a name', bad.imageNameInvalid(isRouted, QUICK), /InvalidImageName \(/, [], 30],
      ['needs a ConfigMap', bad.configMissing(isRouted, QUICK), /CreateContainerConfigError \(.*missing-settings/, [], 30],
      ['is never ready', bad.neverReady(isRouted, QUICK), /0 of 1 pods are ready, 0 take traffic after 20 s/, late, 45],
      ['has no node', bad.unschedulable(isRouted, QUICK), /0 of 1 pods are ready.*after 20 s \(Unschedulable/, late, 45],
      ['has no room', fastTree(isRouted ? 'istio' : 'pods'), /FailedCreate: .*exceeded quota/, late, 45, 1],
    ];
    const tasks = ROUTERS.flatMap((router) =>
      kinds(router === 'istio').map(([name, tree, says, words, most, limit]) =>
        takenBack(`${router}: a canary that ${name}`, tree, says, words, most, limit),
      ),
    );
    await campaign(space, 'F13, F14, F15 a canary that crashes, has no image, no settings, no node, no room, or is never ready', tasks, 9);
  },
  NEEDS,
);

async function promoted(space: Space, router: Router): Promise<State> {
  const lane = await Lane.open(space);
  await lane.begin(fastTree(router));
  expect((await lane.run(fastTree(router), RUN)).status).toBe(0);
  await lane.atRest();
  const state = await stateOf(space);
  await lane.close();
  return state;
}

/** Ways for a pod to go. */
const ENDS: Readonly<Record<string, (space: Space, pod: string) => Promise<unknown>>> = {
  'is deleted': (space, pod) => space.kubectl('delete', 'pod', pod, '--wait=false'),
  'is deleted by force': (space, pod) => space.kubectl('delete', 'pod', pod, '--force', '--grace-period=0', '--wait=false'),
  'is evicted': (space, pod) => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: space.name } };
    return space.kubectlWith(JSON.stringify(eviction), 'create', '--raw', `${space.path('v1', 'pods')}/${pod}/eviction`, '-f', '-');
  },
  'is lost with its node': async (space, pod) => {
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }];
    const patch = JSON.stringify({ status: { conditions } });
    await space.kubectl('patch', 'pod', pod, '--subresource=status', '--type=strategic', '--patch', patch);
    await space.kubectl('delete', 'pod', pod, '--wait=false');
  },
};

function goesOn(router: Router, stage: string, how: string, wanted: State): Task {
  const tree = fastTree(router);
  return {
    name: `${router}: at ${stage} the canary's pod ${how}`,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      const before = await stateOf(lane.space);
      const command = await lane.start(tree, ['run', '--yes', '--hold', '4s', '--settle', '1s', '--no-record', '--no-watch']);
      await command.says(new RegExp(`${stage} holds for`));
      const pods = await lane.space.list('v1', 'pods', `?labelSelector=cdk8s-canary/deployment%3D${tree.canary}`);
      await ENDS[how]!(lane.space, pods[0]!['metadata'].name as string);
      const end = await command.end;
      outcome.ended(end, 0);
      const held = end.stderr.split(`${stage} holds for`).length - 1;
      outcome.expect(held === 2, `${stage} was held ${held} times, and not anew: ${end.stderr}`);
      await outcome.state(lane, wanted, before);
    },
  };
}

scenario(
  "F16: where the canary's pod goes away, a stage is held anew, and the rollout goes on",
  async (space) => {
    const states = { pods: await promoted(space, 'pods'), istio: await promoted(space, 'istio') };
    const tasks = ROUTERS.flatMap((router) =>
      ['stage-50', 'stage-100'].flatMap((stage) => Object.keys(ENDS).map((how) => goesOn(router, stage, how, states[router]))),
    );
    await campaign(space, 'F16 a canary pod that is deleted, evicted or lost while a stage is held', tasks);
  },
  NEEDS,
);

/** Takes stable's pods away, and the room for new ones. */
async function breakStable(space: Space, tree: Tree): Promise<void> {
  await space.withoutPods();
  await space.kubectl('delete', 'pods', '-l', `cdk8s-canary/deployment=${tree.stable}`, '--wait=false');
}

/** Stable is not well: the rollout is paused where it is, and the canary is not blamed. */
function paused(router: Router, where: string, wanted: State): Task {
  const tree = fastTree(router);
  const isStart = where === 'stage-0';
  return {
    name: `${router}: stable breaks at ${where}`,
    body: async (lane, outcome) => {
      await lane.begin(tree);
      const before = await stateOf(lane.space);
      if (isStart) {
        await breakStable(lane.space, tree);
      }
      const command = await lane.start(tree, [
        'run',
        '--yes',
        '--hold',
        '6s',
        '--settle',
        '1s',
        '--timeout',
        '10s',
        '--no-record',
        '--no-watch',
      ]);
      if (!isStart) {
        await command.says(new RegExp(`${where} holds for`));
        await breakStable(lane.space, tree);
      }
      const written = changesIn(lane.proxy.requests).length;
      outcome.ended(await command.end, 6, new RegExp(`paused: ${tree.stable}: 0 of \\d+ pods are ready`));
      const more = changesIn(lane.proxy.requests).length - (isStart ? 0 : written);
      outcome.expect(more === 0, `it wrote ${more} times after stable was broken`);
      await lane.space.kubectl('delete', 'quota', 'pods');
      await lane.atRest();
      const again = await lane.run(tree, RUN);
      outcome.expect(again.status === 0, `begun again when stable was well, it ended with ${again.status}: ${again.stderr}`);
      await outcome.state(lane, wanted, before);
    },
  };
}

/** Stable's image is gone from the registry before there is a rollout. */
function neverWell(router: Router): Task {
  const tree = fastTree(router).changed((text) => text.replace(/(name: canary-1-dep[^]*?image: scubakiz\/servicedemo):1\.0/, '$1:missing'));
  return {
    name: `${router}: stable has no image`,
    body: async (lane, outcome) => {
      await lane.empty();
      await lane.space.apply(tree.path('stage-0'));
      const before = await stateOf(lane.space);
      outcome.ended(await lane.run(tree, RUN), 6, /paused: pod canary-1-dep-\S+: ImagePullBackOff/);
      outcome.expect(changesIn(lane.proxy.requests).length === 0, 'it wrote');
      outcome.lost.push(...Object.keys(before).filter((name) => before[name] === undefined));
    },
  };
}

scenario(
  'F17: where stable itself is not well, nothing goes on and the canary is not blamed',
  async (space) => {
    const states = { pods: await promoted(space, 'pods'), istio: await promoted(space, 'istio') };
    const tasks = ROUTERS.flatMap((router) => [
      neverWell(router),
      ...['stage-0', 'stage-50', ...(router === 'istio' ? ['stage-100'] : [])].map((where) => paused(router, where, states[router])),
    ]);
    await campaign(space, 'F17 stable broken at the start and in the middle', tasks);
  },
  NEEDS,
);
