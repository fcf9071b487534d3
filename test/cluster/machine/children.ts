import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes Go programs collect garbage a quarter as often as by default: the machine has enough memory, but no processor to spare. */
export const GO_SETTINGS = { GOGC: '400' } as const;

/**
 * Scheduling priorities for when the processor is short: programs that carry requests come first, programs that observe come last.
 * The latency of a request must depend only on the cluster.
 */
export const FIRST = ['nice', '--adjustment=-30'] as const;
export const LAST = ['nice', '--adjustment=10'] as const;

/** The processes of a cluster. */
export class Children {
  private readonly running = new Map<string, ChildProcess>();
  private isStopping = false;
  private readonly ends: ((error: Error) => void)[] = [];

  constructor(readonly logs: string) {}

  /** Starts a process that runs until `stopAll`, and writes its output to a log with its name. */
  start(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const log = openSync(this.log(name), 'a');
    const child = spawn(argv[0]!, argv.slice(1), { env: { ...process.env, ...GO_SETTINGS, ...env }, stdio: ['ignore', log, log] });
    closeSync(log);
    this.running.set(name, child);
    const ended = (how: string) => {
      this.running.delete(name);
      if (!this.isStopping) {
        this.ends.forEach((tell) => tell(new Error(`${name} ${how}; its log is ${this.log(name)}, and ends:\n${this.lastLines(name)}`)));
      }
    };
    child.once('error', (error) => ended(`cannot be started (${error.message})`));
    child.once('exit', (status, signal) => ended(`ended by itself (${signal ?? status})`));
  }

  /** Rejects as soon as a process ends unexpectedly. */
  get failure(): Promise<never> {
    return new Promise((_, failed) => this.ends.push(failed));
  }

  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  /** Stops one process and waits until it has ended. */
  async stop(name: string): Promise<void> {
    const child = this.running.get(name);
    this.running.delete(name);
    if (!child) {
      return;
    }
    child.removeAllListeners('exit');
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(tooLong);
  }

  /** Stops all processes, in reverse order of their start. */
  async stopAll(): Promise<void> {
    this.isStopping = true;
    for (const name of [...this.running.keys()].reverse()) {
      await this.stop(name);
    }
  }

  private lastLines(name: string): string {
    return readFileSync(this.log(name), 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  }
}
