import { Agent } from 'node:http';
import { Api, type Connection } from '../../../../cli/src/cluster/api';
import { Lock } from '../../../../cli/src/cluster/lock';
import type { RolloutState } from '../../../../cli/src/core/kubernetes/lease';
import { CliError } from '../../../../cli/src/core/errors';
import { request } from '../../kit/api';
import type { CommandEnd } from '../../kit/command';
import { type Outcome, type Task, campaign } from '../../kit/campaign';
import { atWrite, changesIn, short, writesIn } from '../../kit/writes';
import { FAST, fastTree } from '../../kit/fast';
import * as faults from '../../kit/faults';
import type { Fixture } from '../../kit/fixture';
import { scenario } from '../../kit/scenario';
import { lastOf, trial, undisturbed } from '../../kit/trials';
import { pause } from '../../kit/walk';

// F20 to F22, G14: two drivers at a time, a driver that was stopped for a while, and clocks that differ.

const NEEDS = { needs: ['audit', 'images', 'istio'], limit: 1800 } as const;
const RUN = ['run', ...FAST];

/** An API client for a driver in this process. It goes through the fixture's proxy. */
function apiOf(fixture: Fixture): Api {
  const agent = new Agent({ keepAlive: true });
  const connection: Connection = {
    server: new URL(fixture.proxy.url),
    namespace: fixture.namespace.name,
    contextName: 'test',
    flags: [],
    authenticate: () => Promise.resolve({ headers: {}, agent }),
    forget: () => undefined,
  };
  return new Api(connection, { timeout: 15_000, apiTimeout: 60_000 });
}

const RELEASE = '0123456789abcdef';

function stateBy(run: string): RolloutState {
  return {
    version: 1,
    run,
    release: RELEASE,
    direction: 'advance',
    from: 'stage-0',
    to: 'stage-50',
    by: run,
    at: new Date().toISOString(),
  };
}

/** Several drivers try to lock one rollout at the same moment. The driver that gets the lock saves its state and holds it for a while. */
async function race(fixture: Fixture, service: string, drivers: number, outcome: Outcome): Promise<void> {
  const pair = { namespace: fixture.namespace.name, service, release: RELEASE };
  let holders = 0;
  let most = 0;
  let over = 0;
  const compete = async (n: number): Promise<'held' | 'refused'> => {
    const name = `driver ${n} of ${service}`;
    let lock: Lock;
    try {
      lock = await Lock.acquire(apiOf(fixture), [pair], name, () => undefined);
    } catch (error) {
      over += 1;
      if (error instanceof CliError && error.code === 4) {
        return 'refused';
      }
      throw error;
    }
    holders += 1;
    most = Math.max(most, holders);
    try {
      // Renew the lock until the other drivers have given up.
      while (over < drivers - 1) {
        await lock.save([stateBy(name)]);
        await pause(0.3);
      }
    } finally {
      over += 1;
      holders -= 1;
      await lock.release();
    }
    return 'held';
  };
  const ends = await Promise.all(Array.from({ length: drivers }, (_, n) => compete(n)));
  const held = ends.filter((end) => end === 'held').length;
  outcome.endedAs = `${held} of ${drivers}`;
  outcome.expect(held === 1 && most === 1, `${held} drivers held ${service}, ${most} at once`);
}

scenario(
  'F20, G14: one of several drivers that start at the same moment gets the lock',
  async (namespace) => {
    // 1,000 races. The first two races of a task create a Lease, the others take over a Lease that was released.
    const names = Array.from({ length: 250 }, (_, n) => `race-${n}`);
    const tasks = names.map((name, n): Task => {
      const drivers = n % 5 === 0 ? 3 : 2;
      return {
        name,
        body: async (fixture, outcome) => {
          for (let round = 0; round < 4; round += 1) {
            await race(fixture, `${name}-${round % 2}`, drivers, outcome);
          }
        },
      };
    });
    await campaign(namespace, 'F20 drivers that begin at once, in one process (four races each)', tasks, 8);
  },
  NEEDS,
);

scenario(
  'F20: one of several drivers that wait for a dead holder gets the lock',
  async (namespace) => {
    const tasks = Array.from({ length: 24 }, (_, n): Task => {
      return {
        name: `dead holder ${n}`,
        body: async (fixture, outcome) => {
          const name = `gone-${n}`;
          const body = {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: `canary-${name}` },
            spec: { holderIdentity: 'somebody who is gone', leaseDurationSeconds: 15 },
          };
          await request('POST', fixture.namespace.path('coordination.k8s.io/v1', 'leases'), JSON.stringify(body));
          await race(fixture, name, 3, outcome);
        },
      };
    });
    await campaign(namespace, 'F20 drivers that wait for one who is gone, in one process', tasks, 12);
  },
  NEEDS,
);

scenario(
  'F20: one of several commands that start at the same moment carries the rollout out, and the others name it',
  async (namespace) => {
    const usually = await undisturbed(namespace, fastTree('pods'), RUN);
    const words = ['run', '--yes', '--no-watch', '--hold', '3s', '--settle', '0s', '--no-record'];
    const tasks = Array.from({ length: 24 }, (_, n) =>
      trial(`commands, race ${n}`, usually, async (fixture, outcome) => {
        const ends = await Promise.all(Array.from({ length: n % 4 === 0 ? 3 : 2 }, () => fixture.run(usually.tree, words)));
        const [winner, ...losers] = ends.sort((a, b) => a.status! - b.status!) as [CommandEnd, ...CommandEnd[]];
        outcome.ended(winner, 0);
        losers.forEach((loser) => outcome.ended(loser, 4, /another driver holds this rollout: .+ \(pid \d+, run \w+\)/));
        outcome.endedAs = ends.map(({ status }) => status).join(' and ');
        const runs = new Set(fixture.proxy.writes.flatMap(({ body }) => /\\"run\\":\\"(\w+)\\"/.exec(body ?? '')?.[1] ?? []));
        outcome.expect(runs.size === 1, `${runs.size} runs wrote down where they were`);
      }),
    );
    await campaign(namespace, 'F20 commands that begin at once', tasks, 8);
  },
  NEEDS,
);

scenario(
  'F21: a driver that was stopped while another one continued writes nothing after SIGCONT',
  async (namespace) => {
    const tasks: Task[] = [];
    for (const router of ['pods', 'istio'] as const) {
      const usually = await undisturbed(namespace, fastTree(router), RUN);
      const all = writesIn(usually.requests);
      for (const [n, write] of all.entries()) {
        // The last write releases the lease.
        if (n === all.length - 1 || (router === 'istio' && n % 3 > 0)) {
          continue;
        }
        // A driver that is stopped for longer than its request timeout wakes up with a failed request and sends it again.
        for (const seconds of n === 0 ? [0, 16] : [0]) {
          const name = `${router}: stopped after ${n + 1} ${short(write)}${seconds > 0 ? `, for ${seconds} s more` : ''}`;
          tasks.push(
            trial(name, usually, async (fixture, outcome) => {
              const first = await fixture.start(usually.tree, RUN);
              const stop = fixture.proxy.plan(
                atWrite(n + 1),
                faults.calls('after', () => first.signal('SIGSTOP')),
              );
              while (stop.met.length === 0) {
                await pause(0.05);
              }
              const second = await fixture.run(usually.tree, RUN);
              await pause(seconds);
              const mark = fixture.proxy.requests.length;
              first.signal('SIGCONT');
              const woken = await first.end;
              outcome.ended(second, 0);
              // A driver that is stopped before it knows that it holds the lease has lost nothing. It starts and finds 1.1 promoted.
              outcome.ended(woken, n === 0 ? 0 : 4, n === 0 ? /promoted/ : /lost the lock/);
              outcome.endedAs = `${woken.status}, the other ${second.status}`;
              const writes = changesIn(fixture.proxy.requests.slice(mark));
              outcome.expect(writes.length === 0, `wrote after the loss: ${writes.map(short).join(', ')}`);
            }),
          );
        }
      }
    }
    await campaign(namespace, 'F21 SIGSTOP, and SIGCONT after another driver has gone on', tasks, 12);
  },
  NEEDS,
);

scenario(
  'F21: a write that the network delays until another driver has continued has no effect',
  async (namespace) => {
    const tasks: Task[] = [];
    for (const router of ['pods', 'istio'] as const) {
      const usually = await undisturbed(namespace, fastTree(router), RUN);
      for (const [n, write] of writesIn(usually.requests).entries()) {
        if (write.method !== 'PATCH' || (router === 'istio' && n % 2 > 0)) {
          continue;
        }
        tasks.push(
          trial(`${router}: delayed ${n + 1} ${short(write)}`, usually, async (fixture, outcome) => {
            const first = await fixture.start(usually.tree, RUN);
            const held = fixture.proxy.plan(atWrite(n + 1), faults.heldUp(30));
            while (held.met.length === 0) {
              await pause(0.05);
            }
            await first.kill();
            outcome.ended(await fixture.run(usually.tree, RUN), 0);
            while (held.met[0]!.committed === undefined) {
              await pause(0.1);
            }
            outcome.endedAs = `the late write ${held.met[0]!.committed}`;
          }),
        );
      }
    }
    await campaign(namespace, 'F21 a write that arrives after another driver has gone on', tasks, 12);
  },
  NEEDS,
);

scenario(
  'F22: the clocks of other drivers make no difference',
  async (namespace) => {
    const usually = await undisturbed(namespace, fastTree('pods'), RUN);
    const path = (fixture: Fixture) => `${fixture.namespace.path('coordination.k8s.io/v1', 'leases')}/canary-canary-svc`;
    const forge = (fixture: Fixture, hours: number) => {
      const time = new Date(Date.now() + hours * 3_600_000).toISOString().replace('Z', '000Z');
      const patch = JSON.stringify({ spec: { renewTime: time, acquireTime: time } });
      return request('PATCH', path(fixture), patch, 'application/merge-patch+json');
    };
    const all = writesIn(usually.requests);
    const tasks = all.slice(1, -1).flatMap((write, n) =>
      [n % 2 ? -1 : 1].map((hours) =>
        trial(`renewTime ${hours} h off at ${n + 2} ${short(write)}`, usually, async (fixture, outcome) => {
          fixture.proxy.plan(
            atWrite(n + 2),
            faults.calls('before', async () => void (await forge(fixture, hours))),
          );
          const first = fixture.run(usually.tree, RUN);
          const end = await first;
          outcome.ended(end, 0);
          outcome.expect(!/lost|held/.test(lastOf(end)), lastOf(end));
        }),
      ),
    );
    // A driver must not take over a lease that its holder renews, whatever the holder's clock says.
    for (const hours of [-1, 1]) {
      tasks.push(
        trial(`a rival, renewTime ${hours} h off`, usually, async (fixture, outcome) => {
          const first = await fixture.start(usually.tree, ['run', '--yes', '--no-watch', '--hold', '10s', '--settle', '0s', '--no-record']);
          await first.says(/hold stage-50 for/);
          await forge(fixture, hours);
          const rival = await fixture.run(usually.tree, RUN);
          outcome.ended(await first.end, 0);
          outcome.ended(rival, 4, /another driver holds this rollout/);
        }),
      );
    }
    await campaign(namespace, 'F22 renewTime an hour off, either way', tasks);
  },
  NEEDS,
);
