import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { typed } from './support/in-process';

/** Tests the parts of the command that need no cluster. A test starts a process only if it depends on one. */

const PROJECT = resolve(__dirname, '../..');

beforeAll(() => run([process.execPath, join(PROJECT, 'cli/build.js')]));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      argv[0]!,
      argv.slice(1),
      { cwd: options.cwd ?? PROJECT, env: { PATH: process.env['PATH']!, HOME: '/nonexistent', ...options.env } },
      (error, stdout, stderr) => done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.end();
  });
}

const canary = (words: string, options?: Parameters<typeof run>[1]) =>
  run([process.execPath, join(PROJECT, 'cli/bin/kubectl-canary.js'), ...words.split(' ').filter(Boolean)], options);

/** A modified copy of the tutorial's release. */
function release(change: (dir: string) => void): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'kubectl-canary-')), 'dist');
  cpSync(join(PROJECT, 'dist'), dir, { recursive: true });
  change(dir);
  return dir;
}

describe('plan', () => {
  test('shows the stages', async () => {
    const { status, stdout, stderr } = await canary('plan');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatchSnapshot();
  });

  test.each(['wide', 'yaml'])('-o %s', async (format) => {
    const { status, stdout } = await typed(['plan', 'dist/istio', '-o', format]);
    expect(status).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  test('-o json prints the plan as JSON', async () => {
    const { stdout } = await typed(['plan', '-o', 'json']);
    expect(JSON.parse(stdout).order.advance).toContain('stage-10');
  });
});

describe('invalid input is refused in one sentence with exit code 2', () => {
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'kubectl-canary-')), 'config');
  const cluster = { name: 'c', cluster: { server: 'http://127.0.0.1:1' } };
  const context = { name: 'known', context: { cluster: 'c', user: 'u' } };
  writeFileSync(kubeconfig, JSON.stringify({ clusters: [cluster], contexts: [context], users: [{ name: 'u', user: {} }] }));

  test.each<[string, string]>([
    ['plan nowhere', 'nowhere/plan.json: no such file; a synth writes it beside the stage folders'],
    ['frobnicate', "unknown command 'frobnicate'"],
    ['plan -o xml', "argument 'xml' is invalid. Allowed choices are table, wide, json, yaml."],
    ['diff', "missing required argument 'stage'"],
    ['diff stage-11', 'STAGE: got "stage-11"; must be one of stage-0, stage-10-up,'],
    ['advance --timeout 5', 'got "5"; must be a duration such as 30s, 5m or 1m30s'],
    ['run', 'no terminal to prompt on; pass --yes or --auto'],
    ['run --yes --auto', '--auto, --yes: got both; must be one of them'],
    [`status --kubeconfig ${kubeconfig} --context other`, '--context: got "other"; must be one of known'],
    [`status --kubeconfig ${kubeconfig}`, 'kubeconfig: no current context'],
    ['status --kubeconfig /nonexistent/config', 'kubeconfig: ENOENT'],
  ])('%s', async (words, message) => {
    const { status, stdout, stderr } = await typed(words.split(' '));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.each<[string, (dir: string) => void, string]>([
    [
      'an edited file',
      (dir) => appendFileSync(join(dir, 'stage-25/canary.k8s.yaml'), '# x\n'),
      'its digest is not the one in plan.json, so the file was changed',
    ],
    ['a missing file', (dir) => rmSync(join(dir, 'stage-25/canary.k8s.yaml')), 'no such file, but plan.json lists it'],
    [
      'a symbolic link instead of a file',
      (dir) => {
        rmSync(join(dir, 'stage-25/canary.k8s.yaml'));
        symlinkSync(join(dir, 'stage-10/canary.k8s.yaml'), join(dir, 'stage-25/canary.k8s.yaml'));
      },
      'got a symbolic link; must be a regular file',
    ],
    [
      'a file that plan.json does not list',
      (dir) => writeFileSync(join(dir, 'stage-25/extra.yaml'), 'kind: Pod\n'),
      'got extra.yaml; must contain only files that plan.json lists',
    ],
    ['a plan.json that is not an object', (dir) => writeFileSync(join(dir, 'plan.json'), '[]'), 'the file: got []; must be an object'],
  ])('%s', async (_, change, message) => {
    const { status, stderr } = await typed(
      `advance --kubeconfig ${kubeconfig} --context known --api-timeout 0 -d ${release(change)}`.split(' '),
    );
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test('an API server that does not respond is not invalid input: the exit code is 6, and the error names the server', async () => {
    const { status, stderr } = await canary(`status --kubeconfig ${kubeconfig} --context known --api-timeout 1s`);
    expect(status).toBe(6);
    expect(stderr).toMatch(/the API server at 127\.0\.0\.1:1: .*ECONNREFUSED/);
  });
});

test("help shows examples, the exit codes, and that flags go after the plugin's name", async () => {
  const { stdout, status } = await canary('--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/Exit codes:/);
  expect(stdout).toMatch(/Flags go after the plugin's name/);
  for (const command of ['init', 'plan', 'diff', 'status', 'advance', 'run', 'rollback', 'promote', 'cleanup']) {
    expect((await typed([command, '--help'])).stdout).toMatch(/Examples:/);
  }
});

test.each<Record<string, string>>([{ CI: '1' }, { NO_COLOR: '1' }, {}])('plan prints no colour to a pipe (%p)', async (env) => {
  expect((await canary('plan', { env })).stdout).not.toContain('\u001b');
});

describe('shell completion through kubectl', () => {
  const linesOf = ({ stdout }: { readonly stdout: string }) => stdout.trimEnd().split('\n');
  const complete = async (...words: string[]) => linesOf(await typed(['__complete', ...words]));

  test('kubectl_complete-canary completes commands', async () => {
    const program = join(PROJECT, 'cli/bin/kubectl_complete-canary.js');
    expect(linesOf(await run([process.execPath, program, 'ro']))).toEqual([
      expect.stringMatching(/^rollback\tsend all traffic back/),
      ':4',
    ]);
  });

  test('__complete completes stages, folders, choices and options', async () => {
    expect(await complete('advance', 'stage-1')).toEqual(['stage-10\t', 'stage-100\t', ':4']);
    expect(await complete('diff', '-d', 'dist/istio', 'rollback/from-stage-1')).toEqual([
      'rollback/from-stage-10\t',
      'rollback/from-stage-100\t',
      ':4',
    ]);
    expect(await complete('run', '--until', 'pro')).toEqual(['promoted\t', ':4']);
    expect(await complete('plan', '-o', '')).toEqual(['table\t', 'wide\t', 'json\t', 'yaml\t', ':4']);
    expect(await complete('run', '--cle')).toEqual([expect.stringMatching(/^--cleanup\t/), ':4']);
    expect(await complete('plan', '')).toEqual([':0']);
  });
});

test('plan exits with 0 if the reader of the pipe stops early', async () => {
  const bin = join(PROJECT, 'cli/bin/kubectl-canary.js');
  const { stdout, stderr } = await run(['bash', '-c', `set -o pipefail; "${process.execPath}" "${bin}" plan -o json | head -1; echo "$?"`]);
  expect({ stdout, stderr }).toEqual({ stdout: '{\n0\n', stderr: '' });
});
