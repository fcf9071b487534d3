/**
 * Runs the suites on the cluster that its environment names: first those that ask what becomes of objects, or send no request of their own,
 * then those that time requests. Several run at a time; where requests are timed so few that the machine has time left. Its arguments are
 * Jest's.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isRecord } from '../support/sampling';
import { clusterInfo } from './kit/cluster-info';

const PROJECT = resolve(__dirname, '..', '..');

/** Where `reporter.js` notes what a Jest run came to, and how long each suite took. */
const COUNTS = join(clusterInfo.results, 'counts.jsonl');
const TIMES = join(clusterInfo.results, 'times.jsonl');

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Time {
  readonly suite: string;
  readonly seconds: number;
  /** Seconds of all processors together in which they were not idle meanwhile, whoever had them. */
  readonly busy: number;
}

interface Phase {
  readonly folders: readonly string[];
  readonly workers: number;
}

const inSuites = (name: string) => join(__dirname, 'suites', name);
const PHASES: readonly Phase[] = [
  { folders: [inSuites('objects'), inSuites('driver')], workers: 4 },
  { folders: [inSuites('traffic')], workers: isRecord ? 1 : 2 },
];

/** `stopping.ts` has a suite of its own. */
const others = process.env['CANARY_TEST_SUITES'];
const phases = others ? [{ folders: [resolve(PROJECT, others)], workers: 1 }] : PHASES;

function jest({ folders, workers }: Phase): Promise<number> {
  const argv = [join(PROJECT, 'node_modules/jest/bin/jest.js'), '--config', join(__dirname, 'jest.config.js')];
  // CI: Jest says nothing of its own to a terminal, which would run into the lines of our reporter.
  const env = {
    ...process.env,
    CI: 'true',
    CANARY_TEST_ROOTS: folders.join(delimiter),
    CANARY_TEST_COUNTS: COUNTS,
    CANARY_TEST_TIMES: TIMES,
  };
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [...argv, `--maxWorkers=${workers}`, ...process.argv.slice(2)], {
      cwd: PROJECT,
      env,
      stdio: 'inherit',
    });
    // The terminal tells Jest itself; what only this process is told goes on to it, and nothing is run after it.
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => child.kill(signal));
    }
    child
      .once('error', failed)
      .once('exit', (status, signal) => (status === null ? failed(new Error(`Jest was ended by ${signal}`)) : done(status)));
  });
}

/** What a reporter wrote down, a line each. */
function linesOf<T>(path: string): T[] {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as T)
    : [];
}

/** The suites that took longest, and whether they waited or the machine had no time. */
function printTimes(times: readonly Time[]): void {
  const longest = [...times].sort((a, b) => b.seconds - a.seconds).slice(0, 12);
  console.log('\nseconds  machine busy  suite');
  for (const { suite, seconds, busy } of longest) {
    const percent = `${Math.round((100 * busy) / seconds / availableParallelism())} %`;
    console.log(`${String(Math.round(seconds)).padStart(7)}  ${percent.padStart(12)}  ${suite}`);
  }
}

async function main(): Promise<number> {
  [COUNTS, TIMES].forEach((path) => rmSync(path, { force: true }));
  const { positionals } = parseArgs({ options: { testNamePattern: { type: 'string' } }, allowPositionals: true });
  const isAsked = (path: string) => positionals.length === 0 || positionals.some((pattern) => new RegExp(pattern).test(path));
  let first = 0;
  for (const phase of phases) {
    if (phase.folders.some((folder) => readdirSync(folder).some((file) => isAsked(join(folder, file))))) {
      // Whatever became of those before: a suite is never left out in silence.
      const status = await jest(phase);
      first ||= status;
    }
  }
  printTimes(linesOf<Time>(TIMES));
  const counts = linesOf<Counts>(COUNTS);
  const sum = (name: keyof Counts) => counts.reduce((total, count) => total + count[name], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  if (first === 0 && sum('passed') + sum('failed') === 0) {
    console.log('no test has such a name');
    return 1;
  }
  return first;
}

main().then(
  (status) => (process.exitCode = status),
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
