import { amountOf, oneIn } from '../../support/sampling';
import type { CommandEnd } from './command';
import { figure } from './figures';
import { Fixture } from './fixture';
import { Namespace } from './namespace';
import { type State, differencesBetween, lostSince, stateOf } from './state';

/** The number of rollouts that run at a time in one test file. There can be several because rollouts mostly wait. */
const FIXTURES = 8;

/** The number of tasks for which another fixture pays off: it needs a namespace, an operator and a proxy of its own. */
const TASKS_OF_A_FIXTURE = 3;

/** The outcome of one task of a campaign. */
export class Outcome {
  endedAs = 'did not end';
  readonly wrongStates: string[] = [];
  readonly lost: string[] = [];
  readonly hangs: string[] = [];
  readonly wrong: string[] = [];

  constructor(readonly name: string) {}

  /** Records how the command ended, and checks its exit code and its output. */
  ended({ status, signal, stderr }: CommandEnd, code: number | readonly number[], says: RegExp = /^/): void {
    this.endedAs = signal ?? String(status);
    const isRight = [code].flat().includes(status ?? -1) && says.test(stderr) && !stderr.includes('this is a bug in kubectl-canary');
    this.expect(isRight, `ended with ${signal ?? status}, and not ${[code].flat().join(' or ')} saying ${says.source}: ${stderr.trim()}`);
  }

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) {
      this.wrong.push(otherwise);
    }
  }

  /** Compares a namespace with the state after an undisturbed run, and checks that the earlier objects still exist. */
  async state(fixture: Fixture, wanted: State, before: State = {}): Promise<void> {
    await fixture.atRest();
    const found = await stateOf(fixture.namespace);
    this.wrongStates.push(...differencesBetween(found, wanted));
    const kept = Object.fromEntries(Object.entries(before).filter(([name]) => name in wanted));
    this.lost.push(...lostSince(kept, found));
    // A track's template never changes, so each Deployment has exactly one ReplicaSet.
    const sets = await fixture.namespace.list('apps/v1', 'replicasets');
    const tracks = Object.keys(wanted).filter((name) => name.startsWith('deployments/')).length;
    this.lost.push(...(sets.length === tracks ? [] : [`there are ${sets.length} ReplicaSets for ${tracks} Deployments`]));
  }

  get all(): string[] {
    return [...this.wrong, ...this.wrongStates, ...this.lost, ...this.hangs];
  }
}

/** One task for a fixture. */
export interface Task {
  readonly name: string;
  readonly body: (fixture: Fixture, outcome: Outcome) => Promise<void>;
}

/** Runs tasks, several at a time, each in a fixture of its own, and records the outcomes as a row of the table. */
export async function campaign(namespace: Namespace, fault: string, all: readonly Task[], count = FIXTURES): Promise<void> {
  const tasks = oneIn(amountOf('cluster: one position of a fault in'), all);
  const begin = performance.now();
  const namespaces = [namespace];
  const outcomes: Outcome[] = [];
  const wrong: string[] = [];
  const queue = [...tasks];
  const work = async (own: Namespace) => {
    const fixture = await Fixture.open(own);
    try {
      for (let task = queue.shift(); task; task = queue.shift()) {
        const outcome = new Outcome(task.name);
        outcomes.push(outcome);
        try {
          await task.body(fixture, outcome);
        } catch (error) {
          const { message } = error as Error;
          (message.includes('did not end within') ? outcome.hangs : outcome.wrong).push(message);
        }
        if (outcome.all.length > 0) {
          const folder = await own.keep(`${task.name} in ${own.name}`);
          wrong.push(`${task.name}: ${outcome.all.join('; ')} (${folder})`);
          process.stdout.write(`    wrong: ${wrong.at(-1)}\n`);
        }
      }
      await fixture.empty();
      wrong.push(...(await fixture.beyond()).map((line) => `beyond the Role: ${line}`));
    } finally {
      await fixture.close();
    }
  };
  try {
    while (namespaces.length < Math.min(count, Math.ceil(tasks.length / TASKS_OF_A_FIXTURE))) {
      namespaces.push(await Namespace.create());
    }
    await Promise.all(namespaces.map(work));
  } finally {
    await Promise.all(namespaces.slice(1).map((other) => other.remove()));
  }
  const sum = (of: (outcome: Outcome) => readonly string[]) => outcomes.filter((outcome) => of(outcome).length > 0).length;
  figure('Faults', {
    fault,
    positions: tasks.length,
    'ended as': countsOf(outcomes.map(({ endedAs }) => endedAs)),
    'wrong final states': sum(({ wrongStates }) => wrongStates),
    'objects lost or doubled': sum(({ lost }) => lost),
    hangs: sum(({ hangs }) => hangs),
    'otherwise wrong': sum((outcome) => outcome.wrong),
    seconds: Math.round((performance.now() - begin) / 1000),
  });
  expect(wrong).toEqual([]);
}

/** Counts equal texts: `30 × 0, 2 × 6`. */
function countsOf(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  texts.forEach((text) => counts.set(text, (counts.get(text) ?? 0) + 1));
  return [...counts].map(([text, count]) => `${count} × ${text}`).join(', ');
}
