import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { Output, type Written, readTree } from './support/apps';
import { freshFolder } from './support/fresh-folder';
import { amountOf } from './support/sampling';

const PROJECT = resolve(__dirname, '..');

/** A copy of the project, so that a synth cannot change the committed output. */
function checkout(): string {
  const folder = freshFolder();
  for (const name of ['main.ts', 'lib', 'imports', 'package.json', 'tsconfig.json', 'cdk8s.yaml']) {
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function run(folder: string, command: string, args: string[], env: Record<string, string> = {}) {
  return spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });
}

const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** Runs a script of package.json as `npm run` does, without starting npm. */
const npm = (folder: string, script: string) =>
  run(folder, 'sh', ['-c', scripts[script]!], { PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` });

/** Runs `cdk8s synth --stdout`, which prints one stage. */
const cdk8s = (folder: string, env: Record<string, string>) =>
  run(folder, 'node_modules/.bin/cdk8s', ['synth', '--no-check-upgrade', '--stdout'], env);

/** Runs the bundled app with the variables that cdk8s-cli sets; starting cdk8s-cli and tsx takes five times as long. */
function app(folder: string, env: Record<string, string>) {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk8s-'));
  buildSync({ absWorkingDir: folder, entryPoints: ['main.ts'], bundle: true, platform: 'node', outfile: 'main.cjs' });
  return { outdir, ...run(folder, 'node', ['main.cjs'], { CDK8S_OUTDIR: outdir, ...env }) };
}

const kinds = (yaml: string) => [...yaml.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind);

describe('main.ts', () => {
  const folder = checkout();
  const dist = join(folder, 'dist');

  test('writes the committed output and prints a report', () => {
    const { status, stdout, stderr } = npm(folder, 'synth');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatchSnapshot();
    expect(readTree(dist)).toEqual(readTree(join(PROJECT, 'dist')));
  });

  test('has the reviewed output: every file of every stage', () => {
    expect(readTree(join(PROJECT, 'dist'))).toMatchSnapshot();
  });

  test('writes the same files through cdk8s-cli, which empties its folder first', () => {
    const before = readTree(dist);
    mkdirSync(join(dist, 'of-others'));
    const { status, stderr } = npm(folder, 'synth:cli');
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/Error/);
    expect(readTree(dist)).toEqual(before);
  });

  const PODS = ['Service', 'Deployment', 'Deployment'];

  test('prints one stage, by pods or through Istio, and leaves dist/ alone', () => {
    const before = readTree(dist);
    for (const [stage, expected] of [
      ['stage-10', PODS],
      ['istio/stage-10', [...PODS, 'DestinationRule', 'VirtualService']],
    ] as const) {
      const { outdir } = app(folder, { CDK8S_CANARY_STAGE: stage });
      expect(kinds(Object.values(readTree(outdir)).join('---\n'))).toEqual(expected);
    }
    expect(readTree(dist)).toEqual(before);
  });

  // The app gets its variables from the test above; cdk8s-cli takes three seconds for each of these.
  for (const stage of ['stage-10', 'istio/stage-10'].slice(0, amountOf('tutorial: stages printed by cdk8s-cli'))) {
    test(`prints ${stage} through cdk8s-cli, and leaves dist/ alone`, () => {
      const before = readTree(dist);
      const { outdir } = app(folder, { CDK8S_CANARY_STAGE: stage });
      const asWritten = kinds(Object.values(readTree(outdir)).join('---\n'));
      expect(kinds(cdk8s(folder, { CDK8S_CANARY_STAGE: stage }).stdout)).toEqual(asWritten);
      expect(readTree(dist)).toEqual(before);
    });
  }

  test('refuses to print without a selected stage, or with an unknown stage', () => {
    const all = app(folder, {});
    expect(all.stderr).toContain('no stage is selected');
    expect(all.status).not.toBe(0);
    const wrong = app(folder, { CDK8S_CANARY_STAGE: 'stage-11' });
    expect(wrong.stderr).toContain('stage: got "stage-11"; must be one of stage-0, stage-10-up');
    expect(wrong.status).not.toBe(0);
    expect(readTree(wrong.outdir)).toEqual({});
  });
});

describe("the tutorial's YAML", () => {
  const output = new Output(join(PROJECT, 'dist'));
  const pod = (name: string): Written => output.object('stage-10', 'Deployment', name).spec.template;

  test.each([
    ['canary-1-dep', '1.0', 'yellow'],
    ['canary-2-dep', '1.1', 'red'],
  ])('%s has the version %s and the colour %s', (name, version, color) => {
    expect(pod(name).metadata.labels).toMatchObject({ target: 'canary-pod', version, color });
    const [container] = pod(name).spec.containers;
    expect(container).toMatchObject({
      name: 'servicedemo',
      image: 'scubakiz/servicedemo:1.0',
      imagePullPolicy: 'Always',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    });
    expect(pod(name).spec.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
    const fields = Object.fromEntries(
      container.env.map((variable: Written) => [variable.name, variable.value ?? variable.valueFrom.fieldRef.fieldPath]),
    );
    expect(fields).toEqual({
      IMAGE_COLOR: color,
      NODE_IP: 'status.hostIP',
      NODE_NAME: 'spec.nodeName',
      POD_IP: 'status.podIP',
      POD_NAME: 'metadata.name',
      POD_NAMESPACE: 'metadata.namespace',
    });
  });

  test('has the Service canary-svc', () => {
    expect(output.object('stage-10', 'Service')).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'canary-svc' },
      spec: { ports: [{ name: 'web', port: 8080, targetPort: 80 }], selector: { target: 'canary-pod' }, type: 'LoadBalancer' },
    });
  });

  test('has the splits 9:1, 3:1, 3:3, 0:6', () => {
    const counts = (folder: string) =>
      ['canary-1-dep', 'canary-2-dep'].map((name) => output.object(folder, 'Deployment', name).spec.replicas);
    expect(['stage-10', 'stage-25', 'stage-50', 'stage-100'].map(counts)).toEqual([
      [9, 1],
      [3, 1],
      [3, 3],
      [0, 6],
    ]);
  });

  test('routes beta testers to v1.1 and all other requests by weight, through defined subsets with valid names', () => {
    const istio = new Output(join(PROJECT, 'dist', 'istio'));
    const { spec } = istio.object('stage-10', 'VirtualService', 'canary-vs');
    const to = (subset: string, weight: number) => ({ destination: { host: 'canary-svc', subset }, weight });
    expect(spec).toEqual({
      hosts: ['canary-svc'],
      http: [
        { match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }], route: [to('v1-1', 100)] },
        { route: [to('v1-0', 90), to('v1-1', 10)] },
      ],
    });
    const defined = istio.object('stage-10', 'DestinationRule').spec.subsets.map(({ name }: Written) => name);
    expect(defined).toEqual(['v1-0', 'v1-1']);
  });
});
