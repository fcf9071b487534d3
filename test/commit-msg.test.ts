import { delimiter, dirname, resolve } from 'node:path';
import { freshFolder } from './support/fresh-folder';
import { attempt, run } from './support/command';

const HOOKS = resolve(__dirname, '..', '.githooks');

const { problemsOf } = jest.requireActual<{ problemsOf: (message: string) => string[] }>('../.githooks/subject.js');

describe('the commit-msg hook', () => {
  test.each([
    ['72 characters', 'A'.repeat(72)],
    ['72 characters of two UTF-16 units each', `A${'😀'.repeat(71)}`],
    [
      'a subject and a body',
      'Close each connection of a probe\n\nOtherwise the next probe fails. See the long line of this body: it is not checked.\n',
    ],
    ['a capital letter of another script', 'Übersetzt'],
    ['the comments of an editor', '\n# Please enter the commit message.\nFormat a test\n# On branch main\n'],
    ['the diff of --verbose', 'Format a test\n# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n'],
    ['a merge', `Merge branch '${'b'.repeat(80)}'`],
    ['a revert', `Revert "${'B'.repeat(72)}"`],
  ])('accepts %s', (_, message) => {
    expect(problemsOf(message)).toEqual([]);
  });

  const EMPTY = 'the subject is empty; say in the imperative what the commit does';
  const tooLong = (length: number) =>
    `subject: got ${length} characters; must be at most 72; try to give the reason in the body, after a blank line`;
  test.each([
    ['no text', '', [EMPTY]],
    ['only blank lines and comments', '\n \n# On branch main\n', [EMPTY]],
    ['only the diff of --verbose', '\n# ------------------------ >8 ------------------------\ndiff --git a/x b/x\n', [EMPTY]],
    ['73 characters', 'A'.repeat(73), [tooLong(73)]],
    ['a subject of two lines', `${'A'.repeat(40)}\n${'b'.repeat(40)}\n\nBody`, [tooLong(81)]],
    ['a lower-case letter', 'fix a test', ['subject: got "fix a test"; must begin with a capital letter']],
    ['a prefix', 'fixup! Format a test', ['subject: got "fixup! Format a test"; must begin with a capital letter']],
    ['a period', 'Format a test.', ['subject: got "Format a test."; must not end with a period']],
    [
      'all problems at once',
      `a${'b'.repeat(80)}.`,
      [
        tooLong(82),
        `subject: got "a${'b'.repeat(80)}."; must begin with a capital letter`,
        `subject: got "a${'b'.repeat(80)}."; must not end with a period`,
      ],
    ],
  ])('refuses %s', (_, message, problems) => {
    expect(problemsOf(message)).toEqual(problems);
  });

  test('runs in a repository that sets core.hooksPath', async () => {
    const cwd = freshFolder();
    const env = {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const config = ['core.hooksPath=' + HOOKS, 'user.name=Test', 'user.email=test@example.com'].flatMap((entry) => ['-c', entry]);
    const git = (...args: string[]) => ['git', ...config, ...args];
    const commit = (subject: string) => git('commit', '--allow-empty', '-m', subject);
    await run(git('init', '--initial-branch=main'), { cwd, env });
    await run(commit('Begin'), { cwd, env });

    const refused = await attempt(commit('begin again'), { cwd, env });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe('commit-msg: subject: got "begin again"; must begin with a capital letter\n');

    await run(git('switch', '--create', 'topic'), { cwd, env });
    await run(commit('Change the topic'), { cwd, env });
    await run(git('switch', 'main'), { cwd, env });
    // The subject of a merge may be anything.
    await run(git('merge', '--no-ff', '-m', 'take the topic', 'topic'), { cwd, env });
    expect(await run(git('log', '-1', '--format=%s'), { cwd, env })).toBe('take the topic\n');
  });
});
