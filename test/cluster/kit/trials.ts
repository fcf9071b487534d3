import type { Outcome, Task } from './campaign';
import type { CommandEnd } from './command';
import type { Seen } from './faults';
import { Fixture } from './fixture';
import type { Namespace } from './namespace';
import { type State, stateOf } from './state';
import type { Tree } from './trees';

/** The requests and the final state of a command that runs without faults, from a folder that `kubectl apply` applied. */
export interface Undisturbed {
  readonly tree: Tree;
  readonly words: readonly string[];
  readonly from: string;
  readonly requests: readonly Seen[];
  readonly state: State;
}

/** The undisturbed commands of this test file. */
const known = new Map<string, Promise<Undisturbed>>();

/** Runs a command without faults. The tests of a file that start from the same command share one run. */
export function undisturbed(namespace: Namespace, tree: Tree, words: readonly string[], from = 'stage-0'): Promise<Undisturbed> {
  const key = JSON.stringify([tree.folder, words, from]);
  const run = known.get(key) ?? runUndisturbed(namespace, tree, words, from);
  known.set(key, run);
  return run;
}

async function runUndisturbed(namespace: Namespace, tree: Tree, words: readonly string[], from: string): Promise<Undisturbed> {
  const fixture = await Fixture.open(namespace);
  try {
    await fixture.begin(tree, from);
    const end = await fixture.run(tree, words);
    expect({ status: end.status, said: lastOf(end) }).toMatchObject({ status: 0 });
    const requests = [...fixture.proxy.requests];
    await fixture.atRest();
    return { tree, words, from, requests, state: await stateOf(namespace) };
  } finally {
    await fixture.close();
  }
}

/** The end of a command's output, in one line. */
export function lastOf({ stdout, stderr }: Pick<CommandEnd, 'stdout' | 'stderr'>): string {
  return (stdout + stderr)
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .slice(-700);
}

/** At most `count` integers from 1 to `last`, evenly spaced. */
export function spread(last: number, count: number): number[] {
  const every = Math.max(1, (last - 1) / (count - 1));
  return Array.from({ length: Math.min(last, count) }, (_, n) => 1 + Math.round(n * every));
}

/** A task that starts where an undisturbed command started, and checks that its command ends in the same state. */
export function trial(name: string, { tree, from, state }: Undisturbed, body: (fixture: Fixture, outcome: Outcome) => Promise<void>): Task {
  return {
    name,
    body: async (fixture, outcome) => {
      await fixture.begin(tree, from);
      const before = await stateOf(fixture.namespace);
      await body(fixture, outcome);
      await outcome.state(fixture, state, before);
    },
  };
}
