import { runProgram } from './program';
import { terminal } from './terminal/terminal';

// The reader may close the output early (`| head`). That is not an error, and must not end a rollout.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
}

void terminal().then(async (screen) => {
  process.exitCode = await runProgram(process.argv.slice(2), screen);
});
