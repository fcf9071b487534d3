import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The standard input. */
  readonly input?: string;
}

/** The result of a command. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, and accepts any exit code. */
export function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(argv[0]!, argv.slice(1), { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // If a command ends before it has read all its input, only its exit code counts.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    child.once('error', failed).once('close', (status) => done({ status, stdout, stderr }));
  });
}

/** Runs a command that must succeed, and returns its output. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(argv, options);
  if (status !== 0) {
    throw new Error(`${argv.join(' ')} ended with ${status}: ${(stderr || stdout).trim().slice(-2000)}`);
  }
  return stdout;
}

/** Waits until the check returns a value; the check may throw before that. */
export async function until<T>(what: string, seconds: number, check: () => Promise<T | undefined> | T | undefined, pause = 50): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await check();
      if (found !== undefined) {
        return found;
      }
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${what}: not within ${seconds} s${last instanceof Error ? ` (${last.message})` : ''}`);
    }
    await new Promise((next) => setTimeout(next, pause));
  }
}
