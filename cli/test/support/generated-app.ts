import { loadAll } from 'js-yaml';
import type { Fields } from '../../../test/support/api-defaults';
import { readTree } from '../../../test/support/apps';
import { freshFolder } from '../../../test/support/fresh-folder';
import { runProgram } from './run-program';

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
  const folder = freshFolder();
  return { folder, printed: runProgram(program, folder) };
}
