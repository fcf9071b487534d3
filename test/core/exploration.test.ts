import { Fraction } from '../../lib/core/fraction';
import { STAGE_0 } from '../../lib/core/folders';
import type { Plan, PlanRequest, Transition } from '../../lib/core/plan';
import { planRollout } from '../../lib/core/plan-rollout';
import { joinPlans } from '../../lib/core/rollout';
import { type Bounds, type State, boundsOf } from '../../lib/core/transition';
import { isRolled } from '../../lib/promotion';
import {
  type Cluster,
  type Desired,
  type Exploration,
  type Extremes,
  type ModelRoute,
  type Sight,
  type Victims,
  type Wait,
  atRest,
  clustersOf,
  explore,
  extremesOf,
  routedToNothing,
  traceOf,
} from '../support/cluster-model';
import { request } from '../support/request';
import { amountOf, isFull, oneIn } from '../support/sampling';

/**
 * Explores every state that a cluster can reach in a rollout or a rollback, for all small plans. Checks the formulas of
 * `lib/core/transition.ts` and the folders of `lib/core/planner.ts` against a model that takes one step at a time.
 */
const LARGEST = amountOf('exploration: largest baseline');
const BASELINES = [1, 2, 3, 4].filter((baseline) => baseline <= LARGEST);
const WEIGHTS = [5, 10, 25, 33, 50, 75, 90];

/** The number of states that all tests below visit. If the model stopped early, the tests would pass without checking anything. */
let statesSeen = 0;

/** The stage lists: every subset of the weights, with 100 at the end. An odd n takes lists with and without each weight equally often. */
const STAGE_LISTS = oneIn(
  amountOf('exploration: one stage list in'),
  Array.from({ length: 2 ** WEIGHTS.length }, (_, bits) => [...WEIGHTS.filter((_, index) => bits & (1 << index)), 100]),
);

const plansOf = (more: Partial<PlanRequest>, baselines = BASELINES) =>
  baselines.flatMap((baseline) => STAGE_LISTS.map((percentages) => planRollout(request(baseline, percentages, more))));

/** A route of the plan in the model's form; equal routes are the same object. */
type WeightedRoute = ModelRoute & { readonly weight: Fraction };
const routes = new Map<string, WeightedRoute>();

function desired({ stable, canary, route }: State): Desired {
  if (!route) {
    return { stable, canary, route };
  }
  const { weight, matchedToCanary } = route;
  const key = `${weight.toString()} ${matchedToCanary}`;
  const made = routes.get(key) ?? {
    weight,
    toStable: weight.lessThan(Fraction.ONE) || !matchedToCanary,
    toCanary: !weight.equals(Fraction.ZERO) || matchedToCanary,
  };
  routes.set(key, made);
  return { stable, canary, route: made };
}

/** Caches results by states, because many plans share transitions. */
function remembered<T>(make: (...states: readonly State[]) => T): (...states: readonly State[]) => T {
  const known = new Map<string, T>();
  return (...states) => {
    const key = states
      .map(({ stable, canary, route }) => `${stable}:${canary}@${route?.weight.toString()}${route?.matchedToCanary}`)
      .join();
    if (!known.has(key)) {
      known.set(key, make(...states));
    }
    return known.get(key)!;
  };
}

function exploreCounted(
  starts: readonly Cluster[],
  to: State,
  victims: Victims = 'not-ready-first',
  wait: Wait = 'pods-and-route',
): Exploration {
  const exploration = explore(starts, desired(to), victims, wait);
  statesSeen += exploration.seen.length;
  return exploration;
}

/**
 * Summarizes the visited states: the extremes, the canary's largest share by pods or by the route in force, and a trace if a route led to
 * no ready pods.
 */
function summaryOf(sights: readonly Sight[]) {
  const extremes = extremesOf(sights);
  const { canary, ready } = extremes.mostShareOfPods;
  const routes = new Set(sights.map(({ cluster }) => cluster.routing.route as WeightedRoute | undefined));
  const weights = [...routes].flatMap((route) => (route ? [route.weight] : []));
  const mostShare = weights.length === 0 ? Fraction.of(canary, ready) : Fraction.max(weights[0]!, ...weights);
  const lost = routedToNothing(sights);
  return { ...extremes, mostShare, lost: lost && traceOf(lost) };
}

/** The settled state of a cluster in a line, without terminating pods. */
function placeOf({ stable, canary, routing: { route } }: Cluster): string {
  const pods = ({ spec, ready, starting }: Cluster['stable']) => `${ready} ready, ${starting} starting of ${spec}`;
  return `${pods(stable)} : ${pods(canary)} @${(route as WeightedRoute | undefined)?.weight.toString()}`;
}

const restOf = (state: State) => placeOf(atRest(desired(state)));
const placesOf = (settled: readonly Cluster[]) => [...new Set(settled.map(placeOf))].join('; ') || 'nowhere';

/**
 * One apply to a settled cluster, with the ReplicaSets of Kubernetes and with worse ones: the result must not depend on the choice of the
 * pod to delete.
 */
const applied = remembered((from, to) => {
  const runs = (['not-ready-first', 'any'] as const).map((victims) => exploreCounted([atRest(desired(from))], to, victims));
  return { ...summaryOf(runs.flatMap(({ seen }) => seen)), end: placesOf(runs.flatMap(({ settled }) => settled)) };
});

const at = (plan: Plan, folder: string): State => plan.states.get(folder)!;

/**
 * The bounds of a transition without what a change of stable's template adds, which the model does not know: while it goes on, none of
 * stable's pods is certain, and one more may be starting.
 */
function withoutRoll(transition: Transition, from: State, to: State): Bounds {
  const kept = Math.min(from.stable, to.stable);
  const isRoll = isRolled(transition.from) !== isRolled(transition.to) && kept > 0;
  return isRoll ? { ...transition, fewestReady: transition.fewestReady + kept, mostPods: transition.mostPods - 1 } : transition;
}

/** A plan in a line, to identify it in a failure message. */
const nameOf = (plan: Plan) => `${at(plan, STAGE_0).stable} pods, ${plan.stages.map(({ folder }) => folder).join(' ')}`;

const KINDS_OF_PLANS: [string, Partial<PlanRequest>, number[]][] = [
  ['by pods', {}, BASELINES],
  ['by a route', { routed: true }, BASELINES],
  ['by pods if stable keeps the baseline', { stableKeepsBaseline: true }, [2]],
  ['by pods with a fixed total', { fixedTotal: true }, [2, 3, 4]],
  ['by pods with a promotion by roll', { promotion: 'roll' }, [2, 3]],
  ['by a route to a Service of each track with a promotion by roll', { routed: true, routedByTrack: true, promotion: 'roll' }, [2, 3]],
  ['by pods with a floor of one pod', { floor: 1 }, [3]],
  ['by pods without tolerance and with at most 25 pods', { tolerance: Fraction.ZERO, maxReplicas: 25 }, [3]],
  ['by a route with a floor of one pod and at least two canary pods', { routed: true, floor: 1, minCanary: 2 }, [3]],
];

/** The plans of each kind, created once for the laws of transitions and of rollbacks. */
const KINDS = KINDS_OF_PLANS.map(([kind, more, baselines]) => ({
  kind,
  more,
  plans: plansOf(
    more,
    baselines.filter((baseline) => baseline <= LARGEST),
  ),
}));

describe.each(KINDS)('all rollouts $kind', ({ more, plans }) => {
  /** The violations of a law by any transition of any plan. */
  const violations = (law: (seen: ReturnType<typeof applied>, transition: Transition, plan: Plan) => string | undefined) =>
    plans.flatMap((plan) =>
      plan.transitions.flatMap((transition) => {
        const broken = law(applied(at(plan, transition.from), at(plan, transition.to)), transition, plan);
        return broken === undefined ? [] : [`${nameOf(plan)}, ${transition.from} -> ${transition.to}: ${broken}`];
      }),
    );

  test('have plans without an error', () => {
    expect(plans.flatMap(({ remarks }) => remarks.filter(({ level }) => level === 'error'))).toEqual([]);
  });

  test('have exactly the fewest ready pods, the most pods and the exposure that the formulas and the plan state', () => {
    const text = (bounds: Bounds) => `${bounds.fewestReady} ready, ${bounds.mostPods} pods, ${bounds.mostShare.toString()} to the canary`;
    const law = (seen: Bounds, transition: Transition, plan: Plan) => {
      const formula = text(boundsOf(at(plan, transition.from), at(plan, transition.to)));
      const planned = text(withoutRoll(transition, at(plan, transition.from), at(plan, transition.to)));
      return text(seen) === formula && formula === planned
        ? undefined
        : `${text(seen)} seen, ${formula} by the formula, ${planned} planned`;
    };
    expect(violations(law)).toEqual([]);
  });

  test('end at the state of the folder on every path', () => {
    expect(violations(({ end }, { to }, plan) => (end === restOf(at(plan, to)) ? undefined : end))).toEqual([]);
  });

  test('never have fewer ready pods than the floor', () => {
    const law = ({ fewestReady }: Bounds, _: Transition, plan: Plan) =>
      fewestReady < (more.floor ?? at(plan, STAGE_0).stable) ? `${fewestReady} ready` : undefined;
    expect(violations(law)).toEqual([]);
  });

  test('never route to a track without ready pods', () => {
    expect(violations(({ lost }) => lost)).toEqual([]);
  });

  test('have an exposure in an advance of at most the larger of the two weights, asked or achieved', () => {
    const limits = new Map(
      plans.map((plan) => {
        const { advance } = joinPlans([plan]);
        const shares = [Fraction.ZERO, ...plan.stages.map(({ weight, achieved }) => Fraction.max(weight, achieved))];
        const limitOf = new Map(plan.stages.map(({ folder }, index) => [folder, Fraction.max(shares[index]!, shares[index + 1]!)]));
        return [plan, { advance, limitOf }];
      }),
    );
    const law = ({ mostShare }: Bounds, { from, to }: Transition, plan: Plan) => {
      const { advance, limitOf } = limits.get(plan)!;
      const isForward = advance.indexOf(to) > advance.indexOf(from);
      const limit = isForward ? limitOf.get(to.replace(/-up$/, '')) : undefined;
      return limit === undefined || mostShare.atMost(limit) ? undefined : `${mostShare.toString()} of at most ${limit.toString()}`;
    };
    expect(violations(law)).toEqual([]);
  });

  test('have more pods than the plan states only while some of them are terminating (I18)', () => {
    const law = ({ mostPods, mostWithTerminating }: Extremes, transition: Transition, plan: Plan) => {
      const [before, after] = [at(plan, transition.from), at(plan, transition.to)];
      const shrinks = after.stable < before.stable || after.canary < before.canary;
      return mostWithTerminating >= mostPods && (shrinks || mostWithTerminating === mostPods) ? undefined : `${mostWithTerminating} pods`;
    };
    expect(violations(law)).toEqual([]);
  });
});

/**
 * A rollback from every state in which an advance can be interrupted: at any step, with some documents written, with pods that are still
 * starting or terminating, with a route that is written but not yet in force.
 */
const brokenOffAndBack = remembered((...states) => {
  const [advance, back] = [states.slice(0, states.indexOf(TURN)), states.slice(states.indexOf(TURN) + 1)];
  const there = advance.slice(1).map((to, index) => exploreCounted([atRest(desired(advance[index]!))], to));
  let starts: readonly Cluster[] = clustersOf(there.flatMap(({ seen }) => seen));
  const ways = back.map((to) => {
    const exploration = exploreCounted(starts, to);
    starts = exploration.settled;
    return exploration.seen;
  });
  return { ...summaryOf(ways.flat()), end: placesOf(starts) };
});
/** Separates the advance from the rollback in a list of states. */
const TURN: State = { stable: -1, canary: -1, route: undefined };

interface WayBack {
  readonly stage: string;
  readonly there: readonly string[];
  readonly back: readonly string[];
}

/** For each stage and the promotion: the folders that lead to it from the previous stage, and those that lead back. */
function waysBack(plan: Plan, others: readonly Plan[] = []): WayBack[] {
  const { advance, rollback } = joinPlans([plan, ...others]);
  return Object.entries(rollback).map(([stage, back]) => {
    const place = advance.indexOf(stage);
    return { stage, there: advance.slice(place - (advance[place - 1] === `${stage}-up` ? 2 : 1), place + 1), back };
  });
}

describe.each(KINDS)('a rollback from every state in all rollouts $kind', ({ more, plans }) => {
  const violations = (law: (seen: ReturnType<typeof brokenOffAndBack>, plan: Plan) => string | undefined) =>
    plans.flatMap((plan) =>
      waysBack(plan).flatMap(({ stage, there, back }) => {
        const broken = law(
          brokenOffAndBack(...there.map((folder) => at(plan, folder)), TURN, ...back.map((folder) => at(plan, folder))),
          plan,
        );
        return broken === undefined ? [] : [`${nameOf(plan)}, from ${stage}: ${broken}`];
      }),
    );

  test('keeps the floor', () => {
    const law = ({ fewestReady }: Extremes, plan: Plan) =>
      fewestReady < (more.floor ?? at(plan, STAGE_0).stable) ? `${fewestReady} ready` : undefined;
    expect(violations(law)).toEqual([]);
  });

  test('never routes to a track without ready pods', () => {
    expect(violations(({ lost }) => lost)).toEqual([]);
  });

  test('has at most as many pods as some transition of the plan', () => {
    const law = ({ mostPods }: Extremes, plan: Plan) =>
      mostPods > Math.max(...plan.transitions.map((transition) => transition.mostPods)) ? `${mostPods} pods` : undefined;
    expect(violations(law)).toEqual([]);
  });

  test('ends at stage-0, with everything on stable', () => {
    expect(violations(({ end }, plan) => (end === restOf(at(plan, STAGE_0)) ? undefined : end))).toEqual([]);
  });
});

test('a pair by pods keeps its floor in an advance and in a rollback through the folders of a pair by a route', () => {
  const broken: string[] = [];
  for (const plan of plansOf({}, [1, 2, 3])) {
    const baseline = at(plan, STAGE_0).stable;
    const stages = plan.stages.map(({ weight }) => ({ weight }));
    const routed = planRollout({ ...request(3, [], { routed: true }), stages });
    const { advance } = joinPlans([plan, routed]);
    const forward = advance.slice(1).map((to, index) => applied(at(plan, advance[index]!), at(plan, to)).fewestReady);
    const back = waysBack(plan, [routed]).map((way) =>
      brokenOffAndBack(...way.there.map((folder) => at(plan, folder)), TURN, ...way.back.map((folder) => at(plan, folder))),
    );
    const isSafe = [...forward, ...back.map(({ fewestReady }) => fewestReady)].every((ready) => ready >= baseline);
    if (!isSafe || back.some(({ end }) => end !== restOf(at(plan, STAGE_0)))) {
      broken.push(nameOf(plan));
    }
  }
  expect(broken).toEqual([]);
});

describe('the assumptions of the guarantees', () => {
  const tutorial = (more: Partial<PlanRequest> = {}) => planRollout(request(3, [10, 25, 50, 100], more));

  test('an interrupted advance keeps the floor because ReplicaSets delete pods that are not ready first', () => {
    const plan = tutorial();
    const fewest = (victims: Victims) => {
      const there = exploreCounted([atRest(desired(at(plan, STAGE_0)))], at(plan, 'stage-10-up'), victims);
      return extremesOf(exploreCounted(clustersOf(there.seen), at(plan, STAGE_0), victims).seen).fewestReady;
    };
    expect([fewest('not-ready-first'), fewest('any')]).toEqual([3, 0]);
  });

  test('two steps need the previous route to be in force, not only ready pods: the last one of a rollback, and the promotion', () => {
    const leaning = new Set<string>();
    for (const plan of plansOf({ routed: true }, [3])) {
      const { advance, rollback } = joinPlans([plan]);
      for (const way of [advance, ...Object.entries(rollback).map(([stage, back]) => [stage, ...back])]) {
        for (let index = 2; index < way.length; index++) {
          const [first, second, third] = way.slice(index - 2).map((folder) => at(plan, folder)) as [State, State, State];
          const { settled } = exploreCounted([atRest(desired(first))], second, 'not-ready-first', 'pods');
          if (routedToNothing(exploreCounted(settled, third).seen)) {
            leaning.add(`${way[index - 1]!.replace(/\/.*/, '')} -> ${way[index]!}`);
          }
        }
      }
    }
    expect([...leaning].sort()).toEqual(['rollback -> stage-0', 'stage-100 -> promoted']);
  });
});

describe('the model detects', () => {
  const plan = planRollout(request(3, [10, 25, 50, 100]));
  const routed = planRollout(request(3, [10, 25, 50, 100], { routed: true }));
  const go = (from: State, to: State) => applied(from, to);

  test('that stage-10-up is left out: 3:0 -> 9:1 exposes a quarter', () => {
    expect(go(at(plan, STAGE_0), at(plan, 'stage-10')).mostShare.toString()).toBe('1/4');
  });

  test('that rollback/from-stage-100 is left out: no pod is ready', () => {
    expect(go(at(plan, 'stage-100'), at(plan, STAGE_0)).fewestReady).toBe(0);
  });

  test('that the route moves in the same apply as the pods', () => {
    expect(go(at(routed, STAGE_0), at(routed, 'stage-10')).lost).toContain('the route takes effect: stable 3 ready');
    expect(go(at(routed, 'stage-10'), at(routed, STAGE_0)).lost).toContain('canary: a ready pod is taken');
  });

  test('that both tracks are scaled at once, as in the tutorial: 9:1 -> 3:3 has four ready pods, 3:3 -> 0:6 has three', () => {
    const pods = (stable: number, canary: number): State => ({ stable, canary, route: undefined });
    expect([go(pods(9, 1), pods(3, 3)).fewestReady, go(pods(3, 3), pods(0, 6)).fewestReady]).toEqual([4, 3]);
  });
});

/**
 * Manual splits that drain stable at the last stage of a route: the pods would stop before the route has left them. The plan refuses such
 * splits.
 */
test('manual splits never route to a track without ready pods', () => {
  const stages = [
    { weight: Fraction.of(1, 2), split: { stable: 3, canary: 3 } },
    { weight: Fraction.ONE, split: { stable: 0, canary: 3 } },
  ];
  const plan = planRollout({ ...request(3, [], { routed: true }), stages });
  const isRefused = plan.remarks.some(({ level }) => level === 'error');
  const lost = plan.transitions.filter(({ from, to }) => applied(at(plan, from), at(plan, to)).lost !== undefined);
  expect(isRefused ? [] : lost.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

/**
 * Manual splits that remove canary pods while the weight rises. The plan refuses those that leave no rollback from an interrupted advance.
 */
test('manual splits keep the floor in a rollback from every state', () => {
  const stages = [
    { weight: Fraction.of(1, 4), split: { stable: 3, canary: 2 } },
    { weight: Fraction.of(1, 2), split: { stable: 7, canary: 1 } },
    { weight: Fraction.ONE, split: { stable: 0, canary: 8 } },
  ];
  const plan = planRollout({ ...request(5, []), stages });
  const isRefused = plan.remarks.some(({ level }) => level === 'error');
  const fewest = waysBack(plan).map(({ there, back }) =>
    brokenOffAndBack(...there.map((folder) => at(plan, folder)), TURN, ...back.map((folder) => at(plan, folder))),
  );
  expect(isRefused ? [5] : fewest.map(({ fewestReady }) => fewestReady)).not.toContain(4);
});

// Must be the last test, so that all others have run.
test('the tests above visit many states', () => {
  expect(statesSeen).toBeGreaterThan(isFull ? 1_000_000 : 400_000);
});
