/**
 * Tests the package as a new user would: installs it into an empty project, writes ten lines and synthesizes.
 *
 *   npm run test:package
 *
 * It builds and packs the library, runs publint on the tarball, checks the tarball's content, installs it with its peers from the registry
 * (the newest and the oldest versions that are allowed), compiles a program against its types, and runs the program. It also compiles
 * everything that `kubectl canary init` writes in its tests. Ends with the line `N
 * passed, N failed`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generatedPrograms } from '../../../cli/test/support/generated-programs';
import { appFiles } from '../../../cli/src/init/app-files';
import { check, end } from '../checks';

const PROJECT = resolve(__dirname, '..', '..', '..');
const PROGRAM = `import { Chart } from 'cdk8s';
import { CanaryApp, CanaryPair, Stages } from 'cdk8s-canary';

const app = new CanaryApp();
new CanaryPair(new Chart(app, 'shop'), 'shop', {
  service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
  pod: { ports: [{ number: 8080 }] },
  stable: { name: 'shop-blue', version: '1.0', image: 'shop:1.0' },
  canary: { name: 'shop-green', version: '1.1', image: 'shop:1.1' },
  stages: Stages.percent(10, 50, 100),
});
app.synth();
`;

interface PackageJson {
  readonly peerDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as PackageJson;
const work = mkdtempSync(join(tmpdir(), 'cdk8s-canary-package-'));

function run(folder: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Installs the tarball with its peers and synthesizes the ten lines with it. */
function useInEmptyProject(name: string, tarball: string, peers: string[]): void {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true }');
  writeFileSync(join(folder, 'main.ts'), PROGRAM);
  const { typescript, '@types/node': types } = manifest.devDependencies;
  run(
    folder,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--omit=optional',
    tarball,
    ...peers,
    `typescript@${typescript}`,
    `@types/node@${types}`,
  );
  run(folder, 'npx', 'tsc', '--strict', '--module', 'node16', '--target', 'es2022', '--types', 'node', '--skipLibCheck', 'main.ts');
  run(folder, process.execPath, 'main.js');
  const folders = readdirSync(join(folder, 'dist')).sort();
  const expected = ['cleanup', 'plan.json', 'promoted', 'rollback', 'stage-0', 'stage-10', 'stage-10-up', 'stage-100', 'stage-50'];
  if (folders.join() !== expected.join()) {
    throw new Error(`dist/ holds ${folders.join(', ')}; expected ${expected.join(', ')}`);
  }
}

/** Compiles every program that `kubectl canary init` writes of the features in its tests against the installed types, with its own settings. */
function compileGenerated(): void {
  const folder = join(work, 'newest', 'generated');
  mkdirSync(folder);
  const programs = generatedPrograms();
  programs.forEach((program, index) => writeFileSync(join(folder, `${index}.ts`), program));
  const settings = JSON.parse(appFiles('generated', '')['tsconfig.json']!) as object;
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...settings, include: ['*.ts'] }));
  run(folder, 'npx', 'tsc', '--project', folder);
  console.log(`        ${programs.length} programs`);
}

async function main(): Promise<void> {
  let tarball = '';
  await check('builds as a jsii module', () => void run(PROJECT, 'npm', 'run', 'build'));
  await check('packs', () => {
    const [packed] = JSON.parse(run(PROJECT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', work)) as {
      filename: string;
      size: number;
      unpackedSize: number;
    }[];
    tarball = join(work, packed!.filename);
    console.log(`        ${(packed!.size / 1000).toFixed(0)} kB, ${(packed!.unpackedSize / 1000).toFixed(0)} kB unpacked`);
  });
  const listed =
    tarball === ''
      ? []
      : run(work, 'tar', '-tzf', tarball)
          .trim()
          .split('\n')
          .map((file) => file.replace(/^package\//, ''));
  await check('contains the files that a user needs', () => {
    const missing = [
      '.jsii',
      'API.md',
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'README.ko.md',
      'docs/tutorial.md',
      'docs/guides/own-app.md',
      'docs/reference/properties.md',
      'docs/ko/guides/own-app.md',
      'build/lib/index.js',
      'build/lib/index.d.ts',
      'package.json',
    ].filter((file) => !listed.includes(file));
    if (missing.length > 0) {
      throw new Error(`missing: ${missing.join(', ')}`);
    }
  });
  await check('contains no other files', () => {
    const allowed =
      /^(\.jsii|package\.json|LICENSE|NOTICE|(API|CHANGELOG|README|README\.ko)\.md|docs\/[\w.-]+\.json|docs\/([\w-]+\/)*[\w.-]+\.md|build\/(lib|imports)\/.*\.(js|d\.ts))$/;
    const strange = listed.filter((file) => !allowed.test(file));
    if (strange.length > 0) {
      throw new Error(`also there: ${strange.join(', ')}`);
    }
  });
  await check('publint reports nothing', async () => {
    const [{ publint }, { formatMessage }] = await Promise.all([import('publint'), import('publint/utils')]);
    const { messages, pkg } = await publint({ pkgDir: PROJECT, strict: true });
    if (messages.length > 0) {
      throw new Error(messages.map((message) => formatMessage(message, pkg)).join('\n'));
    }
  });
  const peers = Object.entries(manifest.peerDependencies);
  await check('works with the newest peers', () =>
    useInEmptyProject(
      'newest',
      tarball,
      peers.map(([name, range]) => `${name}@${range}`),
    ),
  );
  await check('compiles what kubectl canary init writes', compileGenerated);
  await check('works with the oldest peers', () =>
    useInEmptyProject(
      'oldest',
      tarball,
      peers.map(([name, range]) => `${name}@${range.replace('^', '')}`),
    ),
  );
  await check('kubectl-canary packs, installs without a dependency, and shows a plan', () => {
    const folder = join(work, 'command');
    mkdirSync(folder);
    const [packed] = JSON.parse(run(join(PROJECT, 'cli'), 'npm', 'pack', '--json', '--pack-destination', work)) as {
      filename: string;
      size: number;
    }[];
    console.log(`        ${(packed!.size / 1000).toFixed(0)} kB`);
    writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true }');
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', join(work, packed!.filename));
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    const shown = run(folder, join(folder, 'node_modules', '.bin', 'kubectl-canary'), 'plan', join(PROJECT, 'dist'));
    const needed = ['build/THIRD-PARTY.txt', 'rbac/role.yaml', 'rbac/reader.yaml', 'README.md'];
    const missing = needed.filter((file) => !existsSync(join(folder, 'node_modules', 'kubectl-canary', file)));
    if (installed.join() !== 'kubectl-canary' || !shown.includes('stage-10') || missing.length > 0) {
      throw new Error(`installed ${installed.join(', ')}; missing ${missing.join(', ') || 'nothing'}; it shows:\n${shown}`);
    }
  });
  end();
}

void main().finally(() => rmSync(work, { recursive: true, force: true }));
