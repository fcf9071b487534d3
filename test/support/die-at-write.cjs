/**
 * Preloaded into a synth: the process kills itself, as `kill -9` would, before its n-th change of the file system below CANARY_TEST_OUTDIR
 * (n in CANARY_TEST_DIE_AT). Earlier changes stay.
 */
const fs = require('node:fs');
const { resolve, sep } = require('node:path');

const dieAt = Number(process.env.CANARY_TEST_DIE_AT);
const outdir = resolve(process.env.CANARY_TEST_OUTDIR);
let changes = 0;

for (const name of ['mkdirSync', 'openSync', 'writeFileSync', 'renameSync', 'rmSync', 'rmdirSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    const isBelow = typeof args[0] === 'number' || (resolve(String(args[0])) + sep).startsWith(outdir + sep);
    if (isBelow && ++changes === dieAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    return original.apply(fs, args);
  };
}
