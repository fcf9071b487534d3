import { amountOf, oneIn } from '../../../../support/sampling';
import type { CommandEnd } from '../../../kit/command';
import { figure } from '../../../kit/figures';
import { expectNoFailure, failures, sendLoad } from '../../../kit/load';
import { Rollout } from '../../../kit/rollout';
import { scenario } from '../../../kit/scenario';
import { TURNED_BACK_FROM, nextRelease } from '../../../kit/trees';
import { type Router, WAYS } from './router';

/** Runs a task under load. No request may fail, and no step may deviate from the plan. */
async function underLoad(rollout: Rollout, router: string, way: string, task: () => Promise<CommandEnd>): Promise<void> {
  const load = await rollout.load();
  const before = rollout.compared;
  const end = await task();
  const report = await rollout.end(load);
  figure('Rollouts by kubectl canary', {
    router,
    way,
    'exit code': end.status ?? '-',
    seconds: Math.round(end.seconds),
    requests: report.requests,
    dropped: failures(report),
  });
  expectNoFailure(report, rollout.story);
  expect(rollout.broken).toEqual([]);
  expect(rollout.compared).toBeGreaterThan(before);
}

/** Runs a command that must succeed. */
export async function done(rollout: Rollout, ...words: string[]): Promise<CommandEnd> {
  const end = await rollout.type(...words);
  expect({ words, status: end.status, said: end.stderr }).toMatchObject({ status: 0 });
  return end;
}

/** Declares the tests that send requests while `kubectl canary` carries rollouts out and rolls them back, for one router. */
export function rolloutsByCommand(name: Router): void {
  const { isRouted, tree, needs } = WAYS[name];

  const whole = [() => stageByStage(name), () => nextByRun(name)];
  oneIn(amountOf('cluster: one rollout by the command in'), whole, isRouted ? 1 : 0).forEach((declare) => declare());

  scenario(
    `${name}: rollback from every stage and from promoted loses no request`,
    async (namespace) => {
      const rollout = await Rollout.from(namespace, tree());
      for (const stage of oneIn(amountOf('cluster: one folder turned back from in'), TURNED_BACK_FROM, isRouted ? 1 : 0)) {
        await done(rollout, 'advance', stage);
        await rollout.rest();
        await rollout.move();
        await underLoad(rollout, name, `rollback from ${stage}`, () => done(rollout, 'rollback'));
        expect((await sendLoad(rollout.target, 200)).versions).toEqual({ '1.0': 200 });
      }
      await rollout.pods.stop();
    },
    { needs, limit: 400 },
  );
}

function stageByStage(name: Router): void {
  const { tree, needs } = WAYS[name];
  scenario(
    `${name}: advance, stage by stage to promoted, loses no request`,
    async (namespace) => {
      const rollout = await Rollout.from(namespace, tree());
      let seconds = 0;
      await underLoad(rollout, name, 'advance, five times, to promoted', async () => {
        for (const stage of ['stage-10', 'stage-25', 'stage-50', 'stage-100', 'promoted']) {
          const end = await done(rollout, 'advance');
          expect(end.stdout).toContain(`"folder":"${stage}"`);
          seconds += end.seconds;
        }
        return { ...(await done(rollout, 'advance', 'promoted')), seconds };
      });
      await rollout.pods.stop();
    },
    { needs },
  );
}

function nextByRun(name: Router): void {
  const { isRouted, tree, needs } = WAYS[name];
  scenario(
    `${name}: run --yes of the next release after a cleanup loses no request`,
    async (namespace) => {
      const rollout = await Rollout.from(namespace, tree());
      // Same fields and field manager as if the command itself had promoted the canary.
      await namespace.kubectl(
        'apply',
        '--server-side',
        '--field-manager=kubectl-canary',
        '--force-conflicts',
        '-f',
        tree().path('promoted'),
      );
      await namespace.ready(tree().canary);
      await rollout.rest();
      await done(rollout, 'cleanup', '--yes');
      expect((await namespace.list('apps/v1', 'deployments')).map(({ metadata }) => metadata.name as string)).toEqual([tree().canary]);
      const pods = () => namespace.podsThatStay('version=1.1');
      const promoted = await pods();
      rollout.next(nextRelease(isRouted));
      await underLoad(rollout, name, 'the next release: advance to stage-0, run --yes to promoted', async () => {
        const baseline = await done(rollout, 'advance', 'stage-0');
        expect(await pods()).toEqual(promoted);
        const end = await done(rollout, 'run', '--yes', '--hold', '0', '--no-record');
        return { ...end, seconds: end.seconds + baseline.seconds };
      });
      await rollout.pods.stop();
      expect((await sendLoad(rollout.target, 200)).versions).toEqual({ '1.2': 200 });
    },
    { needs },
  );
}
