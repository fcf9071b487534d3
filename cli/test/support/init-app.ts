import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import type { JsonObject } from '../../../lib/core/yaml';

/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/no-implied-eval -- The generated program is run as it is. */

/**
 * Runs a generated program with this library, and returns the objects of one stage.
 *
 * @throws if the synth fails
 */
export function synthesized(program: string, stage = 'stage-0'): JsonObject[] {
  const outdir = mkdtempSync(join(tmpdir(), 'kubectl-canary-init-'));
  const { code } = transformSync(program, { loader: 'ts', format: 'cjs', target: 'es2022' });
  const load = (name: string): unknown => (name === 'cdk8s-canary' ? require('../../../lib') : require(name));
  const replaced = jest.replaceProperty(process, 'env', { ...process.env, CDK8S_OUTDIR: outdir });
  const quiet = [jest.spyOn(console, 'log'), jest.spyOn(console, 'error'), jest.spyOn(process.stderr, 'write')];
  quiet.forEach((spy) => (spy as jest.SpyInstance).mockReturnValue(true));
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    new Function('require', 'exports', 'module', code)(load, {}, { exports: {} });
    return readdirSync(join(outdir, stage)).flatMap((file) =>
      parseAllDocuments(readFileSync(join(outdir, stage, file), 'utf8')).map((document) => document.toJS() as JsonObject),
    );
  } finally {
    [...quiet, written].forEach((spy) => spy.mockRestore());
    replaced.restore();
    rmSync(outdir, { recursive: true });
  }
}
