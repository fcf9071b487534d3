import { transformSync } from 'esbuild';
import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { loadAll } from 'js-yaml';
import * as library from '../../../lib';
import type { Fields } from '../../../test/support/api-defaults';
import { readTree } from '../../../test/support/apps';
import { freshFolder } from '../../../test/support/fresh-folder';

const PACKAGES: Readonly<Record<string, unknown>> = { cdk8s, 'cdk8s-canary': library, 'cdk8s-plus-27': kplus };

/** What a generated program wrote. */
export interface Synthesized {
  /** The objects of the stage. */
  readonly objects: readonly Fields[];
  /** What it printed, the findings among it. */
  readonly printed: string;
}

/** Runs a generated `main.ts` in this process, and reads a stage that it wrote. */
export function synthesized(program: string, stage = 'stage-0'): Synthesized {
  const { folder, printed } = synthesizedFolder(program);
  const files = Object.entries(readTree(folder)).filter(([path]) => path.startsWith(`${stage}/`));
  return { objects: files.flatMap(([, text]) => loadAll(text) as Fields[]), printed };
}

/** Runs a generated `main.ts` in this process. Returns the folder that it wrote, which lasts as long as the tests of the file. */
export function synthesizedFolder(program: string): { readonly folder: string; readonly printed: string } {
  const { code } = transformSync(program, { loader: 'ts', format: 'cjs', target: 'node20' });
  const outdir = freshFolder();
  const before = process.env['CDK8S_OUTDIR'];
  let printed = '';
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  process.env['CDK8S_OUTDIR'] = outdir;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a program that init wrote, which the test is about
    new Function('require', 'exports', code)((name: string) => PACKAGES[name], {});
  } finally {
    write.mockRestore();
    if (before === undefined) {
      delete process.env['CDK8S_OUTDIR'];
    } else {
      process.env['CDK8S_OUTDIR'] = before;
    }
  }
  return { folder: outdir, printed };
}
