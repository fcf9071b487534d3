import { Stages, Tolerance, Weight } from '../../lib';
import { type RefusedInput, accepted, app, pair, refused, validChange } from '../support/refused';

const stage = (weight: unknown, more = {}) => ({ weight, ...more });
const percent = (value: number) => Weight.percent(value);
const last = stage(percent(100));

const WEIGHTS: RefusedInput[] = [
  app(
    'a negative weight',
    () => Stages.percent(-1),
    'Weight.percent: got -1; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'a weight above 100',
    () => Stages.percent(10, 101),
    'Weight.percent: got 101; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'a weight with more than six decimals',
    () => Stages.percent(10.1234567),
    'Weight.percent: got 10.1234567; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'a weight as a string',
    () => Stages.percent('10' as any),
    'Weight.percent: got "10"; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'a weight of NaN',
    () => Stages.percent(NaN),
    'Weight.percent: got NaN; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'an infinite weight',
    () => Stages.percent(Infinity),
    'Weight.percent: got Infinity; must be a number from 0 to 100 with at most six decimals; try Weight.percent(10), or Weight.ratio(1, 1000) for a finer weight',
  ),
  app(
    'a ratio above one',
    () => Weight.ratio(3, 2),
    'Weight.ratio: got 3, 2; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    'a ratio of 0 to 0',
    () => Weight.ratio(0, 0),
    'Weight.ratio: got 0, 0; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    'a ratio of fractions',
    () => Weight.ratio(0.5, 1),
    'Weight.ratio: got 0.5, 1; must be integers with 0 <= part <= whole <= 1000000000 and whole >= 1; try Weight.ratio(1, 3)',
  ),
  app(
    'a tolerance above 100 points',
    () => Tolerance.points(101),
    'Tolerance.points: got 101; must be a number from 0 to 100 with at most six decimals; try Tolerance.points(1)',
  ),
];

const STAGES: RefusedInput[] = [
  pair('no stages', { stages: [] }, 'stages: got []; must have at least one stage; try Stages.percent(10, 25, 50, 100)'),
  pair(
    'two stages with the same weight and without names',
    { stages: Stages.percent(25, 25, 100) },
    'stages[1]: got "25%"; must have its own folder, but stages[0] already has stage-25; try a name for one of the two',
  ),
  pair(
    'decreasing weights',
    { stages: Stages.percent(50, 10, 100) },
    'stages[1].weight: got "10%"; must be at least the weight of the stage before (50%); try the stages in ascending order',
  ),
  pair(
    'a first stage of 0 %',
    { stages: Stages.percent(0, 50, 100) },
    'stages[0].weight: got "0%"; must be above 0, because stage-0 always exists; try to leave this stage out',
  ),
  pair(
    'a last stage below 100 %',
    { stages: Stages.percent(10, 50) },
    'stages[1].weight: got "50%"; must be 100 % at the last stage; try a last stage of Weight.percent(100)',
  ),
  pair(
    'stages as numbers',
    { stages: [10, 100] },
    'stages[0]: got 10; must be a Stage; try Stages.percent(10, 100)',
    'stages[1]: got 100; must be a Stage; try Stages.percent(10, 100)',
  ),
  pair('stages as one number', { stages: 10 }, 'stages: got 10; must be a list'),
  pair('a weight as a number', { stages: [stage(10), last] }, 'stages[0].weight: got 10; must be a Weight; try Weight.percent(10)'),
  pair(
    'a weight as a string with a percentage',
    { stages: [stage('10%'), last] },
    'stages[0].weight: got "10%"; must be a Weight; try Weight.percent(10)',
  ),
  pair('a stage that is null', { stages: [null, last] }, 'stages[0]: got null; must be an object'),
  pair(
    'a misspelt property of a stage',
    { stages: [stage(percent(10), { nmae: 'first' }), last] },
    'stages[0].nmae: got "first"; must be a property that exists; try name',
  ),
  pair(
    'a stage name with a slash',
    { stages: [stage(percent(10), { name: 'a/b' }), last] },
    'stages[0].name: got "a/b"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name that leads out of the output folder',
    { stages: [stage(percent(10), { name: '..' }), last] },
    'stages[0].name: got ".."; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name with a space',
    { stages: [stage(percent(10), { name: 'first users' }), last] },
    'stages[0].name: got "first users"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name in upper case',
    { stages: [stage(percent(10), { name: 'First' }), last] },
    'stages[0].name: got "First"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name that looks like an option',
    { stages: [stage(percent(10), { name: '-rf' }), last] },
    'stages[0].name: got "-rf"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name that is empty',
    { stages: [stage(percent(10), { name: '' }), last] },
    'stages[0].name: got ""; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name that ends in "-up"',
    { stages: [stage(percent(10), { name: '10-up' }), last] },
    'stages[0].name: got "10-up"; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'a stage name that is not a string',
    { stages: [stage(percent(10), { name: 10 }), last] },
    'stages[0].name: got 10; must be at most 40 lower-case letters, digits, "." and "-", not "0" and not ending in "-up"; try "first-users"',
  ),
  pair(
    'two stages with the same name',
    { stages: [stage(percent(10), { name: 'a' }), stage(percent(25), { name: 'a' }), last] },
    'stages[1]: got "a"; must have its own folder, but stages[0] already has stage-a; try a name for one of the two',
  ),
  pair(
    'a stage name that is the weight of another stage',
    { stages: [stage(percent(10), { name: '25' }), stage(percent(25)), last] },
    'stages[0].name: got "25"; must not look like a weight other than 10%; try "first-users"',
  ),
  pair(
    'a stage name that is a number other than the weight',
    { stages: [stage(percent(10), { name: '010' }), last] },
    'stages[0].name: got "010"; must not look like a weight other than 10%; try "first-users"',
  ),
  pair(
    'a split with 0 canary pods',
    { stages: [stage(percent(10), { split: { stable: 9, canary: 0 } }), last] },
    'stages[0].split.canary: got 0; must be an integer from 1 to 150000',
  ),
  pair(
    'a split with 0 stable pods below 100 %',
    { stages: [stage(percent(10), { split: { stable: 0, canary: 3 } }), last] },
    'stages[0].split.stable: got 0; must be an integer from 1 to 150000',
  ),
  pair(
    'a split without a number of canary pods',
    { stages: [stage(percent(10), { split: { stable: 9 } }), last] },
    'stages[0].split.canary: got undefined; must be an integer from 1 to 150000',
  ),
  pair(
    'a split with a fractional number of pods',
    { stages: [stage(percent(10), { split: { stable: 9, canary: 0.9 } }), last] },
    'stages[0].split.canary: got 0.9; must be an integer from 1 to 150000',
  ),
  pair('a split as a list', { stages: [stage(percent(10), { split: [9, 1] }), last] }, 'stages[0].split: got [9,1]; must be an object'),
  pair(
    'a split above maxReplicas',
    { stages: [stage(percent(10), { split: { stable: 90, canary: 10 } }), last] },
    'stages[0].split: got {"stable":90,"canary":10}; must have at most maxReplicas (30) pods, but 90 + 10 is 100; try maxReplicas: 100',
  ),
  pair(
    'a split below the floor',
    { stages: [stage(percent(50), { split: { stable: 1, canary: 1 } }), last] },
    'stage-50: 1:1 is 2 pods, fewer than the floor of 3; give the stage more replicas',
  ),
];

refused([...WEIGHTS, ...STAGES]);

accepted([
  validChange('3 a weight that is not a whole percentage', { stages: [stage(percent(10.5)), last] }),
  validChange('4 a weight of one third', { stages: [stage(Weight.ratio(1, 3)), last] }),
  validChange('12 two stages with the same weight, one of them with a name', {
    stages: [stage(percent(25)), stage(percent(25), { name: 'day-two' }), last],
  }),
  validChange("12 a stage name that is the stage's own weight", { stages: [stage(percent(25), { name: '25' }), last] }),
]);
