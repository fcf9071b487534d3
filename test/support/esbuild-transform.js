const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const esbuild = require('esbuild');

const FORM = { format: 'cjs', target: 'node20', supported: { 'dynamic-import': false } };

const SELF = readFileSync(__filename);

/** A package of a thousand ES modules, bundled into one CommonJS file: Jest takes longer to require the modules than to run them. */
const BUNDLED = /\/@kubernetes\/client-node\/dist\/index\.js$/;

/**
 * Strips the types of a file, and turns dynamic imports into `require`, because a test's vm context cannot import. Jest caches the result
 * by this key, so that a second run compiles nothing.
 */
module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(source).update(path).update(SELF).update(esbuild.version).digest('hex'),
  process: (source, path) =>
    BUNDLED.test(path)
      ? { code: esbuild.buildSync({ ...FORM, entryPoints: [path], bundle: true, platform: 'node', write: false }).outputFiles[0].text }
      : esbuild.transformSync(source, { ...FORM, loader: 'ts', sourcefile: path, sourcemap: 'inline' }),
};
