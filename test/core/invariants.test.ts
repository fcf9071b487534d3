import { ApiObject, type Chart } from 'cdk8s';
import fc from 'fast-check';
import { Env, Metric, MetricTarget } from 'cdk8s-plus-27';
import {
  CanaryPair,
  type CanaryPairProps,
  IstioVirtualService,
  Promotion,
  Sizing,
  Stages,
  type TrackOptions,
  VersionedConfig,
} from '../../lib';
import { configReferences } from '../../lib/core/config-references';
import { Fraction } from '../../lib/core/fraction';
import { PROMOTED, STAGE_0, upFolder } from '../../lib/core/folders';
import type { Plan, PlanRequest } from '../../lib/core/plan';
import { planRollout } from '../../lib/core/plan-rollout';
import { type Rollout, joinPlans } from '../../lib/core/rollout';
import type { State } from '../../lib/core/transition';
import { isRolled as hasNewTemplate } from '../../lib/promotion';
import { type Written, inChart, pairProps, synthesize } from '../support/apps';
import { request } from '../support/request';
import { amountOf } from '../support/sampling';

/**
 * The invariants I1 to I20 of transitions. Each is a function that takes a plan, or the output of a synth, and returns a sentence for each
 * violation. The same function checks many random subjects, where it must find no violation, and one with a planted bug, which it must
 * find.
 */

const PLANS = amountOf('invariants: random plans');
const APPS = amountOf('invariants: random apps');

/** These depend on the behaviour of a cluster over time, so no test here can check them; the tests on a real cluster name them. */
const ON_A_CLUSTER: Readonly<Record<string, string>> = {
  I5: 'old pods stay selected until their weight is 0 and that is known everywhere',
  I9: 'a second apply of a stage changes no resourceVersion',
  I12: 'the canary is scaled down only when stable is available',
  I13: 'stable runs the new template and is available before the canary shrinks',
  I17: 'a new release in the middle of a rollout stops it: never three versions',
  I18: 'pods that are terminating are waited for, or counted apart',
  I19: 'ready means what was observed after the write',
  I20: 'what is waited for is a Deployment, not its pods by a label',
};

const HERE = ['I1', 'I2', 'I3', 'I4', 'I6', 'I7', 'I8', 'I10', 'I11', 'I14', 'I15', 'I16'];

test('every invariant is checked here or on a real cluster', () => {
  const all = Array.from({ length: 20 }, (_, index) => `I${index + 1}`);
  expect([...HERE, ...Object.keys(ON_A_CLUSTER)].sort()).toEqual(all.sort());
});

// ---------------------------------------------------------------------------------------------------------------------
// Plans

interface Planned {
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly rollout: Rollout;
}

function planned(request: PlanRequest): Planned {
  const plan = planRollout(request);
  return { request, plan, rollout: joinPlans([plan]) };
}

const REQUESTS: fc.Arbitrary<PlanRequest> = fc
  .record({
    baseline: fc.integer({ min: 1, max: 15 }),
    tenths: fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 5 }),
    kind: fc.constantFrom(
      ...(['pods', 'routed', 'keeps', 'fixed', 'rolled', 'autoscaled', 'autoscaled by pods', 'by track', 'rolled by track'] as const),
    ),
    most: fc.nat({ max: 40 }),
    exact: fc.boolean(),
    lessFloor: fc.nat({ max: 3 }),
    minCanary: fc.integer({ min: 1, max: 3 }),
    quota: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined, freq: 3 }),
  })
  .map(({ baseline, tenths, kind, most, exact, lessFloor, minCanary, quota }) =>
    request(
      baseline,
      // Beside an autoscaler and without a router, the last stage is below 100 %.
      (kind === 'autoscaled by pods' ? [500, ...tenths] : [...tenths, 1000]).sort((a, b) => a - b).map((tenth) => tenth / 10),
      {
        routed: ['routed', 'autoscaled', 'by track', 'rolled by track'].includes(kind),
        routedByTrack: kind.endsWith('by track'),
        autoscaling: kind.startsWith('autoscaled') ? { max: baseline + most, isPeak: exact && kind === 'autoscaled' } : undefined,
        stableKeepsBaseline: kind === 'keeps',
        fixedTotal: kind === 'fixed' && baseline > 1,
        promotion: ['rolled', 'autoscaled by pods', 'rolled by track'].includes(kind) ? 'roll' : 'swap',
        tolerance: exact ? Fraction.ZERO : undefined,
        floor: Math.max(1, baseline - lessFloor),
        minCanary,
        quota: quota && quota * baseline,
      },
    ),
  );

type Step = readonly [from: string, to: string];
const stepsOf = (way: readonly string[]): Step[] => way.slice(1).map((to, index) => [way[index]!, to]);
const stateAt = ({ plan }: Planned, folder: string): State => plan.states.get(folder)!;
const name = ([from, to]: Step) => `${from} -> ${to}`;

/** Every step in the order of the rollout. */
function allSteps({ rollout: { advance, rollback } }: Planned): Step[] {
  return [advance, ...Object.entries(rollback).map(([stage, back]) => [stage, ...back])].flatMap(stepsOf);
}

interface Pods {
  readonly stable: number;
  readonly canary: number;
}

/** The extreme combinations of two replica counts during a step: every sum and every share is largest or smallest at one of them. */
function corners(from: Pods, to: Pods): Pods[] {
  return [from.stable, to.stable].flatMap((stable) => [from.canary, to.canary].map((canary) => ({ stable, canary })));
}

/** The states in which an advance to a stage can be interrupted: the extremes of the steps that lead there from the previous stage. */
function leftAt(subject: Planned, stage: string): Pods[] {
  const { advance } = subject.rollout;
  const place = advance.indexOf(stage);
  const first = advance[place - 1] === upFolder(stage) ? place - 1 : place;
  return stepsOf(advance.slice(first - 1, place + 1)).flatMap(([from, to]) => corners(stateAt(subject, from), stateAt(subject, to)));
}

/** I1: during an advance, and during a rollback from any point of it, the number of ready pods is never below the floor. */
function breaksFloor(subject: Planned): string[] {
  const { floor } = subject.request;
  const isLow = (pods: readonly Pods[]) => pods.some(({ stable, canary }) => stable + canary < floor);
  const steps = allSteps(subject).filter(([from, to]) => isLow(corners(stateAt(subject, from), stateAt(subject, to))));
  const back = Object.entries(subject.rollout.rollback).filter(([stage, [first]]) =>
    isLow(leftAt(subject, stage).flatMap((pods) => corners(pods, stateAt(subject, first!)))),
  );
  return [...steps.map((step) => `${name(step)} may go below the floor`), ...back.map(([stage]) => `the way back from ${stage} may`)];
}

/** I2: on the way forward the canary's share never exceeds the larger of the two weights, and starts with the first stage's count. */
function overexposes(subject: Planned): string[] {
  const { plan, rollout } = subject;
  const limits = new Map<string, Fraction>([[STAGE_0, Fraction.ZERO]]);
  for (const { folder, weight, achieved } of plan.stages) {
    limits.set(folder, Fraction.max(weight, achieved)).set(upFolder(folder), Fraction.max(weight, achieved));
  }
  const broken: string[] = [];
  let limitBefore = Fraction.ZERO;
  for (const [from, to] of stepsOf(rollout.advance)) {
    const limit = limits.get(to) ?? Fraction.ONE;
    const [before, after] = [stateAt(subject, from), stateAt(subject, to)];
    const shares = after.route
      ? [before.route!.weight, after.route.weight]
      : corners(before, after)
          .filter(({ stable, canary }) => stable + canary > 0)
          .map(({ stable, canary }) => Fraction.of(canary, stable + canary));
    if (!Fraction.max(shares[0]!, ...shares).atMost(Fraction.max(limitBefore, limit))) {
      broken.push(`${from} -> ${to} may show the canary more than the larger of the two weights`);
    }
    limitBefore = to.endsWith('-up') ? limitBefore : limit;
  }
  const first = rollout.advance.map((folder) => stateAt(subject, folder).canary).find((canary) => canary > 0);
  return first === plan.stages[0]?.split.canary ? broken : [...broken, `the canary starts with ${first} pods`];
}

/**
 * I4: a track that a route in force leads to has ready pods for its share of the baseline; the canary of a pair that is sized for the peak, for
 * its share of the maximum.
 */
function routesToNothing(subject: Planned): string[] {
  const { baseline, autoscaling } = subject.request;
  const needed = (share: Fraction, pods = baseline) => Math.max(1, Number(share.times(pods).ceil()));
  return allSteps(subject).flatMap((step) => {
    const [before, after] = step.map((folder) => stateAt(subject, folder)) as [State, State];
    // While stable takes the other template, none of its pods is certain.
    const isRolling = subject.request.promotion === 'roll' && hasNewTemplate(step[0]) !== hasNewTemplate(step[1]);
    const [stable, canary] = [isRolling ? 0 : Math.min(before.stable, after.stable), Math.min(before.canary, after.canary)];
    // The autoscaler of a promoted canary follows the load that it has by then.
    const peak = autoscaling?.isPeak && !step.includes(PROMOTED) ? autoscaling.max : baseline;
    return [before.route, after.route].flatMap((route) => {
      const toCanary = route && (!route.weight.equals(Fraction.ZERO) || route.matchedToCanary);
      const toStable = route && (route.weight.lessThan(Fraction.ONE) || !route.matchedToCanary);
      return [
        ...(toCanary && canary < needed(route.weight, peak) ? [`${name(step)} may route to ${canary} pods of the canary`] : []),
        ...(toStable && stable < needed(Fraction.ONE.minus(route.weight)) ? [`${name(step)} may route to ${stable} pods of stable`] : []),
      ];
    });
  });
}

/** The most pods of a state: an autoscaler may give its track as many as its maximum. */
function mostPods({ autoscaling, routed }: PlanRequest, { stable, canary }: Pods): number {
  const most = (pods: number, isAutoscaled: boolean) => (autoscaling && isAutoscaled && pods > 0 ? Math.max(pods, autoscaling.max) : pods);
  return most(stable, true) + most(canary, routed);
}

/** The pods that stable has beyond its count while it takes the other template and has pods. */
function surgeIn(subject: Planned, [from, to]: Step): number {
  const { promotion, surge } = subject.request;
  const keepsPods = [from, to].every((folder) => stateAt(subject, folder).stable > 0);
  return promotion === 'roll' && hasNewTemplate(from) !== hasNewTemplate(to) && keepsPods ? surge : 0;
}

/** I6: the number of pods never exceeds the quota, or the plan is refused; a plan is never refused without that reason. */
function exceedsQuota(subject: Planned): string[] {
  const { plan, request } = subject;
  const { quota } = request;
  const high =
    quota === undefined
      ? []
      : allSteps(subject).filter(([from, to]) =>
          corners(stateAt(subject, from), stateAt(subject, to)).some(
            (pods) => mostPods(request, pods) + surgeIn(subject, [from, to]) > quota,
          ),
        );
  const isRefused = plan.remarks.some(({ code, level }) => code === 'quota-exceeded' && level === 'error');
  return high.length > 0 === isRefused ? [] : [...high.map((step) => `${name(step)} may exceed the quota`), `refused: ${isRefused}`];
}

/** I11: a rollback exists from every point, to the state that was declared before the rollout, with no canary pods left. */
function losesTheWayBack(subject: Planned): string[] {
  const { plan, request, rollout } = subject;
  const stable = stateAt(subject, STAGE_0);
  const isAsBefore =
    stable.stable === request.baseline &&
    stable.canary === 0 &&
    (!request.routed || (stable.route?.weight.equals(Fraction.ZERO) && !stable.route.matchedToCanary));
  const starts = [...plan.stages.map(({ folder }) => folder), 'promoted'];
  return [
    ...(isAsBefore ? [] : [`stage-0 holds ${stable.stable}:${stable.canary}`]),
    ...starts.filter((start) => rollout.rollback[start]?.at(-1) !== STAGE_0).map((start) => `no way back from ${start}`),
    ...starts.flatMap((start) =>
      (rollout.rollback[start] ?? [])
        .filter((folder) => folder.startsWith('rollback/') && stateAt(subject, folder).stable < request.baseline)
        .map((folder) => `${folder} restores ${stateAt(subject, folder).stable} of ${request.baseline}`),
    ),
  ];
}

const withState = (subject: Planned, folder: string, change: Partial<State>): Planned => ({
  ...subject,
  plan: { ...subject.plan, states: new Map([...subject.plan.states, [folder, { ...stateAt(subject, folder), ...change }]]) },
});
const withoutFolder = (subject: Planned, folder: string): Planned => ({
  ...subject,
  rollout: {
    ...subject.rollout,
    advance: subject.rollout.advance.filter((name) => name !== folder),
    rollback: Object.fromEntries(
      Object.entries(subject.rollout.rollback).map(([stage, back]) => [stage, back.filter((name) => name !== folder)]),
    ),
  },
});

describe('invariants of plans', () => {
  const byPods = planned(request(3, [10, 25, 50, 100]));
  const byRoute = planned(request(3, [10, 25, 50, 100], { routed: true }));
  const byTrack = planned(request(3, [10, 25, 50, 100], { routed: true, routedByTrack: true, promotion: 'roll' }));
  const peak = planned(request(3, [10, 50, 100], { routed: true, autoscaling: { max: 20, isPeak: true } }));
  const besideAutoscaler = planned(request(3, [10, 50], { autoscaling: { max: 20, isPeak: false }, promotion: 'roll' }));
  const INVARIANTS: [string, (subject: Planned) => string[], [string, Planned, string][]][] = [
    [
      'I1 the floor holds at every moment',
      breaksFloor,
      [
        ['the rollback folder is dropped', withoutFolder(byPods, 'rollback/from-stage-100'), 'stage-100 -> stage-0 may go below the floor'],
        [
          'the rollback restores 1 instead of B',
          withState(byPods, 'rollback/from-stage-100', { stable: 1 }),
          'rollback/from-stage-100 -> stage-0 may',
        ],
        ['the last stage has too few pods', withState(byPods, 'stage-100', { canary: 2 }), 'stage-50 -> stage-100 may go below the floor'],
      ],
    ],
    [
      'I2 the exposure is at most the weight, and the canary starts with the pods of the first stage',
      overexposes,
      [
        ['the -up folder is dropped', withoutFolder(byPods, 'stage-10-up'), 'stage-0 -> stage-10 may show the canary more'],
        ['the canary starts with the default of 3 pods', withState(byPods, 'stage-10', { canary: 3 }), 'the canary starts with 3 pods'],
        [
          'the -up folder moves the route beyond the weight',
          withState(byRoute, 'stage-10-up', { route: { weight: Fraction.of(1, 2), matchedToCanary: true } }),
          'stage-0 -> stage-10-up may show the canary more',
        ],
      ],
    ],
    [
      'I4 a route never leads to pods that are not ready',
      routesToNothing,
      [
        [
          'the route moves before the pods',
          withState(byRoute, 'stage-10-up', { route: stateAt(byRoute, 'stage-10').route }),
          'stage-0 -> stage-10-up may route to 0 pods of the canary',
        ],
        ['the -up folder is dropped', withoutFolder(byRoute, 'stage-50-up'), 'stage-25 -> stage-50 may route to 1 pods of the canary'],
        ['the rollback folder is dropped', withoutFolder(byRoute, 'rollback/from-stage-10'), 'may route to 0 pods of the canary'],
        ['stable is drained at the last stage', withState(byRoute, 'stage-100', { stable: 0 }), 'may route to 0 pods of stable'],
        [
          'the canary is drained before the route moves to stable',
          withoutFolder(byTrack, 'promoted-route'),
          'promoted-up -> promoted may route to 0 pods of the canary',
        ],
        [
          'the route moves to stable while its template changes',
          withState(byTrack, 'promoted-up', { route: stateAt(byTrack, STAGE_0).route }),
          'stage-100 -> promoted-up may route to 0 pods of stable',
        ],
        [
          'the canary has its share of the baseline, and not of the maximum',
          withState(peak, 'stage-50-up', { canary: 2 }),
          'stage-50-up -> stage-50 may route to 2 pods of the canary',
        ],
      ],
    ],
    [
      'I6 the quota holds at every moment, or the plan is refused',
      exceedsQuota,
      [
        [
          'a stage has more pods than were checked',
          withState(planned(request(3, [10, 100], { quota: 15 })), 'stage-10', { canary: 8 }),
          'may exceed',
        ],
        [
          'the refusal is missing',
          { ...planned(request(3, [10, 100], { quota: 9 })), plan: { ...byPods.plan, remarks: [] } },
          'refused: false',
        ],
        ['the maximum of both autoscalers is not counted', { ...peak, request: { ...peak.request, quota: 39 } }, 'may exceed the quota'],
        [
          "the pods that stable's new template adds are not counted",
          { ...besideAutoscaler, request: { ...besideAutoscaler.request, quota: 23 } },
          'stage-50 -> promoted-up may exceed the quota',
        ],
      ],
    ],
    [
      'I11 a rollback from every point leads to the state before the rollout',
      losesTheWayBack,
      [
        ['stage-0 restores 1 instead of B', withState(byPods, STAGE_0, { stable: 1 }), 'stage-0 holds 1:0'],
        ['the rollback folder restores 1', withState(byPods, 'rollback/from-stage-100', { stable: 1 }), 'restores 1 of 3'],
        ['the canary keeps a pod at stage-0', withState(byRoute, STAGE_0, { canary: 1 }), 'stage-0 holds 3:1'],
        ['there is no rollback from promoted', { ...byPods, rollout: { ...byPods.rollout, rollback: {} } }, 'no way back from promoted'],
      ],
    ],
  ];

  test(`every invariant holds in ${PLANS} random plans`, () => {
    fc.assert(
      fc.property(REQUESTS, (asked) => {
        const subject = planned(asked);
        const errors = subject.plan.remarks.filter(({ level, code }) => level === 'error' && code !== 'quota-exceeded');
        const broken = INVARIANTS.flatMap(([name, invariant]) => invariant(subject).map((sentence) => `${name}: ${sentence}`));
        expect({ errors, broken }).toEqual({ errors: [], broken: [] });
      }),
      { numRuns: PLANS },
    );
  }, 900_000);

  describe.each(INVARIANTS)('%s', (_, invariant, planted) => {
    test.each(planted)('the check finds a planted bug: %s', (_, subject, sentence) => {
      [byPods, byRoute, byTrack, peak, besideAutoscaler].forEach((sound) => expect(invariant(sound)).toEqual([]));
      expect(invariant(subject).join('\n')).toContain(sentence);
    });
  });
});

// ---------------------------------------------------------------------------------------------------------------------
// Output

/** The output of a release: its folders in the order in which they are applied, and the output of a later release. */
interface Release {
  readonly ways: readonly (readonly string[])[];
  readonly folders: Readonly<Record<string, readonly Written[]>>;
  readonly cleanup: readonly Written[];
  readonly next?: Readonly<Record<string, readonly Written[]>>;
  /** Whether stable takes the canary's pod template at the promotion. */
  readonly isRolled: boolean;
  /** The tracks that have an autoscaler of the pair, with the pods that each folder wants at least. */
  readonly autoscaled: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const identityOf = ({ apiVersion, kind, metadata }: Written): string =>
  [String(apiVersion).replace(/\/?[^/]*$/, ''), kind, metadata.namespace ?? '', metadata.name].join('/');
const ofKind = (objects: readonly Written[], kind: string) => objects.filter((object) => object.kind === kind);
const labelsOf = (deployment: Written): Record<string, string> => deployment.spec.template.metadata.labels;
const selects = (selector: Record<string, string>, labels: Record<string, string>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** I3: if a writer stops at any point, every subset that a route names is defined. */
function routesToUndefined({ ways, folders }: Release): string[] {
  const broken = new Set<string>();
  const write = (live: Map<string, Written>, folder: string) => {
    for (const object of folders[folder]!) {
      live.set(identityOf(object), object);
      const rules = ofKind([...live.values()], 'DestinationRule');
      for (const { destination } of ofKind([...live.values()], 'VirtualService').flatMap(({ spec }) =>
        spec.http.flatMap((rule: Written) => rule.route as Written[]),
      )) {
        const isDefined = rules.some(
          ({ spec }) => spec.host === destination.host && spec.subsets.some((subset: Written) => subset.name === destination.subset),
        );
        if (!isDefined) {
          broken.add(`${folder}: ${destination.subset} is routed to and not defined after ${identityOf(object)}`);
        }
      }
    }
  };
  for (const way of ways) {
    const live = new Map<string, Written>();
    way.forEach((folder) => write(live, folder));
  }
  return [...broken];
}

/**
 * I7: every folder holds the same objects, each once, and what pods read before them; only `cleanup` deletes objects, and only objects that
 * exist.
 */
function losesObjects({ folders, cleanup }: Release): string[] {
  const sets = Object.entries(folders).map(([folder, objects]) => [folder, objects.map(identityOf).sort()] as const);
  const expected = new Set(sets[0]![1]);
  return [
    ...sets.flatMap(([folder, identities]) => (new Set(identities).size === identities.length ? [] : [`${folder} has an object twice`])),
    ...sets.flatMap(([folder, identities]) => [...expected].filter((id) => !identities.includes(id)).map((id) => `${folder} lacks ${id}`)),
    ...sets.flatMap(([folder, identities]) => identities.filter((id) => !expected.has(id)).map((id) => `${folder} also has ${id}`)),
    ...Object.entries(folders).flatMap(([folder, objects]) =>
      objects.flatMap((object, index) => {
        const before = new Set(objects.slice(0, index).map(({ kind, metadata }) => `${kind} ${metadata.name}`));
        const late = configReferences(object).filter(({ kind, name: read }) => !before.has(`${kind} ${read}`));
        return late.map(({ name: read }) => `${folder} has ${read} not before ${object.metadata.name}`);
      }),
    ),
    ...cleanup.map((stub) => identityOf(stub)).flatMap((id) => (expected.has(id) ? [] : [`cleanup names ${id}`])),
  ];
}

/** Fields that the API server refuses to change, or whose change would divert traffic. */
function fixedFieldsOf({ kind, spec, immutable, data }: Written): unknown {
  return kind === 'Deployment'
    ? spec.selector
    : kind === 'Service'
      ? [spec.selector, spec.ports, spec.clusterIP, spec.type]
      : kind === 'DestinationRule'
        ? spec.host
        : immutable
          ? data
          : undefined;
}

/** I8: immutable fields never change, neither between folders of this release nor in the next release. */
function changesFixedFields({ folders, next }: Release): string[] {
  const seen = new Map<string, string>();
  return [
    ...Object.entries(folders),
    ...Object.entries(next ?? {}).map(([folder, objects]) => [`next ${folder}`, objects] as const),
  ].flatMap(([folder, objects]) =>
    objects.flatMap((object) => {
      const [identity, fields] = [identityOf(object), JSON.stringify(fixedFieldsOf(object)) ?? ''];
      const before = seen.get(identity) ?? fields;
      seen.set(identity, before);
      return before === fields ? [] : [`${folder} changes what is fixed of ${identity}`];
    }),
  );
}

/** The fields of an object by their paths; a list counts as one value, as in a merge patch. */
function leavesOf(value: unknown, path = ''): [string, string][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}/${key}`))
    : [[path, JSON.stringify(value)]];
}

/**
 * I10: applying a folder results in its state, whatever the cluster held before: any other folder, or part of one on top of any other. An
 * apply sets fields; the tests do not rely on it to remove a field that an earlier apply set.
 */
function dependsOnThePast({ folders, autoscaled }: Release): string[] {
  const broken = new Set<string>();
  const versions = new Map<string, Map<string, [string, string][]>>();
  for (const objects of Object.values(folders)) {
    for (const object of objects) {
      const known = versions.get(identityOf(object)) ?? new Map<string, [string, string][]>();
      // A count that a folder leaves to an autoscaler is what the autoscaler has set (I15).
      const isFixed = !(object['kind'] === 'Deployment' && object['metadata'].name in autoscaled);
      const leaves = leavesOf(object).filter(([path]) => isFixed || path !== '/spec/replicas');
      versions.set(identityOf(object), known.set(JSON.stringify(leaves), leaves));
    }
  }
  for (const [identity, known] of versions) {
    for (const first of known.values()) {
      for (const second of known.values()) {
        for (const last of known.values()) {
          const live = new Map([...first, ...second, ...last]);
          if (live.size !== last.length) {
            broken.add(`${identity} keeps what another folder set`);
          }
        }
      }
    }
  }
  return [...broken];
}

/** I11 for the output: no folder before a roll changes a pod template, so a rollback starts the same pods as before. */
function changesPods({ folders, isRolled }: Release): string[] {
  const seen = new Map<string, string>();
  const before = Object.entries(folders).filter(([folder]) => !(isRolled && folder.startsWith(PROMOTED)));
  return before.flatMap(([folder, objects]) =>
    ofKind(objects, 'Deployment').flatMap((deployment) => {
      const template = JSON.stringify(deployment.spec.template);
      const before = seen.get(identityOf(deployment)) ?? template;
      seen.set(identityOf(deployment), before);
      return before === template ? [] : [`${folder} changes the pods of ${deployment.metadata.name}`];
    }),
  );
}

/** I14: no autoscaler changes the replicas of a track, but the one that the pair gives to an autoscaled track. */
function autoscalesTracks({ folders, autoscaled }: Release): string[] {
  return Object.entries(folders).flatMap(([folder, objects]) => {
    const found = ofKind(objects, 'HorizontalPodAutoscaler');
    const scaled = (track: string) => found.filter(({ spec }) => spec.scaleTargetRef.name === track);
    return ofKind(objects, 'Deployment').flatMap(({ metadata: { name: track } }: Written) => [
      ...scaled(track)
        .filter(({ metadata }) => metadata.name !== track || !(track in autoscaled))
        .map(({ metadata }) => `${folder}: ${metadata.name} scales ${track}`),
      ...(track in autoscaled && scaled(track).length === 0 ? [`${folder}: nothing scales ${track}`] : []),
    ]);
  });
}

/**
 * I15: an autoscaled track that receives traffic has no replicas, so that no apply resets its count; one that receives none has 0, which pauses
 * its autoscaler. Its bounds follow the plan, and during a rollout it does not scale down.
 */
function turnsAutoscalersOff({ folders, autoscaled }: Release): string[] {
  return Object.entries(folders).flatMap(([folder, objects]) =>
    ofKind(objects, 'HorizontalPodAutoscaler').flatMap(({ metadata, spec }) => {
      const track = spec.scaleTargetRef.name as string;
      const least = autoscaled[track]?.[folder];
      const target = ofKind(objects, 'Deployment').find((deployment) => deployment['metadata'].name === track);
      const [count, wanted] = [target?.spec.replicas as number | undefined, least === 0 ? 0 : undefined];
      const isAtRest = folder === STAGE_0 || folder === PROMOTED;
      const { minReplicas: min, maxReplicas: max, behavior } = spec;
      return [
        ...(target === undefined || count === wanted ? [] : [`${folder} sets the target of ${metadata.name} to ${count}, not ${wanted}`]),
        ...(least === undefined || (min === Math.max(1, least) && min <= max) ? [] : [`${folder}: ${track} has ${min} to ${max} pods`]),
        ...(least === undefined || isAtRest || behavior?.scaleDown?.selectPolicy === 'Disabled' ? [] : [`${folder}: ${track} may shrink`]),
      ];
    }),
  );
}

/** I16: if a budget selects at least two pods, it allows the eviction of one; and no pod is selected by two budgets. */
function blocksDrains({ folders }: Release): string[] {
  const least = (value: number | string, pods: number) =>
    typeof value === 'number' ? value : Math.ceil((Number(value.replace('%', '')) * pods) / 100);
  return Object.entries(folders).flatMap(([folder, objects]) => {
    const budgets = ofKind(objects, 'PodDisruptionBudget');
    const deployments = ofKind(objects, 'Deployment');
    const countedBy = (deployment: Written) => budgets.filter(({ spec }) => selects(spec.selector.matchLabels ?? {}, labelsOf(deployment)));
    return [
      ...budgets.flatMap((budget) => {
        const pods = deployments
          .filter((deployment) => countedBy(deployment).includes(budget))
          .reduce((sum, { metadata, spec }) => sum + (spec.replicas ?? leastOf(objects, metadata.name as string)), 0);
        const { minAvailable, maxUnavailable } = budget.spec;
        const allowed = minAvailable === undefined ? least(maxUnavailable, pods) : pods - least(minAvailable, pods);
        return pods >= 2 && allowed < 1 ? [`${folder}: ${budget.metadata.name} lets none of ${pods} pods go`] : [];
      }),
      ...deployments.flatMap((deployment) =>
        countedBy(deployment).length > 1 ? [`${folder}: two budgets count ${deployment.metadata.name}`] : [],
      ),
    ];
  });
}

/** The fewest pods of a Deployment without a count: what its autoscaler says, or the default of the API server. */
const leastOf = (objects: readonly Written[], deployment: string): number =>
  (ofKind(objects, 'HorizontalPodAutoscaler').find(({ spec }) => spec.scaleTargetRef.name === deployment)?.spec.minReplicas as number) ?? 1;

interface Asked {
  readonly baseline: number;
  readonly percentages: readonly number[];
  readonly routed: boolean;
  readonly matched: boolean;
  readonly budget: 'none' | 'tracks' | 'service';
  /** The configuration of a track by its version: none, one for all, or one for each. */
  readonly config: 'none' | 'shared' | 'own';
  readonly sizing: 'fixed' | Sizing;
  readonly namespace: string | undefined;
}

const ASKED: fc.Arbitrary<Asked> = fc.record({
  baseline: fc.integer({ min: 2, max: 8 }),
  percentages: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }),
  routed: fc.boolean(),
  matched: fc.boolean(),
  budget: fc.constantFrom('none', 'tracks', 'service'),
  config: fc.constantFrom('none', 'shared', 'own'),
  sizing: fc.constantFrom<Asked['sizing']>('fixed', Sizing.LIVE, Sizing.PEAK),
  namespace: fc.option(fc.constant('shop'), { nil: undefined }),
});

const isRolled = ({ sizing, routed }: Asked): boolean => sizing !== 'fixed' && !routed;

/** What a pair is asked for beside its tracks. Without a router, an autoscaled pair ends below 100 % and is promoted by a roll. */
function propsOf(asked: Asked): Partial<CanaryPairProps> {
  const { baseline, namespace, sizing } = asked;
  const percentages = [...asked.percentages].sort((a, b) => a - b);
  const metrics = [Metric.resourceCpu(MetricTarget.averageUtilization(70))];
  return {
    namespace,
    ...(sizing === 'fixed' ? { baseline } : { autoscaling: { min: baseline, max: 3 * baseline, metrics, sizing } }),
    ...(isRolled(asked)
      ? { promotion: Promotion.ROLL, stages: Stages.percent(...(percentages.length > 0 ? percentages : [50])) }
      : { stages: Stages.percent(...percentages, 100) }),
  };
}

/** A release and the one after it: the version that the canary had is stable, and the name that is free runs the next version. */
function release(asked: Asked): Release {
  const props = propsOf(asked);
  const first = synthesize(inChart((chart) => declare(chart, asked, pairProps(props))));
  const names = isRolled(asked) ? ['shop-a', 'shop-b'] : ['shop-b', 'shop-a'];
  const tracks = {
    stable: { name: names[0]!, version: '1.1', image: 'shop:1.1' },
    canary: { name: names[1]!, version: '1.2', image: 'shop:1.2' },
  };
  const second = synthesize(inChart((chart) => declare(chart, asked, pairProps({ ...props, ...tracks }))));
  const { advance, rollback } = first.plan.order;
  const ways = [advance, ...advance.map((_, index) => [...advance.slice(0, index + 1), ...(rollback[advance[index]!] ?? [])])];
  const byFolder = (output: typeof first) => Object.fromEntries(output.folders().map((folder) => [folder, output.objects(folder)]));
  expect(ofKind(first.objects(STAGE_0), 'VirtualService')).toHaveLength(asked.routed ? 1 : 0);
  const cleanup = first.plan.cleanup.afterPromotion.map(({ apiVersion, kind, ...metadata }) => ({ apiVersion, kind, metadata }));
  const { states } = first.plan.pairs[0]!;
  const podsOf = (track: 'stable' | 'canary') =>
    Object.fromEntries(Object.entries(states).map(([folder, state]) => [folder, state[track]]));
  const autoscaled = {
    ...(asked.sizing !== 'fixed' && { 'shop-a': podsOf('stable') }),
    ...(asked.sizing !== 'fixed' && asked.routed && { 'shop-b': podsOf('canary') }),
  };
  return { ways, folders: byFolder(first), cleanup, next: byFolder(second), autoscaled, isRolled: isRolled(asked) };
}

/** A track that reads the configuration of its version. */
function configured(chart: Chart, { config, namespace }: Asked, track: TrackOptions): TrackOptions {
  const WORD = config === 'own' ? track.version : 'shared';
  return config === 'none'
    ? track
    : {
        ...track,
        envFrom: [Env.fromConfigMap(new VersionedConfig(chart, `config-${track.name}`, { name: 'shop', namespace, data: { WORD } }))],
      };
}

function declare(chart: Chart, asked: Asked, props: CanaryPairProps): void {
  const { routed, matched, budget, namespace } = asked;
  const tracks = { stable: configured(chart, asked, props.stable), canary: configured(chart, asked, props.canary!) };
  const pair = new CanaryPair(chart, 'shop', { ...props, ...tracks });
  if (routed) {
    const match = [{ headers: { beta: { exact: 'yes' } } }];
    new IstioVirtualService(chart, 'route', { pair, ...(matched && { match }) });
  }
  const budgets = {
    none: [],
    tracks: ['shop-a', 'shop-b'].map((deployment) => ({
      name: deployment,
      spec: { maxUnavailable: 1, selector: { matchLabels: { 'cdk8s-canary/deployment': deployment } } },
    })),
    service: [{ name: 'shop', spec: { minAvailable: 1, selector: { matchLabels: { app: 'shop' } } } }],
  }[budget];
  for (const { name, spec } of budgets) {
    new ApiObject(chart, `budget-${name}`, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec,
    });
  }
}

const SCALER = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'shop' }, spec: { scaleTargetRef: { name: 'shop-a' } } };

describe('invariants of the output', () => {
  const ALL = { percentages: [10, 25, 50], routed: true, matched: true, namespace: undefined };
  const plain = release({ ...ALL, baseline: 3, budget: 'tracks', config: 'own', sizing: 'fixed' });
  const scaled = release({ ...ALL, baseline: 3, budget: 'tracks', config: 'own', sizing: Sizing.LIVE });

  /** A modified copy of a release. */
  const with_ = (subject: Release, plant: (copy: any) => void): Release => {
    const copy = structuredClone(subject);
    plant(copy);
    return copy;
  };
  const find = (objects: readonly Written[], kind: string, name?: string): Written =>
    objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name))!;
  const autoscalerIn = (copy: any, folder: string, name: string) => find(copy.folders[folder], 'HorizontalPodAutoscaler', name).spec;
  const without = (copy: any, folder: string, kind: string, name?: string) =>
    (copy.folders[folder] = copy.folders[folder].filter((object: Written) => object !== find(copy.folders[folder], kind, name)));

  const INVARIANTS: [string, (subject: Release) => string[], [string, () => Release, string][]][] = [
    [
      'I3 every subset that a route names is defined after each write',
      routesToUndefined,
      [
        [
          'the VirtualService comes before the DestinationRule',
          () => with_(plain, (copy) => copy.folders['stage-0'].reverse()),
          'stage-0: v1-0 is routed to and not defined',
        ],
        [
          "the canary's subset is missing in one stage",
          () => with_(plain, (copy) => find(copy.folders['stage-25'], 'DestinationRule').spec.subsets.pop()),
          'stage-25: v1-1 is routed to and not defined',
        ],
      ],
    ],
    [
      'I7 every folder holds the same objects',
      losesObjects,
      [
        [
          'an object is missing in one stage',
          () => with_(plain, (copy) => without(copy, 'stage-25', 'Service')),
          'stage-25 lacks /Service//shop',
        ],
        [
          'the canary is missing in the baseline',
          () => with_(plain, (copy) => without(copy, 'stage-0', 'Deployment', 'shop-b')),
          'also has apps/Deployment//shop-b',
        ],
        [
          'the rollback has an object of its own',
          () =>
            with_(plain, (copy) =>
              copy.folders['rollback/from-stage-10'].push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
            ),
          'rollback/from-stage-10 also has /Secret//x',
        ],
        [
          'cleanup names an object that does not exist',
          () => with_(plain, (copy) => (copy.cleanup[0].metadata.name = 'other')),
          'cleanup names',
        ],
        [
          'the configuration of a version comes after its pods',
          () => with_(plain, (copy) => copy.folders['stage-50'].push(...copy.folders['stage-50'].splice(0, 2))),
          'not before shop-b',
        ],
      ],
    ],
    [
      'I8 immutable fields never change',
      changesFixedFields,
      [
        [
          'a selector contains the version',
          () =>
            with_(plain, (copy) =>
              [...Object.values<Written[]>(copy.folders), ...Object.values<Written[]>(copy.next)].flat().forEach((object) => {
                if (object.kind === 'Deployment') {
                  object.spec.selector.matchLabels.version = labelsOf(object).version;
                }
              }),
            ),
          'next stage-0 changes what is fixed of apps/Deployment//shop-a',
        ],
        [
          'the Service selects one track in one stage',
          () => with_(plain, (copy) => (find(copy.folders['stage-100'], 'Service').spec.selector.version = '1.1')),
          'stage-100 changes what is fixed of /Service//shop',
        ],
        [
          'the configuration of a version has another content in the next release',
          () => with_(plain, (copy) => (find(copy.next['stage-0'], 'ConfigMap').data.WORD = 'other')),
          'changes what is fixed of /ConfigMap//shop-',
        ],
      ],
    ],
    [
      'I10 a folder leads to its state from every state of the cluster',
      dependsOnThePast,
      [
        [
          'replicas are left out in one stage',
          () => with_(plain, (copy) => delete find(copy.folders['stage-50'], 'Deployment', 'shop-b').spec.replicas),
          'apps/Deployment//shop-b keeps what another folder set',
        ],
        [
          'one stage has an additional label',
          () => with_(plain, (copy) => (find(copy.folders['stage-50'], 'Service').metadata.labels = { stage: '50' })),
          '/Service//shop keeps what another folder set',
        ],
      ],
    ],
    [
      'I11 no folder changes a pod template',
      changesPods,
      [
        [
          'the role is a label on the pods',
          () => with_(plain, (copy) => (labelsOf(find(copy.folders.promoted, 'Deployment', 'shop-a')).track = 'canary')),
          'promoted changes the pods of shop-a',
        ],
      ],
    ],
    [
      'I14 no autoscaler scales a track but its own',
      autoscalesTracks,
      [
        [
          'an autoscaled track has a second one',
          () => with_(scaled, (copy) => copy.folders['stage-25'].push(SCALER)),
          'stage-25: shop scales shop-a',
        ],
        [
          'an autoscaled track has none in one stage',
          () => with_(scaled, (copy) => without(copy, 'stage-25', 'HorizontalPodAutoscaler', 'shop-b')),
          'stage-25: nothing scales shop-b',
        ],
        [
          'stable has one in one stage',
          () => with_(plain, (copy) => copy.folders['stage-25'].push(SCALER)),
          'stage-25: shop scales shop-a',
        ],
      ],
    ],
    [
      "I15 an autoscaler's target is never set to 0",
      turnsAutoscalersOff,
      [
        [
          'the promotion sets it to 0',
          () => with_(plain, (copy) => copy.folders.promoted.push(SCALER)),
          'promoted sets the target of shop to 0',
        ],
        [
          'a stage sets the count of an autoscaled track',
          () => with_(scaled, (copy) => (find(copy.folders['stage-50'], 'Deployment', 'shop-b').spec.replicas = 2)),
          'stage-50 sets the target of shop-b to 2',
        ],
        [
          'the promotion leaves the count to the autoscaler, which drains no track',
          () => with_(scaled, (copy) => delete find(copy.folders.promoted, 'Deployment', 'shop-a').spec.replicas),
          'promoted sets the target of shop-a to undefined, not 0',
        ],
        [
          'a track may shrink while its traffic is at the other one',
          () => with_(scaled, (copy) => (autoscalerIn(copy, 'stage-100', 'shop-a').behavior.scaleDown.selectPolicy = 'Max')),
          'stage-100: shop-a may shrink',
        ],
        [
          "the canary's minimum does not follow the weight",
          () => with_(scaled, (copy) => (autoscalerIn(copy, 'stage-100', 'shop-b').minReplicas = 1)),
          'stage-100: shop-b has 1 to 9 pods',
        ],
        [
          'the minimum is above the maximum',
          () => with_(scaled, (copy) => (autoscalerIn(copy, 'promoted', 'shop-b').maxReplicas = 2)),
          'promoted: shop-b has 3 to 2 pods',
        ],
      ],
    ],
    [
      'I16 a budget that selects at least two pods allows the eviction of one',
      blocksDrains,
      [
        [
          'minAvailable equals the replicas',
          () => with_(plain, (copy) => (find(copy.folders['stage-0'], 'PodDisruptionBudget', 'shop-a').spec = minAvailable(3, 'shop-a'))),
          'stage-0: shop-a lets none of 3 pods go',
        ],
        [
          'minAvailable is 100 %',
          () =>
            with_(
              plain,
              (copy) => (find(copy.folders['stage-100'], 'PodDisruptionBudget', 'shop-b').spec = minAvailable('100%', 'shop-b')),
            ),
          'stage-100: shop-b lets none of 3 pods go',
        ],
        [
          'two budgets select the pods of one track',
          () =>
            with_(
              plain,
              (copy) => (find(copy.folders['stage-0'], 'PodDisruptionBudget', 'shop-b').spec.selector.matchLabels = { app: 'shop' }),
            ),
          'stage-0: two budgets count shop-a',
        ],
      ],
    ],
  ];
  const minAvailable = (value: number | string, deployment: string) => ({
    minAvailable: value,
    selector: { matchLabels: { 'cdk8s-canary/deployment': deployment } },
  });

  // The apps are shared, because a synth takes longer than the checks.
  const releases = fc.sample(ASKED, { numRuns: APPS, seed: 20 }).map((asked) => ({ asked, release: release(asked) }));

  describe.each(INVARIANTS)('%s', (_, invariant, planted) => {
    test(`holds in ${APPS} random apps and in the releases after them`, () => {
      const broken = releases.flatMap(({ asked, release }) => invariant(release).map((sentence) => ({ asked, sentence })));
      expect(broken).toEqual([]);
    });

    test.each(planted)('the check finds a planted bug: %s', (_, plant, sentence) => {
      expect([...invariant(plain), ...invariant(scaled)]).toEqual([]);
      expect(invariant(plant()).join('\n')).toContain(sentence);
    });
  });
});
