import { figure, percent } from '../../kit/figures';
import { Report, expectNoFailure, failures, sendLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';
import { TURNED_BACK_FROM, Tree, committed, nextRelease, tutorial } from '../../kit/trees';
import { Walk } from '../../kit/walk';

const SLOW = { DEMO_START_DELAY: '5s' };
const DYING = { DEMO_ON_SIGTERM: 'exit' };

/** A way of dividing traffic, a service with a habit, and whether every rollback is tried or only the hardest. */
const SERVICES: readonly {
  name: string;
  tree: () => Tree;
  next: () => Tree;
  rollbacks: readonly string[];
  needs: readonly ('load' | 'envoy')[];
}[] = [
  {
    name: 'pods',
    tree: committed.pods,
    next: () => nextRelease(false),
    rollbacks: TURNED_BACK_FROM,
    needs: ['load'],
  },
  {
    name: 'Istio',
    tree: committed.istio,
    next: () => nextRelease(true),
    rollbacks: TURNED_BACK_FROM,
    needs: ['envoy'],
  },
  {
    name: 'pods, 5 s to start',
    tree: () => tutorial({ env: SLOW }),
    next: () => nextRelease(false, SLOW),
    rollbacks: ['stage-100'],
    needs: ['load'],
  },
  {
    name: 'Istio, 5 s to start',
    tree: () => tutorial({ env: SLOW, isRouted: true }),
    next: () => nextRelease(true, SLOW),
    rollbacks: ['stage-100'],
    needs: ['envoy'],
  },
  {
    name: 'pods, dies on SIGTERM',
    tree: () => tutorial({ env: DYING }),
    next: () => nextRelease(false, DYING),
    rollbacks: ['stage-100'],
    needs: ['load'],
  },
  {
    name: 'Istio, dies on SIGTERM',
    tree: () => tutorial({ env: DYING, isRouted: true }),
    next: () => nextRelease(true, DYING),
    rollbacks: ['stage-100'],
    needs: ['envoy'],
  },
];

/** Timeouts of requests to a cluster in which nothing changes, as a share: what the machine itself loses. */
const noise = new Map<string, number>();

describe('with nothing changing, the control', () => {
  for (const { name, tree, needs } of SERVICES.slice(0, 2)) {
    scenario(
      `${name}: requests to a cluster at rest`,
      async (space) => {
        const walk = await Walk.from(space, tree(), 'stage-10');
        const report = await sendLoad(walk.target, 8000, 400);
        await walk.stop();
        tell(name, 'nothing', report);
        noise.set(name, (report.kinds['timeout'] ?? 0) / report.requests);
        expectNoLoss(name, report, []);
      },
      { needs },
    );
  }
});

describe.each([...SERVICES])('$name: no request is lost', ({ name, tree, next, rollbacks, needs }) => {
  scenario(
    `${name}: from stage-0 to promoted, and on to the next release`,
    async (space) => {
      const walk = await Walk.from(space, tree(), 'stage-0');
      const load = await walk.load();
      for (const folder of tree().plan.order.advance.slice(1)) {
        await walk.advance(folder);
      }
      const pods = async () =>
        (await space.list('v1', 'pods', '?labelSelector=version%3D1.1')).map(({ metadata }) => metadata.uid as string).sort();
      const promoted = await pods();
      walk.next(next());
      await walk.advance('stage-0');
      expect(await pods()).toEqual(promoted);
      for (const folder of next().plan.order.advance.slice(1, 3)) {
        await walk.advance(folder);
      }
      const report = await walk.end(load);
      tell(name, '0 to promoted, next release to 10', report);
      expectNoLoss(name, report, walk.steps);
      expect(Object.keys(report.versions).sort()).toEqual(['1.0', '1.1', '1.2']);
    },
    { needs },
  );

  for (const from of rollbacks) {
    scenario(
      `${name}: back from ${from}`,
      async (space) => {
        const walk = await Walk.from(space, tree(), from);
        const load = await walk.load();
        await walk.rollBack();
        const report = await walk.end(load);
        tell(name, `rollback from ${from}`, report);
        expectNoLoss(name, report, walk.steps);
        const after = await sendLoad(walk.target, 200);
        expect(after.versions).toEqual({ '1.0': 200 });
      },
      { needs },
    );
  }
});

function tell(name: string, way: string, report: Report): void {
  const lost = percent(report.failed / report.requests);
  figure('Requests', { service: name, way, requests: report.requests, failed: failures(report), lost, 'p99 (ms)': Math.round(report.p99) });
}

/** Nothing refused, reset or answered with an error; and no more timeouts than the machine has by itself. */
function expectNoLoss(name: string, report: Report, steps: readonly string[]): void {
  const timeouts = report.kinds['timeout'] ?? 0;
  const control = noise.get(name.replace(/,.*/, '')) ?? 0;
  if (report.failed > timeouts || timeouts / report.requests > control) {
    expectNoFailure(report, steps);
  }
}
