import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ApiObject, Chart, Duration, JsonPatch, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, IstioVirtualService, PreStop, StableTrack, Stages, Tolerance, TopologySpread, Weight } from '../lib';

/**
 * Bad input and what is said about it: one row per case, numbered as in the catalogue of bad inputs ('+' where a row is our
 * own). Each is refused with exactly these sentences, and nothing is written: not over an old output, not into a new one.
 */
interface BadInput {
  readonly row: string;
  readonly what: string;
  readonly declare: (app: CanaryApp) => void;
  /** All sentences, with the construct's path; an expression only where the sentence goes on and on. */
  readonly says: readonly Says[];
}

type Says = string | RegExp;

const EnvValue = kplus.EnvValue;

const VALID = {
  baseline: 3,
  service: { name: 'shop', ports: [{ port: 80, targetPort: 8080 }] },
  pod: { image: 'registry.local/shop:1.0', ports: [{ number: 8080 }] },
  stable: { name: 'shop-blue', version: '1.0' },
  canary: { name: 'shop-green', version: '1.1', image: 'registry.local/shop:1.1' },
};

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The valid pair with some properties replaced; those of its parts are replaced one by one. */
function props(change: any): any {
  const merged: any = { ...VALID };
  for (const [key, value] of Object.entries(change ?? {})) {
    const isPart = ['service', 'pod', 'stable', 'canary'].includes(key) && isMap(value);
    merged[key] = isPart ? { ...(VALID as any)[key], ...value } : value;
  }
  return merged;
}

function validPair(app: CanaryApp, change: any = {}): CanaryPair {
  return new CanaryPair(new Chart(app, 'shop'), 'web', props(change));
}

/** The path before a sentence that has none yet. */
const at = (path: string) => (says: Says) => (typeof says !== 'string' || says.startsWith('[') ? says : `[${path}] ${says}`);

/** A pair with wrong properties. */
function pair(row: string, what: string, change: any, ...says: Says[]): BadInput {
  return { row, what, declare: (app) => void validPair(app, change), says: says.map(at('shop/web')) };
}

/** A route with wrong properties, for a valid pair. */
function route(row: string, what: string, change: any, ...says: Says[]): BadInput {
  const declare = (app: CanaryApp) => {
    const routed = validPair(app);
    new IstioVirtualService(Chart.of(routed), 'route', { pair: routed, ...change });
  };
  return { row, what, declare, says: says.map(at('shop/route')) };
}

/** A patch that breaks what the plan needs, or what the API server would take. */
function patch(row: string, what: string, of: (pair: CanaryPair) => any, patches: JsonPatch[], ...says: Says[]): BadInput {
  const declare = (app: CanaryApp) => ApiObject.of(of(validPair(app))).addJsonPatch(...patches);
  return { row, what, declare, says };
}

function routePatch(
  row: string,
  what: string,
  of: (route: IstioVirtualService) => ApiObject,
  patches: JsonPatch[],
  ...says: Says[]
): BadInput {
  const declare = (app: CanaryApp) => {
    const routed = validPair(app);
    const match = [{ headers: { 'user-group': { exact: 'beta-testers' } } }];
    of(new IstioVirtualService(Chart.of(routed), 'route', { pair: routed, match })).addJsonPatch(...patches);
  };
  return { row, what, declare, says };
}

/** An object of the user's own, beside a valid pair. */
function object(row: string, what: string, manifest: any, ...says: Says[]): BadInput {
  const declare = (app: CanaryApp) => {
    new ApiObject(Chart.of(validPair(app)), 'own', manifest);
  };
  return { row, what, declare, says: says.map(at('shop/own')) };
}

function app(row: string, what: string, declare: (app: CanaryApp) => unknown, ...says: Says[]): BadInput {
  return { row, what, declare: (given) => void declare(given), says };
}

const stable = (pair: CanaryPair) => pair.stable;
const service = (pair: CanaryPair) => pair.service;
const virtualService = (route: IstioVirtualService) => route.virtualService;
const destinationRule = (route: IstioVirtualService) => route.destinationRule;
const stage = (weight: unknown, more = {}) => ({ weight, ...more });
const percent = (value: number) => Weight.percent(value);
const last = stage(percent(100));
const POD = '/spec/template/spec';
const CONTAINER = `${POD}/containers/0`;

const WEIGHTS: BadInput[] = [
  app(
    '1',
    'a negative weight',
    () => Stages.percent(-1),
    'Weight.percent: got -1; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '2',
    'a weight above 100',
    () => Stages.percent(10, 101),
    'Weight.percent: got 101; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '3',
    'a weight with more than six decimals',
    () => Stages.percent(10.1234567),
    'Weight.percent: got 10.1234567; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '4',
    'a weight as text',
    () => Stages.percent('10' as any),
    'Weight.percent: got "10"; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '5',
    'a weight that is no number',
    () => Stages.percent(NaN),
    'Weight.percent: got NaN; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '5',
    'an endless weight',
    () => Stages.percent(Infinity),
    'Weight.percent: got Infinity; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for finer ones',
  ),
  app(
    '5',
    'a ratio above one',
    () => Weight.ratio(3, 2),
    'Weight.ratio: got 3, 2; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    '5',
    'a ratio of nothing',
    () => Weight.ratio(0, 0),
    'Weight.ratio: got 0, 0; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    '+',
    'a ratio of fractions',
    () => Weight.ratio(0.5, 1),
    'Weight.ratio: got 0.5, 1; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    '+',
    'a tolerance above 100 points',
    () => Tolerance.points(101),
    'Tolerance.points: got 101; must be a number from 0 to 100 with at most six decimals; try Tolerance.points(1)',
  ),
];

const STAGES: BadInput[] = [
  pair('7', 'no stages', { stages: [] }, 'stages: got []; must have at least one stage; try Stages.percent(10, 25, 50, 100)'),
  pair(
    '8',
    'one weight twice',
    { stages: Stages.percent(25, 25, 100) },
    'stages[1]: got "25%"; must have a folder of its own, but stage-25 is stages[0]\'s; try a name for one of the two',
  ),
  pair(
    '9',
    'falling weights',
    { stages: Stages.percent(50, 10, 100) },
    'stages[1].weight: got "10%"; must not be less than the stage before (50%), because weights rise; try the stages in rising order',
  ),
  pair(
    '10',
    'a first stage of 0',
    { stages: Stages.percent(0, 50, 100) },
    'stages[0].weight: got "0%"; must be above 0, because stage-0 is always there; try to leave this stage out',
  ),
  pair(
    '10',
    'no last stage of 100',
    { stages: Stages.percent(10, 50) },
    'stages[1].weight: got "50%"; must be 100 % at the last stage; try a last stage of Weight.percent(100)',
  ),
  pair(
    '4',
    'stages as numbers',
    { stages: [10, 100] },
    'stages[0]: got 10; must be a Stage; try Stages.percent(10, 100)',
    'stages[1]: got 100; must be a Stage; try Stages.percent(10, 100)',
  ),
  pair('4', 'stages as one number', { stages: 10 }, 'stages: got 10; must be a list'),
  pair('4', 'a weight as a number', { stages: [stage(10), last] }, 'stages[0].weight: got 10; must be a Weight; try Weight.percent(10)'),
  pair(
    '4',
    'a weight as a percentage in text',
    { stages: [stage('10%'), last] },
    'stages[0].weight: got "10%"; must be a Weight; try Weight.percent(10)',
  ),
  pair('+', 'a stage that is nothing', { stages: [null, last] }, 'stages[0]: got null; must be an object'),
  pair(
    '84',
    "a stage's property misspelt",
    { stages: [stage(percent(10), { nmae: 'first' }), last] },
    'stages[0].nmae: got "first"; must be a property that exists; try name',
  ),
  pair(
    '11',
    'a stage name with a slash',
    { stages: [stage(percent(10), { name: 'a/b' }), last] },
    'stages[0].name: got "a/b"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name that leads out',
    { stages: [stage(percent(10), { name: '..' }), last] },
    'stages[0].name: got ".."; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name with a space',
    { stages: [stage(percent(10), { name: 'first users' }), last] },
    'stages[0].name: got "first users"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name in upper case',
    { stages: [stage(percent(10), { name: 'First' }), last] },
    'stages[0].name: got "First"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name that looks like an option',
    { stages: [stage(percent(10), { name: '-rf' }), last] },
    'stages[0].name: got "-rf"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name that is empty',
    { stages: [stage(percent(10), { name: '' }), last] },
    'stages[0].name: got ""; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name that is the name of a folder on the way',
    { stages: [stage(percent(10), { name: '10-up' }), last] },
    'stages[0].name: got "10-up"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '11',
    'a stage name that is no text',
    { stages: [stage(percent(10), { name: 10 }), last] },
    'stages[0].name: got 10; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    '12',
    'one name twice',
    { stages: [stage(percent(10), { name: 'a' }), stage(percent(25), { name: 'a' }), last] },
    'stages[1]: got "a"; must have a folder of its own, but stage-a is stages[0]\'s; try a name for one of the two',
  ),
  pair(
    '12',
    'a name that is another stage',
    { stages: [stage(percent(10), { name: '25' }), stage(percent(25)), last] },
    'stages[0].name: got "25"; must not say another weight than 10%; try "first-users"',
  ),
  pair(
    '12',
    'a number as a name that is not the weight',
    { stages: [stage(percent(10), { name: '010' }), last] },
    'stages[0].name: got "010"; must not say another weight than 10%; try "first-users"',
  ),
  pair(
    '+',
    'a split without a canary',
    { stages: [stage(percent(10), { split: { stable: 9, canary: 0 } }), last] },
    'stages[0].split.canary: got 0; must be an integer from 1 to 150000',
  ),
  pair(
    '+',
    'a split without stable below 100',
    { stages: [stage(percent(10), { split: { stable: 0, canary: 3 } }), last] },
    'stages[0].split.stable: got 0; must be an integer from 1 to 150000',
  ),
  pair(
    '+',
    'half a split',
    { stages: [stage(percent(10), { split: { stable: 9 } }), last] },
    'stages[0].split.canary: got undefined; must be an integer from 1 to 150000',
  ),
  pair(
    '+',
    'a split of fractions',
    { stages: [stage(percent(10), { split: { stable: 9, canary: 0.9 } }), last] },
    'stages[0].split.canary: got 0.9; must be an integer from 1 to 150000',
  ),
  pair(
    '+',
    'a split as a list',
    { stages: [stage(percent(10), { split: [9, 1] }), last] },
    'stages[0].split: got [9,1]; must be an object',
  ),
  pair(
    '19',
    'a split above the budget',
    { stages: [stage(percent(10), { split: { stable: 90, canary: 10 } }), last] },
    'stages[0].split: got {"stable":90,"canary":10}; must have at most maxReplicas (30) pods, but 90 + 10 is 100; try maxReplicas: 100',
  ),
  pair(
    '+',
    'a split below the floor',
    { stages: [stage(percent(50), { split: { stable: 1, canary: 1 } }), last] },
    'stage-50: 1:1 is 2 pods, fewer than the floor of 3; give it more replicas',
  ),
];

const COUNTS: BadInput[] = [
  pair('15', 'a negative baseline', { baseline: -1 }, 'baseline: got -1; must be an integer from 1 to 150000; try 3'),
  pair('16', 'half a replica', { baseline: 1.5 }, 'baseline: got 1.5; must be an integer from 1 to 150000; try 3'),
  pair('17', 'a baseline of 0', { baseline: 0 }, 'baseline: got 0; must be an integer from 1 to 150000; try 3'),
  pair(
    '+',
    'a baseline as text, which would be a count from JavaScript',
    { baseline: '3', floor: 3 },
    'baseline: got "3"; must be an integer from 1 to 150000; try 3',
  ),
  pair('+', 'a baseline that is null', { baseline: null }, 'baseline: got null; must be an integer from 1 to 150000; try 3'),
  pair(
    '+',
    'a baseline that no cluster holds',
    { baseline: 300_000_000 },
    'baseline: got 300000000; must be an integer from 1 to 150000; try 3',
  ),
  pair('+', 'a floor above the baseline', { floor: 4 }, 'floor: got 4; must be an integer from 1 to 3; try 3, the baseline'),
  pair(
    '16',
    'counts of other types, all at once',
    { floor: '3', maxReplicas: 30.5, minCanary: null, quota: true },
    'floor: got "3"; must be an integer from 1 to 3; try 3, the baseline',
    'maxReplicas: got 30.5; must be an integer from 4 to 150000; try 30, ten times the baseline',
    'minCanary: got null; must be an integer from 1 to 150000; try 1',
    'quota: got true; must be an integer from 3 to 150000; try 12, or to leave it out',
  ),
  pair('+', 'a floor of 0', { floor: 0 }, 'floor: got 0; must be an integer from 1 to 3; try 3, the baseline'),
  pair(
    '19',
    'no room for a canary',
    { maxReplicas: 3 },
    'maxReplicas: got 3; must be an integer from 4 to 150000; try 30, ten times the baseline',
  ),
  pair('19', 'a quota below the baseline', { quota: 2 }, 'quota: got 2; must be an integer from 3 to 150000; try 12, or to leave it out'),
  pair(
    '19',
    'a quota that a transition exceeds',
    { quota: 9 },
    'stage-10-up -> stage-10: up to 10 pods at once, more than the quota of 9; lower maxReplicas or widen the tolerance',
  ),
  pair('+', 'a canary that may be empty', { minCanary: 0 }, 'minCanary: got 0; must be an integer from 1 to 150000; try 1'),
  pair('+', 'a tolerance as a number', { tolerance: 1 }, 'tolerance: got 1; must be a Tolerance; try Tolerance.points(1)'),
  pair('+', 'a yes that is no boolean', { stableKeepsBaseline: 'yes' }, 'stableKeepsBaseline: got "yes"; must be true or false'),
  app(
    '15',
    'a track alone with -1 replicas',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, replicas: -1 }),
    '[shop/alone] replicas: got -1; must be an integer from 1 to 150000',
  ),
  app(
    '17',
    'a track alone with 0 replicas',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, replicas: 0 }),
    '[shop/alone] replicas: got 0; must be an integer from 1 to 150000',
  ),
  app(
    '+',
    'a track alone that accepts what does not exist',
    (given) => {
      new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, accept: { 'no-readines-probe': 'none' } });
    },
    '[shop/alone] accept["no-readines-probe"]: got "none"; must have a finding\'s code as its key; try no-readiness-probe',
  ),
  app(
    '20',
    'replicas and an autoscaler on the canary',
    (given) => {
      const { canary } = validPair(given);
      new kplus.HorizontalPodAutoscaler(canary!, 'hpa', {
        target: canary!.deployment,
        maxReplicas: 9,
        metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(50))],
      });
    },
    '[shop/web] HorizontalPodAutoscaler shop-web-canary-hpa-c8067e57 scales shop-green, whose replicas carry the weight of every stage; remove it',
  ),
  app(
    '20',
    'replicas and an autoscaler on stable, without a router',
    (given) => {
      const web = validPair(given);
      new ApiObject(Chart.of(web), 'hpa', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'hpa' },
        spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-blue' } },
      });
    },
    '[shop/web] HorizontalPodAutoscaler hpa scales shop-blue, whose replicas carry the weight of every stage; remove it, or attach a router',
  ),
  app(
    '20',
    'a KEDA object on the canary',
    (given) => {
      new ApiObject(Chart.of(validPair(given)), 'keda', {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name: 'keda' },
        spec: { scaleTargetRef: { name: 'shop-green' } },
      });
    },
    '[shop/web] ScaledObject keda scales shop-green, whose replicas carry the weight of every stage; remove it',
  ),
];

const IMAGES: BadInput[] = [
  pair(
    '21',
    'an empty image',
    { canary: { image: '' } },
    'canary.image: got ""; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair('21', 'no image', { pod: { image: undefined } }, 'stable.image: got undefined; must name an image; try "scubakiz/servicedemo:1.0"'),
  pair(
    '22',
    'an image with a space',
    { canary: { image: 'registry.local/shop :1.1' } },
    'canary.image: got "registry.local/shop :1.1"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    '22',
    'an image in upper case',
    { pod: { image: 'Shop:1.0' } },
    'pod.image: got "Shop:1.0"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair(
    '25',
    'a digest that is too short',
    { canary: { image: 'shop@sha256:abc' } },
    'canary.image: got "shop@sha256:abc"; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits; try "scubakiz/servicedemo:1.0"',
  ),
  pair('25', 'an image that is no text', { canary: { image: 11 } }, 'canary.image: got 11; must be a string; try "11"'),
  pair(
    '24',
    'nothing to roll out',
    { canary: { image: VALID.pod.image } },
    'shop-blue and shop-green run the same pods, so there is nothing to roll out; give the canary another image or other settings',
  ),
  pair(
    '+',
    'a pull policy in lower case',
    { pod: { imagePullPolicy: 'always' } },
    'pod.imagePullPolicy: got "always"; must be one of Always, IfNotPresent, Never; try Always',
  ),
];

const VERSIONS: BadInput[] = [
  pair('26', 'a version as a number', { canary: { version: 1.1 } }, 'canary.version: got 1.1; must be a string; try "1.1"'),
  pair('26', 'no version', { canary: { version: undefined } }, 'canary.version: got undefined; must be a string; try "1.0"'),
  pair('27', 'an empty version', { canary: { version: '' } }, 'canary.version: got ""; must not be empty; try "1.0"'),
  pair(
    '28',
    'a version with a dash in front',
    { canary: { version: '-1' } },
    'canary.version: got "-1"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    '28',
    'a version with build metadata',
    { canary: { version: '1.0+build' } },
    'canary.version: got "1.0+build"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    '28',
    'a version that is too long',
    { canary: { version: '1'.repeat(64) } },
    'canary.version: got "' +
      '1'.repeat(64) +
      '"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them; try "1.0"',
  ),
  pair(
    '28',
    'a version that is too long for a subset',
    { canary: { version: '1'.repeat(63) } },
    'canary.version: got "' +
      '1'.repeat(63) +
      '"; must give an Istio subset name of letters, digits and "-", at most 63; try a subsetName of your own',
  ),
  pair(
    '29',
    'one version twice',
    { canary: { version: '1.0' } },
    'canary.version: got "1.0"; must differ from stable\'s version, or there is nothing to roll out',
  ),
  pair(
    '30',
    'two versions of one subset',
    { canary: { version: '1-0' } },
    'canary.version: got "1-0"; must give another Istio subset than stable\'s "1.0", both are v1-0; try a subsetName of its own',
  ),
  pair(
    '31',
    'a subset that is no DNS label',
    { canary: { subsetName: 'v1.0' } },
    'canary.subsetName: got "v1.0"; must be letters, digits and "-", at most 63 of them; try "v1-0"',
  ),
  pair(
    '32',
    'one subset twice',
    { canary: { subsetName: 'v1-0' } },
    'canary.version: got "1.1"; must give another Istio subset than stable\'s "1.0", both are v1-0; try a subsetName of its own',
  ),
  pair('+', 'a subset that is no text', { canary: { subsetName: 11 } }, 'canary.subsetName: got 11; must be a string; try "11"'),
];

const NAMES: BadInput[] = [
  pair(
    '35',
    'a Deployment with capitals and an underscore',
    { canary: { name: 'Web_App' } },
    'canary.name: got "Web_App"; must be lower-case letters, digits and "-", at most 46 of them, so that its pods\' names stay whole',
  ),
  pair(
    '36',
    'a Deployment whose pods have names that are too long',
    { canary: { name: 'a'.repeat(47) } },
    'canary.name: got "' +
      'a'.repeat(47) +
      '"; must be lower-case letters, digits and "-", at most 46 of them, so that its pods\' names stay whole',
  ),
  pair(
    '36',
    'a Service with a name that is too long',
    { service: { name: 'a'.repeat(64) } },
    'service.name: got "' + 'a'.repeat(64) + '"; must start with a letter and be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair(
    '37',
    'a Service that begins with a digit',
    { service: { name: '1web' } },
    'service.name: got "1web"; must start with a letter and be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair(
    '38',
    'an empty name',
    { canary: { name: '' } },
    'canary.name: got ""; must be lower-case letters, digits and "-", at most 46 of them, so that its pods\' names stay whole',
  ),
  pair('38', 'no name', { stable: { name: undefined } }, 'stable.name: got undefined; must be a string'),
  pair(
    '39',
    'a namespace of two words',
    { namespace: 'Kube System' },
    'namespace: got "Kube System"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair(
    '+',
    'one name for both tracks',
    { canary: { name: 'shop-blue' } },
    'canary.name: got "shop-blue"; must differ from stable\'s name, because it is the Deployment\'s identity',
  ),
  app(
    '40',
    'one object twice',
    (given) => {
      const chart = Chart.of(validPair(given));
      ['a', 'b'].forEach((id) => new kplus.ConfigMap(chart, id, { metadata: { name: 'settings' } }));
    },
    '[shop/b/Resource] ConfigMap settings: got a name that shop/a/Resource has too; must be used once in a namespace, or the last one applied wins; try another name',
  ),
  app(
    '40',
    "a pair's object once more",
    (given) => {
      new kplus.Service(Chart.of(validPair(given)), 'b', { metadata: { name: 'shop' }, ports: [{ port: 1 }] });
    },
    '[shop/web/service/Resource] Service shop: got a name that shop/b/Resource has too; must be used once in a namespace, or the last one applied wins; try another name',
  ),
  object(
    '35',
    'an object of the user with a wrong name',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'My_Map' } },
    'ConfigMap My_Map, metadata.name: got "My_Map"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
  ),
  object(
    '39',
    'an object of the user in a wrong namespace',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'a.b' } },
    'ConfigMap map, metadata.namespace: got "a.b"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
];

const PORTS: BadInput[] = [
  pair(
    '41',
    'port 0',
    { service: { ports: [{ port: 0, targetPort: 8080 }] } },
    'service.ports[0].port: got 0; must be an integer from 1 to 65535',
  ),
  pair(
    '41',
    'port 65536',
    { service: { ports: [{ port: 65536, targetPort: 8080 }] } },
    'service.ports[0].port: got 65536; must be an integer from 1 to 65535',
  ),
  pair(
    '41',
    'a port in words',
    { service: { ports: [{ port: 'eighty', targetPort: 8080 }] } },
    'service.ports[0].port: got "eighty"; must be an integer from 1 to 65535',
  ),
  pair(
    '41',
    'no port',
    { service: { ports: [{ targetPort: 8080 }] } },
    'service.ports[0].port: got undefined; must be an integer from 1 to 65535',
  ),
  pair(
    '41',
    'a container port of 0',
    { pod: { ports: [{ number: 0 }] } },
    'pod.ports[0].number: got 0; must be an integer from 1 to 65535',
  ),
  pair(
    '42',
    'a target that no container listens on',
    { service: { ports: [{ port: 80, targetPort: 9090 }] } },
    'service.ports[0].targetPort: got 9090; must be a port that the containers of all tracks listen on (8080); try 8080',
  ),
  pair(
    '42',
    'a port that is a target nobody listens on',
    { service: { ports: [{ port: 80 }] } },
    'service.ports[0].targetPort: got 80; must be a port that the containers of all tracks listen on (8080); try 8080',
  ),
  pair(
    '42',
    'a target that only one track listens on',
    { canary: { ports: [{ number: 9090 }] }, service: { ports: [{ port: 80, targetPort: 9090 }] } },
    'service.ports[0].targetPort: got 9090; must be a port that the containers of all tracks listen on (there is none)',
  ),
  pair(
    '42',
    'a target by a name',
    { service: { ports: [{ port: 80, targetPort: 'web' }] } },
    'service.ports[0].targetPort: got "web"; must be an integer from 1 to 65535',
  ),
  pair(
    '43',
    'two ports without names',
    {
      service: {
        ports: [
          { port: 80, targetPort: 8080 },
          { port: 81, targetPort: 8080 },
        ],
      },
    },
    'service.ports[0].name: got undefined; must be given where a Service has several ports; try "web"',
    'service.ports[1].name: got undefined; must be given where a Service has several ports; try "web"',
  ),
  pair(
    '44',
    'a port name that is too long',
    { pod: { ports: [{ number: 8080, name: 'a-very-long-name' }] } },
    'pod.ports[0].name: got "a-very-long-name"; must be lower-case letters, digits and single "-", with a letter among them, at most 15',
  ),
  pair(
    '44',
    'a port name with two dashes',
    { pod: { ports: [{ number: 8080, name: 'we--b' }] } },
    'pod.ports[0].name: got "we--b"; must be lower-case letters, digits and single "-", with a letter among them, at most 15',
  ),
  pair(
    '44',
    'a port name of digits',
    { pod: { ports: [{ number: 8080, name: '8080' }] } },
    'pod.ports[0].name: got "8080"; must be lower-case letters, digits and single "-", with a letter among them, at most 15',
  ),
  pair(
    '45',
    'one nodePort twice',
    {
      service: {
        type: kplus.ServiceType.NODE_PORT,
        ports: [
          { name: 'a', port: 80, targetPort: 8080, nodePort: 30080 },
          { name: 'b', port: 81, targetPort: 8080, nodePort: 30080 },
        ],
      },
    },
    'service.ports[1].nodePort: got 30080; must be used once',
  ),
  pair(
    '45',
    'one port twice',
    {
      service: {
        ports: [
          { name: 'a', port: 80, targetPort: 8080 },
          { name: 'b', port: 80, targetPort: 8080 },
        ],
      },
    },
    'service.ports[1].port: got 80; must be used once',
  ),
  pair(
    '45',
    'one port name twice',
    {
      service: {
        ports: [
          { name: 'a', port: 80, targetPort: 8080 },
          { name: 'a', port: 81, targetPort: 8080 },
        ],
      },
    },
    'service.ports[1].name: got "a"; must be used once',
  ),
  pair(
    '45',
    'a nodePort where there is none',
    { service: { ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] } },
    'service.ports[0].nodePort: got 30080; must be left out where the type is ClusterIP; try type: ServiceType.NODE_PORT',
  ),
  pair(
    '45',
    'one container port twice',
    { pod: { ports: [{ number: 8080 }, { number: 8080 }] } },
    'pod.ports[1].number: got 8080; must be used once',
  ),
  pair(
    '46',
    'a Service that is a name only',
    { service: { type: kplus.ServiceType.EXTERNAL_NAME } },
    'service.type: got "ExternalName"; must have pods to divide traffic between, which ExternalName has not; try ServiceType.CLUSTER_IP',
  ),
  pair(
    '46',
    'a Service without an address',
    { service: { clusterIP: 'None' } },
    'service.clusterIP: got "None"; must be an address, because a headless Service divides nothing; try to leave it out',
  ),
  pair(
    '46',
    'a type that does not exist',
    { service: { type: 'Loadbalancer' } },
    'service.type: got "Loadbalancer"; must be one of ClusterIP, NodePort, LoadBalancer; try LoadBalancer',
  ),
  pair('+', 'no Service', { service: undefined }, 'service: got undefined; must be an object'),
  pair(
    '+',
    'a Service without ports',
    { service: { ports: [] } },
    'service.ports: got []; must have at least one port; try [{ name: "web", port: 8080, targetPort: 80 }]',
  ),
  pair('+', 'a port that is nothing', { service: { ports: [null] } }, 'service.ports[0]: got null; must be an object'),
  pair(
    '+',
    'a protocol that does not exist',
    { service: { ports: [{ port: 80, targetPort: 8080, protocol: 'HTTP' }] } },
    'service.ports[0].protocol: got "HTTP"; must be one of TCP, UDP, SCTP; try TCP',
  ),
  pair(
    '+',
    'a source range that is none',
    { service: { type: kplus.ServiceType.LOAD_BALANCER, loadBalancerSourceRanges: ['10.0.0.0/33'] } },
    'service.loadBalancerSourceRanges[0]: got "10.0.0.0/33"; must be a CIDR; try "10.0.0.0/8"',
  ),
  pair(
    '+',
    'source ranges without a load balancer',
    { service: { loadBalancerSourceRanges: ['10.0.0.0/8'] } },
    'service.loadBalancerSourceRanges: got ["10.0.0.0/8"]; must be left out where the type is not LoadBalancer; try type: ServiceType.LOAD_BALANCER',
  ),
  pair(
    '+',
    'a timeout for an affinity that is not there',
    { service: { sessionAffinityTimeout: Duration.hours(1) } },
    'service.sessionAffinityTimeout: got 3600s; must be 1 second to 1 day, with SessionAffinity.CLIENT_IP; try sessionAffinity: SessionAffinity.CLIENT_IP',
  ),
  pair(
    '+',
    'an affinity that does not exist',
    { service: { sessionAffinity: 'Cookie' } },
    'service.sessionAffinity: got "Cookie"; must be one of None, ClientIP',
  ),
];

const LABELS: BadInput[] = [
  pair(
    '47',
    'a label key with two slashes',
    { canary: { podLabels: { 'a/b/c': 'x' } } },
    'canary.podLabels["a/b/c"]: got "x"; must have a key of at most 63 letters, digits, "-", "_" and ".", perhaps with one DNS name and "/" before it',
  ),
  pair(
    '47',
    'a label key whose prefix is too long',
    { canary: { labels: { [`${'a'.repeat(254)}/b`]: 'x' } } },
    'canary.labels["' +
      'a'.repeat(254) +
      '/b"]: got "x"; must have a key of at most 63 letters, digits, "-", "_" and ".", perhaps with one DNS name and "/" before it',
  ),
  pair(
    '47',
    "a label key of Kubernetes' own",
    { canary: { podLabels: { 'kubernetes.io/os': 'linux' } } },
    'canary.podLabels["kubernetes.io/os"]: got "linux"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '47',
    "a label that a Deployment's controller sets",
    { pod: { podLabels: { 'pod-template-hash': 'x' } } },
    'pod.podLabels["pod-template-hash"]: got "x"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair('48', 'a label that is a number', { pod: { podLabels: { tier: 1 } } }, 'pod.podLabels["tier"]: got 1; must be a string; try "1"'),
  pair(
    '48',
    'a label that is a boolean',
    { canary: { labels: { canary: true } } },
    'canary.labels["canary"]: got true; must be a string; try "true"',
  ),
  pair('48', 'a label that is null', { service: { labels: { tier: null } } }, 'service.labels["tier"]: got null; must be a string'),
  pair(
    '48',
    'an annotation that is a number',
    { canary: { annotations: { build: 17 } } },
    'canary.annotations["build"]: got 17; must be a string; try "17"',
  ),
  pair(
    '48',
    'a label that is too long',
    { service: { labels: { tier: 'x'.repeat(64) } } },
    'service.labels["tier"]: got "' +
      'x'.repeat(64) +
      '"; must start and end with a letter or digit and be letters, digits, "-", "_" and ".", at most 63 of them',
  ),
  pair('48', 'labels as a list', { canary: { labels: ['a=b'] } }, 'canary.labels: got ["a=b"]; must be a map of strings'),
  pair(
    '48',
    'a node selector that is a number',
    { pod: { nodeSelector: { 'kubernetes.io/os': 1 } } },
    'pod.nodeSelector["kubernetes.io/os"]: got 1; must be a string; try "1"',
  ),
  pair(
    '49',
    'selector labels that select everything',
    { selectorLabels: {} },
    "selectorLabels: got {}; must not be empty, because it would select every pod; try { app: 'shop' }",
  ),
  pair(
    '49',
    'an empty selector',
    { canary: { selector: {} } },
    "canary.selector: got {}; must be a map of at least one label, because an empty selector is refused; try { app: 'shop' }",
  ),
  pair(
    '50',
    'a selector that the pods do not carry',
    { canary: { selector: { app: 'shop', color: 'red' } } },
    'canary.selector["color"]: got "red"; must equal the label that the pods carry, which is none; try podLabels: {"color":"red"}',
  ),
  pair(
    '51',
    'a pod label that is a selector label',
    { canary: { podLabels: { app: 'other' } } },
    'canary.podLabels["app"]: got "other"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '51',
    'a pod label that is the version',
    { canary: { podLabels: { version: '2' } } },
    'canary.podLabels["version"]: got "2"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '51',
    "a pod label of this library's own",
    { canary: { podLabels: { 'cdk8s-canary/deployment': 'x' } } },
    'canary.podLabels["cdk8s-canary/deployment"]: got "x"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '51',
    'a label that is the role',
    { canary: { labels: { track: 'stable' } } },
    'canary.labels["track"]: got "stable"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '51',
    'selector labels that hold the version',
    { selectorLabels: { version: '1.0' } },
    'selectorLabels["version"]: got "1.0"; must not use a key that is reserved, because its value would be overwritten or break a selector; try another key',
  ),
  pair(
    '52',
    'one selector for both tracks',
    { stable: { selector: { app: 'shop' } }, canary: { selector: { app: 'shop' } } },
    'the selector of shop-blue also matches the pods of shop-green, so an autoscaler, a PodDisruptionBudget or kubectl logs of one sees both, and an orphaned ReplicaSet is adopted by the wrong one; leave out selector, or accept it with a reason',
    'the selector of shop-green also matches the pods of shop-blue, so an autoscaler, a PodDisruptionBudget or kubectl logs of one sees both, and an orphaned ReplicaSet is adopted by the wrong one; leave out selector, or accept it with a reason',
  ),
  pair(
    '+',
    'accepting what does not exist',
    { accept: { 'shared-selektor': 'why' } },
    'accept["shared-selektor"]: got "why"; must have a finding\'s code as its key; try shared-selector',
  ),
  pair(
    '+',
    'accepting without a reason',
    { accept: { 'shared-selector': '' } },
    'accept["shared-selector"]: got ""; must say why it is accepted; try "the reason in a sentence"',
  ),
  pair(
    '+',
    'accepting what cannot be',
    { accept: { 'invalid-input': 'why not' } },
    'accept["invalid-input"]: got "why not"; must not be accepted, because nothing could be built instead; try to mend what the finding names',
  ),
  pair(
    '+',
    'accepting a list',
    { accept: ['shared-selector'] },
    "accept: got [\"shared-selector\"]; must be a map from codes to reasons; try { 'sticky-service': 'its clients are many' }",
  ),
];

const ROUTES: BadInput[] = [
  route('53', 'no hosts', { hosts: [] }, 'hosts: got []; must have at least one host; try to leave hosts out, for the Service itself'),
  route(
    '54',
    'every host of the mesh',
    { hosts: ['*'] },
    'hosts[0]: got "*"; must not be "*" in the mesh, because it would take every request of every sidecar; try a gateway',
  ),
  route('54', 'a host with a space', { hosts: ['my shop'] }, 'hosts[0]: got "my shop"; must be a host name, perhaps with "*." before it'),
  route(
    '56',
    'an empty prefix',
    { match: [{ headers: { 'user-group': { prefix: '' } } }] },
    'match[0].headers["user-group"].prefix: got ""; must not be empty',
  ),
  route('56', 'an empty regex', { match: [{ uri: { regex: '' } }] }, 'match[0].uri.regex: got ""; must not be empty'),
  route(
    '56',
    'a match of nothing',
    { match: [{}] },
    "match[0]: got {}; must have at least one condition, because an empty one takes every request; try { headers: { 'user-group': { exact: 'beta-testers' } } }",
  ),
  route(
    '56',
    'headers of nothing',
    { match: [{ headers: {} }] },
    "match[0].headers: got {}; must be a map of at least one condition; try { headers: { 'user-group': { exact: 'beta-testers' } } }",
  ),
  route(
    '56',
    'a header that equals text',
    { match: [{ headers: { 'user-group': 'beta-testers' } }] },
    'match[0].headers["user-group"]: got "beta-testers"; must be one of { exact }, { prefix } and { regex }; try { exact: "beta-testers" }',
  ),
  route(
    '56',
    'a header in two ways',
    { match: [{ headers: { 'user-group': { exact: 'a', prefix: 'b' } } }] },
    'match[0].headers["user-group"]: got {"exact":"a","prefix":"b"}; must be one of { exact }, { prefix } and { regex }; try { exact: \'beta-testers\' }',
  ),
  route(
    '56',
    'a header that equals a number',
    { match: [{ headers: { 'user-group': { exact: 7 } } }] },
    'match[0].headers["user-group"].exact: got 7; must be a string',
  ),
  route(
    '57',
    'a regex that looks ahead',
    { match: [{ uri: { regex: '/(?!admin).*' } }] },
    'match[0].uri.regex: got "/(?!admin).*"; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    '57',
    'a regex that refers back',
    { match: [{ uri: { regex: '/(a)\\1' } }] },
    'match[0].uri.regex: got "/(a)\\\\1"; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    '57',
    'a regex that is none',
    { match: [{ uri: { regex: '/(' } }] },
    'match[0].uri.regex: got "/("; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    '57',
    'a regex that is too long',
    { match: [{ uri: { regex: `/${'a'.repeat(1024)}` } }] },
    'match[0].uri.regex: got "/' +
      'a'.repeat(298) +
      '…; must be an RE2 expression of at most 1024 characters, without look-around and back-references',
  ),
  route(
    '58',
    'a header name with a space',
    { match: [{ headers: { 'user group': { exact: 'a' } } }] },
    'match[0].headers["user group"]: got "user group"; must be a name in lower case without spaces, and no pseudo-header: method, scheme, uri and authority have fields of their own; try "user-group"',
  ),
  route(
    '58',
    'a header name in upper case',
    { match: [{ headers: { 'User-Group': { exact: 'a' } } }] },
    'match[0].headers["User-Group"]: got "User-Group"; must be a name in lower case without spaces, and no pseudo-header: method, scheme, uri and authority have fields of their own; try "user-group"',
  ),
  route(
    '58',
    'a pseudo-header',
    { match: [{ headers: { ':method': { exact: 'GET' } } }] },
    'match[0].headers[":method"]: got ":method"; must be a name in lower case without spaces, and no pseudo-header: method, scheme, uri and authority have fields of their own; try "method"',
  ),
  route(
    '59',
    'a gateway without a name',
    { gateways: ['istio-system/'] },
    'gateways[0]: got "istio-system/"; must be "mesh", a Gateway\'s name, or one with its namespace and "/" before it; try "mesh" or "istio-system/public"',
  ),
  route(
    '59',
    'a gateway in dots',
    { gateways: ['public.istio-system.svc.cluster.local'] },
    'gateways[0]: got "public.istio-system.svc.cluster.local"; must be "mesh", a Gateway\'s name, or one with its namespace and "/" before it; try "mesh" or "istio-system/public"',
  ),
  route('59', 'gateways as text', { gateways: 'mesh' }, 'gateways: got "mesh"; must be a list'),
  route('61', 'a timeout without a unit', { timeout: '5' }, 'timeout: got "5"; must be a Duration; try Duration.seconds(5)'),
  route(
    '61',
    'a timeout of nothing',
    { timeout: Duration.seconds(0) },
    'timeout: got 0s; must be whole milliseconds, at least 1; try Duration.seconds(5), or to leave it out for no limit',
  ),
  route(
    '61',
    'a timeout of a try without a unit',
    { retries: { attempts: 2, perTryTimeout: '2' } },
    'retries.perTryTimeout: got "2"; must be a duration with its unit; try "2s"',
  ),
  route(
    '61',
    'a timeout of half a millisecond for a try',
    { retries: { attempts: 2, perTryTimeout: '0.5ms' } },
    'retries.perTryTimeout: got "0.5ms"; must be whole milliseconds, at least 1; try "2s"',
  ),
  route(
    '61',
    'how to retry, and no retries',
    { retries: { attempts: 0, retryOn: '5xx' } },
    'retries.attempts: got 0; must be at least 1 where retryOn says how to retry, because 0 turns retries off; try 3',
  ),
  route(
    '61',
    'a timeout of a try, and not how many',
    { retries: { perTryTimeout: '2s' } as never },
    'retries.attempts: got 0; must be at least 1 where perTryTimeout says how to retry, because 0 turns retries off; try 3',
  ),
  route(
    '61',
    'a reason to retry misspelt',
    { retries: { attempts: 2, retryOn: '5xx,conect-failure' } },
    'retries.retryOn: got "conect-failure"; must be status codes or of 5xx, gateway-error, reset, reset-before-request, connect-failure, retriable-4xx, refused-stream, retriable-status-codes, retriable-headers, envoy-ratelimited, http3-post-connect-failure, cancelled, deadline-exceeded, internal, resource-exhausted, unavailable, with commas and nothing else between them; try connect-failure',
  ),
  route(
    '84',
    'a condition misspelt',
    { match: [{ header: { 'user-group': { exact: 'a' } } }] },
    'match[0].header: got {"user-group":{"exact":"a"}}; must be a property that exists; try headers',
  ),
  route(
    '84',
    'a way to compare misspelt',
    { match: [{ uri: { exat: '/a' } }] },
    'match[0].uri.exat: got "/a"; must be a property that exists; try exact',
  ),
  route('84', 'a property misspelt', { host: ['shop'] }, 'host: got ["shop"]; must be a property that exists; try hosts'),
  route('84', 'retries misspelt', { retries: { atempts: 2 } }, 'retries.atempts: got 2; must be a property that exists; try attempts'),
  route(
    '84',
    'a traffic policy misspelt',
    { trafficPolicy: { outlierdetection: {} } },
    'trafficPolicy.outlierdetection: got {}; must be a property that exists; try outlierDetection',
  ),
  route('+', 'no pair', { pair: undefined }, 'pair: got undefined; must be a CanaryPair; try new CanaryPair(…)'),
  route(
    '35',
    'a name with an underscore',
    { name: 'canary_vs' },
    'name: got "canary_vs"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
  ),
  app(
    '40',
    'a pair with two routers',
    (given) => {
      const routed = validPair(given);
      ['a', 'b'].forEach((id) => new IstioVirtualService(Chart.of(routed), id, { pair: routed, name: `vs-${id}` }));
    },
    '[shop/b] pair: got shop/web, which shop/a routes already; must be a pair without a router; try another pair',
  ),
  app(
    '40',
    'two VirtualServices for one host',
    (given) => {
      const routed = validPair(given);
      new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
      new ApiObject(Chart.of(routed), 'own', {
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'own' },
        spec: { hosts: ['shop'], http: [] },
      });
    },
    '[shop/route/Resource] VirtualService shop, spec.hosts: got "shop", which shop/own routes too; must be routed by one VirtualService in the mesh, or it is not defined which one holds; try one of them',
  ),
  routePatch(
    '6',
    'weights by hand',
    virtualService,
    [JsonPatch.replace('/spec/http/1/route', [{ destination: { host: 'shop', subset: 'v1-0' }, weight: 99 }])],
    '[shop/route] VirtualService shop, spec.http[1].route: got [{"destination":{"host":"shop","subset":"v1-0"},"weight":99}] from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '55',
    'a weight of nothing',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route', [])],
    '[shop/route] VirtualService shop, spec.http[0].route: got [] from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '60',
    'a rule that takes everything, before the match',
    virtualService,
    [JsonPatch.add('/spec/http/0', { route: [{ destination: { host: 'shop' } }] })],
    '[shop/route] VirtualService shop, spec.http[0].route: got [{"destination":{"host":"shop"}}] from a patch; must be what the plan says; try the property stages',
    '[shop/route] VirtualService shop, spec.http[1].route: got "a change" from a patch; must be what the plan says; try the property stages',
    '[shop/web] VirtualService shop, spec.http: got "3 rules" from a patch; must be what the plan says; try the property match',
  ),
  routePatch(
    '6',
    'one weight, deep in a route that follows the plan',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route/0/weight', 50)],
    '[shop/route] VirtualService shop, spec.http[0].route: got "a change" from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '6',
    'one more destination',
    virtualService,
    [JsonPatch.add('/spec/http/1/route/-', { destination: { host: 'other' } })],
    '[shop/route] VirtualService shop, spec.http[1].route: got "a change" from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '60',
    'a match that is taken away',
    virtualService,
    [JsonPatch.remove('/spec/http/0/match')],
    '[shop/web] VirtualService shop, spec.http[0].match: got undefined from a patch; must be what the plan says; try the property match',
  ),
  routePatch(
    '62',
    'testers led to the canary at every stage',
    virtualService,
    [JsonPatch.replace('/spec/http/0/route', [{ destination: { host: 'shop', subset: 'v1-1' } }])],
    '[shop/route] VirtualService shop, spec.http[0].route: got [{"destination":{"host":"shop","subset":"v1-1"}}] from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '+',
    'no rules',
    virtualService,
    [JsonPatch.remove('/spec/http')],
    '[shop/route] VirtualService shop, spec.http[0].route: got undefined from a patch; must be what the plan says; try the property stages',
    '[shop/route] VirtualService shop, spec.http[1].route: got undefined from a patch; must be what the plan says; try the property stages',
  ),
  routePatch(
    '32',
    'a subset that is taken away',
    destinationRule,
    [JsonPatch.remove('/spec/subsets/1')],
    '[shop/web] DestinationRule shop, the subset v1-1: got undefined from a patch; must be what the plan says; try the property subsetName',
  ),
  routePatch(
    '33',
    'a subset of all pods',
    destinationRule,
    [JsonPatch.replace('/spec/subsets/0/labels', {})],
    '[shop/web] DestinationRule shop, the subset v1-0: got {"labels":{},"name":"v1-0"} from a patch; must be what the plan says; try the property subsetName',
  ),
  routePatch(
    '34',
    'a subset that no pod carries',
    destinationRule,
    [JsonPatch.replace('/spec/subsets/1/labels/version', '2.0')],
    '[shop/web] DestinationRule shop, the subset v1-1: got {"labels":{"version":"2.0"},"name":"v1-1"} from a patch; must be what the plan says; try the property subsetName',
  ),
  routePatch(
    '34',
    'a DestinationRule for another host',
    destinationRule,
    [JsonPatch.replace('/spec/host', 'other')],
    '[shop/web] DestinationRule shop, spec.host: got "other" from a patch; must be what the plan says; try the property service.name',
  ),
];

const PODS: BadInput[] = [
  app(
    '63',
    'no pod more and no pod less',
    (given) => {
      const zero = kplus.PercentOrAbsolute.absolute(0);
      validPair(given, { stable: { strategy: kplus.DeploymentStrategy.rollingUpdate({ maxSurge: zero, maxUnavailable: zero }) } });
    },
    "'maxSurge' and 'maxUnavailable' cannot be both zero",
  ),
  patch(
    '63',
    'no pod more and no pod less, by a patch',
    stable,
    [JsonPatch.replace('/spec/strategy/rollingUpdate/maxSurge', '0%')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.strategy.rollingUpdate: got {"maxSurge":"0%","maxUnavailable":0}; must not have 0 for both, or no pod could ever be replaced',
  ),
  pair(
    '64',
    'a percentage without its sign',
    {
      stable: { strategy: kplus.DeploymentStrategy.rollingUpdate({ maxSurge: kplus.PercentOrAbsolute.absolute('25' as any) }) },
    },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.strategy.rollingUpdate.maxSurge: got "25"; must be an integer of at least 0, or a percentage such as "25%"',
  ),
  pair(
    '63',
    'a strategy as plain data',
    { stable: { strategy: { type: 'RollingUpdate' } } },
    'stable.strategy: got {"type":"RollingUpdate"}; must be a DeploymentStrategy; try DeploymentStrategy.rollingUpdate()',
  ),
  pair(
    '65',
    'pods that are ready after the deadline',
    { canary: { minReady: Duration.minutes(10) } },
    'canary.minReady: got 600s; must be shorter than progressDeadline (600s), or no rollout ever ends; try progressDeadline: Duration.seconds(1200)',
  ),
  pair(
    '65',
    'pods that are ready after a deadline of their own',
    { canary: { minReady: Duration.seconds(30), progressDeadline: Duration.seconds(30) } },
    'canary.minReady: got 30s; must be shorter than progressDeadline (30s), or no rollout ever ends; try progressDeadline: Duration.seconds(630)',
  ),
  pair(
    '65',
    'a time as a number',
    { canary: { minReady: 30 } },
    'canary.minReady: got 30; must be a duration of whole seconds; try Duration.seconds(30)',
  ),
  pair(
    '65',
    'a time of half a second',
    { canary: { progressDeadline: Duration.millis(1500) } },
    'canary.progressDeadline: got 1500ms; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
  pair(
    '66',
    'a grace that the sleep uses up',
    { pod: { terminationGracePeriod: Duration.seconds(10) } },
    'pod.terminationGracePeriod: got 10s; must be longer than the preStop sleep of 10s, or the container is killed while it still waits; try Duration.seconds(40)',
  ),
  pair(
    '66',
    'a sleep that uses up the grace',
    { pod: { preStop: PreStop.sleep(Duration.seconds(40)) } },
    'pod.preStop: got "40s"; must be shorter than terminationGracePeriod (40s), or the container is killed while it still waits; try terminationGracePeriod: Duration.seconds(70)',
  ),
  pair(
    '66',
    'a grace as a number',
    { pod: { terminationGracePeriod: 30 } },
    'pod.terminationGracePeriod: got 30; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
  pair(
    '66',
    'a sleep as a number',
    { pod: { preStop: 10 } },
    'pod.preStop: got 10; must be a PreStop; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    '66',
    'a sleep of a number',
    () => PreStop.sleep(10 as any),
    'PreStop.sleep: got 10; must be a duration of whole seconds, at least 1 s; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    '66',
    'a sleep of nothing',
    () => PreStop.sleep(Duration.seconds(0)),
    'PreStop.sleep: got 0s; must be a duration of whole seconds, at least 1 s; try PreStop.sleep(Duration.seconds(10))',
  ),
  app(
    '66',
    'a command as one word',
    () => PreStop.exec('sleep 10' as any),
    "PreStop.exec: got \"sleep 10\"; must be a list of at least one word; try PreStop.exec(['sleep', '10'])",
  ),
  patch(
    '66',
    'a sleep that uses up the grace, by a patch',
    stable,
    [JsonPatch.replace(`${POD}/terminationGracePeriodSeconds`, 5)],
    '[shop/web/stable] shop-blue is killed after 5 s and sleeps 10 s before it is told to stop; set terminationGracePeriod to more',
  ),
  pair(
    '67',
    'a probe of a port that is not there',
    { canary: { readiness: kplus.Probe.fromHttpGet('/', { port: 9090 }) } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].readinessProbe.port: got 9090; must be a port of the container (8080)',
  ),
  pair(
    '67',
    'a probe as plain data',
    { canary: { readiness: { httpGet: { path: '/' } } } },
    'canary.readiness: got {"httpGet":{"path":"/"}}; must be a Probe; try Probe.fromHttpGet(\'/\')',
  ),
  pair(
    '68',
    'a probe that takes longer than its period',
    {
      canary: {
        readiness: kplus.Probe.fromHttpGet('/', { port: 8080, periodSeconds: Duration.seconds(2), timeoutSeconds: Duration.seconds(3) }),
      },
    },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].readinessProbe.timeoutSeconds: got 3; must not be longer than the period of 2 s',
  ),
  pair(
    '69',
    'resources as Kubernetes writes them',
    { pod: { resources: { requests: { cpu: '1 core' } } } },
    'pod.resources.requests: got {"cpu":"1 core"}; must be a property that exists; try one of cpu, ephemeralStorage, memory',
  ),
  pair(
    '69',
    'a CPU as text',
    { pod: { resources: { cpu: { request: '100m' } } } },
    'pod.resources.cpu.request: got "100m"; must be a Cpu; try Cpu.millis(100)',
  ),
  pair(
    '69',
    'a CPU that is no number',
    { pod: { resources: { cpu: { request: kplus.Cpu.millis(NaN) } } } },
    'pod.resources.cpu.request: got "NaNm"; must be a number of CPUs; try Cpu.millis(100)',
  ),
  pair(
    '69',
    'a memory that is no whole number of Mi',
    { pod: { resources: { memory: { request: Size.kibibytes(1000) } } } },
    'pod.resources.memory.request: got "1000Ki"; must be a whole number of Mi; try Size.mebibytes(128)',
  ),
  pair(
    '69',
    'a memory as a number',
    { pod: { resources: { memory: { limit: 128 } } } },
    'pod.resources.memory.limit: got 128; must be a Size; try Size.mebibytes(128)',
  ),
  patch(
    '69',
    'a quantity that is none, by a patch',
    stable,
    [JsonPatch.replace(`${CONTAINER}/resources/requests/memory`, '128mb')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].resources.requests.memory: got "128mb"; must be a quantity such as "100m" or "128Mi"',
  ),
  pair(
    '70',
    'a limit below the request',
    { canary: { resources: { cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.millis(500) } } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].resources.limits.cpu: got "500m"; must not be less than the request of "1"',
  ),
  pair(
    '70',
    'a memory limit below the request',
    {
      canary: { resources: { memory: { request: Size.gibibytes(1), limit: Size.mebibytes(512) } } },
    },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].resources.limits.memory: got "512Mi"; must not be less than the request of "1024Mi"',
  ),
  patch(
    '71',
    'a variable twice',
    stable,
    [
      JsonPatch.add(`${CONTAINER}/env`, [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ]),
    ],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].env["A"]: got "2"; must be given once',
  ),
  pair(
    '72',
    'a variable that begins with a digit',
    { pod: { env: { '1A': EnvValue.fromValue('x') } } },
    'pod.env["1A"]: got "1A"; must be letters, digits, "_", "-" and ".", not starting with a digit',
  ),
  pair(
    '73',
    'a variable that is a number',
    { canary: { env: { SIZE: EnvValue.fromValue(1 as any) } } },
    'canary.env["SIZE"]: got 1; must be a string; try "1"',
  ),
  pair(
    '73',
    'a variable as plain text',
    { canary: { env: { SIZE: 'large' } } },
    'canary.env["SIZE"]: got "large"; must be an EnvValue; try EnvValue.fromValue("large")',
  ),
  pair(
    '73',
    'a variable as a plain number',
    { canary: { env: { SIZE: 7 } } },
    'canary.env["SIZE"]: got 7; must be an EnvValue; try EnvValue.fromValue("7")',
  ),
  pair(
    '73',
    'variables as a list',
    { canary: { env: ['SIZE=large'] } },
    'canary.env: got ["SIZE=large"]; must be a map from names to values; try { GREETING: EnvValue.fromValue(\'hello\') }',
  ),
  patch(
    '74',
    'a variable with a value and a source',
    stable,
    [JsonPatch.add(`${CONTAINER}/env`, [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }])],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[0].env["A"]: got "1"; must have a value or a source, not both',
  ),
  pair(
    '75',
    'a variable with NUL',
    { canary: { env: { A: EnvValue.fromValue('a\0b') } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].env[0].value: got "a\\u0000b"; must be text without NUL and without half a surrogate pair, which YAML cannot carry',
  ),
  pair(
    '75',
    'a variable with half a character',
    { canary: { env: { A: EnvValue.fromValue('\ud800') } } },
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[0].env[0].value: got "\\ud800"; must be text without NUL and without half a surrogate pair, which YAML cannot carry',
  ),
  pair(
    '+',
    'a container name with a space',
    { pod: { containerName: 'my shop' } },
    'pod.containerName: got "my shop"; must be lower-case letters, digits and "-", at most 63 of them',
  ),
  pair('+', 'a command as one word', { pod: { command: 'run' } }, 'pod.command: got "run"; must be a list'),
  pair('+', 'an argument that is a number', { canary: { args: ['--port', 80] } }, 'canary.args[1]: got 80; must be a string'),
  pair(
    '+',
    'a standard that does not exist',
    { pod: { security: 'baseline' } },
    'pod.security: got "baseline"; must be one of restricted, image',
  ),
  pair(
    '84',
    'a security context misspelt',
    { pod: { securityContext: { ensureNonroot: true } } },
    'pod.securityContext.ensureNonroot: got true; must be a property that exists; try ensureNonRoot',
  ),
  pair(
    '+',
    'a volume as plain data',
    { pod: { volumes: [{ emptyDir: {} }] } },
    'pod.volumes[0]: got {"emptyDir":{}}; must be a Volume; try Volume.fromEmptyDir(…)',
  ),
  pair(
    '+',
    'a mount without a volume',
    { pod: { volumeMounts: [{ path: '/tmp' }] } },
    'pod.volumeMounts[0].volume: got undefined; must be a Volume; try Volume.fromEmptyDir(…)',
  ),
  pair(
    '+',
    'a spread of no pods',
    { pod: { topologySpread: [TopologySpread.require('kubernetes.io/hostname', 0)] } },
    'pod.topologySpread[0], maxSkew: got 0; must be an integer from 1 to 2147483647',
  ),
  pair(
    '+',
    'a spread as text',
    { pod: { topologySpread: ['zones'] } },
    'pod.topologySpread[0]: got "zones"; must be a TopologySpread; try TopologySpread.preferNodes()',
  ),
  pair(
    '+',
    'a sidecar that is nothing',
    { pod: { sidecars: [null] } },
    'pod.sidecars[0]: got null; must be a container\'s properties; try { name: "proxy", image: "envoy:1.30" }',
  ),
  pair(
    '+',
    'a sidecar with the name of the main container',
    { pod: { sidecars: [{ image: 'proxy:1' }] } },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[1].name: got "main"; must be used once in a pod',
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[1].name: got "main"; must be used once in a pod',
  ),
  pair(
    '+',
    'a sidecar without an image',
    { pod: { sidecars: [{ name: 'proxy' }] } },
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers[1].image: got undefined; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
    '[shop/web/canary/Deployment/Resource] Deployment shop-green, spec.template.spec.containers[1].image: got undefined; must be an image reference such as "scubakiz/servicedemo:1.0" or one with "@sha256:" and 64 hex digits',
  ),
  pair(
    '+',
    'a service account as text',
    { pod: { serviceAccount: 'shop' } },
    'pod.serviceAccount: got "shop"; must be a construct with a name; try ServiceAccount.fromServiceAccountName(…)',
  ),
];

const GATES: BadInput[] = [
  pair(
    '80',
    'a false alarm rate of 120 %',
    { gates: { falseAlarmRate: 1.2 } },
    'gates.falseAlarmRate: got 1.2; must be a number above 0 and at most 0.5; try 0.05',
  ),
  pair(
    '80',
    'a negative latency',
    { gates: { latencyTolerance: -1 } },
    'gates.latencyTolerance: got -1; must be a number from 0 to 100; try 0.25',
  ),
  pair(
    '80',
    'a margin that the tolerance allows',
    { gates: { errorTolerance: 0.1, errorMargin: 0.05 } },
    'gates.errorMargin: got 0.05; must be above the tolerance of 0.1; try errorTolerance: 0.025',
  ),
  pair(
    '+',
    'an error limit of everything',
    { gates: { errorLimit: 1 } },
    'gates.errorLimit: got 1; must be a number above 0 and below 1; try 0.05',
  ),
  pair(
    '+',
    'a quantile as a percentage',
    { gates: { latencyQuantiles: [95] } },
    'gates.latencyQuantiles[0]: got 95; must be a number above 0 and below 1; try 0.95',
  ),
  pair(
    '+',
    'no quantile',
    { gates: { latencyQuantiles: [] } },
    'gates.latencyQuantiles: got []; must be a list of one to 10 different quantiles; try [0.5, 0.95]',
  ),
  pair(
    '+',
    'one quantile twice',
    { gates: { latencyQuantiles: [0.5, 0.5] } },
    'gates.latencyQuantiles: got [0.5,0.5]; must be a list of one to 10 different quantiles; try [0.5, 0.95]',
  ),
  pair(
    '+',
    'a rate as text',
    { gates: { missRate: '5%' } },
    'gates.missRate: got "5%"; must be a number above 0 and at most 0.5; try 0.05',
  ),
  pair(
    '+',
    'no traffic at all',
    { gates: { requestsPerSecond: 0 } },
    'gates.requestsPerSecond: got 0; must be a number above 0 and at most 1000000; try 10',
  ),
  pair(
    '+',
    'an error rate that nothing is done with',
    { gates: { errorRate: 0.01 } },
    'gates.errorRate: got 0.01; must have requestsPerSecond beside it, because it says nothing alone; try requestsPerSecond: 10',
  ),
  pair(
    '+',
    'a hold of no time',
    { gates: { requestsPerSecond: 10, longestHold: Duration.seconds(0) } },
    'gates.longestHold: got 0s; must be a duration of whole seconds, at least 1 s; try Duration.seconds(30)',
  ),
  pair('+', 'a slack in numbers', { gates: { latencySlack: 5 } }, 'gates.latencySlack: got 5; must be a duration; try Duration.millis(5)'),
  pair('+', 'a word for yes', { gates: { compareShare: 'yes' } }, 'gates.compareShare: got "yes"; must be true or false'),
  pair(
    '80',
    'a tolerance that the default margin does not exceed',
    { gates: { latencyTolerance: 1.5 } },
    'gates.latencyMargin: got 1; must be above the tolerance of 1.5; try latencyTolerance: 0.5',
  ),
  pair(
    '+',
    "a stage's margin that the pair's tolerance allows",
    { gates: { errorTolerance: 0.02 }, stages: [{ weight: Weight.percent(100), gates: { errorMargin: 0.01 } }] },
    'stages[0].gates.errorMargin: got 0.01; must be above the tolerance of 0.02; try errorTolerance: 0.005',
  ),
  pair(
    '+',
    'a level for a stage alone',
    { stages: [{ weight: Weight.percent(100), gates: { falseAlarmRate: 0.01 } as object }] },
    "stages[0].gates.falseAlarmRate: got 0.01; must be said of all stages; try the pair's gates",
  ),
  pair(
    '81',
    'a gate of a stage that there is not',
    { stages: [{ weight: Weight.percent(100), gates: { errorLimt: 0.1 } as object }] },
    'stages[0].gates.errorLimt: got 0.1; must be a property that exists; try errorLimit',
  ),
  pair(
    '81',
    'a gate that there is not',
    { gates: { errorMargn: 0.1 } },
    'gates.errorMargn: got 0.1; must be a property that exists; try errorMargin',
  ),
];

const MISSPELT: BadInput[] = [
  pair('84', 'a property of the pair', { baselin: 3 }, 'baselin: got 3; must be a property that exists; try baseline'),
  pair(
    '84',
    'replicas, which a pair has not',
    { replicas: 3 },
    /^\[[a-z/]+\] replicas: got 3; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  pair(
    '84',
    'a property of a track',
    { canary: { replcias: 3 } },
    /^\[[a-z/]+\] canary\.replcias: got 3; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  pair('84', 'a property of the Service', { service: { prots: [] } }, 'service.prots: got []; must be a property that exists; try ports'),
  pair(
    '84',
    'a property of the pod',
    { pod: { imagePullpolicy: 'Always' } },
    'pod.imagePullpolicy: got "Always"; must be a property that exists; try imagePullPolicy',
  ),
  pair(
    '84',
    'a property of a port',
    { service: { ports: [{ port: 80, target: 8080, targetPort: 8080 }] } },
    'service.ports[0].target: got 8080; must be a property that exists; try one of name, nodePort, port, protocol, targetPort',
  ),
  pair(
    '84',
    'a property that every object has',
    { toString: 1 },
    /^\[[a-z/]+\] toString: got 1; must be a property that exists; try one of (?:\w+, )+\w+$/,
  ),
  pair(
    '84',
    'a track that is a name',
    { stable: 'shop-blue' },
    'stable: got "shop-blue"; must be an object; try { name: "shop-blue", version: "1.0" }',
  ),
  pair('84', 'a canary that is null', { canary: null }, 'canary: got null; must be an object; try { name: "shop-blue", version: "1.0" }'),
  pair(
    '84',
    'a pod that is a list',
    { pod: [] },
    'pod: got []; must be an object',
    'stable.image: got undefined; must name an image; try "scubakiz/servicedemo:1.0"',
  ),
  app(
    '84',
    'a pair of nothing',
    (given) => new CanaryPair(new Chart(given, 'shop'), 'web', undefined as any),
    '[shop/web] props: got undefined; must be an object',
  ),
  app(
    '84',
    'a route of nothing',
    (given) => new IstioVirtualService(new Chart(given, 'shop'), 'route', undefined as any),
    '[shop/route] props: got undefined; must be an object',
  ),
  app(
    '84',
    'a track of nothing',
    (given) => new StableTrack(new Chart(given, 'shop'), 'alone', undefined as any),
    '[shop/alone] props: got undefined; must be an object',
  ),
  app(
    '84',
    'a property of a track alone',
    (given) => {
      new StableTrack(new Chart(given, 'shop'), 'alone', { ...VALID.canary, repilcas: 2 } as any);
    },
    '[shop/alone] repilcas: got 2; must be a property that exists; try replicas',
  ),
];

const PATCHES: BadInput[] = [
  patch(
    '+',
    'replicas by a patch',
    stable,
    [JsonPatch.replace('/spec/replicas', 5)],
    '[shop/web/stable] Deployment shop-blue, spec.replicas: got 5 from a patch; must be what the plan says; try the property stages[].split or baseline',
  ),
  patch(
    '+',
    'no replicas by a patch',
    stable,
    [JsonPatch.remove('/spec/replicas')],
    '[shop/web/stable] Deployment shop-blue, spec.replicas: got undefined from a patch; must be what the plan says; try the property stages[].split or baseline',
  ),
  patch(
    '+',
    'a role by a patch',
    stable,
    [JsonPatch.replace('/metadata/labels/track', 'canary')],
    '[shop/web/stable] Deployment shop-blue, metadata.labels.track: got "canary" from a patch; must be what the plan says; try the property stable and canary',
  ),
  patch(
    '22',
    'a selector by a patch',
    stable,
    [JsonPatch.replace('/spec/selector/matchLabels', { app: 'shop' })],
    '[shop/web] the selector of shop-blue also matches the pods of shop-green, so an autoscaler, a PodDisruptionBudget or kubectl logs of one sees both, and an orphaned ReplicaSet is adopted by the wrong one; leave out selector, or accept it with a reason',
    '[shop/web/stable] Deployment shop-blue, spec.selector: got {"matchLabels":{"app":"shop"}} from a patch; must be what the plan says; try the property selectorLabels or selector',
  ),
  patch(
    '+',
    'a name by a patch',
    stable,
    [JsonPatch.replace('/metadata/name', 'other')],
    '[shop/web/stable] Deployment shop-blue, metadata.name: got "other" from a patch; must be what the plan says; try the property name',
  ),
  patch(
    '+',
    'a version by a patch',
    stable,
    [JsonPatch.replace('/spec/template/metadata/labels/version', '2')],
    '[shop/web/stable] Deployment shop-blue, the pods\' label version: got "2" from a patch; must be what the plan says; try the property version',
  ),
  patch(
    '+',
    'no pod labels by a patch',
    stable,
    [JsonPatch.remove('/spec/template/metadata/labels')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.selector.matchLabels["app"]: got "shop"; must equal the pod template\'s label, which is undefined',
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.selector.matchLabels["cdk8s-canary/deployment"]: got "shop-blue"; must equal the pod template\'s label, which is undefined',
    '[shop/web] Service shop selects app=shop, which the pods of shop-blue do not carry',
    "[shop/web/stable] Deployment shop-blue, the pods' label cdk8s-canary/deployment: got undefined from a patch; must be what the plan says; try the property name",
    "[shop/web/stable] Deployment shop-blue, the pods' label version: got undefined from a patch; must be what the plan says; try the property version",
  ),
  patch(
    '+',
    'no containers by a patch',
    stable,
    [JsonPatch.replace(`${POD}/containers`, [])],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers: got []; must have at least one container',
  ),
  patch(
    '+',
    'no pod by a patch',
    stable,
    [JsonPatch.remove('/spec/template')],
    '[shop/web/stable/Deployment/Resource] Deployment shop-blue, spec.template.spec.containers: got undefined; must have at least one container',
    '[shop/web] Service shop selects app=shop, which the pods of shop-blue do not carry',
    "[shop/web/stable] Deployment shop-blue, the pods' label cdk8s-canary/deployment: got undefined from a patch; must be what the plan says; try the property name",
    "[shop/web/stable] Deployment shop-blue, the pods' label version: got undefined from a patch; must be what the plan says; try the property version",
  ),
  patch(
    '+',
    'a patch of what is not there',
    stable,
    [JsonPatch.replace('/spec/nothing/here', 1)],
    "[shop/web/stable/Deployment/Resource] Deployment shop-blue: got \"Cannot read properties of undefined (reading 'here')\" when it was rendered; must have values that are plain data, and patches that reach into what is there; try the plan's own properties for what follows the plan (replicas, route)",
  ),
  patch(
    '+',
    "a Service's name by a patch",
    service,
    [JsonPatch.replace('/metadata/name', 'other')],
    '[shop/web] Service shop, metadata.name: got "other" from a patch; must be what the plan says; try the property name',
  ),
  patch(
    '+',
    "a Service's selector by a patch",
    service,
    [JsonPatch.replace('/spec/selector', { app: 'other' })],
    '[shop/web] Service shop, spec.selector: got {"app":"other"} from a patch; must be what the plan says; try the property selectorLabels',
    '[shop/web] Service shop selects app=other, which the pods of shop-blue do not carry',
    '[shop/web] Service shop selects app=other, which the pods of shop-green do not carry',
  ),
  patch(
    '+',
    'a Service of nothing by a patch',
    service,
    [JsonPatch.remove('/spec')],
    '[shop/web] Service shop, spec.selector: got {} from a patch; must be what the plan says; try the property selectorLabels',
  ),
];

const OBJECTS: BadInput[] = [
  object(
    '5',
    'a number that is none',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: NaN } },
    'Thing thing, spec.size: got NaN; must be a number that JSON can carry',
  ),
  object(
    '5',
    'an endless number',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: -Infinity } },
    'Thing thing, spec.size: got -Infinity; must be a number that JSON can carry',
  ),
  object(
    '5',
    'a number that JSON writes with an exponent',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: 1e21 } },
    'Thing thing, spec.size: got 1e+21; must be a number that JSON can carry',
  ),
  object(
    '5',
    'a bigint',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { size: 10n } },
    'Thing thing, spec.size: got 10n; must be plain data',
  ),
  object(
    '5',
    'a date',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { at: new Date(0) } },
    "Thing thing: got \"can't render non-simple object of type 'Date'\" when it was rendered; must have values that are plain data, and patches that reach into what is there; try the plan's own properties for what follows the plan (replicas, route)",
  ),
  object(
    '5',
    'a function',
    { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'thing' }, spec: { at: () => 1 } },
    'Thing thing, spec.at: got a function; must be plain data',
  ),
  object(
    '75',
    'half a character in a key',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing' }, data: { '\udc00': 'x' } },
    'ConfigMap thing, data: got "\\udc00"; must be text without NUL and without half a surrogate pair, which YAML cannot carry',
  ),
  object(
    '48',
    "a label of the user's own object that is a number",
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing', labels: { tier: 1 } } },
    'ConfigMap thing, metadata.labels["tier"]: got 1; must be a string',
  ),
  object(
    '47',
    'a label key that is none',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing', labels: { 'a b': 'x' } } },
    'ConfigMap thing, metadata.labels["a b"]: got "x"; must have a valid label key',
  ),
  object(
    '49',
    'a Deployment that selects nothing',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'thing' },
      spec: { selector: {}, template: { spec: { containers: [{ name: 'a', image: 'a:1' }] } } },
    },
    'Deployment thing, spec.selector: got {}; must not be empty',
  ),
  object(
    '50',
    'a Deployment that selects other pods',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'thing' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    },
    'Deployment thing, spec.selector.matchLabels["app"]: got "a"; must equal the pod template\'s label, which is "b"',
  ),
  app(
    '+',
    'a value that cannot be produced',
    (given) => {
      new ApiObject(Chart.of(validPair(given)), 'own', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'own' },
        data: Lazy.any({
          produce: () => {
            throw new Error('the file is not there');
          },
        }),
      });
    },
    '[shop/own] ConfigMap own: got "the file is not there" when it was rendered; must have values that are plain data, and patches that reach into what is there; try the plan\'s own properties for what follows the plan (replicas, route)',
  ),
];

const CASES = [
  ...WEIGHTS,
  ...STAGES,
  ...COUNTS,
  ...IMAGES,
  ...VERSIONS,
  ...NAMES,
  ...PORTS,
  ...LABELS,
  ...ROUTES,
  ...PODS,
  ...GATES,
  ...MISSPELT,
  ...PATCHES,
  ...OBJECTS,
];

const ROOT = fs.mkdtempSync(path.join(os.tmpdir(), 'bad-input-'));
const OLD = path.join(ROOT, 'old');
let cases = 0;
let oldOutput: Record<string, string>;

beforeAll(() => {
  const app = new CanaryApp({ outdir: OLD, quiet: true });
  const routed = validPair(app);
  new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
  app.synth();
  oldOutput = snapshot(OLD);
});
afterAll(() => fs.rmSync(ROOT, { recursive: true }));

/** Everything that a write would change: each file's and folder's content and time. */
function snapshot(dir: string): Record<string, string> {
  const entries = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    ['.', ...entries].map((entry) => {
      const stat = fs.statSync(path.join(dir, entry));
      return [entry, `${stat.mtimeMs} ${stat.isDirectory() ? '' : fs.readFileSync(path.join(dir, entry), 'utf8')}`];
    }),
  );
}

/** What an app says that is declared with `declare` and written to `outdir`, sentence by sentence. */
function refusal(outdir: string, declare: (app: CanaryApp) => void): string[] {
  try {
    const app = new CanaryApp({ outdir, quiet: true });
    declare(app);
    app.synth();
  } catch (error) {
    // A TypeError is no answer to a user.
    expect((error as Error).constructor.name).toBe('Error');
    return sentencesOf(error as Error);
  }
  throw new Error('nothing was refused');
}

/** The sentences behind "… errors, nothing was written", which must be counted rightly. */
function sentencesOf({ message }: Error): string[] {
  const [head, ...sentences] = message.split('\n');
  if (!head!.endsWith(', nothing was written:')) {
    return message.split('\n');
  }
  expect(head).toBe(`${sentences.length === 1 ? 'an error' : `${sentences.length} errors`}, nothing was written:`);
  return sentences.map((sentence) => sentence.replace(/^ {2}/, ''));
}

/** Refused twice: where nothing was written before, and where a synth was. */
function expectRefusal(declare: (app: CanaryApp) => void, says: readonly Says[]): void {
  const fresh = path.join(ROOT, `fresh-${cases}`);
  // Each app has a folder of its own, so the old output is moved there; a move changes nothing in it.
  const used = path.join(ROOT, `used-${cases++}`);
  fs.renameSync(OLD, used);

  const sentences = refusal(fresh, declare);
  expect(fs.existsSync(fresh)).toBe(false);
  try {
    expect(refusal(used, declare)).toEqual(sentences);
    expect(snapshot(used)).toEqual(oldOutput);
  } finally {
    fs.renameSync(used, OLD);
  }
  expect(sentences).toEqual(says.map((expected) => (typeof expected === 'string' ? expected : expect.stringMatching(expected))));
}

describe('bad input is refused in one sentence and nothing is written', () => {
  test.each(CASES)('$row $what', ({ declare, says }) => expectRefusal(declare, says));

  test('the table has at least 90 cases, no two with one name', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(90);
    expect(new Set(CASES.map(({ row, what }) => `${row} ${what}`)).size).toBe(CASES.length);
  });

  test('the valid app is valid, so that each case is refused for what it changes', () => {
    const app = new CanaryApp({ outdir: path.join(ROOT, 'valid'), quiet: true });
    validPair(app);
    expect(() => app.synth()).not.toThrow();
  });
});

test('all errors of an app are said at once, each with its path', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    const bank = new Chart(app, 'bank');
    new CanaryPair(shop, 'web', props({ baseline: 0, canary: { version: 1.1 } }));
    new CanaryPair(shop, 'api', props({ stages: Stages.percent(50, 10, 100) }));
    const routed = new CanaryPair(bank, 'teller', props({ service: { type: 'Loadbalancer' } }));
    new IstioVirtualService(bank, 'route', { pair: routed, hosts: [] });
    new StableTrack(bank, 'alone', { ...VALID.canary, replicas: 0 });
  };
  expectRefusal(declare, [
    '[shop/web] baseline: got 0; must be an integer from 1 to 150000; try 3',
    '[shop/web] canary.version: got 1.1; must be a string; try "1.1"',
    '[shop/api] stages[1].weight: got "10%"; must not be less than the stage before (50%), because weights rise; try the stages in rising order',
    '[bank/teller] service.type: got "Loadbalancer"; must be one of ClusterIP, NodePort, LoadBalancer; try LoadBalancer',
    '[bank/route] hosts: got []; must have at least one host; try to leave hosts out, for the Service itself',
    '[bank/alone] replicas: got 0; must be an integer from 1 to 150000',
  ]);
});

test('what can be seen only on the rendered objects is said at once, too', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    ['web', 'api'].forEach((id) => new CanaryPair(shop, id, props({ namespace: id, canary: { image: VALID.pod.image } })));
    new ApiObject(shop, 'own', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'My_Map' } });
  };
  expectRefusal(declare, [
    '[shop/own] ConfigMap My_Map, metadata.name: got "My_Map"; must be lower-case letters, digits, "-" and ".", at most 253 of them',
    ...['api', 'web'].map(
      (id) =>
        `[shop/${id}] shop-blue and shop-green run the same pods, so there is nothing to roll out; give the canary another image or other settings`,
    ),
  ]);
});

test('pairs of one app that have other stages', () => {
  const declare = (app: CanaryApp) => {
    const shop = new Chart(app, 'shop');
    new CanaryPair(shop, 'a', props({ namespace: 'a' }));
    new CanaryPair(shop, 'b', props({ namespace: 'b', stages: Stages.percent(50, 100) }));
  };
  expectRefusal(declare, [
    '[shop/b] stages: got stage-50 (50 %), stage-100 (100 %); must be those of all pairs of an app, stage-10 (10 %), stage-25 (25 %), stage-50 (50 %), stage-100 (100 %) in shop/a; try another CanaryApp with a folder of its own',
  ]);
});

describe('13 14 an output folder that cannot be', () => {
  const attempt = (outdir: string) => refusal(outdir, (app) => void validPair(app));

  test('13 the root', () => {
    expect(attempt('/')).toEqual(['outdir: got "/"; must be a folder of its own, not the root or the working directory; try "dist"']);
  });

  test('13 the working directory, as nothing', () => {
    expect(attempt('')).toEqual(['outdir: got ""; must be a folder of its own, not the root or the working directory; try "dist"']);
  });

  test('13 a file', () => {
    const file = path.join(ROOT, 'file');
    fs.writeFileSync(file, 'mine');
    expect(attempt(file)).toEqual([`outdir: got ${JSON.stringify(file)}, which is a file; must be a folder; try "dist"`]);
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
  });

  test("14 a stage's folder with a file of the user's", () => {
    const dir = path.join(ROOT, 'foreign');
    fs.cpSync(OLD, dir, { recursive: true, preserveTimestamps: true });
    fs.writeFileSync(path.join(dir, 'stage-10', 'mine.yaml'), 'kind: Mine');
    const before = snapshot(dir);
    expect(attempt(dir)).toEqual([
      `outdir: got files that no synth wrote: ${path.join(dir, 'stage-10', 'mine.yaml')}; must be moved or deleted, because everything in a stage's folder is applied with it; try to keep your own manifests in a folder of their own`,
    ]);
    expect(snapshot(dir)).toEqual(before);
  });
});

/** What looks odd and is right: a refusal of these would be a mistake. */
describe('good input that looks bad', () => {
  const accept = (name: string, declare: (app: CanaryApp) => void) =>
    test(name, () => {
      const app = new CanaryApp({ outdir: path.join(ROOT, `good-${cases++}`), quiet: true });
      declare(app);
      expect(() => app.synth()).not.toThrow();
    });
  const good = (name: string, change: any) => accept(name, (app) => void validPair(app, change));
  const goodRoute = (name: string, change: any) =>
    accept(name, (app) => {
      const routed = validPair(app);
      new IstioVirtualService(Chart.of(routed), 'route', { pair: routed, ...change });
    });

  good('3 a weight of half a percent', { stages: [stage(percent(10.5)), last] });
  good('4 a third', { stages: [stage(Weight.ratio(1, 3)), last] });
  good('12 two stages of one weight, of which one has a name', {
    stages: [stage(percent(25)), stage(percent(25), { name: 'day-two' }), last],
  });
  good('12 a name that says its own weight', { stages: [stage(percent(25), { name: '25' }), last] });
  good('18 a share that is off, which is a finding', { baseline: 2, maxReplicas: 3 });
  good('22 an image of a registry with a port', { canary: { image: 'localhost:5000/team/shop_api:1.1-rc.1' } });
  good('23 an image without a tag, which is a finding', { canary: { image: 'shop' } });
  good('25 an image by its digest', { canary: { image: `shop@sha256:${'a'.repeat(64)}` } });
  good('28 a version of letters and underscores', { canary: { version: 'release_2026.01' } });
  good('35 a name of digits', { canary: { name: '1' } });
  good('36 the longest names', { canary: { name: 'a'.repeat(46) }, service: { name: 'a'.repeat(63) } });
  good('42 a target that no container names, where none names any', { pod: { ports: undefined } });
  good('42 a target in a sidecar', {
    pod: { sidecars: [{ name: 'proxy', image: 'proxy:1', ports: [{ number: 9090 }] }] },
    service: { ports: [{ port: 80, targetPort: 9090 }] },
  });
  good('43 one port without a name', { service: { ports: [{ port: 80, targetPort: 8080 }] } });
  good('45 one number for two protocols', {
    service: {
      ports: [
        { name: 'tcp', port: 53, targetPort: 8080 },
        { name: 'udp', port: 53, targetPort: 8080, protocol: kplus.Protocol.UDP },
      ],
    },
  });
  good('47 a recommended label', { canary: { labels: { 'app.kubernetes.io/name': 'shop' } } });
  good("47 a node's own label", { pod: { nodeSelector: { 'kubernetes.io/os': 'linux' } } });
  good('48 an empty label', { canary: { labels: { tier: '' } } });
  good('52 a shared selector, accepted with a reason', {
    stable: { selector: { app: 'shop' } },
    canary: { selector: { app: 'shop' } },
    accept: { 'shared-selector': 'it has run like this for years' },
  });
  good('66 a sleep of an unknown length', { pod: { preStop: PreStop.exec(['sleep', '90']) } });
  good('66 no sleep and a short grace', { pod: { preStop: PreStop.none(), terminationGracePeriod: Duration.seconds(1) } });
  good('69 a part of a CPU', { pod: { resources: { cpu: { request: kplus.Cpu.units(0.25) } } } });
  good('73 an empty variable', { canary: { env: { A: EnvValue.fromValue('') } } });
  good('75 a character beyond the basic plane', { canary: { env: { A: EnvValue.fromValue('\u{1f424}') } } });
  goodRoute('54 every host of a gateway', { hosts: ['*'], gateways: ['istio-system/public'] });
  goodRoute('56 a header that is there at all', { match: [{ headers: { beta: {} } }] });
  goodRoute("57 a regex with RE2's own words", { match: [{ uri: { regex: '(?i)/(?P<name>a|b)(?s:.*)' } }] });
  goodRoute('61 a timeout of half a second', { timeout: Duration.millis(500) });
  accept('40 one name in two namespaces', (app) => {
    const shop = new Chart(app, 'shop');
    ['a', 'b'].forEach((id) => new CanaryPair(shop, id, props({ namespace: id })));
  });
  accept("40 VirtualServices for one host in two namespaces' own words", (app) => {
    const shop = new Chart(app, 'shop');
    for (const id of ['a', 'b']) {
      new IstioVirtualService(shop, `route-${id}`, { pair: new CanaryPair(shop, id, props({ namespace: id })) });
    }
  });
  accept('a patch of what no plan needs', (app) => {
    const routed = validPair(app);
    const { virtualService: object } = new IstioVirtualService(Chart.of(routed), 'route', { pair: routed });
    object.addJsonPatch(JsonPatch.add('/spec/http/0/timeout', '3s'));
    ApiObject.of(routed.stable).addJsonPatch(JsonPatch.add('/spec/paused', false), JsonPatch.add(`${CONTAINER}/tty`, true));
  });
});
