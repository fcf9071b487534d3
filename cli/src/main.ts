import { Command, CommanderError } from 'commander';
import { cleanupCommand } from './commands/cleanup';
import { complete } from './commands/complete';
import { diffCommand } from './commands/diff';
import { monitorCommand } from './commands/monitor';
import { planCommand } from './commands/plan';
import { advanceCommand, promoteCommand, rollbackCommand } from './commands/rollout';
import { runCommand } from './commands/run';
import { statusCommand } from './commands/status';
import { explain } from './commands/common';
import { EXIT } from './core/refusal';
import { terminal as ownTerminal } from './view/terminal';
import packageJson from '../package.json';

const HELP = `
Flags go after the plugin's name: kubectl canary status --context prod.

Exit codes:
  0  what was asked is so            5    a field has somebody else's value
  1  diff: something would change    6    given up on the way, nothing rolled back
  2  wrong use, or a wrong plan      7    rolled back: a failure, or a no
  3  refused before any change       8    a rollback could not be ended
  4  another driver holds it         130  interrupted`;

async function main(): Promise<void> {
  // Whoever reads the output may have seen enough (`| head`): that ends no rollout, and is no fault.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
    });
  }
  const terminal = ownTerminal();
  const program = new Command('kubectl canary')
    .description('Carries a canary rollout out on a cluster, watches it and takes it back, from what cdk8s-canary wrote.')
    .version(packageJson.version)
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help says more)');
  const finish = (code: number) => void (process.exitCode = code);
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
  for (const command of [program, ...commands]) {
    command.exitOverride();
  }
  if (process.argv[2] === '__complete') {
    return terminal.print(complete(program, process.argv.slice(3)));
  }
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    } else {
      process.exitCode = explain(error, terminal);
    }
  }
}

void main();
