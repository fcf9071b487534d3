import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { Promotion } from '../../../lib';
import { Resource } from '../kit/api';
import { figure } from '../kit/figures';
import { expectNoFailure, sendLoad } from '../kit/load';
import { scenario } from '../kit/scenario';
import { Space } from '../kit/space';
import { Tree, committed, nextRelease, tutorial } from '../kit/trees';
import { Walk } from '../kit/walk';

// The invariants of a rollout that only a cluster can hold, by their numbers. Others stand where what they need is at hand:
// I1, I2, I4, I12 and I18 in every step of every walk (kit/walk.ts, kit/pods.ts); I5 in traffic.test.ts, I7 and I10 in
// total.test.ts, I9 in api.test.ts. Every wait is for Deployments and what was observed after the write (I19, I20).

/** A folder's documents, in the order in which kubectl applies them. */
function documents(tree: Tree, folder: string): string[] {
  const files = readdirSync(tree.path(folder)).sort();
  return files.flatMap((file) => readFileSync(join(tree.path(folder), file), 'utf8').split(/^---\n/m)).filter((text) => text.trim());
}

/** The subsets that the live route names and the live rule lacks. */
async function missingSubsets(space: Space): Promise<string[]> {
  const [routes, rules] = await Promise.all(
    ['virtualservices', 'destinationrules'].map((kinds) => space.list('networking.istio.io/v1', kinds)),
  );
  const defined = rules!.flatMap(({ spec }) => (spec.subsets as Resource[]).map(({ name }) => name as string));
  const named = routes!.flatMap(({ spec }) => (spec.http as Resource[]).flatMap(({ route }) => route as Resource[]));
  return named.map(({ destination }) => destination.subset as string).filter((subset) => !defined.includes(subset));
}

scenario(
  'I3: after every single document of a whole rollout, its rollbacks and the next release, the rule defines every subset that the route names',
  async (space) => {
    await space.withoutPods();
    const tree = committed.istio();
    const { advance, rollback } = tree.plan.order;
    const ways = [...Object.entries(rollback).map(([from, back]) => [from, ...back]), advance];
    let writes = 0;
    const apply = async (from: Tree, folder: string) => {
      for (const text of documents(from, folder)) {
        await space.applyText(text);
        writes += 1;
        expect({ folder, missing: await missingSubsets(space) }).toEqual({ folder, missing: [] });
      }
    };
    for (const folder of ways.flat()) {
      await apply(tree, folder);
    }
    await apply(nextRelease(true), 'stage-0');
    figure('Invariants', { invariant: 'I3, subsets before routes', checked: `after each of ${writes} writes`, broken: 0 });
  },
  { needs: ['istio'] },
);

scenario(
  'I11: from whatever part of a stage was applied, stage-0 is what it was',
  async (space) => {
    await space.withoutPods();
    const tree = committed.istio();
    const specs = async () => {
      const kinds = [
        ['v1', 'services'],
        ['apps/v1', 'deployments'],
        ['networking.istio.io/v1', 'destinationrules'],
        ['networking.istio.io/v1', 'virtualservices'],
      ] as const;
      const lists = await Promise.all(kinds.map(([group, kind]) => space.list(group, kind)));
      return lists
        .flat()
        .map(({ metadata, spec }) => ({ name: metadata.name as string, uid: metadata.uid as string, spec: spec as unknown }));
    };
    await space.apply(tree.path('stage-0'));
    const before = await specs();
    let prefixes = 0;
    for (const stage of tree.plan.stages) {
      const texts = documents(tree, stage.folder);
      for (let length = 1; length <= texts.length; length += 1) {
        await space.applyText(texts.slice(0, length).join('---\n'));
        await space.apply(tree.path('stage-0'));
        expect({ stage, length, after: await specs() }).toEqual({ stage, length, after: before });
        prefixes += 1;
      }
    }
    figure('Invariants', { invariant: 'I11, stage-0 from a half-applied stage', checked: `${prefixes} prefixes`, broken: 0 });
  },
  { needs: ['istio'] },
);

scenario('I6: a plan with a quota fits a ResourceQuota of so many pods', async (space) => {
  const quota = 10;
  const tree = tutorial({ pair: { quota } });
  await space.kubectl('create', 'quota', 'pods', `--hard=pods=${quota}`);
  for (const folder of tree.plan.order.advance) {
    await space.apply(tree.path(folder));
    await space.ready(tree.stable, tree.canary);
    // A quota counts pods until they are gone.
    await gone(space);
  }
  const refused = (await space.list('v1', 'events')).filter(({ reason }) => reason === 'FailedCreate');
  expect(refused.map(({ message }) => message as string)).toEqual([]);
  figure('Invariants', { invariant: 'I6, a ResourceQuota of the peak', checked: `${tree.plan.order.advance.length} folders`, broken: 0 });
});

scenario(
  'I13: promotion by ROLL: a template that never gets ready on stable leaves the canary serving, and the way back open',
  async (space) => {
    const tree = tutorial({
      pair: { promotion: Promotion.ROLL, stable: { ...named('canary-1-dep', '1.0'), progressDeadline: Duration.seconds(30) } },
    });
    const last = tree.plan.stages.at(-1)!.folder;
    const walk = await Walk.from(space, tree, last);
    // The new version comes up on the canary, and its image is gone when stable wants it.
    const broken = tree.changed((text) => text.replace(/image: scubakiz\/servicedemo:1.0/g, 'image: scubakiz/servicedemo:missing'));
    const up = tree.plan.order.advance[tree.plan.order.advance.indexOf(last) + 1]!;
    const [stable] = documents(broken, up).filter((text) => parseAllDocuments(text)[0]!.getIn(['metadata', 'name']) === tree.stable);
    await space.applyText(stable!);
    const status = await space.tryKubectl('rollout', 'status', `deploy/${tree.stable}`, '--timeout=5s');
    expect(status.status).not.toBe(0);
    const report = await sendLoad(walk.target, 2000);
    expectNoFailure(report);
    // What is half-way to a folder goes back from the one before.
    await walk.advance(last);
    await walk.rollBack();
    await walk.stop();
    await gone(space);
    expect((await sendLoad(walk.target, 200)).versions).toEqual({ '1.0': 200 });
    figure('Invariants', { invariant: 'I13, a promotion that gets stuck', checked: `${report.requests} requests`, broken: report.failed });
  },
  { needs: ['load'] },
);

function named(name: string, version: string) {
  return { name, version };
}

async function gone(space: Space): Promise<void> {
  for (const pod of await space.list('v1', 'pods')) {
    if (pod['metadata'].deletionTimestamp) {
      await space.kubectl('wait', '--for=delete', `pod/${pod['metadata'].name}`, '--timeout=60s');
    }
  }
}
