/**
 * Bundles the command into `build/`: one entry, and what only some commands need in chunks of their own. Tests that run beside
 * each other name a folder of their own.
 */
const { buildSync } = require('esbuild');
const { rmSync } = require('node:fs');
const { join } = require('node:path');

const outdir = process.argv[2] ?? join(__dirname, 'build');
rmSync(outdir, { recursive: true, force: true });
buildSync({
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
});
