const { availableParallelism } = require('node:os');

// These packages ship only ES modules, which Jest cannot require. The transform converts them.
const MODULES = [
  '@kubernetes/client-node|ansi-escapes|ansi-regex|ansi-styles|cli-cursor|environment|fast-string-truncated-width|fast-string-width',
  'get-east-asian-width|is-fullwidth-code-point|log-update|mimic-function|onetime|restore-cursor|slice-ansi|string-width|strip-ansi|wrap-ansi',
].join('|');

// These packages are CommonJS, but most of their text is comments, which the transform removes.
const COMMENTED = 'cdk8s|cdk8s-plus-\\d+|constructs';

const plus = process.env.CANARY_PLUS;

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // One more than there are cores, because some tests wait for processes and clocks; by default Jest leaves one core free.
  maxWorkers: availableParallelism() + 1,
  // Tests run in a vm context, where looking up a global is slow, so Jest injects these into every module.
  // Fake timers replace other globals, so those are not in the list.
  sandboxInjectedGlobals: ['Math', 'Object', 'Array', 'Number', 'String', 'JSON', 'Map', 'Set', 'BigInt'],
  roots: ['<rootDir>/test', '<rootDir>/cli/test'],
  testMatch: ['**/*.test.ts'],
  // `ts` comes first, so that Jest never tests a stale build beside the sources.
  moduleFileExtensions: ['ts', 'js', 'json'],
  // The transform only strips the types; `npm run check` checks them.
  transform: { [`^.+\\.ts$|/node_modules/(${MODULES}|${COMMENTED})/.+\\.js$`]: '<rootDir>/test/support/esbuild-transform.js' },
  transformIgnorePatterns: [`/node_modules/(?!(.*/)?(${MODULES}|${COMMENTED})/)`],
  // A folder with another version of cdk8s-plus, which the tests then run with (test/slow/plus).
  moduleNameMapper: plus && {
    '^cdk8s-plus-27$': plus,
    '^(cdk8s|constructs)$': '<rootDir>/node_modules/$1',
  },
  globalSetup: '<rootDir>/test/support/make-run-folder.js',
  globalTeardown: '<rootDir>/test/support/remove-run-folder.js',
  snapshotResolver: '<rootDir>/test/support/snapshot-resolver.js',
  // This limit catches tests that hang. It is generous because slow or busy machines must not fail the tests.
  testTimeout: 120_000,
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/cli/build/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/slow/', '<rootDir>/test/cluster/'],
};
