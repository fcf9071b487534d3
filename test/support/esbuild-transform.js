const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const esbuild = require('esbuild');

const FORM = { format: 'cjs', target: 'node20', supported: { 'dynamic-import': false } };

const SELF = readFileSync(__filename);

/** A package of a thousand ES modules; Jest would take long to require them. */
const CLIENT_NODE = /\/@kubernetes\/client-node\/dist\/index\.js$/;

/** In a process of its own, because esbuild has no plugins where it works synchronously. */
const clientNode = () =>
  execFileSync(process.execPath, [join(__dirname, 'client-node-bundle.js')], { encoding: 'utf8', maxBuffer: 2 ** 26 });

/**
 * Strips the types of a file, and turns dynamic imports into `require`, because a test's vm context cannot import. Jest caches the result
 * by this key, so that a second run compiles nothing.
 */
module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(source).update(path).update(SELF).update(esbuild.version).digest('hex'),
  process: (source, path) =>
    CLIENT_NODE.test(path)
      ? { code: clientNode() }
      : esbuild.transformSync(source, { ...FORM, loader: 'ts', sourcefile: path, sourcemap: 'inline' }),
};
