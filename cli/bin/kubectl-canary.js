#!/usr/bin/env node
// The command itself is bundled; in a clone, `npm ci` or `npm run build --workspace cli` makes it.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const entry = join(__dirname, '..', 'build', 'main.mjs');
if (existsSync(entry)) {
  // Node 22 and later keep the compiled code between runs, so that a command starts faster.
  require('node:module').enableCompileCache?.();
  void import(entry);
} else {
  console.error('kubectl-canary: not built yet; run npm run build --workspace cli');
  process.exitCode = 2;
}
