const { default: Sequencer } = require('@jest/test-sequencer');

/** The suites that take longest, those that take most of all first: one that is begun last would end alone. */
const LONGEST = [
  'answers',
  'rivals',
  'killed',
  'prometheus-monitor',
  'api',
  'others',
  'refused',
  'signals',
  'pods',
  'command-istio',
  'auto-istio',
  'rollouts-istio',
  'auto-pods',
  'monitor',
  'rollouts-pods',
  'terminal',
  'command-pods',
  'shares',
];

/** Begins the longest suites first. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return [...tests].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  }
};
