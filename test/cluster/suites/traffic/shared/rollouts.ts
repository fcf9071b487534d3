import { amountOf, oneIn } from '../../../../support/sampling';
import { figure, percent } from '../../../kit/figures';
import { RATE, type Report, expectNoFailure, failures, sendLoad } from '../../../kit/load';
import { type Need, scenario } from '../../../kit/scenario';
import { TURNED_BACK_FROM, type Tree, nextRelease, tutorial } from '../../../kit/trees';
import { Walk } from '../../../kit/walk';
import { type Router, WAYS } from './router';

/** Properties of a service that make it harder to lose no requests. */
const HABITS = [
  { name: '5 s to start', env: { DEMO_START_DELAY: '5s' } },
  { name: 'dies on SIGTERM', env: { DEMO_ON_SIGTERM: 'exit' } },
] as const;

/** Declares the tests that send requests while folders are applied as docs/tutorial.md teaches, for one router. */
export function rollouts(name: Router): void {
  const { isRouted, tree, needs } = WAYS[name];
  control(name, tree, needs);
  const turnedBack = oneIn(amountOf('cluster: one folder turned back from in'), TURNED_BACK_FROM, isRouted ? 0 : 1);
  noLoss(name, tree, () => nextRelease(isRouted), turnedBack, needs);
  const isHabitTurnedBack = oneIn(amountOf('cluster: one router whose habits are turned back in'), ['pods', 'Istio']).includes(name);
  // An ordinary run tests one habit by pods and the other one by Istio.
  const habits = isRouted ? [...HABITS].reverse() : HABITS;
  for (const { name: habit, env } of oneIn(amountOf('cluster: one habit of a service in'), habits)) {
    noLoss(
      `${name}, ${habit}`,
      () => tutorial({ env, isRouted }),
      () => nextRelease(isRouted, env),
      isHabitTurnedBack ? ['stage-100'] : [],
      needs,
    );
  }
}

/** The share of requests to an unchanging cluster that time out, because of the machine itself. */
let noise = 0;

function control(name: string, tree: () => Tree, needs: readonly Need[]): void {
  scenario(
    `${name}: the control, requests to a cluster that does not change`,
    async (namespace) => {
      const walk = await Walk.from(namespace, tree(), 'stage-10');
      const report = await sendLoad(walk.target, amountOf('cluster: requests to a cluster at rest'), RATE);
      await walk.stop();
      tell(name, 'nothing', report);
      noise = (report.kinds['timeout'] ?? 0) / report.requests;
      expectNoLoss(report, []);
    },
    { needs },
  );
}

function noLoss(name: string, tree: () => Tree, next: () => Tree, rollbacks: readonly string[], needs: readonly Need[]): void {
  scenario(
    `${name}: a rollout to promoted and on to the next release loses no request`,
    async (namespace) => {
      const walk = await Walk.from(namespace, tree(), 'stage-0');
      const load = await walk.load();
      for (const folder of tree().plan.order.advance.slice(1)) {
        await walk.advance(folder);
      }
      const pods = () => namespace.podsThatStay('version=1.1');
      const promoted = await pods();
      walk.next(next());
      await walk.advance('stage-0');
      expect(await pods()).toEqual(promoted);
      for (const folder of next().plan.order.advance.slice(1, 3)) {
        await walk.advance(folder);
      }
      const report = await walk.end(load);
      tell(name, '0 to promoted, next release to 10', report);
      expectNoLoss(report, walk.steps);
      expect(Object.keys(report.versions).sort()).toEqual(['1.0', '1.1', '1.2']);
    },
    { needs },
  );

  for (const from of rollbacks) {
    scenario(
      `${name}: rollback from ${from} loses no request`,
      async (namespace) => {
        const walk = await Walk.from(namespace, tree(), from);
        const load = await walk.load();
        await walk.rollBack();
        const report = await walk.end(load);
        tell(name, `rollback from ${from}`, report);
        expectNoLoss(report, walk.steps);
        const after = await sendLoad(walk.target, 200);
        expect(after.versions).toEqual({ '1.0': 200 });
      },
      { needs },
    );
  }
}

function tell(name: string, way: string, report: Report): void {
  const lost = percent(report.failed / report.requests);
  figure('Requests', { service: name, way, requests: report.requests, failed: failures(report), lost, 'p99 (ms)': Math.round(report.p99) });
}

/** Checks that no request was refused, reset or answered with an error, and that timeouts are not more frequent than in the control. */
function expectNoLoss(report: Report, steps: readonly string[]): void {
  const timeouts = report.kinds['timeout'] ?? 0;
  if (report.failed > timeouts || timeouts / report.requests > noise) {
    expectNoFailure(report, steps);
  }
}
