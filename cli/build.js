/**
 * Bundles the command into `build/`: one entry, and what only some commands need in chunks of their own. Tests that run beside
 * each other name a folder of their own.
 */
const { buildSync } = require('esbuild');
const { readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join, resolve } = require('node:path');

const outdir = process.argv[2] ?? join(__dirname, 'build');
const { metafile } = buildSync({
  absWorkingDir: __dirname,
  entryPoints: ['src/main.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'linked',
  // Packages of the older kind ask for Node's own modules by `require`.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
  metafile: true,
});
writeFileSync(join(outdir, 'THIRD-PARTY.txt'), notices(Object.keys(metafile.inputs)));
// What an earlier build left goes last: whoever runs the command meanwhile finds all of one of the two.
const made = new Set(['THIRD-PARTY.txt', ...Object.keys(metafile.outputs).map((file) => basename(file))]);
readdirSync(outdir)
  .filter((file) => !made.has(file))
  .forEach((file) => rmSync(join(outdir, file)));

/** The licences of the packages that are in the bundle: they travel with it. */
function notices(inputs) {
  const folders = new Set(inputs.map((file) => packageOf(resolve(__dirname, file))).filter(Boolean));
  const packagesOf = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...packagesOf].map(([text, packages]) => `${packages.join('\n')}\n\n${text}`);
  return `kubectl-canary holds code of these packages.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** The folder of the package that a file is of; undefined for our own. */
function packageOf(file) {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(dirname(file));
  return folder?.[0];
}
