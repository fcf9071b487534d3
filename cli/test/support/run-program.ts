import { transformSync } from 'esbuild';
import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as library from '../../../lib';

const PACKAGES: Readonly<Record<string, unknown>> = { cdk8s, 'cdk8s-canary': library, 'cdk8s-plus-27': kplus };

/** Runs a generated `main.ts` in this process, so that it writes to a folder. Returns what it printed. */
export function runProgram(program: string, folder: string): string {
  const { code } = transformSync(program, { loader: 'ts', format: 'cjs', target: 'node20' });
  const before = process.env['CDK8S_OUTDIR'];
  const write = process.stderr.write.bind(process.stderr);
  let printed = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    printed += String(chunk);
    return true;
  };
  process.env['CDK8S_OUTDIR'] = folder;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a program that init wrote, which is what is tried
    new Function('require', 'exports', code)((name: string) => PACKAGES[name], {});
  } finally {
    process.stderr.write = write;
    if (before === undefined) {
      delete process.env['CDK8S_OUTDIR'];
    } else {
      process.env['CDK8S_OUTDIR'] = before;
    }
  }
  return printed;
}
