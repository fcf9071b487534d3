import { parseDocument } from 'yaml';
import { amountOf, oneIn } from '../../../support/sampling';
import { type Resource, apply, plural } from '../../kit/api';
import { figure } from '../../kit/figures';
import { scenario } from '../../kit/scenario';
import type { Namespace } from '../../kit/namespace';
import { type Tree, committed, nextRelease, tutorial } from '../../kit/trees';

// Tests of the numbered invariants of a rollout that only a cluster can check. The others are tested where their fixtures are: I1, I2, I4,
// I12 and I18 in every step of every walk (kit/walk.ts, kit/pods.ts), I5 in traffic/shared/rollouts.ts, I13 in
// traffic/promotion.test.ts, I7 and I10 in total.test.ts, I9 in api.test.ts. Every wait is for Deployments and for a generation observed
// after the write (I19, I20). I17, a new revision during a rollout, needs a command that drives the rollout: no folder can detect it.

/** The subsets that the live route uses but the live rule does not define. */
async function missingSubsets(namespace: Namespace): Promise<string[]> {
  const [routes, rules] = await Promise.all(
    ['virtualservices', 'destinationrules'].map((kinds) => namespace.list('networking.istio.io/v1', kinds)),
  );
  const defined = rules!.flatMap(({ spec }) => (spec.subsets as Resource[]).map(({ name }) => name as string));
  const named = routes!.flatMap(({ spec }) => (spec.http as Resource[]).flatMap(({ route }) => route as Resource[]));
  return named.map(({ destination }) => destination.subset as string).filter((subset) => !defined.includes(subset));
}

scenario(
  'I3: the DestinationRule defines every subset that the route names, after each document of a rollout, its rollbacks and the next release',
  async (namespace) => {
    await namespace.withoutPods();
    const tree = committed.istio();
    const { advance, rollback } = tree.plan.order;
    const ways = [...Object.entries(rollback).map(([from, back]) => [from, ...back]), advance];
    let writes = 0;
    const write = async (from: Tree, folder: string) => {
      for (const text of from.documents(folder)) {
        const object = parseDocument(text).toJS() as Resource;
        await apply(namespace.path(object['apiVersion'] as string, plural(object['kind'] as string)), object);
        writes += 1;
        expect({ folder, missing: await missingSubsets(namespace) }).toEqual({ folder, missing: [] });
      }
    };
    for (const folder of ways.flat()) {
      await write(tree, folder);
    }
    await write(nextRelease(true), 'stage-0');
    figure('Invariants', { invariant: 'I3, subsets before routes', checked: `after each of ${writes} writes`, broken: 0 });
  },
  { needs: ['istio'] },
);

scenario(
  'I11: applying stage-0 restores its state after any part of a stage was applied',
  async (namespace) => {
    await namespace.withoutPods();
    const tree = committed.istio();
    const specs = async () => {
      const kinds = [
        ['v1', 'services'],
        ['apps/v1', 'deployments'],
        ['networking.istio.io/v1', 'destinationrules'],
        ['networking.istio.io/v1', 'virtualservices'],
      ] as const;
      const lists = await Promise.all(kinds.map(([group, kind]) => namespace.list(group, kind)));
      return lists
        .flat()
        .map(({ metadata, spec }) => ({ name: metadata.name as string, uid: metadata.uid as string, spec: spec as unknown }));
    };
    await namespace.apply(tree.path('stage-0'));
    const before = await specs();
    let prefixes = 0;
    for (const stage of oneIn(amountOf('cluster: one stage applied by half in'), tree.plan.stages)) {
      const texts = tree.documents(stage.folder);
      for (let length = 1; length <= texts.length; length += 1) {
        await namespace.applyText(texts.slice(0, length).join('---\n'));
        await namespace.apply(tree.path('stage-0'));
        expect({ stage, length, after: await specs() }).toEqual({ stage, length, after: before });
        prefixes += 1;
      }
    }
    figure('Invariants', { invariant: 'I11, stage-0 from a half-applied stage', checked: `${prefixes} prefixes`, broken: 0 });
  },
  { needs: ['istio'] },
);

scenario('I6: a plan with a quota fits a ResourceQuota of as many pods', async (namespace) => {
  const quota = 10;
  const tree = tutorial({ pair: { quota } });
  await namespace.limitPods(quota);
  for (const folder of tree.plan.order.advance) {
    await namespace.apply(tree.path(folder));
    await namespace.ready(tree.stable, tree.canary);
    // A quota counts terminating pods until they are gone.
    await namespace.gone();
  }
  const refused = (await namespace.list('v1', 'events')).filter(({ reason }) => reason === 'FailedCreate');
  expect(refused.map(({ message }) => message as string)).toEqual([]);
  figure('Invariants', { invariant: 'I6, a ResourceQuota of the peak', checked: `${tree.plan.order.advance.length} folders`, broken: 0 });
});
