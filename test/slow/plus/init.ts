import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '..', '..', '..');
const CDK8S = join(PROJECT, 'node_modules', '.bin', 'cdk8s');

/**
 * `cdk8s init` also runs scripts of its template, of which `import` needs github.com and the others have nothing to do with this library.
 * This `npm` runs none of them.
 */
const npmWithoutScripts = (npm: string): string => `#!/bin/sh
if [ "$1" != run ]; then exec '${npm}' "$@"; fi
`;

/** The program of the README, as an app with this package writes it. */
function readmeProgram(name: string): string {
  const program = /```ts\n(import [^`]*app\.synth\(\);\n)```/.exec(readFileSync(join(PROJECT, 'README.md'), 'utf8'))![1]!;
  return program.replace("'cdk8s-canary'", `'${name}'`);
}

/**
 * From `cdk8s init typescript-app` to a canary, by the five commands of docs/guides/own-app.md. The package comes from a tarball.
 *
 * @throws if a command fails, or if the output lacks a folder
 */
export function initAndSynthesize(work: string, name: string, tarball: string): void {
  const shims = join(work, 'shims');
  const shop = join(work, 'shop');
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  mkdirSync(shims);
  writeFileSync(join(shims, 'npm'), npmWithoutScripts(npm));
  chmodSync(join(shims, 'npm'), 0o755);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: shop,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${shims}${delimiter}${process.env['PATH']}`, npm_config_audit: 'false', npm_config_fund: 'false' },
    });
  mkdirSync(shop);
  run(CDK8S, 'init', 'typescript-app', '--no-check-upgrade');
  const { dependencies } = JSON.parse(readFileSync(join(shop, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const plus = name.replace('canary', 'plus');
  if (dependencies[plus] === undefined) {
    throw new Error(`cdk8s init gives ${Object.keys(dependencies).join(', ')}; expected ${plus}`);
  }
  run('npm', 'install', tarball);
  writeFileSync(join(shop, 'main.ts'), readmeProgram(name));
  run('npx', 'cdk8s', 'synth', '--no-check-upgrade');
  const folders = readdirSync(join(shop, 'dist')).sort();
  const missing = ['cleanup', 'plan.json', 'promoted', 'rollback', 'stage-0', 'stage-100'].filter((folder) => !folders.includes(folder));
  if (missing.length > 0) {
    throw new Error(`dist/ holds ${folders.join(', ')}; missing ${missing.join(', ')}`);
  }
}
