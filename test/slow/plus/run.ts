/**
 * Tests the library with other versions of cdk8s-plus.
 *
 *   npm run test:plus [-- --all]
 *
 * Derives the package for each version from the source. With each version it synthesizes the tutorial, whose output must be the committed
 * `dist/`, runs a program with the fields that cdk8s-plus-27 lacks, and one that imports the package for 27 by mistake. With the newest
 * version it compiles with jsii and goes from `cdk8s init` to a canary. With some versions it compiles with tsc, or runs tests of the
 * constructs; `--all` does both, and compiles with jsii, for all. Releases of cdk8s-plus are installed once, into a cache outside of the clone. Ends with
 * the line `N passed, N failed`.
 */
import { deepStrictEqual } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BASE, PLUS_RELEASES, derive } from '../../../scripts/plus-packages/derive';
import { cached } from '../../support/cache';
import { PLUS_TESTS } from '../../support/sampling';
import { check, end } from '../checks';
import { initAndSynthesize } from './init';
import { mismatch, newerFields } from './programs';

const PROJECT = resolve(__dirname, '..', '..', '..');
const VERSIONS = Object.keys(PLUS_RELEASES).map(Number);
const NEWEST = Math.max(...VERSIONS);
const isAll = process.argv.includes('--all');

const bin = (path: string) => join(PROJECT, 'node_modules', path);
const work = mkdtempSync(join(tmpdir(), 'cdk8s-canary-plus-'));

function node(folder: string, args: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/** The folder of a release of cdk8s-plus. */
async function releaseOf(version: number): Promise<string> {
  const name = `cdk8s-plus-${version}`;
  const release = PLUS_RELEASES[version]!;
  const { folder } = await cached(`${name}-${release}`, (unfinished) => {
    writeFileSync(join(unfinished, 'package.json'), '{ "private": true }');
    const flags = ['--no-audit', '--no-fund', '--omit=optional', '--ignore-scripts', '--legacy-peer-deps'];
    execFileSync('npm', ['install', ...flags, `${name}@${release}`], { cwd: unfinished, stdio: ['ignore', 'pipe', 'pipe'] });
    return Promise.resolve();
  });
  return join(folder, 'node_modules', name);
}

/** Derives the package for a version, beside its release of cdk8s-plus and the clone's other dependencies. */
function prepare(version: number, release: string): string {
  const folder = join(work, String(version));
  derive(version, folder);
  mkdirSync(join(folder, 'node_modules'));
  // A copy and no link, so that it finds the same copy of cdk8s.
  cpSync(release, join(folder, 'node_modules', `cdk8s-plus-${version}`), { recursive: true });
  for (const name of ['cdk8s', 'constructs', '@types']) {
    symlinkSync(bin(name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'newer-fields.ts'), newerFields(version));
  writeFileSync(join(folder, 'mismatch.ts'), mismatch(version, join(PROJECT, 'lib')));
  const tutorial = readFileSync(join(PROJECT, 'main.ts'), 'utf8');
  writeFileSync(join(folder, 'main.ts'), tutorial.replace(`'cdk8s-plus-${BASE}'`, `'cdk8s-plus-${version}'`));
  return folder;
}

function compile(folder: string): void {
  const options = { extends: join(PROJECT, 'tsconfig.json'), compilerOptions: { types: ['node'] } };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...options, include: ['main.ts', 'newer-fields.ts', 'lib', 'imports'] }));
  node(folder, [bin('typescript/bin/tsc'), '--noEmit']);
  rmSync(join(folder, 'tsconfig.json'));
}

/** Compiles with jsii; every type of cdk8s-plus in the API must be of this version, and every name of the package its own. */
function compileWithJsii(version: number, folder: string): void {
  for (const program of ['main.ts', 'newer-fields.ts', 'mismatch.ts']) {
    rmSync(join(folder, program));
  }
  node(folder, [bin('jsii/bin/jsii'), '--silence-warnings=reserved-word', '--generate-tsconfig', 'tsconfig.jsii.json']);
  const { types } = JSON.parse(readFileSync(join(folder, '.jsii'), 'utf8')) as { types: Record<string, unknown> };
  const strange = [...JSON.stringify(types).matchAll(/"fqn":"(cdk8s-(?:plus|canary)[^.]*)\./g)]
    .map(([, name]) => name!)
    .filter((name) => name !== `cdk8s-plus-${version}` && name !== `cdk8s-canary-${version}`);
  if (strange.length > 0) {
    throw new Error(`the API names types of ${[...new Set(strange)].join(', ')}`);
  }
}

function pack(folder: string): string {
  const flags = ['--json', '--ignore-scripts', '--pack-destination', work];
  const packed = JSON.parse(execFileSync('npm', ['pack', ...flags], { cwd: folder, encoding: 'utf8' })) as { filename: string }[];
  return join(work, packed[0]!.filename);
}

const TSX = ['--require', require.resolve('tsx/cjs')];

/** The output for the tutorial differs in nothing between the versions; a difference that is right gets named here. */
function synthesizeTutorial(folder: string): void {
  node(folder, [...TSX, 'main.ts']);
  const compared = spawnSync('diff', ['-r', join(PROJECT, 'dist'), join(folder, 'dist')], { encoding: 'utf8' });
  if (compared.status !== 0) {
    throw new Error(compared.stdout + compared.stderr);
  }
}

interface Container {
  readonly name: string;
  readonly [field: string]: unknown;
}

function renderNewerFields(version: number, folder: string): void {
  const { template } = JSON.parse(node(folder, [...TSX, 'newer-fields.ts'])) as {
    template: { spec: { containers: Container[]; initContainers: Container[] } };
  };
  const [main] = template.spec.containers;
  const seen = {
    init: template.spec.initContainers.map(({ name, restartPolicy, startupProbe }) => [name, restartPolicy, startupProbe !== undefined]),
    security: main!['securityContext'],
    headers: (main!['readinessProbe'] as { httpGet?: { httpHeaders?: unknown } }).httpGet?.httpHeaders,
    grpc: (main!['livenessProbe'] as { grpc?: unknown } | undefined)?.grpc,
  };
  const expected = {
    init: [
      ['proxy', 'Always', true],
      ['migrate', undefined, false],
    ],
    security: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'Unconfined' },
    },
    headers:
      version < 31
        ? undefined
        : [
            { name: 'Accept', value: 'text/plain' },
            { name: 'Host', value: 'shop' },
          ],
    grpc: version < 31 ? undefined : { port: 9090 },
  };
  deepStrictEqual(seen, expected);
}

/** An app of this version that imports the package for 27 gets one sentence. */
function refuseMismatch(version: number, folder: string): void {
  const { status, stderr } = spawnSync(process.execPath, [...TSX, 'mismatch.ts'], { cwd: folder, encoding: 'utf8' });
  const sentence =
    `[shop/shop] pod.env["A"]: got an EnvValue of cdk8s-plus-${version}; must be of cdk8s-plus-27, for which cdk8s-canary is built; ` +
    `install cdk8s-canary-${version} and import that instead`;
  deepStrictEqual({ status, stderr }, { status: 1, stderr: `an error, nothing was written:\n  ${sentence}\n` });
}

function testConstructs(release: string): void {
  node(PROJECT, [bin('jest/bin/jest.js'), '--maxWorkers=1', '--ci', ...PLUS_TESTS.files], { CANARY_PLUS: release });
}

async function main(): Promise<void> {
  for (const version of VERSIONS) {
    const name = `cdk8s-plus-${version}`;
    let release = '';
    let folder = '';
    await check(`${name}: is installed, and its package derived`, async () => {
      release = await releaseOf(version);
      folder = prepare(version, release);
    });
    if (folder === '') {
      continue;
    }
    await check(`${name}: the tutorial's dist/`, () => synthesizeTutorial(folder));
    await check(`${name}: fields that cdk8s-plus-27 lacks`, () => renderNewerFields(version, folder));
    await check(`${name}: cdk8s-canary is the wrong package`, () => refuseMismatch(version, folder));
    if (isAll || PLUS_TESTS.compiled.includes(version)) {
      await check(`${name}: compiles`, () => compile(folder));
    }
    if (isAll || version === NEWEST) {
      await check(`${name}: compiles with jsii`, () => compileWithJsii(version, folder));
    }
    if (version === NEWEST) {
      await check(`${name}: from cdk8s init to a canary`, () => initAndSynthesize(work, `cdk8s-canary-${version}`, pack(folder)));
    }
    if (isAll || PLUS_TESTS.tested.includes(version)) {
      await check(`${name}: the tests of the constructs`, () => testConstructs(release));
    }
  }
  end();
}

void main().finally(() => rmSync(work, { recursive: true, force: true }));
