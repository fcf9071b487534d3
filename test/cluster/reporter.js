/** Says what each test came to as soon as it is over, for they take long, and counts them at the end. */
module.exports = class ClusterReporter {
  onTestFileStart(test) {
    console.log(`\n${test.path.slice(test.path.lastIndexOf('/') + 1)}`);
  }

  onTestCaseStart(_, { title }) {
    this.write(`  ...   ${title}\n`);
  }

  onTestCaseResult(_, { title, status, duration, failureMessages }) {
    const verdict = { passed: 'ok   ', failed: 'FAILED', pending: 'skip ' }[status] ?? status;
    this.write(`  ${verdict} ${title}${duration ? ` (${(duration / 1000).toFixed(1)} s)` : ''}\n`);
    failureMessages.forEach((message) => this.write(`${message.replace(/^/gm, '      ')}\n`));
  }

  onTestResult(_, { testExecError }) {
    if (testExecError) {
      this.write(`  FAILED ${testExecError.message}\n${testExecError.stack ?? ''}\n`);
    }
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, startTime }) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    this.write(
      `\n${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped (${((Date.now() - startTime) / 1000).toFixed(0)} s)\n`,
    );
  }

  write(text) {
    process.stdout.write(text);
  }
};
