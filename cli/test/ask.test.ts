import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Tests of questions in a real pseudo-terminal, which Python opens. */

const SUPPORT = join(__dirname, 'support');
const program = join(mkdtempSync(join(tmpdir(), 'kubectl-canary-')), 'asking.mjs');

beforeAll(() =>
  buildSync({
    entryPoints: [join(SUPPORT, 'asking.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  }),
);

/** A terminal in which a program asks one question after the other. */
class Screen {
  private text = '';
  private readonly changed = new Set<() => void>();
  private readonly child: ChildProcessWithoutNullStreams;
  private asked = 0;

  constructor(term: string) {
    this.child = spawn('python3', [join(SUPPORT, 'pseudo_terminal.py'), process.execPath, program], {
      env: { PATH: process.env['PATH'], TERM: term },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
        this.changed.forEach((look) => look());
      });
    }
  }

  /** Waits until the terminal has shown a text since the last match, and returns the match. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((done) => {
      const look = () => {
        const found = pattern.exec(this.text);
        if (found) {
          this.changed.delete(look);
          this.text = this.text.slice(found.index + found[0].length);
          done(found);
        }
      };
      this.changed.add(look);
      look();
    });
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Types while nothing is asked, waits for the echo of the last key, lets the program ask, and waits for the question. */
  async typeAhead(keys: string): Promise<void> {
    const [, pid] = await this.shows(/holding \d+ as (\d+)\./);
    this.type(`${keys}#`);
    await this.shows(/#/);
    process.kill(Number(pid), 'SIGUSR2');
    this.asked += 1;
    await this.shows(new RegExp(`question ${this.asked}\\?`));
    await this.shows(/No|\[y\/N\] /);
  }

  async answer(): Promise<string> {
    return (await this.shows(new RegExp(`answer ${this.asked}: (\\w+)\\.`)))[1]!;
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

describe.each([
  { name: 'a question', term: 'xterm', yes: 'y', no: 'n', enters: ['\r', '\n\r'] },
  { name: 'a question on a terminal that cannot move its cursor', term: 'dumb', yes: 'y\n', no: 'n\n', enters: ['\r', '\n'] },
])('$name', ({ term, yes, no, enters }) => {
  let screen: Screen;
  beforeAll(() => (screen = new Screen(term)));
  afterAll(() => screen.close());

  // The program takes the first answer that it reads, so the answer shows whether an earlier key was one.
  test.each<[string, string]>([
    ['y', 'y'],
    ['y and Enter', 'y\r'],
    ['a whole line', 'yes\n'],
    ['a line feed', '\n'],
    ['keys that select Yes, and Enter', 'k\u001b[D\r'],
  ])('is not answered by what was typed before it: %s', async (_name, keys) => {
    for (const [typed, expected] of [
      [no, 'false'],
      [yes, 'true'],
    ] as const) {
      await screen.typeAhead(keys);
      screen.type(typed);
      expect(await screen.answer()).toBe(expected);
    }
  });

  test('is answered with no by Enter alone, also if the terminal sends a line feed for it', async () => {
    for (const keys of enters) {
      await screen.typeAhead('');
      screen.type(keys);
      expect(await screen.answer()).toBe('false');
    }
  });
});
