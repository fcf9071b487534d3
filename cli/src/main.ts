import { runProgram } from './program';
import { terminal } from './terminal/terminal';

// The reader of the output may have seen enough (`| head`): that ends no rollout, and is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
}

void runProgram(process.argv.slice(2), terminal()).then((code) => {
  process.exitCode = code;
});
