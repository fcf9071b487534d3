/** The errors whose messages say everything. */
const marked = new WeakSet<Error>();
let isListening = false;

/**
 * Marks an error of an app, whose message says everything. If nothing catches it, the process prints the message and ends with exit code
 * 1; Node would print a line of this library and a stack, which tell a user nothing. Errors of other types are bugs and keep their stack.
 *
 * @returns the error, to be thrown at once
 */
export function withoutStack(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'Error')) {
    return error;
  }
  marked.add(error);
  // A listener of the app decides for itself what is printed.
  if (!isListening && process.listenerCount('uncaughtException') === 0) {
    isListening = true;
    process.on('uncaughtException', end);
    // Node reports an uncaught error, and a rejection without a handler, before the next turn of the event loop.
    setImmediate(() => {
      process.off('uncaughtException', end);
      isListening = false;
    });
  }
  return error;
}

function end(error: unknown): void {
  const text = error instanceof Error ? (marked.has(error) ? error.message : error.stack) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
