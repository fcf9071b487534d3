import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run, until } from '../../support/command';
import { canaryProgram } from './command';
import { clusterInfo } from './cluster-info';
import type { Tree } from './trees';

export interface TerminalOptions {
  readonly columns?: number;
  readonly lines?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** The tree that the shell sees as `dist`. */
  readonly tree: Tree;
}

/** The last line of a shell that waits for input. */
const PROMPT = '$';

const open = new Set<TerminalWindow>();

afterAll(() => Promise.all([...open].map((window) => window.close())));

/** A shell in a tmux terminal, run where the requests come from. The tests type into it as a user would. */
export class TerminalWindow {
  private constructor(
    /** The shell's working directory. */
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

  /** The escape codes that were written to the terminal since the last `clear`, each cut to the part that identifies it. */
  get codes(): string[] {
    return readFileSync(this.written, 'utf8')
      .split('\u001b')
      .slice(1)
      .map((text) => /^\[?[?\d;]*./.exec(text)?.[0] ?? text.slice(0, 5));
  }

  /** Waits for the prompt, then types a command and Enter. */
  async type(text: string): Promise<void> {
    await this.waitForPrompt();
    await this.tmux('send-keys', '-l', '--', text);
    await this.press('Enter');
  }

  /** Presses keys, by tmux's names: `y`, `Enter`, `C-c`. */
  async press(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  /** The text on the screen, without trailing blanks. */
  async screen(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p'));
  }

  /** The screen with its colours, as escape codes. */
  async painted(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p', '-e'));
  }

  /** The screen with the lines that have scrolled out of it. */
  async history(): Promise<string> {
    return trimmed(await this.tmux('capture-pane', '-p', '-S', '-'));
  }

  /** Waits until the screen matches a pattern, and returns the screen. */
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

  /** Waits until the last command has ended, and reads its exit code from the shell. */
  async exitCode(seconds = 60): Promise<number> {
    await this.waitForPrompt(seconds);
    await this.type('echo "exit code: $?"');
    return Number(/^exit code: (\d+)$/m.exec(await this.shows(/^exit code: \d+\n\$$/m, 10))![1]);
  }

  /** Whether the cursor is visible. */
  async hasCursor(): Promise<boolean> {
    return (await this.tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** Clears the screen, the history and the record of escape codes. */
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

  /** Runs tmux with a minimal environment: variables of the test run would disable the interactive output. */
  private tmux(...words: string[]): Promise<string> {
    return run(['tmux', '-u', '-S', this.socket, ...words], { env: { PATH: process.env['PATH'] } });
  }
}

function trimmed(text: string): string {
  return text.replace(/\s+$/, '');
}

/** Saves a picture of a screen for developers to look at. */
export function keepScreen(name: string, painted: string): void {
  const folder = join(clusterInfo.results, 'screens');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.ansi`), painted);
}
