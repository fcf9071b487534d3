import { amountOf, oneIn } from '../../../support/sampling';
import { type Task, campaign } from '../../kit/campaign';
import type { RunningCommand } from '../../kit/command';
import { atWrite, short, writesIn } from '../../kit/writes';
import { FAST, fastTree } from '../../kit/fast';
import { type Moment, calls } from '../../kit/faults/calls';
import { Fixture } from '../../kit/fixture';
import { scenario } from '../../kit/scenario';
import { type State, stateOf } from '../../kit/state';
import type { Tree } from '../../kit/trees';

// F12, G9: the driver is killed at any write. The same command continues from there and ends in the same state as an undisturbed one.

const RUN = ['run', ...FAST, '--create'];
const TO_LAST = [...RUN, '--until', 'stage-100'];
const BACK = ['rollback', '--settle', '0s'];

/** Empties the namespace and runs commands one after the other. */
async function first(fixture: Fixture, tree: Tree, commands: readonly (readonly string[])[]): Promise<void> {
  await fixture.empty();
  for (const words of commands) {
    const { status, stderr } = await fixture.run(tree, words);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  }
  fixture.proxy.reset();
}

/** Kills a command at its nth write, and runs it again. */
function killedAt(tree: Tree, before: readonly (readonly string[])[], words: readonly string[], wanted: State) {
  return (n: number, moment: Moment, what: string): Task => ({
    name: `${words[0]} killed ${moment} write ${n}, ${what}`,
    body: async (fixture, outcome) => {
      await first(fixture, tree, before);
      const killed = fixture.proxy.plan(
        atWrite(n),
        calls(moment, () => command.kill()),
      );
      const command: RunningCommand = await fixture.start(tree, words);
      const { signal, stderr } = await command.end;
      outcome.expect(killed.met.length === 1 && signal === 'SIGKILL', `it was not killed: ${stderr}`);
      const left = await stateOf(fixture.namespace);
      outcome.ended(await fixture.run(tree, words), 0);
      await outcome.state(fixture, wanted, left);
    },
  });
}

const COMMANDS = [
  ['run', RUN, []],
  ['rollback', BACK, [TO_LAST]],
  ['cleanup', ['cleanup', '--yes'], [TO_LAST, BACK]],
] as const;

for (const [index, router] of (['pods', 'istio'] as const).entries()) {
  for (const [what, words, before] of oneIn(amountOf('cluster: one command of a router in'), COMMANDS, index)) {
    scenario(
      `F12: a ${what} by ${router} continues after SIGKILL before and after every write`,
      async (namespace) => {
        const tree = fastTree(router);
        const fixture = await Fixture.open(namespace);
        await first(fixture, tree, [...before, words].slice(0, -1));
        expect((await fixture.run(tree, words)).status).toBe(0);
        const writes = writesIn(fixture.proxy.requests);
        await fixture.atRest();
        const wanted = await stateOf(namespace);
        await fixture.close();
        const killed = killedAt(tree, before, words, wanted);
        const tasks = writes.flatMap((write, n) => (['before', 'after'] as const).map((moment) => killed(n + 1, moment, short(write))));
        await campaign(namespace, `F12 SIGKILL before and after every write of a ${what}, ${router}`, tasks, 12);
      },
      { needs: ['audit', 'images', 'istio'], limit: 1800 },
    );
  }
}
