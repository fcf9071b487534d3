import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { StableTrack } from '../../lib';
import { type RefusedInput, VALID, accepted, app, pair, refused, validChange, validPair } from '../support/refused';

const NAMES: RefusedInput[] = [
  pair(
    'a Deployment name with capitals and an underscore',
    { canary: { name: 'Web_App' } },
    'canary.name: got "Web_App"; must be lower-case letters, digits and "-", at most 46 of them, so that Kubernetes does not truncate the names of its pods',
  ),
  pair(
    'a Deployment whose pods have names that are too long',
    { canary: { name: 'a'.repeat(47) } },
    'canary.name: got "' +
      'a'.repeat(47) +
      '"; must be lower-case letters, digits and "-", at most 46 of them, so that Kubernetes does not truncate the names of its pods',
  ),
  pair(
    'an empty Deployment name',
    { canary: { name: '' } },
    'canary.name: got ""; must be lower-case letters, digits and "-", at most 46 of them, so that Kubernetes does not truncate the names of its pods',
  ),
  pair('a track without a name', { stable: { name: undefined } }, 'stable.name: got undefined; must be a string'),
  pair(
    'one name for both tracks',
    { canary: { name: 'shop-blue' } },
    'canary.name: got "shop-blue"; must differ from stable\'s name, because it is the Deployment\'s identity',
  ),
];

const VERSIONS: RefusedInput[] = [
  pair('a version as a number', { canary: { version: 1.1 } }, 'canary.version: got 1.1; must be a string; try "1.1"'),
  pair('a track without a version', { canary: { version: undefined } }, 'canary.version: got undefined; must be a string; try "1.0"'),
  pair('an empty version', { canary: { version: '' } }, 'canary.version: got ""; must not be empty; try "1.0"'),
  pair(
    'a version that begins with a dash',
    { canary: { version: '-1' } },
    'canary.version: got "-1"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    'a version with build metadata',
    { canary: { version: '1.0+build' } },
    'canary.version: got "1.0+build"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    'a version that is too long',
    { canary: { version: '1'.repeat(64) } },
    'canary.version: got "' +
      '1'.repeat(64) +
      '"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    'a version that is too long for a subset name',
    { canary: { version: '1'.repeat(63) } },
    'canary.version: got "' +
      '1'.repeat(63) +
      '"; must map to an Istio subset name of at most 63 letters, digits and "-"; try to set subsetName',
  ),
  pair(
    'one version for both tracks',
    { canary: { version: '1.0' } },
    'canary.version: got "1.0"; must differ from stable\'s version, or there is nothing to roll out',
  ),
  pair(
    'two versions that map to one subset',
    { canary: { version: '1-0' } },
    'canary.version: got "1-0"; must map to another Istio subset than stable\'s version "1.0" (both map to v1-0); try to set subsetName',
  ),
  pair(
    'a subset name that is not a DNS label',
    { canary: { subsetName: 'v1.0' } },
    'canary.subsetName: got "v1.0"; must be letters, digits and "-", at most 63 of them; try "v1-0"',
  ),
  pair(
    'one subset name for both tracks',
    { canary: { subsetName: 'v1-0' } },
    'canary.version: got "1.1"; must map to another Istio subset than stable\'s version "1.0" (both map to v1-0); try to set subsetName',
  ),
  pair('a subset name that is not a string', { canary: { subsetName: 11 } }, 'canary.subsetName: got 11; must be a string; try "11"'),
];

const IMAGES: RefusedInput[] = [
  pair(
    'an empty image',
    { canary: { image: '' } },
    'canary.image: got ""; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    'a track without an image',
    { pod: { image: undefined } },
    'stable.image: got undefined; must name an image; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    'an image with a space',
    { canary: { image: 'registry.local/shop :1.1' } },
    'canary.image: got "registry.local/shop :1.1"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    'a digest that is too short',
    { canary: { image: 'shop@sha256:abc' } },
    'canary.image: got "shop@sha256:abc"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair('an image that is not a string', { canary: { image: 11 } }, 'canary.image: got 11; must be a string; try "11"'),
  pair(
    'two tracks with the same pods',
    { canary: { image: VALID.pod.image } },
    'shop-blue and shop-green run the same pods, so there is nothing to roll out; give the canary another image or other settings',
  ),
];

const LABELS: RefusedInput[] = [
  pair(
    'a label key with two slashes',
    { canary: { podLabels: { 'a/b/c': 'x' } } },
    'canary.podLabels["a/b/c"]: got "x"; must have a key of at most 63 letters, digits, "-", "_" and ".", optionally with a DNS name and "/" before it',
  ),
  pair(
    'a label key whose prefix is too long',
    { canary: { labels: { [`${'a'.repeat(254)}/b`]: 'x' } } },
    'canary.labels["' +
      'a'.repeat(254) +
      '/b"]: got "x"; must have a key of at most 63 letters, digits, "-", "_" and ".", optionally with a DNS name and "/" before it',
  ),
  pair(
    'a label key that Kubernetes reserves',
    { canary: { podLabels: { 'kubernetes.io/os': 'linux' } } },
    'canary.podLabels["kubernetes.io/os"]: got "linux"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    'a label that is a boolean',
    { canary: { labels: { canary: true } } },
    'canary.labels["canary"]: got true; must be a string; try "true"',
  ),
  pair(
    'an annotation that is a number',
    { canary: { annotations: { build: 17 } } },
    'canary.annotations["build"]: got 17; must be a string; try "17"',
  ),
  pair('labels as a list', { canary: { labels: ['a=b'] } }, 'canary.labels: got ["a=b"]; must be a map of strings'),
  pair(
    'an empty selector',
    { canary: { selector: {} } },
    "canary.selector: got {}; must be a map with at least one label, because the API server refuses an empty selector; try { app: 'shop' }",
  ),
  pair(
    'a selector that does not match the pod labels',
    { canary: { selector: { app: 'shop', color: 'red' } } },
    'canary.selector["color"]: got "red"; must equal the label on the pods, which is missing; try podLabels: {"color":"red"}',
  ),
  pair(
    'a pod label with the key of a selector label',
    { canary: { podLabels: { app: 'other' } } },
    'canary.podLabels["app"]: got "other"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    'a pod label with the key of the version',
    { canary: { podLabels: { version: '2' } } },
    'canary.podLabels["version"]: got "2"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    'a pod label with a key of this library',
    { canary: { podLabels: { 'cdk8s-canary/deployment': 'x' } } },
    'canary.podLabels["cdk8s-canary/deployment"]: got "x"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    'a label with the key of the role',
    { canary: { labels: { track: 'stable' } } },
    'canary.labels["track"]: got "stable"; must not use a reserved key, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    'one selector for both tracks',
    { stable: { selector: { app: 'shop' } }, canary: { selector: { app: 'shop' } } },
    'the selector of shop-blue also matches the pods of shop-green, so an autoscaler, a PodDisruptionBudget or kubectl logs for one of them includes the pods of both, and the wrong Deployment may adopt an orphaned ReplicaSet; leave out selector, or accept the finding with a reason',
    'the selector of shop-green also matches the pods of shop-blue, so an autoscaler, a PodDisruptionBudget or kubectl logs for one of them includes the pods of both, and the wrong Deployment may adopt an orphaned ReplicaSet; leave out selector, or accept the finding with a reason',
  ),
];

const ROLLING_UPDATES: RefusedInput[] = [
  app(
    'a rolling update with maxSurge and maxUnavailable both at 0',
    (given) => {
      const zero = kplus.PercentOrAbsolute.absolute(0);
      validPair(given, { stable: { strategy: kplus.DeploymentStrategy.rollingUpdate({ maxSurge: zero, maxUnavailable: zero }) } });
    },
    "'maxSurge' and 'maxUnavailable' cannot be both zero",
  ),
  pair(
    'a percentage without a percent sign',
    {
      stable: { strategy: kplus.DeploymentStrategy.rollingUpdate({ maxSurge: kplus.PercentOrAbsolute.absolute('25' as any) }) },
    },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.strategy.rollingUpdate.maxSurge: got "25"; must be an integer of at least 0, or a percentage such as "25%"',
  ),
  pair(
    'a strategy as plain data',
    { stable: { strategy: { type: 'RollingUpdate' } } },
    'stable.strategy: got {"type":"RollingUpdate"}; must be a DeploymentStrategy; try DeploymentStrategy.rollingUpdate()',
  ),
  pair(
    'a minReady that is not shorter than the default progressDeadline',
    { canary: { minReady: Duration.minutes(10) } },
    'canary.minReady: got 600s; must be shorter than progressDeadline (600s), or the API server refuses the Deployment; try progressDeadline: Duration.seconds(1200)',
  ),
  pair(
    'a minReady that is not shorter than the given progressDeadline',
    { canary: { minReady: Duration.seconds(30), progressDeadline: Duration.seconds(30) } },
    'canary.minReady: got 30s; must be shorter than progressDeadline (30s), or the API server refuses the Deployment; try progressDeadline: Duration.seconds(630)',
  ),
  pair(
    'a duration as a number',
    { canary: { minReady: 30 } },
    'canary.minReady: got 30; must be a duration of whole seconds; try Duration.seconds(30)',
  ),
  pair(
    'a duration that is not in whole seconds',
    { canary: { progressDeadline: Duration.millis(1500) } },
    'canary.progressDeadline: got 1500ms; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
];

const MISSPELT: RefusedInput[] = [
  pair(
    'a misspelt property of a track',
    { canary: { replcias: 3 } },
    /^\[[a-z/]+\] canary\.replcias: got 3; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  pair(
    'a track as a string',
    { stable: 'shop-blue' },
    'stable: got "shop-blue"; must be an object; try { name: "shop-blue", version: "1.0" }',
  ),
  pair('a canary that is null', { canary: null }, 'canary: got null; must be an object; try { name: "shop-blue", version: "1.0" }'),
];

const ALONE: RefusedInput[] = [
  app(
    'a track without a pair with -1 replicas',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, replicas: -1 }),
    '[shop/alone] replicas: got -1; must be an integer from 1 to 150000',
  ),
  app(
    'a track without a pair with 0 replicas',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, replicas: 0 }),
    '[shop/alone] replicas: got 0; must be an integer from 1 to 150000',
  ),
  app(
    'a track without a pair that accepts an unknown finding',
    (given) => {
      new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, accept: { 'no-readines-probe': 'none' } });
    },
    '[shop/alone] accept["no-readines-probe"]: got "none"; must have a finding\'s code as its key; try no-readiness-probe',
  ),
  app(
    'a track without properties',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', undefined as any),
    '[shop/alone] props: got undefined; must be an object',
  ),
  app(
    'a misspelt property of a track without a pair',
    (given) => {
      new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, repilcas: 2 } as any);
    },
    '[shop/alone] repilcas: got 2; must be a property that exists; try replicas',
  ),
];

refused([...NAMES, ...VERSIONS, ...IMAGES, ...LABELS, ...ROLLING_UPDATES, ...MISSPELT, ...ALONE]);

accepted([
  validChange('22 an image of a registry with a port', { canary: { image: 'localhost:5000/team/shop_api:1.1-rc.1' } }),
  validChange('23 an image without a tag, which is only a finding', { canary: { image: 'shop' } }),
  validChange('25 an image by its digest', { canary: { image: `shop@sha256:${'a'.repeat(64)}` } }),
  validChange('28 a version of letters and underscores', { canary: { version: 'release_2026.01' } }),
  validChange('35 a Deployment name of digits', { canary: { name: '1' } }),
  validChange('36 the longest names', { canary: { name: 'a'.repeat(46) }, service: { name: 'a'.repeat(63) } }),
  validChange('47 a recommended label', { canary: { labels: { 'app.kubernetes.io/name': 'shop' } } }),
  validChange('48 an empty label', { canary: { labels: { tier: '' } } }),
  validChange('52 a shared selector, accepted with a reason', {
    stable: { selector: { app: 'shop' } },
    canary: { selector: { app: 'shop' } },
    accept: { 'shared-selector': 'it has run like this for years' },
  }),
]);
