/**
 * The sources of the library for another version of cdk8s-plus: a package for each version, as cdk8s-plus itself has. All come from the one
 * source, which is for cdk8s-plus-27. Three things change:
 *
 * - `lib/kplus.ts`, the one import of cdk8s-plus.
 * - `lib/init-container.ts`: from version 28 on, cdk8s-plus has `ContainerRestartPolicy`, and a container's `restartPolicy`, itself.
 * - `package.json`: the names, in every language, and the peer dependency.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '..', '..');

/** The version that the source is for. */
export const BASE = 27;

/** For each other version of cdk8s-plus, the oldest release that its package takes. The tests run with it. */
export const PLUS_RELEASES: Readonly<Record<number, string>> = {
  28: '2.5.6',
  29: '2.6.0',
  30: '2.4.10',
  31: '2.6.43',
  32: '2.5.92',
  33: '2.5.57',
};

/** `lib/init-container.ts` for versions that have `ContainerRestartPolicy` themselves. */
const INIT_CONTAINER = `import * as kplus from './kplus';

/** A container that starts before the main one; with \`ContainerRestartPolicy.ALWAYS\` of cdk8s-plus, it keeps running beside it. */
export interface InitContainerProps extends kplus.ContainerProps {}

export const ContainerRestartPolicy = kplus.ContainerRestartPolicy;

/** Whether an init container keeps running beside the main container. */
export function isSidecar({ restartPolicy }: InitContainerProps): boolean {
  return restartPolicy === kplus.ContainerRestartPolicy.ALWAYS;
}
`;

interface PackageJson {
  name: string;
  description: string;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
  files: string[];
  workspaces?: string[];
  overrides?: unknown;
  jsii: {
    excludeTypescript: string[];
    targets: {
      python: { distName: string; module: string };
      java: { package: string; maven: { groupId: string; artifactId: string } };
    };
  };
}

/**
 * Writes the sources of the package for a version of cdk8s-plus to a folder, ready for `jsii`.
 *
 * @throws if there is no package for that version
 */
export function derive(version: number, folder: string): void {
  if (PLUS_RELEASES[version] === undefined) {
    throw new Error(`version: got ${version}; must be one of ${Object.keys(PLUS_RELEASES).join(', ')}; try ${BASE + 1}`);
  }
  mkdirSync(folder, { recursive: true });
  for (const name of ['lib', 'imports', 'LICENSE', 'NOTICE', 'CHANGELOG.md']) {
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  rewrite(join(PROJECT, 'lib/kplus.ts'), join(folder, 'lib/kplus.ts'), `'cdk8s-plus-${BASE}'`, `'cdk8s-plus-${version}'`);
  writeFileSync(join(folder, 'lib/init-container.ts'), INIT_CONTAINER);
  rewrite(
    join(PROJECT, 'lib/index.ts'),
    join(folder, 'lib/index.ts'),
    '{ ContainerRestartPolicy, InitContainerProps }',
    '{ InitContainerProps }',
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify(packageJson(version), undefined, 2));
  writeFileSync(join(folder, 'README.md'), readme(version));
}

function rewrite(from: string, to: string, old: string, replacement: string): void {
  const text = readFileSync(from, 'utf8');
  if (text.split(old).length !== 2) {
    throw new Error(`${from}: must contain ${old} once, because it is replaced for other versions of cdk8s-plus`);
  }
  writeFileSync(to, text.replace(old, replacement));
}

function packageJson(version: number): PackageJson {
  const base = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as PackageJson;
  const { workspaces: _, overrides: _overrides, ...kept } = base;
  const name = `${base.name}-${version}`;
  const release = PLUS_RELEASES[version]!;
  const { python, java } = base.jsii.targets;
  const forVersion = (dependencies: Record<string, string>, range: string) =>
    Object.fromEntries(
      Object.entries(dependencies).map(([key, value]) => (key === `cdk8s-plus-${BASE}` ? [`cdk8s-plus-${version}`, range] : [key, value])),
    );
  return {
    ...kept,
    name,
    description: `${base.description} For cdk8s-plus-${version}.`,
    files: base.files.filter((file) => !file.startsWith('docs/') && !['API.md', 'README.ko.md'].includes(file)),
    scripts: { build: base.scripts['build']! },
    peerDependencies: forVersion(base.peerDependencies, `^${release}`),
    devDependencies: forVersion(base.devDependencies, release),
    jsii: {
      ...base.jsii,
      targets: {
        python: { distName: `${python.distName}-${version}`, module: `${python.module}_${version}` },
        java: { package: `${java.package}.plus${version}`, maven: { ...java.maven, artifactId: `${java.maven.artifactId}-${version}` } },
      },
    },
  };
}

const readme = (version: number): string => `# cdk8s-canary-${version}

[cdk8s-canary](https://github.com/cdk8s-canary/cdk8s-canary#readme) for apps that use cdk8s-plus-${version}. The library and its documentation are
the same; write \`cdk8s-canary-${version}\` where they import \`cdk8s-canary\`, and \`cdk8s-plus-${version}\` where they import \`cdk8s-plus-${BASE}\`.
\`ContainerRestartPolicy\` is that of cdk8s-plus.

\`\`\`sh
npm install cdk8s-canary-${version} cdk8s cdk8s-plus-${version} constructs
\`\`\`
`;
