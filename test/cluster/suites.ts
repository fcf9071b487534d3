/**
 * Runs the suites on the cluster that the environment names. The first phase has the suites that check objects or send no requests of
 * their own, the second one the suites that measure latency, and the third one those behind gateways. Each phase runs several suites at a
 * time, the later ones few enough to leave the machine idle time. The arguments are passed to Jest.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isFull, isRecord } from '../support/sampling';
import { clusterInfo } from './kit/cluster-info';
import { ENVOY_GATEWAY_SUITES, hasEnvoyGateway, inSuites, isAskedOf } from './selection';

const PROJECT = resolve(__dirname, '..', '..');

/** The files in which `reporter.js` records the counts of a Jest run and the duration of each suite. */
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
  /** Busy time of all processors together while the suite ran, in seconds, including the time of other processes. */
  readonly busy: number;
}

interface Phase {
  readonly folders: readonly string[];
  readonly workers: number;
}

const PHASES: readonly Phase[] = [
  // A whole campaign has eight rollouts under way by itself; those of four suites would make the API server miss its time limits.
  { folders: [inSuites('objects'), inSuites('driver')], workers: isFull ? 1 : 4 },
  { folders: [inSuites('traffic')], workers: isRecord ? 1 : 3 },
  // While istiod learned of the first Gateways, the sidecar of the suites above answered 503 for half a second.
  { folders: [inSuites('gateways')], workers: isRecord ? 1 : 2 },
];

/** The phases of a run, with or without Envoy Gateway. */
function phasesFor(patterns: readonly string[]): readonly Phase[] {
  if (!hasEnvoyGateway(patterns, isFull)) {
    return PHASES;
  }
  const last = PHASES.at(-1)!;
  return [...PHASES.slice(0, -1), { ...last, folders: [...last.folders, ENVOY_GATEWAY_SUITES] }];
}

/** `stopping.ts` replaces the suites by one of its own. */
const others = process.env['CANARY_TEST_SUITES'];
const phases = (patterns: readonly string[]) => (others ? [{ folders: [resolve(PROJECT, others)], workers: 1 }] : phasesFor(patterns));

function jest({ folders, workers }: Phase): Promise<number> {
  const argv = [join(PROJECT, 'node_modules/jest/bin/jest.js'), '--config', join(__dirname, 'jest.config.js')];
  // With CI set, Jest prints no progress to the terminal, which would mix with the lines of our reporter.
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
    // The terminal signals Jest directly. Other signals reach only this process, which forwards them to Jest and starts no second phase.
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => child.kill(signal));
    }
    child
      .once('error', failed)
      .once('exit', (status, signal) => (status === null ? failed(new Error(`Jest was ended by ${signal}`)) : done(status)));
  });
}

/** The records of the reporter in a file, one per line. */
function linesOf<T>(path: string): T[] {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as T)
    : [];
}

/** Prints the longest suites and how busy the machine was: a low percentage means that the suite was mostly waiting. */
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
  let first = 0;
  for (const phase of phases(positionals)) {
    if (phase.folders.some((folder) => isAskedOf(folder, positionals))) {
      // Run every phase even if an earlier one failed, so that no suite is skipped silently.
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
