/**
 * Runs the suites on a real cluster, which it starts and stops, or on one that is there.
 *
 *     npm run test:cluster -- --help
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { attempt } from './machine/command';
import { FACTS, Facts, ORDER, Order } from './machine/facts';
import { ISOLATED, removeCgroups, traces } from './machine/isolation';
import { preparePrograms } from './machine/programs';
import { writeMeasured } from './measured';

const PROJECT = resolve(__dirname, '..', '..');
const RESULTS = join(PROJECT, 'test-results', 'cluster');

const HELP = `npm run test:cluster -- [options] [suite ...]

Starts a Kubernetes cluster with Istio in namespaces of its own, runs the suites on it, and stops it. The first run
builds the programs (about ten minutes); later runs start in seconds. Needs root, Go 1.26, Python 3 and Debian's packages,
which it installs.

  suite ...        names of suites, or parts of them (default: all)
  -t, --test TEXT  only tests whose names match
      --record     write the figures to docs/measured.md
      --existing   use the cluster that KUBECONFIG names, and run what it allows
      --shell      start the cluster and a shell in it instead of the suites
      --prepare    build and fetch what a run needs, and no more
  -h, --help       this text

Logs, and the objects of failed tests, are kept in test-results/cluster.`;

const say = (text: string) => console.log(`cluster: ${text}`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      test: { type: 'string', short: 't' },
      record: { type: 'boolean' },
      existing: { type: 'boolean' },
      shell: { type: 'boolean' },
      prepare: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const jest = [
    process.execPath,
    join(PROJECT, 'node_modules/jest/bin/jest.js'),
    '--config',
    join(__dirname, 'jest.config.js'),
    '--runInBand',
  ];
  const suites = [...jest, ...(values.test ? ['--testNamePattern', values.test] : []), ...positionals];
  const status = values.existing
    ? await runOnExisting(suites)
    : await runOnOwn(values.shell ? [process.env['SHELL'] ?? 'sh'] : suites, {
        isShell: values.shell ?? false,
        isPrepared: values.prepare ?? false,
      });
  if (values.record && status === 0) {
    writeMeasured(RESULTS, PROJECT);
  }
  return status;
}

async function runOnExisting(suites: readonly string[]): Promise<number> {
  const path = async (name: string) => (await attempt(['sh', '-c', `command -v ${name}`])).stdout.trim() || undefined;
  const kubectl = await path('kubectl');
  if (!kubectl) {
    throw new Error('kubectl: not found; it must be on the path to use a cluster that is there');
  }
  const server = await attempt([kubectl, 'version', '--output=json']);
  if (server.status !== 0) {
    throw new Error(`KUBECONFIG names no cluster that answers: ${server.stderr.trim()}`);
  }
  const { gitVersion } = (JSON.parse(server.stdout) as { serverVersion: { gitVersion: string } }).serverVersion;
  const facts: Facts = { kubectl, istioctl: await path('istioctl'), results: RESULTS, versions: { Kubernetes: gitVersion } };
  return ended(suites, { ...process.env, [FACTS]: JSON.stringify(facts) });
}

async function runOnOwn(argv: readonly string[], only: { isShell: boolean; isPrepared: boolean }): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('a cluster of its own needs Linux and root; use --existing for one that is there');
  }
  const programs = await preparePrograms(say);
  if (only.isPrepared) {
    return 0;
  }
  removeCgroups();
  const before = await traces();
  const order: Order = { programs, results: RESULTS, outerPid: process.pid, argv, startedAt: Date.now() };
  const inside = join(__dirname, 'machine', 'inside.ts');
  const status = await ended(
    [...ISOLATED, process.execPath, '--import', 'tsx', inside],
    { ...process.env, [ORDER]: JSON.stringify(order) },
    only.isShell,
  );
  const stopping = Date.now();
  removeCgroups();
  const left = (await traces()).filter((line) => !before.includes(line));
  if (left.length > 0) {
    say(`left behind on this machine:\n  ${left.join('\n  ')}`);
    return 1;
  }
  say(`stopped (${((Date.now() - stopping) / 1000).toFixed(1)} s to clean up), and nothing of it is left`);
  return status;
}

/** Runs a command with a pipe that closes when this process is to end, or has. */
function ended(argv: readonly string[], env: NodeJS.ProcessEnv, hasTerminal = false): Promise<number> {
  return new Promise((done, failed) => {
    // In a session of its own a command gets no signal of the terminal's: the pipe is the one way to stop it.
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: PROJECT,
      env,
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      detached: !hasTerminal,
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!hasTerminal || signal !== 'SIGINT') {
          say(`${signal}: stopping`);
          child.stdio[3]!.destroy();
        }
      });
    }
    child.once('error', failed).once('exit', (status) => done(status ?? 1));
  });
}

main().then(
  (status) => {
    if (existsSync(RESULTS) && status !== 0) {
      say(`what is kept of this run lies in ${relative(process.cwd(), RESULTS)}`);
    }
    process.exitCode = status;
  },
  (error: Error) => {
    console.error(`cluster: ${error.message}`);
    process.exitCode = 1;
  },
);
