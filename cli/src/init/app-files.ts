import libraryPackage from '../../../package.json';

/** The files of a new app, by name. The program is the only one that its owner edits. */
export function appFiles(name: string, program: string): Readonly<Record<string, string>> {
  const { version, peerDependencies, devDependencies } = libraryPackage;
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    scripts: { synth: 'node --require tsx/cjs main.ts', check: 'tsc --noEmit' },
    dependencies: { 'cdk8s-canary': `^${version}`, ...peerDependencies },
    devDependencies: {
      '@types/node': devDependencies['@types/node'],
      tsx: devDependencies.tsx,
      typescript: devDependencies.typescript,
    },
  };
  const compiler = {
    compilerOptions: {
      target: 'ES2022',
      module: 'Node16',
      moduleResolution: 'Node16',
      types: ['node'],
      strict: true,
      noEmit: true,
      noUnusedLocals: true,
      skipLibCheck: true,
    },
    include: ['main.ts'],
  };
  return {
    'main.ts': program,
    'cdk8s.yaml': 'language: typescript\napp: node --require tsx/cjs main.ts\n',
    'package.json': json(manifest),
    'tsconfig.json': json(compiler),
    // dist/ is committed: it is what reviewers read.
    '.gitignore': 'node_modules/\ncanary-runs/\n',
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
