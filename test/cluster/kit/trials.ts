import { Outcome, Task } from './campaign';
import { CommandEnd } from './command';
import { Seen } from './faults';
import { Fixture } from './fixture';
import { Namespace } from './namespace';
import { State, stateOf } from './state';
import { Tree } from './trees';

/** What a command does that nothing happens to, from a folder that `kubectl apply` put there. */
export interface Undisturbed {
  readonly tree: Tree;
  readonly words: readonly string[];
  readonly from: string;
  readonly requests: readonly Seen[];
  readonly state: State;
}

export async function undisturbed(namespace: Namespace, tree: Tree, words: readonly string[], from = 'stage-0'): Promise<Undisturbed> {
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

/** The last that a command said, in a line. */
export function lastOf({ stdout, stderr }: Pick<CommandEnd, 'stdout' | 'stderr'>): string {
  return (stdout + stderr)
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .slice(-700);
}

/** Numbers from 1 to a last one, at most so many, evenly. */
export function spread(last: number, count: number): number[] {
  const every = Math.max(1, (last - 1) / (count - 1));
  return Array.from({ length: Math.min(last, count) }, (_, n) => 1 + Math.round(n * every));
}

/** A task that begins where an undisturbed command began, and says whether its command left what that one left. */
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
