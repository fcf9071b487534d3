const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const esbuild = require('esbuild');

const FORM = { format: 'cjs', target: 'node20', supported: { 'dynamic-import': false } };

const SELF = readFileSync(__filename);

/** A package of a thousand files of the newer kind, made one of the older kind: Jest takes longer to require each than to run it. */
const BUNDLED = /\/@kubernetes\/client-node\/dist\/index\.js$/;

/**
 * Strips the types of one file, and makes what it imports on demand what it requires: a test's vm context cannot import.
 * jest keeps the result by this key, so that a second run compiles nothing.
 */
module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(source).update(path).update(SELF).update(esbuild.version).digest('hex'),
  process: (source, path) =>
    BUNDLED.test(path)
      ? { code: esbuild.buildSync({ ...FORM, entryPoints: [path], bundle: true, platform: 'node', write: false }).outputFiles[0].text }
      : esbuild.transformSync(source, { ...FORM, loader: 'ts', sourcefile: path, sourcemap: 'inline' }),
};
