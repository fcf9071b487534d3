/**
 * Builds the packages for other versions of cdk8s-plus, each in a folder of its own, ready for `npm publish`.
 *
 *   npm run build:plus -- FOLDER [VERSION…]
 *
 * Installs each package's dependencies and compiles it with jsii. Without a version it builds all of them.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { PLUS_RELEASES, derive } from './derive';

const [target, ...versions] = process.argv.slice(2);
if (target === undefined) {
  throw new Error('FOLDER: missing; pass the folder for the packages');
}
for (const version of versions.length > 0 ? versions : Object.keys(PLUS_RELEASES)) {
  const folder = join(resolve(target), `cdk8s-canary-${version}`);
  derive(Number(version), folder);
  for (const args of [
    ['install', '--no-audit', '--no-fund', '--omit=optional'],
    ['run', 'build'],
  ]) {
    execFileSync('npm', args, { cwd: folder, stdio: 'inherit' });
  }
}
