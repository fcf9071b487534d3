/**
 * Bundles the command into `build/`: one entry, and separate chunks for code that only some commands need. Tests that run
 * in parallel each name their own folder.
 */
const { build } = require('esbuild');
const { readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join, resolve } = require('node:path');
const { kubeconfigLoader } = require('./kubeconfig-loader.js');

const outdir = process.argv[2] ?? join(__dirname, 'build');

async function main() {
  const { metafile } = await build({
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
    // CommonJS packages call `require` for Node's own modules.
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
    plugins: [kubeconfigLoader],
    metafile: true,
  });
  writeFileSync(join(outdir, 'THIRD-PARTY.txt'), notices(Object.keys(metafile.inputs)));
  // Delete the files of an earlier build last, so that a command that runs meanwhile finds one complete build.
  const made = new Set(['THIRD-PARTY.txt', ...Object.keys(metafile.outputs).map((file) => basename(file))]);
  readdirSync(outdir)
    .filter((file) => !made.has(file))
    .forEach((file) => rmSync(join(outdir, file)));
}

/** The licences of the bundled packages, which are shipped with the bundle. */
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

/** The folder of the package that a file belongs to; undefined for our own files. */
function packageOf(file) {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(dirname(file));
  return folder?.[0];
}

main().catch((error) => {
  // esbuild prints the errors of a build itself; they are in `errors`.
  if (!error.errors) {
    console.error(error);
  }
  process.exitCode = 1;
});
