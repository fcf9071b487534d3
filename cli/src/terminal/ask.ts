import { createInterface } from 'node:readline';
import { plainText } from '../core/text/plain-text';
import { discardTyped } from './discard-typed';
import type { Terminal } from './terminal';

/**
 * Asks a yes/no question. Every answer other than yes counts as no, including Enter, Ctrl-C and the end of the input.
 * If nobody can answer, the question is not asked.
 *
 * @param signal withdraws the question
 */
export async function confirm(terminal: Terminal, message: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(terminal, message, signal)) === true;
}

type Answer = boolean | 'interrupted' | undefined;

/**
 * Returns the answer (no if nobody can answer), `'interrupted'` after Ctrl-C, or undefined if `signal` withdrew the question. Keys that
 * were pressed before the question was there are not an answer.
 */
export async function ask(terminal: Terminal, message: string, signal: AbortSignal): Promise<Answer> {
  if (!terminal.canAsk) {
    return false;
  }
  const question = plainText(message);
  // The package is loaded first, so that no key can be pressed between the discarded ones and the question.
  const prompts = terminal.isLive ? await import('@clack/prompts') : undefined;
  if (await discardTyped(process.stdin)) {
    return 'interrupted';
  }
  if (!prompts) {
    return askLine(question, signal);
  }
  // A line feed would select Yes, and the next Enter would confirm it.
  prompts.settings.actions.delete('enter');
  const answer = await prompts.confirm({ message: question, initialValue: false, signal, output: process.stderr, withGuide: false });
  if (prompts.isCancel(answer)) {
    return signal.aborted ? undefined : 'interrupted';
  }
  return answer;
}

/** Asks on a terminal that cannot move its cursor: the answer is a line. Ctrl-C there is a signal to the process. */
function askLine(question: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((done) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    let answer: Answer = false;
    const withdraw = () => {
      answer = undefined;
      lines.close();
    };
    lines.once('line', (line) => {
      answer = /^y(es)?$/i.test(line.trim());
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', withdraw);
      done(answer);
    });
    signal.addEventListener('abort', withdraw, { once: true });
    process.stderr.write(`${question} [y/N] `);
    if (signal.aborted) {
      withdraw();
    }
  });
}
