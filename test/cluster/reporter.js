const { appendFileSync } = require('node:fs');

/** Says what each test came to as soon as it is over, for they take long, and notes how many there were for `suites.ts`. */
module.exports = class ClusterReporter {
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
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const counts = { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
    appendFileSync(process.env.CANARY_TEST_COUNTS, `${JSON.stringify(counts)}\n`);
  }

  write(text) {
    process.stdout.write(text);
  }
};

/** The name of a test's file, without what all of them end in. */
function nameOf({ path }) {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.test\.ts$/, '');
}
