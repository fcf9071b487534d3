// These have no form that Jest could require.
const MODULES = [
  '@kubernetes/client-node|ansi-escapes|ansi-regex|ansi-styles|cli-cursor|environment|get-east-asian-width|is-fullwidth-code-point|log-update',
  'mimic-function|onetime|restore-cursor|slice-ansi|string-width|strip-ansi|wrap-ansi',
].join('|');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // By default Jest leaves one core to others, which on two cores is half of the machine.
  maxWorkers: '100%',
  // Tests run in a vm context, where each lookup of a global is slow: every module is handed these instead. Fake timers replace others.
  sandboxInjectedGlobals: ['Math', 'Object', 'Array', 'Number', 'String', 'JSON', 'Map', 'Set', 'BigInt'],
  roots: ['<rootDir>/test', '<rootDir>/cli/test'],
  testMatch: ['**/*.test.ts'],
  // `ts` first: a stale build beside the sources must never be what is tested.
  moduleFileExtensions: ['ts', 'js', 'json'],
  // Types are the business of `npm run check`; a test run only strips them.
  transform: { [`^.+\\.ts$|/node_modules/(${MODULES})/.+\\.js$`]: '<rootDir>/test/support/esbuild-transform.js' },
  transformIgnorePatterns: [`/node_modules/(?!(.*/)?(${MODULES})/)`],
  snapshotResolver: '<rootDir>/test/support/snapshot-resolver.js',
  // A limit for what hangs, not for what is slow: machines are noisy.
  testTimeout: 120_000,
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/cli/build/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/slow/', '<rootDir>/test/cluster/'],
};
