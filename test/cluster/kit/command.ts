import { ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run, until } from '../../support/command';
import { clusterInfo } from './cluster-info';

export interface CommandOptions {
  readonly kubeconfig: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What it reads; without it there is nothing to read, and no terminal. */
  readonly input?: string;
  /** Seconds after which it hangs, rather than being slow (default: 300). */
  readonly timeout?: number;
  /** Where load comes from, rather than on the node: load balancers have their addresses there, and Envoy is. */
  readonly isOutside?: boolean;
}

/** How the command ended. */
export interface CommandEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const CLI = resolve(__dirname, '..', '..', '..', 'cli');

/** The command as it was when this run first asked for it: what is edited meanwhile must not change it from one test to the next. */
export async function canaryProgram(): Promise<string> {
  const folder = join(clusterInfo.results, 'kubectl-canary');
  const lock = `${folder}.lock`;
  // Other test files may want it at the same time: who makes the lock makes the command.
  return until('the command to be built', 120, async () => {
    if (existsSync(folder)) {
      return join(folder, 'bin', 'kubectl-canary.js');
    }
    try {
      mkdirSync(lock);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return undefined;
      }
      throw error;
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

/** The command while it runs. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  /** How it ends; fails where it had to be killed, for it did not by itself. */
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
    // Whoever kills it may never ask how it ended.
    this.end.catch(() => undefined);
  }

  /** What it has said so far. */
  get said(): string {
    return this.stdout + this.stderr;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it as the kernel would, with no chance to say goodbye, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }

  /** Types something. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Types the last of it: there is no more to read. */
  close(text = ''): void {
    this.child.stdin!.end(text);
  }

  /** Waits until it has said something. */
  async says(pattern: RegExp, seconds = 180): Promise<void> {
    await until(`kubectl canary to say ${pattern.source}`, seconds, () => pattern.test(this.said) || undefined);
  }
}

/** Starts the command, and leaves what it reads open. */
export async function startCanary(args: readonly string[], options: CommandOptions): Promise<RunningCommand> {
  const env = { ...process.env, KUBECONFIG: options.kubeconfig, ...options.env };
  const from = options.isOutside ? clusterInfo.outside! : [];
  const argv = [...from, process.execPath, await canaryProgram(), ...args];
  const child = spawn(argv[0]!, argv.slice(1), { cwd: options.cwd, env, stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  return new RunningCommand(child, args, options.timeout ?? 300);
}

/** Runs the command to its end, whatever that is; fails where it does not end. */
export async function canary(args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const command = await startCanary(args, options);
  command.close(options.input);
  return command.end;
}
