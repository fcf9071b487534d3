const { appendFileSync, readFileSync } = require('node:fs');

/**
 * Prints the result of each test as soon as it ends, because the tests take long. Records for `suites.ts` the number of tests and the
 * duration of each suite.
 */
module.exports = class ClusterReporter {
  constructor() {
    this.begun = new Map();
  }

  onTestFileStart({ path }) {
    this.begun.set(path, { at: Date.now(), busy: busySeconds() });
  }

  onTestCaseStart(test, { title }) {
    this.write(`  ...    ${nameOf(test)}: ${title}\n`);
  }

  onTestCaseResult(test, { title, status, duration, failureMessages }) {
    const verdict = { passed: 'ok    ', failed: 'FAILED', pending: 'skip  ' }[status] ?? status;
    this.write(`  ${verdict} ${nameOf(test)}: ${title}${duration ? ` (${(duration / 1000).toFixed(1)} s)` : ''}\n`);
    failureMessages.forEach((message) => this.write(`${message.replace(/^/gm, '         ')}\n`));
  }

  onTestResult(test, { testExecError }) {
    if (testExecError) {
      this.write(`  FAILED ${nameOf(test)}: ${testExecError.message}\n${testExecError.stack ?? ''}\n`);
    }
    const { at, busy } = this.begun.get(test.path);
    const suite = { suite: nameOf(test), seconds: (Date.now() - at) / 1000, busy: busySeconds() - busy };
    appendFileSync(process.env.CANARY_TEST_TIMES, `${JSON.stringify(suite)}\n`);
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
    appendFileSync(process.env.CANARY_TEST_COUNTS, `${JSON.stringify(counts)}\n`);
  }

  write(text) {
    process.stdout.write(text);
  }
};

/** The name of a test file without `.test.ts`. */
function nameOf({ path }) {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.test\.ts$/, '');
}

/** The busy time of all processors together since the machine started, in seconds; 0 if the kernel does not report it. */
function busySeconds() {
  try {
    const [user, nice, system, , , irq, softirq, steal] = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
    return (user + nice + system + irq + softirq + steal) / 100;
  } catch {
    return 0;
  }
}
