import * as bad from '../../kit/bad-canaries';
import { type Task, campaign } from '../../kit/campaign';
import { changesIn } from '../../kit/writes';
import { FAST, QUICK, type Router, fastTree } from '../../kit/fast';
import { PodRecord } from '../../kit/pods';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type State, stateOf } from '../../kit/state';
import type { Tree } from '../../kit/trees';
import { undisturbed } from '../../kit/trials';

// F13 to F17: pods do not become ready, disappear, or were never healthy.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];
const ROUTERS = ['pods', 'istio'] as const;

/** Runs an action and returns the fewest ready pods of a track meanwhile. */
async function fewestReady(namespace: Namespace, track: string, action: () => Promise<void>): Promise<number> {
  const record = await PodRecord.start(namespace);
  const begin = performance.now();
  await action();
  const moments = record.since(begin);
  await record.stop();
  return Math.min(...moments.map(({ tracks }) => tracks[track]?.ready ?? 0));
}

/** A canary that does not become ready is rolled back. The command names the reason, and stable serves throughout. */
function takenBack(name: string, tree: Tree, says: RegExp, words: readonly string[], most: number, limit?: number): Task {
  return {
    name,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      const before = await stateOf(fixture.namespace);
      if (limit !== undefined) {
        await fixture.namespace.limitPods(limit);
      }
      const fewest = await fewestReady(fixture.namespace, tree.stable, async () => {
        const end = await fixture.run(tree, [...RUN, ...words], { timeout: most + 30 });
        outcome.ended(end, 7, says);
        outcome.expect(end.seconds < most, `it took ${end.seconds} s to say so`);
      });
      outcome.expect(fewest >= tree.pair.floor, `${fewest} of stable's pods were ready, and the floor is ${tree.pair.floor}`);
      await outcome.state(fixture, before, before);
    },
  };
}

scenario(
  'F13, F14, F15: the driver rolls back a canary that does not become healthy, and names the cause',
  async (namespace) => {
    const late = ['--timeout', '20s'];
    const kinds = (isRouted: boolean): [string, Tree, RegExp, readonly string[], number, number?][] => [
      ['crashes at once', bad.crashingAtStart(isRouted, QUICK), /CrashLoop(BackOff)? \(/, [], 100],
      ['is ready, and then crashes', bad.crashing(isRouted, QUICK), /CrashLoop(BackOff)? \(/, ['--settle', '5s'], 120],
      ['has no image', bad.imageMissing(isRouted, QUICK), /ImagePullBackOff \(.*servicedemo:missing/, [], 60],
      ['has an invalid image name', bad.imageNameInvalid(isRouted, QUICK), /InvalidImageName \(/, [], 30],
      ['needs a missing ConfigMap', bad.configMissing(isRouted, QUICK), /CreateContainerConfigError \(.*missing-settings/, [], 30],
      ['is never ready', bad.neverReady(isRouted, QUICK), /0 of 1 pods are ready and 0 receive traffic after 20 s/, late, 45],
      ['fits on no node', bad.unschedulable(isRouted, QUICK), /0 of 1 pods are ready.*after 20 s \(Unschedulable/, late, 45],
      ['exceeds the quota', fastTree(isRouted ? 'istio' : 'pods'), /FailedCreate: .*exceeded quota/, late, 45, 1],
    ];
    const tasks = ROUTERS.flatMap((router) =>
      kinds(router === 'istio').map(([name, tree, says, words, most, limit]) =>
        takenBack(`${router}: a canary that ${name}`, tree, says, words, most, limit),
      ),
    );
    await campaign(
      namespace,
      'F13, F14, F15 a canary that crashes, has no image, no settings, no node, no room, or is never ready',
      tasks,
      9,
    );
  },
  NEEDS,
);

const promoted = async (namespace: Namespace, router: Router): Promise<State> =>
  (await undisturbed(namespace, fastTree(router), RUN)).state;

/** Ways in which a pod can disappear. */
const ENDS: Readonly<Record<string, (namespace: Namespace, pod: string) => Promise<unknown>>> = {
  'is deleted': (namespace, pod) => namespace.kubectl('delete', 'pod', pod, '--wait=false'),
  'is deleted by force': (namespace, pod) => namespace.kubectl('delete', 'pod', pod, '--force', '--grace-period=0', '--wait=false'),
  'is evicted': (namespace, pod) => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: namespace.name } };
    return namespace.kubectlWith(JSON.stringify(eviction), 'create', '--raw', `${namespace.path('v1', 'pods')}/${pod}/eviction`, '-f', '-');
  },
  'is lost with its node': async (namespace, pod) => {
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }];
    const patch = JSON.stringify({ status: { conditions } });
    await namespace.kubectl('patch', 'pod', pod, '--subresource=status', '--type=strategic', '--patch', patch);
    await namespace.kubectl('delete', 'pod', pod, '--wait=false');
  },
};

function goesOn(router: Router, stage: string, how: string, wanted: State): Task {
  const tree = fastTree(router);
  return {
    name: `${router}: at ${stage} the canary's pod ${how}`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      const before = await stateOf(fixture.namespace);
      const command = await fixture.start(tree, ['run', '--yes', '--hold', '4s', '--settle', '1s', '--no-record', '--no-watch']);
      await command.says(new RegExp(`hold ${stage} for`));
      const pods = await fixture.namespace.list('v1', 'pods', `?labelSelector=cdk8s-canary/deployment%3D${tree.canary}`);
      await ENDS[how]!(fixture.namespace, pods[0]!['metadata'].name as string);
      const end = await command.end;
      outcome.ended(end, 0);
      const held = end.stderr.split(`hold ${stage} for`).length - 1;
      outcome.expect(held === 2, `${stage} was held ${held} times, and not anew: ${end.stderr}`);
      await outcome.state(fixture, wanted, before);
    },
  };
}

scenario(
  "F16: the driver restarts the hold of a stage if the canary's pod disappears, and the rollout continues",
  async (namespace) => {
    const states = { pods: await promoted(namespace, 'pods'), istio: await promoted(namespace, 'istio') };
    const tasks = ROUTERS.flatMap((router) =>
      ['stage-50', 'stage-100'].flatMap((stage) => Object.keys(ENDS).map((how) => goesOn(router, stage, how, states[router]))),
    );
    await campaign(namespace, 'F16 a canary pod that is deleted, evicted or lost while a stage is held', tasks);
  },
  NEEDS,
);

/** Deletes stable's pods and prevents the creation of new ones. */
async function breakStable(namespace: Namespace, tree: Tree): Promise<void> {
  await namespace.withoutPods();
  await namespace.kubectl('delete', 'pods', '-l', `cdk8s-canary/deployment=${tree.stable}`, '--wait=false');
}

/** Stable is unhealthy: the rollout pauses where it is, and does not roll the canary back. */
function paused(router: Router, where: string, wanted: State): Task {
  const tree = fastTree(router);
  const isStart = where === 'stage-0';
  return {
    name: `${router}: stable breaks at ${where}`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      const before = await stateOf(fixture.namespace);
      if (isStart) {
        await breakStable(fixture.namespace, tree);
      }
      const command = await fixture.start(tree, [
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
        await command.says(new RegExp(`hold ${where} for`));
        await breakStable(fixture.namespace, tree);
      }
      const written = changesIn(fixture.proxy.requests).length;
      outcome.ended(await command.end, 6, new RegExp(`paused: ${tree.stable}: 0 of \\d+ pods are ready`));
      const more = changesIn(fixture.proxy.requests).length - (isStart ? 0 : written);
      outcome.expect(more === 0, `it wrote ${more} times after stable was broken`);
      await fixture.namespace.kubectl('delete', 'quota', 'pods');
      await fixture.atRest();
      const again = await fixture.run(tree, RUN);
      outcome.expect(again.status === 0, `begun again when stable was well, it ended with ${again.status}: ${again.stderr}`);
      await outcome.state(fixture, wanted, before);
    },
  };
}

/** Stable's image is missing from the registry before the rollout starts. */
function neverWell(router: Router): Task {
  const tree = fastTree(router).changed((text) => text.replace(/(name: canary-1-dep[^]*?image: scubakiz\/servicedemo):1\.0/, '$1:missing'));
  return {
    name: `${router}: stable has no image`,
    body: async (fixture, outcome) => {
      await fixture.empty();
      await fixture.namespace.apply(tree.path('stage-0'));
      const before = await stateOf(fixture.namespace);
      outcome.ended(await fixture.run(tree, RUN), 6, /paused: pod canary-1-dep-\S+: ImagePullBackOff/);
      outcome.expect(changesIn(fixture.proxy.requests).length === 0, 'it wrote');
      outcome.lost.push(...Object.keys(before).filter((name) => before[name] === undefined));
    },
  };
}

scenario(
  'F17: the driver pauses if stable itself is unhealthy, and does not blame the canary',
  async (namespace) => {
    const states = { pods: await promoted(namespace, 'pods'), istio: await promoted(namespace, 'istio') };
    const tasks = ROUTERS.flatMap((router) => [
      neverWell(router),
      ...['stage-0', 'stage-50', ...(router === 'istio' ? ['stage-100'] : [])].map((where) => paused(router, where, states[router])),
    ]);
    await campaign(namespace, 'F17 stable broken at the start and in the middle', tasks);
  },
  NEEDS,
);
