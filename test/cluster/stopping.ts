/**
 * Starts clusters, ends each in one of the ways in which a run can end, and checks that nothing is left on the machine.
 *
 *   npm run test:stopping
 *
 * Ends with the line `N passed, N failed`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { attempt, until } from '../support/command';
import { removeCgroups, thawCgroups, traces } from './machine/isolation';

const PROJECT = resolve(__dirname, '..', '..');
const RESULTS = join(PROJECT, 'test-results', 'cluster');
const SELF = { CANARY_TEST_SUITES: join(__dirname, 'self') };

/** A run of the suites, started as a user starts it. */
class Run {
  output = '';
  /** Resolves when the run has ended and nothing holds its output any more. */
  readonly ended: Promise<number | string>;
  /** Resolves when the run itself has ended. */
  readonly exited: Promise<number | string>;
  private readonly child: ChildProcess;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const argv = ['--import', 'tsx', join(__dirname, 'run.ts'), ...args];
    this.child = spawn(process.execPath, argv, { cwd: PROJECT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.ended = new Promise((done) => this.child.once('close', (status, signal) => done(status ?? signal!)));
    this.exited = new Promise((done) => this.child.once('exit', (status, signal) => done(status ?? signal!)));
  }

  /** Waits until the output contains a text. */
  said(text: string): Promise<true> {
    return until(`"${text}"`, 120, () => (this.output.includes(text) ? true : undefined)).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  get pid(): number {
    return this.child.pid!;
  }
}

/** Starts a run, and waits until it is in the middle of a test that has pods. */
async function withPods(): Promise<Run> {
  const run = new Run(['-t', 'at rest, applying']);
  await run.said('...    api: at rest');
  await new Promise((next) => setTimeout(next, 3000));
  return run;
}

function expectSame(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
  }
}

/** All descendants of a process, without the process itself. */
async function descendants(pid: number): Promise<{ pid: number; name: string }[]> {
  const { stdout } = await attempt(['ps', '-e', '-o', 'pid=,ppid=,comm=']);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const below = (parent: number): { pid: number; name: string }[] =>
    all
      .filter(([, ppid]) => Number(ppid) === parent)
      .flatMap(([own, , name]) => [{ pid: Number(own), name: name! }, ...below(Number(own))]);
  return below(pid);
}

const WAYS: readonly [string, () => Promise<void>][] = [
  [
    'Ctrl-C while the cluster starts',
    async () => {
      const run = new Run([]);
      await run.said('the API server answers');
      run.kill('SIGINT');
      expectSame('status', await run.ended, 130);
    },
  ],
  [
    'Ctrl-C while pods run',
    async () => {
      const run = await withPods();
      run.kill('SIGINT');
      expectSame('status', await run.ended, 130);
    },
  ],
  [
    'kill -9 while pods run',
    async () => {
      const run = await withPods();
      run.kill('SIGKILL');
      expectSame('status', await run.exited, 'SIGKILL');
      // The processes of the run end without help. The control group, empty by then, would be removed by the next run.
      await until('all of it to end', 30, async () => {
        // As the next run does when it starts: a runc that was killed may have left a container frozen.
        thawCgroups();
        return (await traces()).every((line) => before.includes(line) || line.startsWith('control group')) ? true : undefined;
      });
      await removeCgroups();
    },
  ],
  [
    'etcd is killed',
    async () => {
      const run = await withPods();
      const etcd = (await descendants(run.pid)).find(({ name }) => name === 'etcd')!;
      process.kill(etcd.pid, 'SIGKILL');
      expectSame('status', await run.ended, 1);
      await run.said('etcd ended by itself (SIGKILL); its log is ');
    },
  ],
  [
    'a test fails, and its objects and logs are kept and named',
    async () => {
      const run = new Run([], SELF);
      expectSame('status', await run.ended, 1);
      await run.said('as it should');
      const folder = join(RESULTS, 'failed', 'a-test-that-fails');
      await run.said('objects, events and logs of this test: test-results/cluster/failed/a-test-that-fails');
      const kept = readdirSync(folder);
      expectSame('logs of pods', kept.filter((name) => /^canary-[12]-dep-.*\.log$/.test(name)).length, 10);
      for (const [name, text] of [
        ['objects.yaml', 'name: canary-2-dep'],
        ['events.txt', 'ScalingReplicaSet'],
        [kept.find((file) => file.endsWith('.log'))!, 'starting, listening'],
      ] as const) {
        expectSame(`${name} has ${text}`, readFileSync(join(folder, name), 'utf8').includes(text), true);
      }
      expectSame("the cluster's own logs", existsSync(join(RESULTS, 'logs', 'kube-apiserver.log')), true);
    },
  ],
];

let before: readonly string[] = [];

async function main(): Promise<boolean> {
  await removeCgroups();
  before = await traces();
  let [passed, failed] = [0, 0];
  for (const [name, way] of WAYS) {
    const begin = performance.now();
    try {
      await way();
      expectSame(
        'left behind',
        (await traces()).filter((line) => !before.includes(line)),
        [],
      );
      passed += 1;
      console.log(`ok      ${name}, and nothing is left (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}: ${(error as Error).message}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

main().then(
  (isWell) => (process.exitCode = isWell ? 0 : 1),
  (error: Error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
