import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run, until } from '../../support/command';
import { clusterInfo } from './cluster-info';
import { isFirst } from './is-first';

export interface CommandOptions {
  readonly kubeconfig: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The standard input. Without it the input is empty; in both cases there is no terminal. */
  readonly input?: string;
  /** Seconds after which the command counts as hanging, not as slow (default: 300). */
  readonly timeout?: number;
  /** Runs the command where the load comes from, not on the node. Load balancers and Envoy can be reached from there. */
  readonly isOutside?: boolean;
}

export interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const CLI = resolve(__dirname, '..', '..', '..', 'cli');

/**
 * Builds the command on the first call of a run and returns its path. Later calls return the same copy, so that edits during the run do
 * not change the command between tests.
 */
export async function canaryProgram(): Promise<string> {
  const folder = join(clusterInfo.results, 'kubectl-canary');
  const lock = `${folder}.lock`;
  // Other test files may call this at the same time. The process that creates the lock builds the command.
  return until('the command to be built', 120, async () => {
    if (existsSync(folder)) {
      return join(folder, 'bin', 'kubectl-canary.js');
    }
    if (!isFirst(() => mkdirSync(lock))) {
      return undefined;
    }
    try {
      await run([process.execPath, join(CLI, 'build.js')]);
      const whole = `${folder}.new`;
      ['bin', 'build', 'package.json'].forEach((name) => cpSync(join(CLI, name), join(whole, name), { recursive: true }));
      renameSync(whole, folder);
    } finally {
      rmSync(lock, { recursive: true });
    }
    return undefined;
  });
}

const running = new Set<ChildProcess>();

afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

export class RunningCommand {
  stdout = '';
  stderr = '';
  /** Resolves when the command ends. Rejects if it had to be killed because it did not end in time. */
  readonly end: Promise<CommandEnd>;
  private readonly exit: Promise<void>;

  constructor(
    private readonly child: ChildProcess,
    args: readonly string[],
    timeout: number,
  ) {
    const begin = performance.now();
    running.add(child);
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exit = new Promise((done) => child.once('exit', () => done()).once('error', () => done()));
    this.end = new Promise((done, failed) => {
      let hangs = false;
      const tooLong = setTimeout(() => {
        hangs = true;
        child.kill('SIGKILL');
      }, timeout * 1000);
      child.once('error', failed).once('close', (status, signal) => {
        clearTimeout(tooLong);
        running.delete(child);
        const { stdout, stderr } = this;
        if (hangs) {
          const said = [stdout, stderr].map((text) => text.trim().slice(-2000)).join('\n');
          failed(new Error(`kubectl canary ${args.join(' ')} did not end within ${timeout} s; it had said:\n${said}`));
        } else {
          done({ status, signal, stdout, stderr, seconds: (performance.now() - begin) / 1000 });
        }
      });
    });
    // A test that kills the command may never await its end.
    this.end.catch(() => undefined);
  }

  /** The output so far. */
  get said(): string {
    return this.stdout + this.stderr;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills the command with SIGKILL, so that it cannot clean up, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  /** Writes to the standard input. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Writes to the standard input and closes it. */
  close(text = ''): void {
    this.child.stdin!.end(text);
  }

  /** Waits until the output matches a pattern. Throws with the output if the command ends before. */
  async says(pattern: RegExp, seconds = 180): Promise<void> {
    const found = until(`kubectl canary to say ${pattern.source}`, seconds, () => pattern.test(this.said) || undefined);
    const ended = this.exit.then(async () => {
      // The rest of the output may arrive after the exit.
      await this.end.catch(() => undefined);
      if (!pattern.test(this.said)) {
        throw new Error(`kubectl canary ended and did not say ${pattern.source}:\n${this.said.trim().slice(-2000)}`);
      }
    });
    await Promise.race([found, ended]);
    found.catch(() => undefined);
    ended.catch(() => undefined);
  }
}

/** Starts the command and leaves its standard input open. */
export async function startCanary(args: readonly string[], options: CommandOptions): Promise<RunningCommand> {
  const env = { ...process.env, KUBECONFIG: options.kubeconfig, ...options.env };
  const from = options.isOutside ? clusterInfo.outside! : [];
  const argv = [...from, process.execPath, await canaryProgram(), ...args];
  const child = spawn(argv[0]!, argv.slice(1), { cwd: options.cwd, env, stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  return new RunningCommand(child, args, options.timeout ?? 300);
}

/** Runs the command to its end, with any exit code. Throws if it does not end in time. */
export async function canary(args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const command = await startCanary(args, options);
  command.close(options.input);
  return command.end;
}
