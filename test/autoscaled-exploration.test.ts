import { Metric, MetricTarget } from 'cdk8s-plus-27';
import { CanaryPair, IstioVirtualService, Promotion, Sizing, Stages } from '../lib';
import { Fraction } from '../lib/core/fraction';
import type { PlanFile } from '../lib/core/plan-file';
import { type Written, inChart, pairProps, synthesize } from './support/apps';
import {
  type Autoscaler,
  type Cluster,
  type Desired,
  type ModelRoute,
  type Sight,
  type Track,
  type Wait,
  atRest,
  clustersOf,
  explore,
  extremesOf,
  routedToNothing,
  traceOf,
} from './support/cluster-model';
import { amountOf, isFull, oneIn } from './support/sampling';

/**
 * Explores every state that a cluster with autoscalers can reach while somebody applies the folders of an autoscaled pair by kubectl alone,
 * for small plans. The folders are those of a real synth. `cli/test/autoscaled-exploration.test.ts` explores plans that the driver applies.
 */

type Kind = 'by a route, sized for the peak' | 'by a route, sized by the driver' | 'by pods';

interface Subject {
  readonly kind: Kind;
  readonly min: number;
  readonly max: number;
  readonly plan: PlanFile;
  readonly folders: Readonly<Record<string, readonly Written[]>>;
  /** The order of the folders; a planted bug may leave one out. */
  readonly advance: readonly string[];
  readonly rollback: Readonly<Record<string, readonly string[]>>;
}

function subject(kind: Kind, [min, max]: readonly [number, number], ...weights: readonly number[]): Subject {
  const isRouted = kind !== 'by pods';
  const output = synthesize(
    inChart((chart) => {
      const props = pairProps({
        stages: Stages.percent(...weights),
        autoscaling: {
          min,
          max,
          metrics: [Metric.resourceCpu(MetricTarget.averageUtilization(70))],
          sizing: kind === 'by a route, sized for the peak' ? Sizing.PEAK : Sizing.LIVE,
        },
        promotion: isRouted ? Promotion.SWAP : Promotion.ROLL,
        accept: { 'share-off': 'few pods' },
      });
      const pair = new CanaryPair(chart, 'shop', props);
      if (isRouted) {
        new IstioVirtualService(chart, 'route', { pair });
      }
    }),
  );
  const { advance, rollback } = output.plan.order;
  // A promotion by roll changes the pod template, which the model does not have.
  const isModelled = (folder: string) => isRouted || !folder.startsWith('promoted');
  return {
    kind,
    min,
    max,
    plan: output.plan,
    folders: Object.fromEntries(output.folders().map((folder) => [folder, output.objects(folder)])),
    advance: advance.filter(isModelled),
    rollback: Object.fromEntries(Object.entries(rollback).filter(([stage]) => isModelled(stage))),
  };
}

const TRACKS = { 'shop-a': 'stable', 'shop-b': 'canary' } as const;

/** A route in the model's form, with the percentage of the canary. */
type WeightedRoute = ModelRoute & { readonly percent: number };

/** Equal values as the same object, as the model needs them. */
function interned<T extends object>(): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const key = JSON.stringify(value);
    known.set(key, known.get(key) ?? value);
    return known.get(key)!;
  };
}
const sameAutoscaler = interned<Autoscaler>();
const sameRoute = interned<WeightedRoute>();

/** What a folder requests. */
function desiredBy(objects: readonly Written[]): Desired {
  const desired: { -readonly [key in keyof Desired]: Desired[key] } = { stable: undefined, canary: undefined, route: undefined };
  for (const { kind, metadata, spec } of objects) {
    const track = TRACKS[metadata.name as keyof typeof TRACKS];
    if (kind === 'Deployment') {
      desired[track] = spec.replicas as number | undefined;
    } else if (kind === 'HorizontalPodAutoscaler') {
      const { minReplicas: min, maxReplicas: max, behavior } = spec;
      const shrinks = behavior.scaleDown.selectPolicy !== 'Disabled';
      desired.autoscalers = { ...desired.autoscalers, [track]: sameAutoscaler({ min, max, shrinks }) };
    } else if (kind === 'VirtualService') {
      const destinations = spec.http.at(-1).route as Written[];
      const canary = destinations.find(({ destination }) => destination.subset === 'v1-1');
      const percent = canary ? (canary['weight'] ?? 100) : 0;
      desired.route = sameRoute({ percent, toStable: percent < 100, toCanary: percent > 0 });
    }
  }
  return desired;
}

/** The pods that a track needs at a moment: those for its share of the load, by the route in force or by the ready pods. */
function needOf({ max }: Subject, load: number, track: Track, { stable, canary, routing: { route } }: Cluster): number {
  const { percent } = (route ?? { percent: (100 * canary.ready) / Math.max(1, stable.ready + canary.ready) }) as WeightedRoute;
  return Math.min(max, Math.ceil((load * (track === 'canary' ? percent : 100 - percent)) / 100 - 1e-9));
}

/** The clusters that are settled in the state of a folder: an autoscaled track may have any count from its minimum on. */
function settledIn({ max, folders }: Subject, folder: string, least = 1): Cluster[] {
  const desired = desiredBy(folders[folder]!);
  const counts = (track: Track) => {
    const low = Math.max(least, desired.autoscalers?.[track]?.min ?? 1);
    return desired[track] !== undefined ? [desired[track]] : Array.from({ length: max - low + 1 }, (_, more) => low + more);
  };
  return counts('stable').flatMap((stable) => counts('canary').map((canary) => atRest(desired, { stable, canary })));
}

/** The number of states that all tests below visit. */
let statesSeen = 0;

/** One apply, from all places where the cluster may be. */
interface Leg {
  readonly name: string;
  readonly to: string;
  readonly load: number;
  readonly seen: readonly Sight[];
  readonly settled: readonly Cluster[];
}

interface Habits {
  readonly wait?: Wait;
  /** Whether the metrics that an autoscaler reads may be those of any time before. */
  readonly isLate?: boolean;
  /** Whether the driver writes the folders, which has an order of its own. */
  readonly isDriven?: boolean;
}

function apply(subject: Subject, starts: readonly Cluster[], name: string, to: string, load: number, habits: Habits): Leg {
  const { wait, isLate, isDriven } = habits;
  const need = (track: Track, cluster: Cluster) => (isLate ? 0 : needOf(subject, load, track, cluster));
  const isOver = to === 'stage-0' || to === 'promoted';
  const desired: Desired = { ...desiredBy(subject.folders[to]!), ...(isDriven && { autoscalersCome: isOver ? 'last' : 'first' }) };
  const { seen, settled } = explore(starts, desired, 'not-ready-first', wait ?? 'pods-and-route', need);
  statesSeen += seen.length;
  return { name: `${name} -> ${to}`, to, load, seen, settled };
}

/**
 * Every apply of a rollout under a load of each size, and of a rollback from every state of each advance: from its stage, and from wherever it
 * can be interrupted.
 */
function legsOf(subject: Subject, habits: Habits = {}): Leg[] {
  const { advance, rollback, max } = subject;
  return Array.from({ length: max }, (_, index) => index + 1).flatMap((load) => {
    const legs: Leg[] = [];
    let starts: readonly Cluster[] = settledIn(subject, 'stage-0', load);
    let onTheWay: Leg[] = [];
    for (const [index, to] of advance.slice(1).entries()) {
      const leg = apply(subject, starts, advance[index]!, to, load, habits);
      onTheWay.push(leg);
      starts = leg.settled;
      if (rollback[to]) {
        let back: readonly Cluster[] = clustersOf(onTheWay.flatMap(({ seen }) => seen));
        let from = `an advance to ${to}`;
        for (const folder of rollback[to]) {
          const way = apply(subject, back, from, folder, load, habits);
          legs.push(way);
          back = way.settled;
          from = folder;
        }
        legs.push(...onTheWay);
        onTheWay = [];
      }
    }
    return legs;
  });
}

/** The first state of each leg that breaks a law, as sentences. */
const brokenIn = (legs: readonly Leg[], isBroken: (sight: Sight, leg: Leg) => boolean, law: string) =>
  legs.flatMap((leg) => {
    const broken = leg.seen.find((sight) => isBroken(sight, leg));
    return broken ? [`${leg.name}, load ${leg.load}: ${law}\n${traceOf(broken)}`] : [];
  });

/** A track that has fewer ready pods than its share of the load needs. */
const short = (subject: Subject, legs: readonly Leg[]) =>
  brokenIn(
    legs,
    ({ cluster }, { load }) =>
      (['stable', 'canary'] as const).some((track) => cluster[track].ready < needOf(subject, load, track, cluster)),
    'too few pods for the load',
  );

/** By pods, stable keeps the pods for all of the load, because its canary has a fixed count. */
const shortOfAll = (subject: Subject, legs: readonly Leg[]) =>
  brokenIn(legs, (sight, { load }) => isShortOfAll(subject, sight, load), 'stable has too few pods for all of the load');

/** The steps that take these pods away. What was lost in the first apply may be missing for some time after it. */
const takenFromAll = (subject: Subject, legs: readonly Leg[]) =>
  brokenIn(
    legs,
    (sight, { load }) => sight.before !== undefined && isShortOfAll(subject, sight, load) && !isShortOfAll(subject, sight.before, load),
    'stable loses a pod for all of the load',
  );

function isShortOfAll({ max }: Subject, { cluster: { stable } }: Sight, load: number): boolean {
  return stable.ready < Math.min(max, load);
}

/** What holds whatever the load is: the floor, pods behind each route, and the end of each apply. */
function unsound(subject: Subject, legs: readonly Leg[]): string[] {
  const low = brokenIn(legs, ({ cluster: { stable, canary } }) => stable.ready + canary.ready < subject.min, 'below the floor');
  const lost = legs.flatMap(({ name, seen }) => (routedToNothing(seen) ? [`${name}: routed to no ready pod`] : []));
  const ends = legs.flatMap(({ name, to, settled }) => {
    const state = subject.plan.pairs[0]!.states[to]!;
    const isThere = (cluster: Cluster) =>
      (['stable', 'canary'] as const).every((track) => {
        const { spec, autoscaler } = cluster[track];
        return autoscaler && state[track] > 0 ? spec >= state[track] && spec <= subject.max : spec === state[track];
      });
    return settled.length > 0 && settled.every(isThere) ? [] : [`${name}: does not end at the state of ${to}`];
  });
  return [...low, ...lost, ...ends];
}

const PEAK = 'by a route, sized for the peak';
const DRIVER = 'by a route, sized by the driver';

/** Transitions whose bounds differ from those that the plan states. The load is any, and so is its change. */
function otherBounds(subject: Subject): string[] {
  const isByPods = subject.kind === 'by pods';
  const { transitions } = subject.plan.pairs[0]!;
  return transitions
    .filter(({ from, to }) => [from, to].every((folder) => !isByPods || !folder.startsWith('promoted')))
    .flatMap(({ from, to, fewestReady, mostPods, mostShare }) => {
      const extremes = extremesOf(apply(subject, settledIn(subject, from), from, to, 0, {}).seen);
      const { canary, ready } = extremes.mostShareOfPods;
      const seen = [extremes.fewestReady, extremes.mostPods, isByPods ? Fraction.of(canary, ready).toString() : mostShare].join(', ');
      const planned = [fewestReady, mostPods, mostShare].join(', ');
      return seen === planned ? [] : [`${from} -> ${to}: ${seen} seen, ${planned} planned`];
    });
}

const MODELLED = ['Deployment shop-a', 'Deployment shop-b', 'HorizontalPodAutoscaler shop-a', 'HorizontalPodAutoscaler shop-b'];

/** Folders whose documents are not in the order of the model. */
function otherOrders({ kind, folders }: Subject): string[] {
  const wanted = kind === 'by pods' ? MODELLED.slice(0, 3) : [...MODELLED, 'VirtualService shop'];
  return Object.entries(folders).flatMap(([folder, objects]) => {
    const titles = objects.map((object) => `${object['kind']} ${object['metadata'].name}`).filter((title) => wanted.includes(title));
    return titles.join() === wanted.join() ? [] : [`${folder}: ${titles.join(', ')}`];
  });
}

const WEIGHTS = [10, 25, 50, 75];

/** Every subset of the weights; with a router, a whole rollout ends at 100 %. */
const stageLists = (kind: Kind) =>
  Array.from({ length: 2 ** WEIGHTS.length }, (_, bits) => WEIGHTS.filter((_weight, index) => bits & (1 << index)))
    .map((weights) => (kind === 'by pods' ? weights : [...weights, 100]))
    .filter((weights) => weights.length > 0);

const PLANS = ([PEAK, DRIVER, 'by pods'] as const).flatMap((kind) =>
  (
    [
      [1, 2],
      [1, 3],
      [2, 3],
      [2, 4],
    ] as const
  ).flatMap((bounds) => stageLists(kind).map((weights) => ({ kind, bounds, weights }))),
);

test.each(oneIn(amountOf('exploration: one autoscaled plan in'), PLANS))(
  'an autoscaled pair $kind, with $bounds pods, at $weights %: every state that kubectl alone can lead to',
  ({ kind, bounds, weights }) => {
    const plan = subject(kind, bounds, ...weights);
    const legs = legsOf(plan);
    // By pods, and with the sizing of the driver, the folders have the pods for a load of the minimum.
    const loaded = legs.filter(({ load }) => kind === PEAK || load <= plan.min);
    expect(loaded.length).toBeGreaterThan(0);
    // The first apply and the last one of a rollback are looked at below.
    const moving = kind === 'by pods' ? legs.filter(({ name, to }) => to !== 'stage-0' && !name.startsWith('stage-0 ->')) : [];
    expect({
      unsound: unsound(plan, legs),
      takenFromAll: takenFromAll(plan, moving),
      short: short(plan, loaded),
      otherBounds: otherBounds(plan),
      otherOrders: otherOrders(plan),
    }).toEqual({ unsound: [], takenFromAll: [], short: [], otherBounds: [], otherOrders: [] });
  },
);

describe('the assumptions of the guarantees', () => {
  const peak = subject(PEAK, [1, 2], 50, 100);

  test('kubectl rollout status is not enough: it says that a folder is rolled out before the autoscaler has its minimum', () => {
    expect(short(peak, legsOf(peak, { wait: 'rollout-status' })).join('\n')).toContain('stage-100-up -> stage-100, load 2: too few pods');
  });

  test('before a track may shrink, its autoscaler must see the load that moved', () => {
    const sentences = short(peak, legsOf(peak, { isLate: true })).join('\n');
    expect(sentences).toContain('stage-100 -> promoted, load 2: too few pods');
    expect(sentences).toContain('rollback/from-stage-100 -> stage-0, load 2: too few pods');
  });

  describe('by pods, where the canary takes part of the load as soon as it is ready, stable has the pods for all of it', () => {
    const byPods = subject('by pods', [1, 3], 75);

    test('but if kubectl stops before it has written the autoscaler of the first stage, or the canary goes', () => {
      const sentences = shortOfAll(byPods, legsOf(byPods)).map((sentence) => sentence.split(':')[0]!);
      expect(sentences).toEqual(expect.arrayContaining(['stage-0 -> stage-75, load 3', 'an advance to stage-75 -> stage-0, load 3']));
      expect(sentences.filter((sentence) => !/^stage-0 -> stage-75,| -> stage-0,/.test(sentence))).toEqual([]);
    });

    test('with the order of the driver, but for a moment after all is written of stage-0, while the metrics are late', () => {
      const legs = legsOf(byPods, { isDriven: true });
      const isDone = ({ written }: Sight) => written === 3;
      const before = legs.map((leg) => (leg.to === 'stage-0' ? { ...leg, seen: leg.seen.filter((sight) => !isDone(sight)) } : leg));
      expect(shortOfAll(byPods, before)).toEqual([]);
      expect(shortOfAll(byPods, legs)).not.toEqual([]);
      expect(unsound(byPods, legs)).toEqual([]);
    });
  });

  test('the order of the driver keeps what kubectl keeps', () => {
    const legs = legsOf(peak, { isDriven: true });
    expect([...short(peak, legs), ...unsound(peak, legs)]).toEqual([]);
  });

  test('with the sizing of the driver, kubectl alone has too few pods for more load than the minimum', () => {
    const live = subject(DRIVER, [1, 2], 50, 100);
    expect(short(live, legsOf(live)).join('\n')).toContain('stage-50 -> stage-100, load 2: too few pods');
  });
});

describe('the exploration finds planted bugs', () => {
  const peak = subject(PEAK, [1, 2], 50, 100);

  /** A copy of the plan with a change to the spec of an object in the folders. */
  function planted(kind: string, name: string, folders: RegExp, change: (spec: Written) => void, sound = peak): Subject {
    const copy = structuredClone(sound.folders) as Record<string, Written[]>;
    const specs = Object.entries(copy)
      .filter(([folder]) => folders.test(folder))
      .flatMap(([, objects]) => objects.filter((object) => object['kind'] === kind && object['metadata'].name === name));
    expect(specs.length).toBeGreaterThan(0);
    specs.forEach(({ spec }) => change(spec as Written));
    return { ...sound, folders: copy };
  }
  const without = (folder: string): Subject => ({
    ...peak,
    advance: peak.advance.filter((one) => one !== folder),
    rollback: Object.fromEntries(Object.entries(peak.rollback).map(([stage, back]) => [stage, back.filter((one) => one !== folder)])),
  });
  const byPods = subject('by pods', [1, 3], 75);
  const shrinks = (spec: Written) => (spec['behavior'].scaleDown.selectPolicy = 'Max');
  const HPA = 'HorizontalPodAutoscaler';

  test.each<[string, () => Subject, string]>([
    [
      'a folder sets the count of stable',
      () => planted('Deployment', 'shop-a', /^stage-50$/, (spec) => (spec['replicas'] = 1)),
      'stage-50-up -> stage-50, load 2: too few pods',
    ],
    [
      'a folder sets the count of the canary',
      () => planted('Deployment', 'shop-b', /^stage-100$/, (spec) => (spec['replicas'] = 1)),
      'stage-100-up -> stage-100, load 2: too few pods',
    ],
    [
      'stable may shrink while the canary has the traffic',
      () => planted(HPA, 'shop-a', /^(stage|rollback)/, shrinks),
      'an advance to stage-50 -> rollback/from-stage-50, load 2: too few pods',
    ],
    [
      'the canary may shrink before its traffic comes',
      () =>
        planted(HPA, 'shop-b', /^stage-/, (spec) => {
          shrinks(spec);
          spec['minReplicas'] = 1;
        }),
      'stage-100-up -> stage-100, load 2: too few pods',
    ],
    [
      'the minimum of the canary is its share of the baseline',
      () => planted(HPA, 'shop-b', /^stage-100/, (spec) => (spec['minReplicas'] = 1)),
      'stage-100-up -> stage-100, load 2: too few pods',
    ],
    [
      'the minimum rises only with the weight',
      () => planted(HPA, 'shop-b', /^stage-100-up$/, (spec) => (spec['minReplicas'] = 1)),
      'stage-100-up -> stage-100, load 2: too few pods',
    ],
    [
      'stable comes back with its least pods after the promotion',
      () => planted(HPA, 'shop-a', /^(stage-100|rollback\/from-stage-100)$/, (spec) => (spec['minReplicas'] = 1)),
      'stage-100 -> rollback/from-stage-100, load 2: too few pods',
    ],
    [
      'the promotion leaves the count of stable to its autoscaler, which then never drains it',
      () => planted('Deployment', 'shop-a', /^promoted$/, (spec) => delete spec['replicas']),
      'stage-100 -> promoted: does not end at the state of promoted',
    ],
    [
      'stage-0 leaves the count of the canary to its autoscaler',
      () => planted('Deployment', 'shop-b', /^stage-0$/, (spec) => delete spec['replicas']),
      'does not end at the state of stage-0',
    ],
    ['the -up folder is left out', () => without('stage-50-up'), 'stage-0 -> stage-50: routed to no ready pod'],
    [
      'the rollback folder is left out',
      () => without('rollback/from-stage-50'),
      'an advance to stage-50 -> stage-0: routed to no ready pod',
    ],
    [
      'by pods, stable may shrink while the canary takes part of the load',
      () => planted(HPA, 'shop-a', /^stage-75/, shrinks, byPods),
      'stage-75, load 3: stable has too few pods for all of the load',
    ],
    [
      'by pods, a stage sets the count of stable',
      () => planted('Deployment', 'shop-a', /^stage-75/, (spec) => (spec['replicas'] = 1), byPods),
      'stage-75, load 3: stable has too few pods for all of the load',
    ],
  ])('%s', (_, plant, sentence) => {
    const broken = plant();
    const legs = legsOf(broken);
    const all = broken.kind === 'by pods' ? shortOfAll(broken, legs) : short(broken, legs);
    expect([...all, ...unsound(broken, legs)].join('\n')).toContain(sentence);
  });
});

// Must be the last test, so that all others have run.
test('the tests above visit many states', () => {
  expect(statesSeen).toBeGreaterThan(isFull ? 200_000 : 50_000);
});
