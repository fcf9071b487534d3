const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const esbuild = require('esbuild');

const FORM = { format: 'cjs', target: 'node20', supported: { 'dynamic-import': false } };

const SELF = readFileSync(__filename);

/** A package of a thousand ES modules; Jest would take long to require them. */
const CLIENT_NODE = /\/@kubernetes\/client-node\/dist\/index\.js$/;

/** Packages that jsii compiled: nine tenths of their files are comments and source maps, which every test file would read again. */
const COMMENTED = /\/node_modules\/(cdk8s|cdk8s-plus-\d+|constructs)\/lib\//;

/** In a process of its own, because esbuild has no plugins where it works synchronously. */
const clientNode = () =>
  execFileSync(process.execPath, [join(__dirname, 'client-node-bundle.js')], { encoding: 'utf8', maxBuffer: 2 ** 26 });

function compiled(source, path) {
  if (CLIENT_NODE.test(path)) {
    return { code: clientNode() };
  }
  if (COMMENTED.test(path)) {
    return { code: esbuild.transformSync(source, { loader: 'js', minifyWhitespace: true }).code };
  }
  const { code, map } = esbuild.transformSync(source, { ...FORM, loader: 'ts', sourcefile: path, sourcemap: 'external' });
  return { code, map };
}

/**
 * Strips the types of a file, and turns dynamic imports into `require`, because a test's vm context cannot import. Jest caches the result
 * by this key, so that a second run compiles nothing.
 */
module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(source).update(path).update(SELF).update(esbuild.version).digest('hex'),
  process: compiled,
};
