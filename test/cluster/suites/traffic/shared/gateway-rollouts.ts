import { amountOf, oneIn } from '../../../../support/sampling';
import type { CommandEnd } from '../../../kit/command';
import { figure } from '../../../kit/figures';
import { HOST, type Protocol, ROUTES, behindGateway, nextBehindGateway } from '../../../kit/gateway-trees';
import { type GatewayImplementation, type TestGateway, gatewayScenario } from '../../../kit/gateways';
import { expectShare } from '../../../kit/gateways/expect-share';
import { RATE, type Report, type Target, expectNoFailure, failures, sendLoad, startLoad } from '../../../kit/load';
import type { Namespace } from '../../../kit/namespace';
import { Rollout } from '../../../kit/rollout';
import { TURNED_BACK_FROM, type Tree } from '../../../kit/trees';
import { done } from './command';

/** Connections of a client that keeps them. */
const KEEP = 8;

/** Declares the rollouts of `kubectl canary` behind a gateway of one implementation, under load. */
export function gatewayRollouts(implementation: GatewayImplementation, protocols: readonly Protocol[]): void {
  for (const protocol of protocols) {
    wholeRollout(implementation, protocol);
  }
  gatewayScenario(
    `${ROUTES.http}: rollback from every stage and from promoted loses no request`,
    implementation,
    async (namespace, gateway) => {
      const tree = behindGateway(gateway);
      const rollout = await Rollout.from(namespace, tree, gateway.target({ host: HOST }));
      for (const stage of oneIn(amountOf('cluster: one folder turned back from in'), TURNED_BACK_FROM, 1)) {
        await done(rollout, 'advance', stage);
        await rollout.rest();
        await underLoad(rollout, gateway, { protocol: 'http', way: `rollback from ${stage}` }, () => done(rollout, 'rollback'));
        expect((await sendLoad(rollout.target, 200)).versions).toEqual({ '1.0': 200 });
      }
      await rollout.pods.stop();
    },
    { limit: 400 },
  );
}

/** The case that a status does not show: a proxy that lost its control plane goes on with the old weight. */
export function staleProxy(implementation: GatewayImplementation): void {
  gatewayScenario(
    `${ROUTES.http}: the command does not go on while a proxy serves the old weight, and without the proof requests are lost`,
    implementation,
    async (namespace, gateway) => {
      const rollout = await Rollout.from(namespace, behindGateway(gateway), gateway.target({ host: HOST }));
      await done(rollout, 'advance', 'stage-50');
      const [cut] = await gateway.proxies();
      const heal = await gateway.cutOff(cut!);
      const load = await rollout.load();
      const stopped = await rollout.type('advance', 'promoted', '--timeout', '25s');
      const proven = await rollout.end(load);
      expect({ status: stopped.status, said: stopped.stdout + stopped.stderr }).toEqual({
        status: 6,
        said: expect.stringContaining(`${cut!.pod} still serves 50 %`) as string,
      });
      lost(implementation, 'with the proof: it stops before stable is drained', proven);
      expectNoFailure(proven, rollout.story);

      const blind = await rollout.load();
      await done(rollout, 'advance', 'promoted', '--in-force', 'off');
      const unproven = await rollout.end(blind);
      lost(implementation, 'without it: stable is drained', unproven);
      expect(unproven.failed).toBeGreaterThan(0);
      await heal();
      await rollout.pods.stop();
    },
    { limit: 400 },
  );
}

function lost(gateway: GatewayImplementation, way: string, report: Report): void {
  figure('Rollouts behind a gateway', {
    gateway,
    route: ROUTES.http,
    way: `one of two proxies cut off from its control plane at 50 %, then to promoted, ${way}`,
    by: 'a connection each',
    requests: report.requests,
    dropped: failures(report),
  });
}

/** From stage-0 to promoted, and the first stage of the next release. */
function wholeRollout(implementation: GatewayImplementation, protocol: Protocol): void {
  gatewayScenario(
    `${ROUTES[protocol]}: a rollout to promoted and on to the next release loses no request, and its shares are exact`,
    implementation,
    async (namespace, gateway) => {
      const tree = behindGateway(gateway, protocol);
      const rollout = await Rollout.from(namespace, tree, targetOf(gateway, protocol));
      const shape = await shapeOf(namespace, protocol);
      await underLoad(rollout, gateway, { protocol, way: 'to promoted, and the next release to 10 %' }, async () => {
        let seconds = (await done(rollout, 'advance', 'stage-10')).seconds;
        await expectShare(implementation, ROUTES[protocol], 'a connection each', rollout.target, 10);
        seconds += (await done(rollout, 'advance', 'promoted')).seconds;
        seconds += await advanceNext(rollout, nextBehindGateway(gateway, protocol));
        return seconds;
      });
      await expectShare(implementation, ROUTES[protocol], 'a connection each', rollout.target, 10, '1.2');
      expect(await shapeOf(namespace, protocol)).toEqual(shape);
      await rollout.pods.stop();
    },
    { limit: 400 },
  );
}

async function advanceNext(rollout: Rollout, next: Tree): Promise<number> {
  rollout.next(next);
  const baseline = await done(rollout, 'advance', 'stage-0');
  const stage = await done(rollout, 'advance', 'stage-10');
  return baseline.seconds + stage.seconds;
}

function targetOf(gateway: TestGateway, protocol: Protocol, keep?: number): Target {
  return gateway.target({ protocol, ...(protocol !== 'tcp' && { host: HOST }), ...(keep !== undefined && { keep }) });
}

/** The route as the API server has it, without the numbers of its weights. */
async function shapeOf(namespace: Namespace, protocol: Protocol): Promise<unknown> {
  const [route] = await namespace.list('gateway.networking.k8s.io/v1', `${protocol}routes`);
  return JSON.parse(JSON.stringify(route!['spec'], (key, value: unknown) => (key === 'weight' ? 0 : value)));
}

interface Way {
  readonly protocol: Protocol;
  readonly way: string;
}

/**
 * Runs a task under load, with a connection for each request and with kept ones. A kept TCP connection ends with its pod, so it is left out:
 * a weight divides new connections alone.
 */
async function underLoad(
  rollout: Rollout,
  gateway: TestGateway,
  { protocol, way }: Way,
  task: () => Promise<number | CommandEnd>,
): Promise<void> {
  const kept = protocol === 'tcp' ? undefined : startLoad(targetOf(gateway, protocol, KEEP), RATE);
  const load = await rollout.load();
  const before = rollout.compared;
  const ended = await task();
  const seconds = typeof ended === 'number' ? ended : ended.seconds;
  const reports: [string, Report][] = [['a connection each', await rollout.end(load)]];
  if (kept) {
    reports.push(['kept', await kept.stop()]);
  }
  for (const [by, report] of reports) {
    figure('Rollouts behind a gateway', {
      gateway: gateway.implementation,
      route: ROUTES[protocol],
      way,
      by,
      seconds: Math.round(seconds),
      requests: report.requests,
      dropped: failures(report),
    });
  }
  reports.forEach(([, report]) => expectNoFailure(report, rollout.story));
  expect(rollout.broken).toEqual([]);
  expect(rollout.compared).toBeGreaterThan(before);
}
