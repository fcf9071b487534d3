import { amountOf, oneIn } from '../../../support/sampling';
import { Autoscaled, MIN, RATE, RUN, loadAt, measured, release, reset, short } from '../../kit/autoscaled-service';
import type { CapacityMoment } from '../../kit/capacity-record';
import { canary } from '../../kit/command';
import { expectNoFailure, startLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';
import { pause } from '../../kit/walk';

// What autoscalers, their metrics and the namespace can do to a rollout.

const NEEDS = { needs: ['envoy'], limit: 900 } as const;

const TROUBLES = [
  () =>
    scenario(
      'a quota that has no room for the canary at a stage turns the rollout back, and no request is lost',
      (namespace) =>
        measured(namespace, async () => {
          const tree = release({ isRouted: true });
          const service = await Autoscaled.from(namespace, tree);
          const { spec } = await namespace.object('apps/v1', 'deployments', tree.stable);
          await namespace.limitPods((spec.replicas as number) + 1);
          const { end, moments } = await service.try(tree, ...RUN, '--timeout', '20s');
          expect({ status: end.status, said: end.stderr }).toEqual({
            status: 7,
            said: expect.stringContaining('exceeded quota') as string,
          });
          expect(reset(moments, loadAt(moments))).toEqual([]);
          expect(moments.at(-1)).toMatchObject({ canary: { wanted: 0 }, weight: 0 });
          await service.end('turned back for want of room');
        }),
      NEEDS,
    ),
  () =>
    scenario(
      'autoscalers at their maximum: the canary gets as many pods as they allow',
      (namespace) =>
        measured(namespace, async () => {
          const most = MIN + 1;
          const tree = release({ isRouted: true, max: most });
          const service = await Autoscaled.from(namespace, tree, most);
          const run = await service.type(tree, ...RUN);
          expect(short(run, most)).toEqual([]);
          expect(Math.max(...run.map(({ canary: other }) => other.wanted))).toBe(most);
          await service.end('at the maximum of the autoscalers');
        }),
      NEEDS,
    ),
  () =>
    scenario(
      'without metrics the counts tell the load, and status says that the autoscaler does nothing',
      (namespace) =>
        measured(namespace, async (vanish) => {
          const tree = release({ isRouted: true });
          const service = await Autoscaled.from(namespace, tree);
          const begun = await service.type(tree, ...RUN, '--until', 'stage-10');
          await vanish();
          await pause(20);
          const status = await canary(['status', '--dir', tree.folder, '--namespace', namespace.name], {
            kubeconfig: process.env['KUBECONFIG']!,
          });
          expect(status.stdout).toMatch(/autoscaled 2-12 \(.*(unable to|failed to) /);
          const run = await service.type(tree, ...RUN);
          expect(short(run, loadAt(begun))).toEqual([]);
          expect(reset(run, loadAt(begun))).toEqual([]);
          await service.end('without metrics from stage-10 on');
        }),
      NEEDS,
    ),
  () =>
    scenario(
      'a load that rises and falls in the middle of every stage moves the autoscalers, and no request is lost',
      (namespace) =>
        measured(namespace, async () => {
          const tree = release({ isRouted: true });
          const service = await Autoscaled.from(namespace, tree);
          const wave = async (weight: number) => {
            await service.weighs(weight);
            const tracks = [tree.stable, tree.canary];
            const before = await service.sees(tracks, { least: 1 });
            const more = startLoad(service.target, 2 * RATE);
            const high = await service.sees(tracks, { least: 1.6 * before });
            expectNoFailure(await more.stop(), service.story);
            await service.sees(tracks, { most: (before + high) / 2 });
          };
          const moments: CapacityMoment[] = [];
          for (const [stage, weight] of [
            ['stage-10', 0.1],
            ['stage-50', 0.5],
            ['stage-100', 1],
          ] as const) {
            const run = service.type(tree, 'run', '--yes', '--hold', '75s', '--until', stage, '--no-record');
            const [held] = await Promise.all([run, wave(weight)]);
            moments.push(...held);
          }
          moments.push(...(await service.type(tree, ...RUN)));
          expect(short(moments)).toEqual([]);
          expect(reset(moments, loadAt(moments))).toEqual([]);
          await service.end('a load that triples in the middle of each stage, and falls again');
        }),
      NEEDS,
    ),
  ...(
    [
      ['a quiet minute', 60, 'fast'],
      ['five quiet minutes, by the default windows,', 310, 'default'],
    ] as const
  ).map(
    ([time, seconds, pace]) =>
      () =>
        scenario(
          `a rollback from 100 % after ${time} finds the pods of stable`,
          (namespace) =>
            measured(namespace, async () => {
              const tree = release({ isRouted: true, pace });
              const service = await Autoscaled.from(namespace, tree);
              const run = await service.type(tree, ...RUN, '--until', 'stage-100');
              // Stable has no load, and its autoscaler would shrink it in that time if it might.
              await pause(seconds);
              const back = await service.type(tree, 'rollback');
              expect(short(back, loadAt(run))).toEqual([]);
              expect(reset(back, loadAt(run))).toEqual([]);
              // At stage-0 it may shrink again. It must not, while the metrics of the quiet time are the last ones.
              const after = await service.watch(tree, 30);
              expect(Math.min(...after.map(({ stable }) => stable.wanted))).toBeGreaterThan(MIN);
              await service.end(`turned back from stage-100 after ${time.replace(/,$/, '')}`);
            }),
          { ...NEEDS, limit: 1200 },
        ),
  ),
];
oneIn(amountOf('cluster: one trouble of autoscalers in'), TROUBLES).forEach((declare) => declare());
