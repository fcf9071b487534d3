import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run, until } from '../../support/command';
import { canaryProgram } from './command';
import { clusterInfo } from './cluster-info';
import { Tree } from './trees';

export interface TerminalOptions {
  readonly columns?: number;
  readonly lines?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** What is called `dist` where the shell is. */
  readonly tree: Tree;
}

/** The last line of a shell that waits to be typed to. */
const PROMPT = '$';

const open = new Set<TerminalWindow>();

afterAll(() => Promise.all([...open].map((window) => window.close())));

/** A shell in a terminal that nobody sees, typed to as a person would: tmux, on the machine that requests come from. */
export class TerminalWindow {
  private constructor(
    /** Where the shell is. */
    readonly folder: string,
    private readonly socket: string,
  ) {}

  static async open({ columns = 80, lines = 50, env = {}, namespace, tree }: TerminalOptions): Promise<TerminalWindow> {
    const folder = mkdtempSync(join(tmpdir(), 'canary-terminal-'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync(await canaryProgram(), join(bin, 'kubectl-canary'));
    symlinkSync(tree.folder, join(folder, 'dist'));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, await run([clusterInfo.kubectl, 'config', 'view', '--raw', '--flatten']), { mode: 0o600 });
    await run([clusterInfo.kubectl, '--kubeconfig', kubeconfig, 'config', 'set-context', '--current', '--namespace', namespace]);
    const path = [bin, dirname(clusterInfo.kubectl), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
    const settings = { PATH: path, HOME: folder, KUBECONFIG: kubeconfig, LANG: 'C.UTF-8', PS1: `${PROMPT} `, ENV: '', ...env };
    const shell = [...clusterInfo.outside!, 'env', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`), 'sh'];
    const window = new TerminalWindow(folder, join(folder, 'tmux'));
    await window.tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(lines), '-c', folder, ...shell);
    open.add(window);
    await window.tmux('pipe-pane', `cat >> ${window.written}`);
    await window.waitForPrompt();
    return window;
  }

  private get written(): string {
    return join(this.folder, 'written');
  }

  /** The escape codes that were written to the terminal since the last `clear`, each as far as one can tell it by. */
  get codes(): string[] {
    return readFileSync(this.written, 'utf8')
      .split('\u001b')
      .slice(1)
      .map((text) => /^\[?[?\d;]*./.exec(text)?.[0] ?? text.slice(0, 5));
  }

  /** Types a command, and Enter, as soon as the shell waits for one. */
  async type(text: string): Promise<void> {
    await this.waitForPrompt();
    await this.tmux('send-keys', '-l', '--', text);
    await this.press('Enter');
  }

  /** Presses keys, by the names that tmux gives them: `y`, `Enter`, `C-c`. */
  async press(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  /** What the screen shows, without what is blank at the end. */
  async screen(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p'));
  }

  /** The same with the colours, as escape codes. */
  async painted(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p', '-e'));
  }

  /** All that was ever written and stayed. */
  async history(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p', '-S', '-'));
  }

  /** Waits until the screen shows something, and returns the screen. */
  async shows(pattern: RegExp, seconds = 60): Promise<string> {
    let last = '';
    try {
      return await until(`${pattern.source} on the screen`, seconds, async () => {
        last = await this.screen();
        return pattern.test(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows:\n${last}`, { cause: error });
    }
  }

  /** Waits until the command that was typed has ended, and asks the shell for its exit code. */
  async exitCode(seconds = 60): Promise<number> {
    await this.waitForPrompt(seconds);
    await this.type('echo "exit code: $?"');
    return Number(/^exit code: (\d+)$/m.exec(await this.shows(/^exit code: \d+\n\$$/m, 10))![1]);
  }

  /** Whether one sees where one types. */
  async hasCursor(): Promise<boolean> {
    return (await this.tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** Forgets all that was shown. */
  async clear(): Promise<void> {
    await this.type('clear');
    await this.waitForPrompt();
    await this.tmux('clear-history');
    writeFileSync(this.written, '');
  }

  async close(): Promise<void> {
    open.delete(this);
    await this.tmux('kill-server');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async waitForPrompt(seconds = 30): Promise<void> {
    await until(`the prompt of the shell`, seconds, async () => ((await this.screen()).split('\n').at(-1) === PROMPT ? true : undefined));
  }

  /** With an environment of its own: a test's would say that nobody sits there. */
  private tmux(...words: string[]): Promise<string> {
    return run(['tmux', '-u', '-S', this.socket, ...words], { env: { PATH: process.env['PATH'] } });
  }
}

function trimmed(text: string): string {
  return text.replace(/\s+$/, '');
}

/** Keeps a picture of a screen, to be looked at. */
export function keepScreen(name: string, painted: string): void {
  const folder = join(clusterInfo.results, 'screens');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.ansi`), painted);
}
