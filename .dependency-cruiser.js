/** The rules of the house: who may know whom. */
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
      comment: 'Only lib/synth and the app know that there are files.',
      severity: 'error',
      from: { path: '^lib/(?!synth/|app\\.ts)' },
      to: { path: '^(node:)?fs$|^lib/synth/' },
    },
    {
      name: 'nothing-knows-the-index',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/index' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^lib/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
