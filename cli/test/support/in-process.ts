import { runProgram } from '../../src/program';

/** How a command ended, as a process would have ended. */
export interface Typed {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command in the process of the test, with its output piped. What a process adds (`main.ts`: exit code, streams, signals) is
 * tested by `processes.ts`.
 */
export async function typed(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Typed> {
  let [stdout, stderr] = ['', ''];
  const replaced = jest.replaceProperty(process, 'env', { PATH: process.env['PATH'], HOME: '/nonexistent', ...env });
  try {
    const status = await runProgram(words, {
      print: (text) => (stdout += `${text}\n`),
      note: (text) => (stderr += `${text}\n`),
      show: () => undefined,
      isLive: false,
      paint: (_style, text) => text,
    });
    return { status, stdout, stderr };
  } finally {
    replaced.restore();
  }
}
