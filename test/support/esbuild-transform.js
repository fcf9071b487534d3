const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const esbuild = require('esbuild');

const SELF = readFileSync(__filename);

/** Strips the types of one file. jest keeps the result by this key, so that a second run compiles nothing. */
module.exports = {
  getCacheKey: (source, path) => createHash('sha256').update(source).update(path).update(SELF).update(esbuild.version).digest('hex'),
  process: (source, path) =>
    esbuild.transformSync(source, { loader: 'ts', format: 'cjs', target: 'node20', sourcefile: path, sourcemap: 'inline' }),
};
