import { amountOf, oneIn } from '../../../support/sampling';
import { type Task, campaign } from '../../kit/campaign';
import type { RunningCommand } from '../../kit/command';
import { atWrite, short, writesIn } from '../../kit/writes';
import { FAST, fastTree } from '../../kit/fast';
import { calls } from '../../kit/faults/calls';
import { Fixture } from '../../kit/fixture';
import { scenario } from '../../kit/scenario';
import { type State, stateOf } from '../../kit/state';
import type { Tree } from '../../kit/trees';

// F11: one Ctrl-C stops the rollout at a named position, two roll it back, and SIGTERM stops it at once.

const RUN = ['run', ...FAST];

interface Usual {
  readonly tree: Tree;
  readonly before: State;
  readonly after: State;
}

/** Sends signals at the nth write of a run, one after the other. After a single signal, the test runs the command again to the end. */
function signalled({ tree, before, after }: Usual, n: number, what: string, signals: readonly NodeJS.Signals[]): Task {
  const isBack = signals.length === 2;
  return {
    name: `${signals.join(', ')} at write ${n}, ${what}`,
    body: async (fixture, outcome) => {
      await fixture.begin(tree);
      const first = await stateOf(fixture.namespace);
      fixture.proxy.plan(
        atWrite(n),
        calls('after', async () => {
          for (const signal of signals) {
            command.signal(signal);
            await new Promise((next) => setTimeout(next, 200));
          }
        }),
      );
      const command: RunningCommand = await fixture.start(tree, RUN);
      const end = await command.end;
      if (isBack) {
        outcome.ended(end, 7, /rolled back: all traffic is on stable/);
        await outcome.state(fixture, before, first);
        return;
      }
      outcome.ended(end, 130, /interrupted: stopped at .*(stage-0|stage-50|stage-100|promoted)/);
      outcome.expect(/kubectl canary run .* continues from here/.test(end.stderr), `it does not say how to go on: ${end.stderr}`);
      const again = await fixture.run(tree, RUN);
      outcome.expect(again.status === 0, `begun again, it ended with ${again.status}: ${again.stderr}`);
      outcome.expect(!again.stderr.includes('held by'), `its lease was not given back: ${again.stderr}`);
      await outcome.state(fixture, after, first);
    },
  };
}

const SIGNALS: readonly (readonly NodeJS.Signals[])[] = [['SIGINT'], ['SIGINT', 'SIGINT'], ['SIGTERM']];

for (const [index, router] of (['pods', 'istio'] as const).entries()) {
  scenario(
    `F11: a run by ${router} stops on one Ctrl-C or SIGTERM at its writes, and rolls back on two Ctrl-C`,
    async (namespace) => {
      const tree = fastTree(router);
      const fixture = await Fixture.open(namespace);
      await fixture.begin(tree);
      const before = await stateOf(namespace);
      expect((await fixture.run(tree, RUN)).status).toBe(0);
      const writes = writesIn(fixture.proxy.requests);
      await fixture.atRest();
      const usual = { tree, before, after: await stateOf(namespace) };
      await fixture.close();
      // The first write acquires the lease and the last one releases it. A run can be interrupted between these two.
      const inside = writes.map((write, n) => ({ n: n + 1, what: short(write) })).slice(1, -1);
      for (const signals of oneIn(amountOf('cluster: one command of a router in'), SIGNALS, index)) {
        const tasks = inside.map(({ n, what }) => signalled(usual, n, what, signals));
        await campaign(namespace, `F11 ${signals.join(' and ')} during a run, ${router}`, tasks, 10);
      }
    },
    { needs: ['audit', 'images', 'istio'], limit: 1800 },
  );
}
