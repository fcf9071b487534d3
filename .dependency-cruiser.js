/** Import rules: which folders may import which. */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'lib/core decides. It has no I/O, no clock and no cdk8s: nothing but itself.',
      severity: 'error',
      from: { path: '^lib/core/' },
      to: { pathNot: '^lib/core/' },
    },
    {
      name: 'constructs-do-not-write',
      comment: 'Only lib/synth and the app know that there are files; lib/input/config-files.ts reads those that a user names.',
      severity: 'error',
      from: { path: '^lib/(?!synth/|app\\.ts|input/config-files\\.ts)' },
      to: { path: '^(node:)?fs$|^lib/synth/' },
    },
    {
      name: 'one-import-of-cdk8s-plus',
      comment: 'All of lib gets cdk8s-plus from lib/kplus.ts, the one line that a package for another version rewrites.',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/kplus\\.ts$' },
      to: { path: 'cdk8s-plus' },
    },
    {
      name: 'nothing-knows-the-index',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/index' },
    },
    {
      name: 'the-command-decides-in-core',
      comment: 'cli/src/core decides. It has no I/O and no clock: itself, the core of the library, and functions of numbers.',
      severity: 'error',
      from: { path: '^cli/src/core/' },
      to: { pathNot: '^cli/src/core/|^lib/core/|^node_modules/@stdlib/' },
    },
    {
      name: 'the-command-knows-no-constructs',
      comment: 'It reads what a synth wrote.',
      severity: 'error',
      from: { path: '^cli/src/' },
      to: { path: '^lib/(?!core/)|cdk8s|constructs', pathNot: '^lib/core/' },
    },
    {
      name: 'routers-through-the-registry',
      comment: 'A router is a folder and an entry of the registry: no other module imports one by name.',
      severity: 'error',
      from: { path: '^(lib|cli/src)/', pathNot: '^lib/routers/|^lib/index|^cli/src/core/routers/' },
      to: { path: '^lib/routers/[^/]+/|^cli/src/core/routers/(?!index|router\\.)' },
    },
    {
      name: 'the-driver-publishes-events',
      comment: 'The driver knows no terminal and no record: they subscribe to its events.',
      severity: 'error',
      from: { path: '^cli/src/driver/' },
      to: { path: '^cli/src/(terminal|html-report|commands)/' },
    },
    {
      name: 'no-circles',
      comment: 'Imports of types count, too. A type that two modules share has a module of its own.',
      severity: 'error',
      from: { path: '^(lib|cli/src)/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Sees imports that the compiler removes, because they import only types.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
