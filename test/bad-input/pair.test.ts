import { Chart, Duration } from 'cdk8s';
import { CanaryPair, Weight } from '../../lib';
import { type RefusedInput, accepted, app, pair, refused, validChange } from '../support/refused';

const COUNTS: RefusedInput[] = [
  pair('a negative baseline', { baseline: -1 }, 'baseline: got -1; must be an integer from 1 to 150000; try 3'),
  pair('a fractional baseline', { baseline: 1.5 }, 'baseline: got 1.5; must be an integer from 1 to 150000; try 3'),
  pair('a baseline of 0', { baseline: 0 }, 'baseline: got 0; must be an integer from 1 to 150000; try 3'),
  pair(
    'a baseline as a string, which JavaScript would convert to a number',
    { baseline: '3', floor: 3 },
    'baseline: got "3"; must be an integer from 1 to 150000; try 3',
  ),
  pair('a baseline that is null', { baseline: null }, 'baseline: got null; must be an integer from 1 to 150000; try 3'),
  pair(
    'a baseline that is too large for a cluster',
    { baseline: 300_000_000 },
    'baseline: got 300000000; must be an integer from 1 to 150000; try 3',
  ),
  pair('a floor above the baseline', { floor: 4 }, 'floor: got 4; must be an integer from 1 to 3; try 3, the baseline'),
  pair(
    'counts of wrong types, with all errors at once',
    { floor: '3', maxReplicas: 30.5, minCanary: null, quota: true },
    'floor: got "3"; must be an integer from 1 to 3; try 3, the baseline',
    'maxReplicas: got 30.5; must be an integer from 4 to 150000; try 30, ten times the baseline',
    'minCanary: got null; must be an integer from 1 to 150000; try 1',
    'quota: got true; must be an integer from 3 to 150000; try 12, or leave it out',
  ),
  pair('a floor of 0', { floor: 0 }, 'floor: got 0; must be an integer from 1 to 3; try 3, the baseline'),
  pair(
    'a maxReplicas without room for a canary',
    { maxReplicas: 3 },
    'maxReplicas: got 3; must be an integer from 4 to 150000; try 30, ten times the baseline',
  ),
  pair('a quota below the baseline', { quota: 2 }, 'quota: got 2; must be an integer from 3 to 150000; try 12, or leave it out'),
  pair(
    'a quota that a transition exceeds',
    { quota: 9 },
    'stage-10-up -> stage-10: up to 10 pods at once, more than the quota of 9; lower maxReplicas or widen the tolerance',
  ),
  pair('a minCanary of 0', { minCanary: 0 }, 'minCanary: got 0; must be an integer from 1 to 150000; try 1'),
  pair('a tolerance as a number', { tolerance: 1 }, 'tolerance: got 1; must be a Tolerance; try Tolerance.points(1)'),
  pair('a string instead of a boolean', { stableKeepsBaseline: 'yes' }, 'stableKeepsBaseline: got "yes"; must be true or false'),
];

const NAMESPACES: RefusedInput[] = [
  pair(
    'a namespace with a space',
    { namespace: 'Kube System' },
    'namespace: got "Kube System"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
];

const SELECTOR_LABELS: RefusedInput[] = [
  pair(
    'empty selector labels',
    { selectorLabels: {} },
    "selectorLabels: got {}; must not be empty, because it would select every pod; try { app: 'shop' }",
  ),
  pair(
    'selector labels with the version',
    { selectorLabels: { version: '1.0' } },
    'selectorLabels["version"]: got "1.0"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
];

const ACCEPT: RefusedInput[] = [
  pair(
    'an accepted finding with an unknown code',
    { accept: { 'shared-selektor': 'why' } },
    'accept["shared-selektor"]: got "why"; must have a finding\'s code as its key; try shared-selector',
  ),
  pair(
    'an accepted finding without a reason',
    { accept: { 'shared-selector': '' } },
    'accept["shared-selector"]: got ""; must be the reason for accepting the finding; try "the reason in a sentence"',
  ),
  pair(
    'an accepted finding that cannot be accepted',
    { accept: { 'invalid-input': 'why not' } },
    'accept["invalid-input"]: got "why not"; must not be accepted, because the output would be invalid; try to fix what the finding names',
  ),
  pair(
    'accepted findings as a list',
    { accept: ['shared-selector'] },
    "accept: got [\"shared-selector\"]; must be a map from codes to reasons; try { 'sticky-service': 'the service has many clients' }",
  ),
];

const GATES: RefusedInput[] = [
  pair(
    'a false alarm rate of 120 %',
    { gates: { falseAlarmRate: 1.2 } },
    'gates.falseAlarmRate: got 1.2; must be a number above 0 and at most 0.5; try 0.05',
  ),
  pair(
    'a negative latency tolerance',
    { gates: { latencyTolerance: -1 } },
    'gates.latencyTolerance: got -1; must be a number from 0 to 100; try 0.25',
  ),
  pair(
    'a margin below the tolerance',
    { gates: { errorTolerance: 0.1, errorMargin: 0.05 } },
    'gates.errorMargin: got 0.05; must be above the tolerance of 0.1; try errorTolerance: 0.025',
  ),
  pair('an error limit of 100 %', { gates: { errorLimit: 1 } }, 'gates.errorLimit: got 1; must be a number above 0 and below 1; try 0.05'),
  pair(
    'a quantile as a percentage',
    { gates: { latencyQuantiles: [95] } },
    'gates.latencyQuantiles[0]: got 95; must be a number above 0 and below 1; try 0.95',
  ),
  pair(
    'an empty list of quantiles',
    { gates: { latencyQuantiles: [] } },
    'gates.latencyQuantiles: got []; must be a list of one to 10 different quantiles; try [0.5, 0.95]',
  ),
  pair(
    'one quantile twice',
    { gates: { latencyQuantiles: [0.5, 0.5] } },
    'gates.latencyQuantiles: got [0.5,0.5]; must be a list of one to 10 different quantiles; try [0.5, 0.95]',
  ),
  pair('a rate as a string', { gates: { missRate: '5%' } }, 'gates.missRate: got "5%"; must be a number above 0 and at most 0.5; try 0.05'),
  pair(
    'a request rate of 0',
    { gates: { requestsPerSecond: 0 } },
    'gates.requestsPerSecond: got 0; must be a number above 0 and at most 1000000; try 10',
  ),
  pair(
    'an error rate without a request rate',
    { gates: { errorRate: 0.01 } },
    'gates.errorRate: got 0.01; must be set together with requestsPerSecond, because it has no effect alone; try requestsPerSecond: 10',
  ),
  pair(
    'a hold of 0 seconds',
    { gates: { requestsPerSecond: 10, longestHold: Duration.seconds(0) } },
    'gates.longestHold: got 0s; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
  pair(
    'a latency slack as a number',
    { gates: { latencySlack: 5 } },
    'gates.latencySlack: got 5; must be a duration; try Duration.millis(5)',
  ),
  pair(
    'a string instead of a boolean in the gates',
    { gates: { compareShare: 'yes' } },
    'gates.compareShare: got "yes"; must be true or false',
  ),
  pair(
    'a tolerance that the default margin does not exceed',
    { gates: { latencyTolerance: 1.5 } },
    'gates.latencyMargin: got 1; must be above the tolerance of 1.5; try latencyTolerance: 0.5',
  ),
  pair(
    "a stage's margin below the pair's tolerance",
    { gates: { errorTolerance: 0.02 }, stages: [{ weight: Weight.percent(100), gates: { errorMargin: 0.01 } }] },
    'stages[0].gates.errorMargin: got 0.01; must be above the tolerance of 0.02; try errorTolerance: 0.005',
  ),
  pair(
    'a false alarm rate for a single stage',
    { stages: [{ weight: Weight.percent(100), gates: { falseAlarmRate: 0.01 } as object }] },
    'stages[0].gates.falseAlarmRate: got 0.01; must be the same for all stages; try to set it in the gates of the pair',
  ),
  pair(
    'a misspelt gate setting of a stage',
    { stages: [{ weight: Weight.percent(100), gates: { errorLimt: 0.1 } as object }] },
    'stages[0].gates.errorLimt: got 0.1; must be a property that exists; try errorLimit',
  ),
  pair(
    'a misspelt gate setting of a pair',
    { gates: { errorMargn: 0.1 } },
    'gates.errorMargn: got 0.1; must be a property that exists; try errorMargin',
  ),
];

const MISSPELT: RefusedInput[] = [
  pair('a misspelt property of the pair', { baselin: 3 }, 'baselin: got 3; must be a property that exists; try baseline'),
  pair(
    'replicas, a property that a pair does not have',
    { replicas: 3 },
    /^\[[a-z/]+\] replicas: got 3; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  pair(
    'a property that every JavaScript object has',
    { toString: 1 },
    /^\[[a-z/]+\] toString: got 1; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  app(
    'a pair without properties',
    (given) => new CanaryPair(new Chart(given, 'shop'), 'web', undefined as any),
    '[shop/web] props: got undefined; must be an object',
  ),
];

refused([...COUNTS, ...NAMESPACES, ...SELECTOR_LABELS, ...ACCEPT, ...GATES, ...MISSPELT]);

accepted([validChange('18 a share outside the tolerance, which is a finding', { baseline: 2, maxReplicas: 3 })]);
