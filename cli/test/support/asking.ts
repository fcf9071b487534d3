import { once } from 'node:events';
import { ask } from '../../src/terminal/ask';
import { terminal } from '../../src/terminal/terminal';

/** Run in a pseudo-terminal: waits for SIGUSR2, asks, prints the answer, and begins again. */
async function main(): Promise<void> {
  const screen = await terminal();
  // Without a handle the process would end while it waits for the signal.
  setInterval(() => undefined, 60_000);
  for (let n = 1; ; n += 1) {
    const signal = once(process, 'SIGUSR2');
    screen.note(`holding ${n} as ${process.pid}.`);
    await signal;
    const answer = await ask(screen, `question ${n}?`, new AbortController().signal);
    screen.note(`answer ${n}: ${answer}.`);
  }
}

void main();
