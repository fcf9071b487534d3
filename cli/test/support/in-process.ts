import { runProgram } from '../../src/program';

/** The result of a command, in the form of a process's result. */
export interface Typed {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command in the test's process and captures its output. `processes.ts` tests the parts that only a process has (`main.ts`: exit
 * code, streams, signals).
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
      canAsk: false,
      paint: (_style, text) => text,
    });
    return { status, stdout, stderr };
  } finally {
    replaced.restore();
  }
}
