let passed = 0;
let failed = 0;

/** Runs a check of a suite, and prints how it ended. A check fails by an error, whose output is printed if a process threw it. */
export async function check(what: string, task: () => void | Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    await task();
    passed++;
    console.log(`ok      ${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    const { message, stderr, stdout } = error as Error & { stderr?: string; stdout?: string };
    console.log(`FAILED  ${what}\n${[message, stderr, stdout].filter(Boolean).join('\n')}`);
  }
}

/** Prints the last line of a suite, and sets the exit code of the process. */
export function end(): void {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
