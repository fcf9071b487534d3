import type { ReadStream } from 'node:tty';

const CTRL_C = '\u0003';

/**
 * Reads and drops everything that was typed until now, unfinished lines included. Returns whether Ctrl-C was among it.
 *
 * Nobody reads the terminal between two questions, so it keeps the keys for the next one.
 */
export async function discardTyped(input: ReadStream): Promise<boolean> {
  let isInterrupted = false;
  let isEmpty: boolean;
  const drop = (keys: Buffer | string) => {
    isEmpty = false;
    isInterrupted ||= keys.toString().includes(CTRL_C);
  };
  // In the line mode the terminal would keep a line without its end to itself.
  input.setRawMode(true);
  input.on('data', drop);
  input.resume();
  do {
    isEmpty = true;
    // Node reads what is there in the poll phase, which lies between two check phases.
    await nextTurn();
    await nextTurn();
  } while (!isEmpty);
  input.pause();
  input.off('data', drop);
  input.setRawMode(false);
  return isInterrupted;
}

function nextTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
