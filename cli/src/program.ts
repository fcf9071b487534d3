import { Command, CommanderError } from 'commander';
import { cleanupCommand } from './commands/cleanup';
import { explain } from './commands/common';
import { complete } from './commands/complete';
import { diffCommand } from './commands/diff';
import { initCommand } from './commands/init';
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
  0    success
  1    diff: something would change; status --check, monitor: not as expected
  2    invalid arguments, or a plan that is missing or invalid
  3    refused before any change
  4    another driver holds the rollout
  5    another field manager set a field to a different value
  6    gave up without a rollback; run the command again
  7    rolled back: the canary failed, or you decided to roll back
  8    the rollback did not finish; the output lists the commands to finish it
  130  interrupted`;

/** Runs the command with the words after its name, and returns its exit code. All output goes to the terminal. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.done;
  const finish = (code: number) => void (exitCode = code);
  const program = new Command('kubectl canary')
    .description('Applies the stages that cdk8s-canary wrote to a cluster, measures the canary, and promotes it or rolls it back.')
    .version(packageJson.version)
    .addHelpText('after', HELP)
    .showHelpAfterError('(run it with --help for usage)');
  const commands = [
    initCommand(terminal),
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
