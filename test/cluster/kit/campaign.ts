import { amountOf, oneIn } from '../../support/sampling';
import { CommandEnd } from './command';
import { figure } from './figures';
import { Fixture } from './fixture';
import { Namespace } from './namespace';
import { State, differencesBetween, lostSince, stateOf } from './state';

/** How many rollouts go on at a time in one test file: they mostly wait. */
const FIXTURES = 8;

/** A fixture takes a namespace, an operator and a proxy; for fewer tasks than these it is not worth it. */
const TASKS_OF_A_FIXTURE = 3;

/** What one run of a campaign came to. */
export class Outcome {
  endedAs = 'did not end';
  readonly wrongStates: string[] = [];
  readonly lost: string[] = [];
  readonly hangs: string[] = [];
  readonly wrong: string[] = [];

  constructor(readonly name: string) {}

  /** How the command ended, as the table names it. */
  ended({ status, signal, stderr }: CommandEnd, code: number | readonly number[], says: RegExp = /^/): void {
    this.endedAs = signal ?? String(status);
    const isRight = [code].flat().includes(status ?? -1) && says.test(stderr) && !stderr.includes('this is a fault of kubectl-canary');
    this.expect(isRight, `ended with ${signal ?? status}, and not ${[code].flat().join(' or ')} saying ${says.source}: ${stderr.trim()}`);
  }

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) {
      this.wrong.push(otherwise);
    }
  }

  /** Compares a namespace with the state that an undisturbed run leaves, and with the objects that were there before. */
  async state(fixture: Fixture, wanted: State, before: State = {}): Promise<void> {
    await fixture.atRest();
    const found = await stateOf(fixture.namespace);
    this.wrongStates.push(...differencesBetween(found, wanted));
    const kept = Object.fromEntries(Object.entries(before).filter(([name]) => name in wanted));
    this.lost.push(...lostSince(kept, found));
    // A track has one template for its whole life, and so one ReplicaSet.
    const sets = await fixture.namespace.list('apps/v1', 'replicasets');
    const tracks = Object.keys(wanted).filter((name) => name.startsWith('deployments/')).length;
    this.lost.push(...(sets.length === tracks ? [] : [`there are ${sets.length} ReplicaSets for ${tracks} Deployments`]));
  }

  get all(): string[] {
    return [...this.wrong, ...this.wrongStates, ...this.lost, ...this.hangs];
  }
}

/** One thing to do in a fixture. */
export interface Task {
  readonly name: string;
  readonly body: (fixture: Fixture, outcome: Outcome) => Promise<void>;
}

/** Does tasks, several at a time, each in a fixture of its own, and keeps what they came to as a row of the table. */
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

/** `30 × 0, 2 × 6`: how often each was. */
function countsOf(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  texts.forEach((text) => counts.set(text, (counts.get(text) ?? 0) + 1));
  return [...counts].map(([text, count]) => `${count} × ${text}`).join(', ');
}
