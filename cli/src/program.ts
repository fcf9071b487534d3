import { Command, CommanderError } from 'commander';
import { cleanupCommand } from './commands/cleanup';
import { explain } from './commands/common';
import { complete } from './commands/complete';
import { diffCommand } from './commands/diff';
import { monitorCommand } from './commands/monitor';
import { planCommand } from './commands/plan';
import { advanceCommand, promoteCommand, rollbackCommand } from './commands/rollout';
import { runCommand } from './commands/run';
import { statusCommand } from './commands/status';
import { EXIT } from './core/errors';
import type { Terminal } from './terminal/terminal';
import packageJson from '../package.json';

const HELP = `
Flags go after the plugin's name: kubectl canary status --context prod.

Exit codes:
  0  what was asked is so            5    a field has somebody else's value
  1  diff: something would change    6    given up on the way, nothing rolled back
  2  wrong use, or a wrong plan      7    rolled back: a failure, or a no
  3  refused before any change       8    a rollback could not be ended
  4  another driver holds it         130  interrupted`;

/** Runs the command with the words after its name, and returns its exit code. All output goes to the terminal. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.done;
  const finish = (code: number) => void (exitCode = code);
  const program = new Command('kubectl canary')
    .description('Carries a canary rollout out on a cluster, watches it and takes it back, from what cdk8s-canary wrote.')
    .version(packageJson.version)
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help says more)');
  const commands = [
    planCommand(terminal),
    diffCommand(terminal, finish),
    statusCommand(terminal, finish),
    monitorCommand(terminal, finish),
    advanceCommand(terminal, finish),
    runCommand(terminal, finish),
    rollbackCommand(terminal, finish),
    promoteCommand(terminal, finish),
    cleanupCommand(terminal, finish),
  ];
  for (const command of commands) {
    program.addCommand(command);
  }
  // Commander ends its texts with a newline, and the terminal adds one.
  const line = (write: (text: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  for (const command of [program, ...commands]) {
    command.exitOverride().configureOutput({
      writeOut: line((text) => terminal.print(text)),
      writeErr: line((text) => terminal.note(text)),
    });
  }
  if (words[0] === '__complete') {
    terminal.print(complete(program, words.slice(1)));
    return EXIT.done;
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    }
    return explain(error, terminal);
  }
}
