import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../../cli/src/core/init/report';
import { synthesizedFolder } from '../../../cli/test/support/generated-app';
import { canary } from './command';
import type { Namespace } from './namespace';
import { Tree } from './trees';

/** What `kubectl canary init` wrote and said. */
export interface Initialized {
  readonly program: string;
  readonly report: Report & { readonly next: readonly string[] };
  /** What the program writes. */
  readonly tree: Tree;
}

/**
 * Runs `kubectl canary init` on a service.
 *
 * @param manifests what it reads; undefined for the cluster
 */
export async function init(namespace: Namespace, service: string, words: readonly string[], manifests?: string): Promise<Initialized> {
  const folder = join(mkdtempSync(join(tmpdir(), 'canary-init-')), 'app');
  const source = manifests === undefined ? ['--namespace', namespace.name] : ['-f', '-'];
  const { status, stdout, stderr } = await canary(['init', `deployment/${service}`, ...words, '--out', folder, '-o', 'json', ...source], {
    kubeconfig: process.env['KUBECONFIG']!,
    input: manifests,
  });
  expect({ status, said: stderr }).toEqual({ status: 0, said: '' });
  const program = readFileSync(join(folder, 'main.ts'), 'utf8');
  return { program, report: JSON.parse(stdout) as Initialized['report'], tree: new Tree(synthesizedFolder(program).folder) };
}
