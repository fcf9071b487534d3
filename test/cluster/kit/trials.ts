import { Outcome, Task } from './campaign';
import { CommandEnd } from './command';
import { Seen } from './faults';
import { Lane } from './lane';
import { Space } from './space';
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

export async function undisturbed(space: Space, tree: Tree, words: readonly string[], from = 'stage-0'): Promise<Undisturbed> {
  const lane = await Lane.open(space);
  try {
    await lane.begin(tree, from);
    const end = await lane.run(tree, words);
    expect({ status: end.status, said: lastOf(end) }).toMatchObject({ status: 0 });
    const requests = [...lane.proxy.requests];
    await lane.atRest();
    return { tree, words, from, requests, state: await stateOf(space) };
  } finally {
    await lane.close();
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
export function trial(name: string, { tree, from, state }: Undisturbed, body: (lane: Lane, outcome: Outcome) => Promise<void>): Task {
  return {
    name,
    body: async (lane, outcome) => {
      await lane.begin(tree, from);
      const before = await stateOf(lane.space);
      await body(lane, outcome);
      await outcome.state(lane, state, before);
    },
  };
}
