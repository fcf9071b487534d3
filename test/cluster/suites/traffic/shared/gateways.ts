import { until } from '../../../../support/command';
import { figure } from '../../../kit/figures';
import { type GatewayImplementation, type TestGateway, gatewayScenario, isTrue } from '../../../kit/gateways';
import { VERSIONS, drain, startBackends } from '../../../kit/gateways/backends';
import { expectShare } from '../../../kit/gateways/expect-share';
import { PlainRoute, type Propagation, allIsWell } from '../../../kit/gateways/plain-route';
import { RATE, type Report, type Target, expectNoFailure, failures, openConnections, sendLoad, startLoad } from '../../../kit/load';

/** Connections of a client that keeps them. */
const KEEP = 8;

/** The canary's weights in percent, from the first to the last. */
const WEIGHTS = [10, 50, 100] as const;

/** Proves an implementation, and the kit's gateways, with plain routes: nothing of the library is used here. */
export function gatewaySuite(implementation: GatewayImplementation): void {
  gatewayScenario(
    'an HTTPRoute divides requests, and stable is drained when its weight of 0 is in force',
    implementation,
    async (namespace, gateway) => {
      const proxies = await gateway.proxies();
      const route = new PlainRoute(namespace, 'HTTPRoute', gateway.parentRef('http'));
      await route.write(0);
      await route.accepted();
      await Promise.all(proxies.map((proxy) => answers(gateway.targetOf(proxy))));

      const clients = { 'a connection each': gateway.target(), kept: gateway.target({ keep: KEEP }) };
      const loads = Object.entries(clients).map(([by, target]) => ({ by, load: startLoad(target, RATE) }));
      const moves: Propagation[] = [];
      const move = async (weight: number) => void moves.push(await route.move(weight, gateway, proxies));
      for (const weight of WEIGHTS) {
        await move(weight);
        await Promise.all(Object.entries(clients).map(([by, target]) => expectShare(implementation, 'HTTPRoute', by, target, weight)));
      }
      for (const weight of [0, 100, 0, 100]) {
        await move(weight);
      }
      await drain(namespace, 'stable');
      for (const { by, load } of loads) {
        noneDropped(implementation, 'HTTPRoute', by, await load.stop());
      }
      figure('Propagation', { gateway: implementation, moves: moves.length, ...spread('first', moves), ...spread('last', moves) });
    },
    { beside: startBackends },
  );

  gatewayScenario(
    'a proxy without its control plane serves the old weight, and no status says so',
    implementation,
    async (namespace, gateway) => {
      const [cut, other] = await gateway.proxies();
      const route = new PlainRoute(namespace, 'HTTPRoute', gateway.parentRef('http'));
      await route.write(0);
      await route.accepted();
      await Promise.all([cut!, other!].map((proxy) => answers(gateway.targetOf(proxy))));

      const heal = await gateway.cutOff(cut!);
      await route.move(100, gateway, [other!]);
      await route.accepted();
      const [stale, current] = await Promise.all([cut!, other!].map((proxy) => sendLoad(gateway.targetOf(proxy), 200)));
      expect([stale!.versions, current!.versions]).toEqual([{ [VERSIONS.stable]: 200 }, { [VERSIONS.canary]: 200 }]);
      expect(allIsWell(await route.read())).toBe(true);
      expect(isTrue(await gateway.read(), 'Programmed')).toBe(true);
      expect((await gateway.proxies()).map(({ pod }) => pod).sort()).toEqual([cut!.pod, other!.pod].sort());

      // A driver that believes the status loses the requests of the proxy that was cut off.
      await drain(namespace, 'stable');
      const lost = await sendLoad(gateway.target(), 400);
      expect(lost.failed).toBeGreaterThan(0);
      expect(lost.versions).toEqual({ [VERSIONS.canary]: lost.answered });

      await heal();
      await until(
        'the healed proxy to serve the new weight',
        90,
        async () => (await sendLoad(gateway.targetOf(cut!), 20)).failed === 0 || undefined,
      );
      const healed = await sendLoad(gateway.target(), 200);
      noneDropped(implementation, 'HTTPRoute', 'after the proxy was healed', healed);
      figure('Gateways', {
        gateway: implementation,
        route: 'HTTPRoute',
        requests: lost.requests,
        by: 'one proxy cut off, stable drained',
        dropped: failures(lost),
      });
    },
    { beside: startBackends },
  );

  gatewayScenario(
    'a GRPCRoute and a TCPRoute divide calls and connections',
    implementation,
    async (namespace, gateway) => {
      const host = 'grpc.example';
      const grpc = new PlainRoute(namespace, 'GRPCRoute', gateway.parentRef('http'), [host]);
      const tcp = new PlainRoute(namespace, 'TCPRoute', gateway.parentRef('tcp'));
      await grpc.write(50);
      await tcp.write(50);
      await Promise.all([grpc.accepted(), tcp.accepted()]);
      const calls = {
        'a connection each': gateway.target({ protocol: 'grpc', host }),
        'one long connection': gateway.target({ protocol: 'grpc', host, keep: 1 }),
      };
      const connections = gateway.target({ protocol: 'tcp' });
      for (const proxy of await gateway.proxies()) {
        await answers(gateway.targetOf(proxy, { protocol: 'grpc', host }));
        await answers(gateway.targetOf(proxy, { protocol: 'tcp' }));
      }
      await Promise.all([
        ...Object.entries(calls).map(([by, target]) => expectShare(implementation, 'GRPCRoute', by, target, 50)),
        expectShare(implementation, 'TCPRoute', 'a connection each', connections, 50),
      ]);

      await tcp.write(0);
      await onlyVersion(gateway, { protocol: 'tcp' }, 'stable');
      const keptConnections = gateway.target({ protocol: 'tcp', keep: KEEP });
      const kept = startLoad(keptConnections, RATE);
      await until('each kept connection to be open', 30, async () => (await openConnections(keptConnections)) === KEEP || undefined);
      const loads = [
        ...Object.entries(calls).map(([by, target]) => ({ kind: 'GRPCRoute' as const, by, load: startLoad(target, RATE) })),
        { kind: 'TCPRoute' as const, by: 'a connection each', load: startLoad(connections, RATE) },
      ];
      await grpc.write(100);
      await tcp.write(100);
      await onlyVersion(gateway, { protocol: 'grpc', host }, 'canary');
      await onlyVersion(gateway, { protocol: 'tcp' }, 'canary');
      // A weight divides new connections. Those that are open stay where they are, and their client must end them before the pods go.
      const old = await kept.stop();
      expect(old.versions).toEqual({ [VERSIONS.stable]: old.requests });
      await drain(namespace, 'stable');
      for (const { kind, by, load } of loads) {
        noneDropped(implementation, kind, by, await load.stop());
      }
      noneDropped(implementation, 'TCPRoute', 'kept, ended before the pods', old);
    },
    { beside: startBackends },
  );
}

/** Waits until requests are answered. */
async function answers(target: Target): Promise<void> {
  await until(`answers of ${target.url}`, 60, async () => (await sendLoad(target, 5)).failed === 0 || undefined);
}

/** Waits until each proxy answers new connections with one version alone; before, it answered at most half of them so. */
async function onlyVersion(
  gateway: TestGateway,
  options: Parameters<TestGateway['target']>[0],
  track: keyof typeof VERSIONS,
): Promise<void> {
  for (const proxy of await gateway.proxies()) {
    await until(`only ${track} at ${proxy.pod}`, 60, async () => {
      const { versions, requests } = await sendLoad(gateway.targetOf(proxy, options), 40);
      return versions[VERSIONS[track]] === requests || undefined;
    });
  }
}

function noneDropped(gateway: GatewayImplementation, route: string, by: string, report: Report): void {
  figure('Gateways', { gateway, route, requests: report.requests, by, dropped: failures(report) });
  expectNoFailure(report);
}

/** The median and the largest of some times, in milliseconds. */
function spread(which: keyof Propagation, moves: readonly Propagation[]): Readonly<Record<string, number>> {
  const times = moves.map((move) => move[which]).sort((a, b) => a - b);
  return { [`${which} proxy, median ms`]: times[Math.floor(times.length / 2)]!, [`${which} proxy, worst ms`]: times.at(-1)! };
}
