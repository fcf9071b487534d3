/**
 * Preloaded into a synth: before each change of the file system below CANARY_TEST_OUTDIR, the process copies that folder to
 * CANARY_TEST_COPIES/n if that is set, n being 1, 2, …; and before change CANARY_TEST_DIE_AT it kills itself, as `kill -9` would. Earlier
 * changes stay.
 */
const fs = require('node:fs');
const { join, resolve, sep } = require('node:path');

const { cpSync } = fs;
const dieAt = Number(process.env.CANARY_TEST_DIE_AT);
const outdir = resolve(process.env.CANARY_TEST_OUTDIR);
const copies = process.env.CANARY_TEST_COPIES;
let changes = 0;

for (const name of ['mkdirSync', 'openSync', 'writeFileSync', 'renameSync', 'rmSync', 'rmdirSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    // A number is the descriptor of a file that is open for writing.
    const isBelow = typeof args[0] === 'number' || (resolve(String(args[0])) + sep).startsWith(outdir + sep);
    if (isBelow) {
      changes++;
      if (copies) {
        cpSync(outdir, join(copies, String(changes)), { recursive: true });
      }
      if (changes === dieAt) {
        process.kill(process.pid, 'SIGKILL');
      }
    }
    return original.apply(fs, args);
  };
}
