/**
 * Runs the suites on a real cluster: one that this script starts and stops, or an existing one.
 *
 *     npm run test:cluster -- --help
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { attempt } from '../support/command';
import { CLUSTER_INFO, type ClusterInfo, ORDER, type Order, RUN_LABEL } from './machine/cluster-info';
import { ISOLATED, removeCgroups, traces } from './machine/isolation';
import { type Programs, preparePrograms } from './machine/programs';
import { partNamed, recordFigures, suitesOf } from './measured';
import { keepFigure } from './machine/figure';
import { hasEnvoyGateway } from './selection';

const PROJECT = resolve(__dirname, '..', '..');
const RESULTS = join(PROJECT, 'test-results', 'cluster');

const HELP = `npm run test:cluster -- [options] [suite ...]

Starts a Kubernetes cluster with Istio in namespaces of its own, runs the suites on it, and stops it. The first run
builds the programs (about fifteen minutes); later runs start in seconds. Needs root, Go 1.26, Python 3 and Debian's packages,
which it installs. Envoy Gateway is built (four minutes more) and tested only with --all or --record, or by name.

  suite ...        names of suites, or parts of them (default: all)
  -t, --test TEXT  only tests whose names match
      --all        all of it: every position of the fault campaign, every pair of folders, every rollback, a thousand random apps;
                   otherwise a part of these
      --faults     the fault campaign alone, at every position: about an hour
      --record     write the figures of a part to docs/measured.md: with --faults those of the campaign, with adoption or autoscaling those of
                   these, otherwise all others
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
      all: { type: 'boolean' },
      faults: { type: 'boolean' },
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
  if (values.faults && positionals.length > 0) {
    throw new Error(`--faults: got ${positionals.join(' ')} beside it; must be alone; a name with --all takes all of that`);
  }
  const part = values.faults ? 'faults' : partNamed(positionals[0]);
  if (values.record && (part === undefined || positionals.length > 1 || values.test || values.existing || values.shell)) {
    throw new Error(
      `--record: got ${process.argv.slice(2).join(' ')}; must be a whole part of the page on a cluster of its own, or the page would lose figures; try it alone, with adoption or autoscaling, or with --faults`,
    );
  }
  if (values.all || values.faults || values.record) {
    process.env['CANARY_TEST_FULL'] = '1';
  }
  if (values.record) {
    process.env['CANARY_TEST_RECORD'] = '1';
  }
  if (values.faults || values.record) {
    positionals.splice(0, positionals.length, suitesOf(part!));
  }
  const runner = [process.execPath, '--import', 'tsx', join(__dirname, 'suites.ts')];
  const suites = [...runner, ...(values.test ? ['--testNamePattern', values.test] : []), ...positionals];
  if (values.existing) {
    return runOnExisting(suites);
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('a cluster of its own needs Linux and root; use --existing for one that is there');
  }
  const programs = await preparePrograms(say, {
    envoyGateway: hasEnvoyGateway(positionals, Boolean(values.all || values.faults || values.record)),
  });
  if (values.prepare) {
    return 0;
  }
  const status = values.shell ? await runOnOwn(programs, [process.env['SHELL'] ?? 'sh'], true) : await runOnOwn(programs, suites, false);
  if (values.record && status === 0) {
    recordFigures(RESULTS, programs.versions, part!);
    say('docs/measured.md has the figures');
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
  const hasIstio = (await attempt([kubectl, 'api-versions'])).stdout.split('\n').includes('networking.istio.io/v1');
  const run = randomBytes(4).toString('hex');
  const facts: ClusterInfo = { kubectl, istioctl: await path('istioctl'), hasIstio, run, results: RESULTS };
  try {
    return await ended(suites, { ...process.env, [CLUSTER_INFO]: JSON.stringify(facts) }, 'by signal');
  } finally {
    // Each test deletes its own namespace; this deletes the namespaces of tests that were interrupted.
    await attempt([kubectl, 'delete', 'namespace', '--selector', `${RUN_LABEL}=${run}`, '--wait=false', '--ignore-not-found']);
  }
}

async function runOnOwn(programs: Programs, argv: readonly string[], isShell: boolean): Promise<number> {
  Object.entries(programs.seconds).forEach(([what, seconds]) => keepFigure(RESULTS, { table: 'Times', row: { what, seconds } }));
  await removeCgroups();
  const before = await traces();
  const order: Order = { programs, results: RESULTS, outerPid: process.pid, argv, startedAt: Date.now() };
  const inside = join(__dirname, 'machine', 'inside.ts');
  const status = await ended(
    [...ISOLATED, process.execPath, '--import', 'tsx', inside],
    { ...process.env, [ORDER]: JSON.stringify(order) },
    isShell ? 'by signal' : 'by pipe',
  );
  await removeCgroups();
  const left = (await traces()).filter((line) => !before.includes(line));
  if (left.length > 0) {
    say(`left behind on this machine:\n  ${left.join('\n  ')}`);
    return 1;
  }
  say('stopped, and nothing of it is left on this machine');
  return status;
}

/**
 * Runs a command to its end, and stops it if this process gets a signal to end.
 *
 * 'by pipe': the command runs in a session of its own and gets no signals from the terminal. Its pipe closes when this process ends, even
 * if this process is killed. 'by signal': the command stays in the terminal's session.
 */
function ended(argv: readonly string[], env: NodeJS.ProcessEnv, way: 'by pipe' | 'by signal'): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      cwd: PROJECT,
      env,
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      detached: way === 'by pipe',
    });
    const stop = (signal: NodeJS.Signals) => {
      if (way === 'by pipe') {
        say(`${signal}: stopping`);
        child.stdio[3]!.destroy();
      } else if (signal !== 'SIGINT') {
        child.kill(signal);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, stop);
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
