import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { literal, object } from '../src/core/init/expression';
import { print, quote } from '../src/core/init/print';
import { canaryVersion, stableVersion } from '../src/core/init/version';
import { parseManifests } from '../src/init/read-manifests';
import { typed } from './support/in-process';

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers: [{ name: web, image: shop:1.0 }]
      volumes: [{ name: config, configMap: { name: shop, defaultMode: 0400 } }]
`;

function folder(files: Readonly<Record<string, string>> = { 'shop.yaml': MANIFEST }): string {
  const dir = mkdtempSync(join(tmpdir(), 'kubectl-canary-init-'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

describe('init', () => {
  test('writes a new app and says what it changes, and what to do next', async () => {
    const dir = folder();
    const out = join(dir, 'app');
    const { status, stdout, stderr } = await typed(['init', '-f', dir, '--to', 'shop:1.1', '--stages', '20,100', '--out', out]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(out).sort()).toEqual(['.gitignore', 'cdk8s.yaml', 'main.ts', 'package.json', 'tsconfig.json']);
    expect(readFileSync(join(out, 'main.ts'), 'utf8')).toContain('Stages.percent(20, 100)');
    expect(stdout).toContain('Restarts all pods once, at the first apply of stage-0');
    expect(stdout.split('Next\n')[1]).toBe(
      `  cd ${out} && npm install && npm run synth\n  kubectl diff -f dist/stage-0\n  kubectl canary run\n`,
    );
    expect(readdirSync(dir).sort()).toEqual(['app', 'shop.yaml']);
  });

  const SCALED = `${MANIFEST.replace('image: shop:1.0', 'image: shop:1.0, resources: { requests: { cpu: 1 } }')}---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop-hpa, namespace: apps }
spec: { scaleTargetRef: { kind: Deployment, name: shop }, maxReplicas: 5 }
`;

  test.each([
    [
      ['--to', 'shop:1.1'],
      ['kubectl canary diff stage-0', 'kubectl delete hpa shop-hpa', 'kubectl canary run'],
    ],
    [
      [],
      [
        'kubectl annotate deployment shop kubectl.kubernetes.io/last-applied-configuration-',
        'kubectl diff -f dist/stage-0',
        'kubectl delete hpa shop-hpa',
        'kubectl apply -f dist/stage-0',
      ],
    ],
  ])('%j says when to delete an autoscaler of another name, and how to keep the live count', async (words, expected) => {
    const dir = folder({ 'shop.yaml': SCALED });
    const { stdout } = await typed(['init', '-f', dir, ...words, '--dry-run', '-o', 'json']);
    const { next } = JSON.parse(stdout) as { next: string[] };
    expect(next.slice(1)).toEqual(expected);
  });

  test.each<[string, (path: string) => void]>([
    ['a folder', (path) => mkdirSync(path)],
    ['a file', (path) => writeFileSync(path, 'kept')],
  ])('never overwrites %s', async (_, make) => {
    const dir = folder();
    const out = join(dir, 'app');
    make(out);
    const { status, stderr } = await typed(['init', '-f', join(dir, 'shop.yaml'), '--out', out]);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `error: --out: got ${out}, which exists; must be a new folder, because nothing is overwritten; try --out ${out}-canary\n`,
    });
    expect(readdirSync(dir).sort()).toEqual(['app', 'shop.yaml']);
  });

  test('--dry-run prints the program, and writes nothing', async () => {
    const dir = folder();
    const out = join(dir, 'app');
    const { status, stdout, stderr } = await typed(['init', '-f', dir, '--out', out, '--dry-run']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\/\*\*[^]*app\.synth\(\);\n$/);
    expect(stderr).toContain('Deployment shop: name, selector and pod template');
    expect(existsSync(out)).toBe(false);
  });

  test('-o json prints the report for programs', async () => {
    const { stdout } = await typed(['init', '-f', folder(), '--dry-run', '-o', 'json']);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(report)).toEqual([
      'folder',
      'isWritten',
      'files',
      'workload',
      'same',
      'differs',
      'patches',
      'restarts',
      'left',
      'remarks',
      'next',
    ]);
    expect(report).toMatchObject({ folder: 'shop', isWritten: false, workload: 'Deployment/shop' });
  });

  const several = MANIFEST + `---${MANIFEST.replace('name: shop }', 'name: cart }')}`;

  test.each<[string, readonly string[], Readonly<Record<string, string>>, number, string]>([
    ['no input', [], {}, 2, 'nothing to read; pass manifests with -f, or deployment/NAME to read it from the cluster'],
    [
      'a kind that no workload has',
      ['pod/shop'],
      {},
      2,
      'workload: got "pod/shop"; must be one of deployment/NAME, rollout/NAME, canary/NAME',
    ],
    ['several workloads', [], { 'a.yaml': several }, 2, 'the input has 2 workloads; name the one to declare'],
    ['another workload', ['deployment/other'], { 'a.yaml': several }, 2, 'must be one of the input: deployment/shop, deployment/cart'],
    ['no YAML', [], { 'a.yaml': 'a: [' }, 2, 'a.yaml: not valid YAML'],
    ['a chart that is not rendered', [], { 'a.yaml': '{{- if .Values.a }}\na: 1' }, 2, 'helm template CHART | kubectl canary init -f -'],
    ['an empty folder', ['-f'], { 'a.txt': '' }, 2, 'the folder has no .yaml, .yml or .json file'],
    ['no pods', [], { 'a.yaml': MANIFEST.replace('replicas: 2', 'replicas: 0') }, 3, 'spec.replicas: got 0; must be at least 1'],
    ['falling stages', ['--stages', '50,10,100'], {}, 2, 'got "50,10,100"; must be rising percentages of which the last is 100'],
    ['another language', ['--language', 'cobol'], {}, 2, 'got "cobol"; must be typescript'],
  ])('%s is refused', async (_, words, files, code, message) => {
    const input = Object.keys(files).length > 0 ? ['-f', folder(files)] : [];
    const { status, stdout, stderr } = await typed(['init', ...words.filter((word) => word !== '-f'), ...input, '--dry-run']);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toContain(message);
  });
});

test('manifests are parsed as kubectl parses them', () => {
  const text = 'mode: 0644\non: yes\nday: 2026-11-28\ntime: 12:30\nversion: 1.10\ntext: "1.10"\n';
  expect(parseManifests(text, 'a.yaml')).toEqual([{ mode: 420, true: true, day: '2026-11-28', time: '12:30', version: 1.1, text: '1.10' }]);
});

describe('the printer', () => {
  test.each(["it's", '"quoted"', 'both \' and "', 'line\nfeed\t\\', '\u0000\u2028\u202e', '${template}'])('quotes %j', (text) => {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- The literal is evaluated to compare its value.
    expect((new Function(`return ${quote(text)}`) as () => unknown)()).toBe(text);
  });

  test('breaks what does not fit on a line', () => {
    const long = object({ key: literal('x'.repeat(60)), other: literal(['y'.repeat(30), 'z'.repeat(30)]) });
    expect(print(long)).toBe(`{\n  key: '${'x'.repeat(60)}',\n  other: ['${'y'.repeat(30)}', '${'z'.repeat(30)}'],\n}`);
  });
});

test.each<[string, Readonly<Record<string, string>>, string, string, string]>([
  ['shop:1.0', {}, 'shop:1.1', '1.0', '1.1'],
  ['shop:1.0', { version: 'v7' }, 'shop:1.1', 'v7', '1.1'],
  ['registry:5000/shop', { 'app.kubernetes.io/version': '3.2' }, 'shop@sha256:0123456789abcdef0', '3.2', 'sha-0123456789ab'],
  ['shop', {}, 'shop:v1', 'v1', 'v1-next'],
  ['shop:_build_', {}, 'shop', 'build', 'build-next'],
])('the versions of %s %j and %s', (image, labels, next, stable, canary) => {
  expect([stableVersion(image, labels), canaryVersion(next, stable)]).toEqual([stable, canary]);
});
