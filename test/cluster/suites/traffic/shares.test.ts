import { amountOf, oneIn } from '../../../support/sampling';
import { binomialInterval } from '../../kit/binomial';
import { figure, percent } from '../../kit/figures';
import { type Report, type Target, expectNoFailure, sendLoad } from '../../kit/load';
import { scenario } from '../../kit/scenario';
import { type Tree, committed } from '../../kit/trees';
import { Walk } from '../../kit/walk';

const REQUESTS = amountOf('cluster: requests for a share');

/**
 * The confidence of the interval. About ten of this file's shares depend on chance, so about one of a thousand runs fails by chance, and no
 * test needs to be repeated.
 */
const CONFIDENCE = 0.9999;

test('the interval follows from the binomial distribution itself', () => {
  // Cumulative probabilities. For 20 trials at 0.5: 0.0207 up to 5, 0.0577 up to 6. For 10 trials at 0.1: 0.9298 up to 2, 0.9872 up to 3.
  expect(binomialInterval(20, 0.5, 0.95)).toEqual({ least: 6, most: 14 });
  expect(binomialInterval(10, 0.1, 0.95)).toEqual({ least: 0, most: 3 });
  expect(binomialInterval(2000, 0, 0.99)).toEqual({ least: 0, most: 0 });
  expect(binomialInterval(2000, 1, 0.99)).toEqual({ least: 2000, most: 2000 });
});

/** A kind of client, and the share of its requests that the canary should get at a folder. */
interface Client {
  readonly by: string;
  readonly requests: number;
  readonly headers?: Target['headers'];
  readonly shareAt: (folder: string) => number;
}

/** Checks the shares that clients observe at each folder against the expected shares. */
async function expectShares(walk: Walk, tree: Tree, clients: readonly Client[]): Promise<void> {
  for (const folder of oneIn(amountOf('cluster: one folder whose share is measured in'), tree.plan.order.advance)) {
    if (folder !== 'stage-0') {
      await walk.advance(folder);
    }
    // Wait for terminating pods, because the expected shares do not include them.
    await walk.rest();
    for (const client of clients) {
      const report = await sendLoad({ ...walk.target, headers: client.headers }, client.requests);
      expectShare(report, { by: client.by, folder, version: tree.pair.canary!.version, share: client.shareAt(folder) });
    }
  }
}

function expectShare(report: Report, expected: { by: string; folder: string; version: string; share: number }): void {
  const { by, folder, share } = expected;
  expectNoFailure(report);
  const { requests } = report;
  const got = report.versions[expected.version] ?? 0;
  const { least, most } = binomialInterval(requests, share, CONFIDENCE);
  const interval = `${percent(least / requests)} to ${percent(most / requests)}`;
  figure('Shares', { by, folder, requests, expected: percent(share), seen: percent(got / requests), interval });
  expect({ folder, got, least, most, isWithin: least <= got && got <= most }).toMatchObject({ isWithin: true });
}

scenario(
  'by pods: at each folder the canary gets the share of its pods, through the Service',
  async (namespace) => {
    const tree = committed.pods();
    const walk = await Walk.from(namespace, tree, 'stage-0');
    const shareAt = (folder: string) => {
      const { stable, canary } = tree.pair.states[folder]!;
      return canary / (stable + canary);
    };
    await expectShares(walk, tree, [{ by: 'pods', requests: REQUESTS, shareAt }]);
    await walk.stop();
  },
  { needs: ['load'] },
);

scenario(
  "by route: at each folder the canary gets the route's weight, through Envoy, and all beta testers once it gets any traffic",
  async (namespace) => {
    const tree = committed.istio();
    const walk = await Walk.from(namespace, tree, 'stage-0');
    const isCanary = (folder: string) => (tree.pair.states[folder]!.route!.matched === 'canary' ? 1 : 0);
    expect(tree.plan.order.advance.map(isCanary)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1]);
    const betaTesters = { by: 'Istio, beta testers', requests: 500, headers: { 'user-group': 'beta-testers' }, shareAt: isCanary };
    const everybody = { by: 'Istio', requests: REQUESTS, shareAt: (folder: string) => fraction(tree.pair.states[folder]!.route!.canary) };
    await expectShares(walk, tree, [everybody, betaTesters]);
    await walk.rollBack();
    await walk.rest();
    const after = await sendLoad({ ...walk.target, headers: betaTesters.headers }, betaTesters.requests);
    expectShare(after, { by: betaTesters.by, folder: 'stage-0, rolled back', version: '1.1', share: 0 });
    await walk.stop();
  },
  { needs: ['envoy'] },
);

function fraction(text: string): number {
  const [count = 0, of = 1] = text.split('/').map(Number);
  return count / of;
}
