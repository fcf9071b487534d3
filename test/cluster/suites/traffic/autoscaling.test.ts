import { Sizing } from '../../../../lib';
import { amountOf } from '../../../support/sampling';
import { Autoscaled, MIN, RUN, autoscaledByKubectl, loadAt, measured, release, reset, short } from '../../kit/autoscaled-service';
import { init } from '../../kit/init';
import { inWords } from '../../kit/capacity-record';
import { sendLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';

// Rollouts of a service whose autoscalers move it.

scenario(
  'an autoscaled service behind Istio: to promoted and back, without a reset of a count and without a loss',
  (namespace) =>
    measured(namespace, async () => {
      const tree = release({ isRouted: true });
      const service = await Autoscaled.from(namespace, tree);
      const run = await service.type(tree, ...RUN);
      expect(short(run)).toEqual([]);
      expect(reset(run, loadAt(run))).toEqual([]);
      // Stable has no pods: it gets those for the load before the route.
      const back = await service.type(tree, 'rollback');
      expect(short(back)).toEqual([]);
      expect(back.at(-1)).toMatchObject({ canary: { wanted: 0 }, weight: 0 });
      await service.end('promoted, and turned back');
    }),
  { needs: ['envoy'], limit: 900 },
);

scenario(
  'an autoscaled service without a router keeps the autoscaler of stable, and its canary has a fixed count',
  (namespace) =>
    measured(namespace, async () => {
      const tree = release({ isRouted: false });
      const service = await Autoscaled.from(namespace, tree);
      const forth = await service.type(tree, 'run', '--yes', '--hold', '5s', '--until', 'stage-50', '--no-record');
      expect(reset(forth, loadAt(forth))).toEqual([]);
      const back = await service.type(tree, 'rollback');
      expect(reset(back, loadAt(forth))).toEqual([]);
      const run = await service.type(tree, ...RUN);
      expect(reset(run, loadAt(run))).toEqual([]);
      expect(run.at(-1)).toMatchObject({ canary: { wanted: 0 } });
      expect(Object.keys((await sendLoad(service.target, 100)).versions)).toEqual(['1.1']);
      await service.end('turned back from stage-50, and promoted by a roll');
    }),
  { needs: ['load'], limit: 900 },
);

const LONGER = [
  () =>
    scenario(
      'an autoscaled service that kubectl made is taken over by init, without a reset of a count and without a loss',
      (namespace) =>
        measured(namespace, async () => {
          await autoscaledByKubectl(namespace);
          await namespace.ready('shop');
          const { report, tree } = await init(namespace, 'shop', ['--to', 'shop:1.1', '--stages', '25,100']);
          expect(report.next).toContain(`kubectl delete hpa shop-hpa --namespace ${namespace.name}`);
          const service = await Autoscaled.adopting(namespace, tree);
          await namespace.kubectl('delete', 'hpa', 'shop-hpa');
          const baseline = await service.type(tree, 'advance', 'stage-0');
          expect(baseline.filter(({ stable }) => stable.wanted < loadAt(baseline)).map(inWords)).toEqual([]);
          const run = await service.type(tree, ...RUN);
          expect(reset(run, loadAt(run))).toEqual([]);
          expect(Object.keys((await sendLoad(service.target, 100)).versions)).toEqual(['1.1']);
          await service.end('taken over from kubectl, and promoted by a roll');
        }),
      { needs: ['load'], limit: 900 },
    ),
  () =>
    scenario(
      'an autoscaled service behind Istio: back from half, and the next release, without a reset of a count and without a loss',
      (namespace) =>
        measured(namespace, async () => {
          const tree = release({ isRouted: true });
          const service = await Autoscaled.from(namespace, tree);
          const forth = await service.type(tree, 'run', '--yes', '--hold', '0', '--until', 'stage-50', '--no-record');
          expect(short(forth)).toEqual([]);
          const half = await service.type(tree, 'rollback');
          expect(short(half, loadAt(forth))).toEqual([]);
          expect(reset(half, loadAt(forth))).toEqual([]);

          expect(short(await service.type(tree, ...RUN))).toEqual([]);
          await service.type(tree, 'cleanup', '--yes');
          const autoscalers = await namespace.list('autoscaling/v2', 'horizontalpodautoscalers');
          expect(autoscalers.map(({ metadata }) => metadata.name as string)).toEqual([tree.canary]);
          const next = release({ isRouted: true, versions: ['1.1', '1.2'], names: [tree.canary, tree.stable] });
          const baseline = await service.type(next, 'advance', 'stage-0');
          // At rest the autoscaler may go down to its minimum, but an apply without a count would go to 1.
          expect(baseline.filter(({ stable }) => stable.wanted < MIN)).toEqual([]);
          expect(short(await service.type(next, ...RUN))).toEqual([]);
          await service.end('turned back from stage-50, promoted, and the next release');
        }),
      { needs: ['envoy'], limit: 900 },
    ),
  () =>
    scenario(
      'plain kubectl, server-side apply and kubectl canary roll an autoscaled service out by turns, without a reset of a count and without a loss',
      (namespace) =>
        measured(namespace, async () => {
          // kubectl alone gives the canary no pods for the live load, so its minimum must be enough.
          const tree = release({ isRouted: true, max: 6, sizing: Sizing.PEAK });
          const service = await Autoscaled.from(namespace, tree);
          const serverSide = ['--server-side', '--force-conflicts'];
          const first = await service.apply(tree, 'stage-10-up', ...serverSide);
          const moments = [
            ...first,
            ...(await service.type(tree, 'advance', 'stage-10')),
            ...(await service.apply(tree, 'stage-50-up')),
            ...(await service.apply(tree, 'stage-50', ...serverSide)),
            ...(await service.type(tree, 'advance', 'stage-100')),
          ];
          await service.sees([tree.canary], { least: MIN });
          moments.push(...(await service.apply(tree, 'promoted')));
          expect(short(moments, loadAt(first))).toEqual([]);
          expect(reset(moments, loadAt(first))).toEqual([]);
          expect(moments.at(-1)).toMatchObject({ stable: { wanted: 0 }, weight: 1 });
          expect(Object.keys((await sendLoad(service.target, 100)).versions)).toEqual(['1.1']);
          await service.end('kubectl apply, its --server-side and kubectl canary by turns');
        }),
      { needs: ['envoy'], limit: 900 },
    ),
];
LONGER.slice(0, amountOf('cluster: longer autoscaled rollouts')).forEach((declare) => declare());
