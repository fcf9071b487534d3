const { relative } = require('node:path');

/** The number of tests and files to print. */
const COUNT = 10;

/** Prints the ten slowest tests, and the ten slowest files, including the time to load and prepare them. */
module.exports = class SlowestReporter {
  onRunComplete(_, { testResults }) {
    const files = testResults.map(({ testFilePath, perfStats, testResults: tests }) => ({
      name: relative(process.cwd(), testFilePath),
      duration: perfStats.end - perfStats.start,
      tests,
    }));
    const tests = files.flatMap(({ name, tests }) => tests.map(({ duration, fullName }) => ({ name: `${name}: ${fullName}`, duration })));
    print('The slowest tests', tests);
    print('The slowest files', files);
  }
};

function print(title, rows) {
  const slowest = [...rows].sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0)).slice(0, COUNT);
  const lines = slowest.map(({ name, duration }) => `${((duration ?? 0) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}
