/**
 * Runs the suites on the cluster that its environment names: first those that ask what becomes of objects, or send no request of their own,
 * several at a time, then those that time requests, with nothing beside them. Its arguments are Jest's.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { facts } from './kit/facts';

const PROJECT = resolve(__dirname, '..', '..');

/** Where `reporter.js` notes what a Jest run came to. */
const COUNTS = join(facts.results, 'counts.jsonl');

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const PHASES: readonly { readonly suites: string; readonly workers: number }[] = [
  { suites: join(__dirname, 'suites', 'objects'), workers: 2 },
  { suites: join(__dirname, 'suites', 'driver'), workers: 2 },
  { suites: join(__dirname, 'suites', 'traffic'), workers: 1 },
];

/** `stopping.ts` has a suite of its own. */
const others = process.env['CANARY_TEST_SUITES'];
const phases: typeof PHASES = others ? [{ suites: resolve(PROJECT, others), workers: 1 }] : PHASES;

function jest(suites: string, workers: number): Promise<number> {
  const argv = [join(PROJECT, 'node_modules/jest/bin/jest.js'), '--config', join(__dirname, 'jest.config.js')];
  // CI: Jest says nothing of its own to a terminal, which would run into the lines of our reporter.
  const env = { ...process.env, CI: 'true', CANARY_TEST_ROOT: suites, CANARY_TEST_COUNTS: COUNTS };
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

async function main(): Promise<number> {
  rmSync(COUNTS, { force: true });
  const { positionals } = parseArgs({ options: { testNamePattern: { type: 'string' } }, allowPositionals: true });
  const isAsked = (path: string) => positionals.length === 0 || positionals.some((pattern) => new RegExp(pattern).test(path));
  let first = 0;
  for (const { suites, workers } of phases) {
    if (readdirSync(suites).some((file) => isAsked(join(suites, file)))) {
      // Whatever became of those before: a suite is never left out in silence.
      const status = await jest(suites, workers);
      first ||= status;
    }
  }
  const lines = existsSync(COUNTS) ? readFileSync(COUNTS, 'utf8').trim().split('\n') : [];
  const counts = lines.map((line) => JSON.parse(line) as Counts);
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
