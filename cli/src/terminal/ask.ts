import type { Terminal } from './terminal';

/**
 * Asks a yes/no question. Every answer other than yes counts as no, including Enter, Ctrl-C and the end of the input.
 * If the terminal is not live, the question is not asked.
 *
 * @param signal withdraws the question
 */
export async function confirm(terminal: Terminal, message: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(terminal, message, signal)) === true;
}

/** Returns the answer (no if the terminal is not live), `'interrupted'` after Ctrl-C, or undefined if `signal` withdrew the question. */
export async function ask(terminal: Terminal, message: string, signal: AbortSignal): Promise<boolean | 'interrupted' | undefined> {
  if (!terminal.isLive) {
    return false;
  }
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({ message, initialValue: false, signal, output: process.stderr, withGuide: false });
  if (prompts.isCancel(answer)) {
    return signal.aborted ? undefined : 'interrupted';
  }
  return answer;
}
