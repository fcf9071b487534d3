const { default: Sequencer } = require('@jest/test-sequencer');

/** The longest suites, in descending order of duration. A long suite that starts last would extend the run by running alone at the end. */
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
  'autoscaling',
  'command-istio',
  'auto-istio',
  'rollouts-istio',
  'auto-pods',
  'monitor',
  'rollouts-pods',
  'terminal',
  'autoscaling-troubles',
  'command-pods',
  'shares',
  'gateway-rollouts-istio',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return [...tests].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
  }
};
