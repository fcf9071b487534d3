import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { freshFolder } from './fresh-folder';

const PROJECT = resolve(__dirname, '..', '..');

/** The result of a process. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

let bundle: string | undefined;

/** Bundles the two pairs' app into one file, so that a process starts in a third of a second; with its packages, which saves another tenth. */
function app(): string {
  if (!bundle) {
    bundle = join(freshFolder(), 'app.cjs');
    buildSync({
      entryPoints: [join(PROJECT, 'test/support/two-pairs-app.ts')],
      bundle: true,
      platform: 'node',
      outfile: bundle,
    });
  }
  return bundle;
}

/** Synthesizes the two pairs in a process of its own. */
export function synthProcess(
  outdir: string,
  options: { stages?: string; seed?: number; env?: Record<string, string>; preload?: string; cwd?: string } = {},
): Promise<Ended> {
  const args = [
    ...(options.preload ? ['--require', options.preload] : []),
    app(),
    outdir,
    String(options.seed ?? 0),
    options.stages ?? '10,25,50,100',
  ];
  const env = { ...process.env, ...options.env };
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { cwd: options.cwd ?? PROJECT, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', failed).once('close', (status, signal) => done({ status, signal, stderr }));
  });
}

/** Runs a task for each item, two at a time, because the smallest machine has two cores. */
export async function inPairs<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await task(item);
    }
  };
  await Promise.all([worker(), worker()]);
}
