import type { Terminal } from './terminal';

/**
 * Asks a question that is answered by y or n. Whatever is no yes is a no: Enter, Ctrl-C, the end of the input, and where
 * there is nobody to ask nothing is asked.
 *
 * @param signal takes the question back
 */
export async function confirm(terminal: Terminal, message: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(terminal, message, signal)) === true;
}

/** The answer, or `'interrupted'` where Ctrl-C was typed, or undefined where the question was taken back. */
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
