import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';
import type { Plan, PlanRequest } from '../../lib/core/plan';
import { planRollout } from '../../lib/core/plan-rollout';
import { joinPlans, sharesStages } from '../../lib/core/rollout';
import { podsOf } from '../../lib/core/split';
import { type State, boundsOf } from '../../lib/core/transition';
import { request } from '../support/request';
import { amountOf } from '../support/sampling';

/**
 * A plan as text: the advance, then the rollbacks that need a folder of their own. `@` is the route's weight, `+` means that match rules
 * lead to the canary.
 */
function page(plan: Plan): string {
  const { advance, folders } = joinPlans([plan]);
  const line = (folder: string) => {
    const { stable, canary, route } = plan.states.get(folder)!;
    return `${folder} ${stable}:${canary}${route ? ` @${route.weight.toString()}${route.matchedToCanary ? '+' : ''}` : ''}`;
  };
  return [...advance, ...folders.filter((folder) => !advance.includes(folder))].map(line).join('\n');
}

describe('the plan of the tutorial', () => {
  test('by pods', () => {
    expect(page(planRollout(request(3, [10, 25, 50, 100])))).toBe(
      [
        'stage-0 3:0',
        'stage-10-up 9:0',
        'stage-10 9:1',
        'stage-25 3:1',
        'stage-50 3:3',
        'stage-100 0:6',
        'promoted 0:3',
        'rollback/from-stage-100 3:6',
      ].join('\n'),
    );
  });

  test('through a router', () => {
    expect(page(planRollout(request(3, [10, 25, 50, 100], { routed: true })))).toBe(
      [
        'stage-0 3:0 @0',
        'stage-10-up 3:1 @0',
        'stage-10 3:1 @1/10+',
        'stage-25 3:1 @1/4+',
        'stage-50-up 3:2 @1/4+',
        'stage-50 3:2 @1/2+',
        'stage-100-up 3:3 @1/2+',
        'stage-100 3:3 @1+',
        'promoted 0:3 @1+',
        'rollback/from-stage-10 3:1 @0',
        'rollback/from-stage-25 3:1 @0',
        'rollback/from-stage-50 3:2 @0',
        'rollback/from-stage-100 3:3 @0',
      ].join('\n'),
    );
  });
});

describe('other plans', () => {
  test.each([
    [
      'a baseline of 10 needs a step before 25 %',
      request(10, [10, 25, 50, 100]),
      'stage-0 10:0|stage-10 10:1|stage-25-up 12:1|stage-25 12:4|stage-50 10:10|stage-100 0:20|promoted 0:10|rollback/from-stage-100 10:20',
    ],
    ['a single stage of 100 %', request(3, [100]), 'stage-0 3:0|stage-100-up 3:3|stage-100 0:3|promoted 0:3|rollback/from-stage-100 3:3'],
    [
      'above one half the canary is the larger track',
      request(3, [75, 100]),
      'stage-0 3:0|stage-75-up 3:3|stage-75 1:3|stage-100 0:4|promoted 0:3|rollback/from-stage-75 3:3|rollback/from-stage-100 3:4',
    ],
    [
      'if both tracks shrink, the canary shrinks first',
      request(3, [3, 4, 100], { tolerance: Fraction.ZERO, maxReplicas: 100 }),
      'stage-0 3:0|stage-3-up 97:0|stage-3 97:3|stage-4-up 97:1|stage-4 24:1|stage-100-up 24:6|stage-100 0:6|promoted 0:3|rollback/from-stage-100 3:6',
    ],
    [
      'exactly ten pods at every stage, and more only in between',
      request(10, [10, 50, 100], { fixedTotal: true }),
      'stage-0 10:0|stage-10-up 10:1|stage-10 9:1|stage-50-up 9:5|stage-50 5:5|stage-100-up 5:10|stage-100 0:10|promoted 0:10|rollback/from-stage-10 10:1|rollback/from-stage-50 10:5|rollback/from-stage-100 10:10',
    ],
    ['a pair at rest has one folder', request(3, []), 'stage-0 3:0'],
  ])('%s', (_, asked, expected) => {
    const plan = planRollout(asked);
    expect(page(plan).split('\n').join('|')).toBe(expected);
  });

  test('the plan contains manual splits', () => {
    const stages = [
      { weight: Fraction.of(1, 10), split: { stable: 18, canary: 2 } },
      { weight: Fraction.ONE, split: { stable: 0, canary: 20 } },
    ];
    expect(page(planRollout({ ...request(3, []), stages }))).toContain('stage-10 18:2');
  });

  test('the names of folders contain fractional weights and stage names', () => {
    const stages = [
      { weight: Fraction.of(1, 1000) },
      { weight: Fraction.of(1, 8) },
      { weight: Fraction.of(1, 3) },
      { weight: Fraction.of(1, 3), name: 'third-again' },
      { weight: Fraction.ONE },
    ];
    const { advance } = joinPlans([planRollout({ ...request(3, []), stages, routed: true })]);
    expect(advance.filter((folder) => !folder.endsWith('-up'))).toEqual([
      'stage-0',
      'stage-0.1',
      'stage-12.5',
      'stage-1-of-3',
      'stage-third-again',
      'stage-100',
      'promoted',
    ]);
  });
});

describe('a promotion by roll', () => {
  test.each([
    [
      'by pods',
      false,
      'stage-100 0:6|promoted-up 3:6|promoted 3:0',
      [
        ['stage-100 -> promoted-up', 6, 9],
        ['promoted-up -> promoted', 3, 9],
      ],
    ],
    [
      'through a router',
      true,
      'stage-100 3:3 @1+|promoted-up 3:3 @1+|promoted 3:0 @1+',
      [
        ['stage-100 -> promoted-up', 3, 7],
        ['promoted-up -> promoted', 3, 6],
      ],
    ],
  ])('scales stable up before it removes the canary, %s', (_, routed, expected, bounds) => {
    const plan = planRollout(request(3, [10, 50, 100], { routed, promotion: 'roll' }));
    const lines = page(plan).split('\n');
    const last = lines.findIndex((line) => line.startsWith('stage-100 '));
    expect(lines.slice(last, last + 3).join('|')).toBe(expected);
    const seen = plan.transitions.filter(({ to }) => to === 'promoted-up' || to === 'promoted').slice(0, 2);
    expect(seen.map(({ from, to, fewestReady, mostPods }) => [`${from} -> ${to}`, fewestReady, mostPods])).toEqual(bounds);
    expect(joinPlans([plan]).rollback.promoted!.slice(0, 2)).toEqual(['promoted-up', 'stage-100']);
    expect(plan.remarks).toEqual([]);
  });

  test('a pair that swaps stays at its last stage in the folder promoted-up of another pair', () => {
    const swap = planRollout(request(3, [10, 100]));
    const roll = planRollout(request(3, [10, 100], { promotion: 'roll' }));
    expect(joinPlans([swap, roll]).advance).toContain('promoted-up');
    expect(swap.states.get('promoted-up')).toEqual(swap.states.get('stage-100'));
  });
});

describe('remarks', () => {
  const sentences = (asked: PlanRequest) => planRollout(asked).remarks.map(({ level, code, message }) => `${level} ${code}: ${message}`);

  test('a share outside the tolerance is a warning that shows weight and achieved share', () => {
    expect(sentences(request(3, [1, 100]))).toEqual([
      'warning share-off: stage-1: 29:1 achieves 3.33 % instead of 1 %, an error of 2.33 points with a tolerance of 0.1 points; raise maxReplicas (30), widen the tolerance, or attach a router',
    ]);
  });

  test('a share within the tolerance has no remark', () => {
    expect(sentences(request(10, [10, 33, 90, 100]))).toEqual([]);
  });

  test('a manual split below the floor is an error', () => {
    const stages = [{ weight: Fraction.of(1, 2), split: { stable: 1, canary: 1 } }, { weight: Fraction.ONE }];
    expect(sentences({ ...request(3, []), stages })[0]).toBe(
      'error floor-broken: stage-50: 1:1 is 2 pods, fewer than the floor of 3; give the stage more replicas',
    );
  });

  test('a peak above the quota is an error that names the transition', () => {
    expect(sentences(request(3, [10, 25, 50, 100], { quota: 9 }))).toContain(
      'error quota-exceeded: stage-10-up -> stage-10: up to 10 pods at once, more than the quota of 9; lower maxReplicas or widen the tolerance',
    );
    expect(sentences(request(3, [10, 25, 50, 100], { quota: 10 }))).toEqual([]);
  });

  test('a maxReplicas without room for a canary is an error', () => {
    expect(sentences(request(3, [10, 100], { maxReplicas: 3 }))[0]).toMatch(/^error share-off: stage-10: no split of at most 3 pods/);
  });
});

describe('the laws of plans', () => {
  const PLANS = amountOf('plans: random plans');
  const plans = fc
    .record({
      baseline: fc.integer({ min: 1, max: 12 }),
      percentages: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }),
      routed: fc.boolean(),
      exact: fc.boolean(),
      stableKeepsBaseline: fc.boolean(),
    })
    .map(({ baseline, percentages, routed, exact, stableKeepsBaseline }) => {
      const rising = [...percentages.sort((a, b) => a - b), 100];
      return request(baseline, rising, { routed, tolerance: exact ? Fraction.ZERO : undefined, stableKeepsBaseline });
    });

  const steps = (folders: readonly string[]) => folders.slice(1).map((to, index) => [folders[index]!, to] as const);

  test('every advance and every rollback keeps the floor', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout(asked);
        const { advance, rollback } = joinPlans([plan]);
        const ways = [advance, ...Object.entries(rollback).map(([stage, folders]) => [stage, ...folders])];
        const fewest = ways.flatMap(steps).map(([from, to]) => boundsOf(plan.states.get(from)!, plan.states.get(to)!).fewestReady);
        expect(Math.min(...fewest)).toBeGreaterThanOrEqual(asked.floor);
      }),
      { numRuns: PLANS },
    );
  });

  test('in an advance the exposure is at most the larger of the two weights, asked or achieved', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout(asked);
        const { advance } = joinPlans([plan]);
        const limit = (folder: string) => {
          const stage = plan.stages.find((planned) => planned.folder === folder.replace(/-up$/, ''));
          return stage ? Fraction.max(stage.weight, stage.achieved) : Fraction.ZERO;
        };
        const beyond = steps(advance.filter((folder) => folder !== 'promoted')).filter(([from, to]) => {
          const { mostShare } = boundsOf(plan.states.get(from)!, plan.states.get(to)!);
          return !mostShare.atMost(Fraction.max(limit(from), limit(to)));
        });
        expect(beyond).toEqual([]);
      }),
      { numRuns: PLANS },
    );
  });

  test('a route never leads to a track that may have no ready pods', () => {
    const routedTo = ({ route }: State) => ({
      stable: route !== undefined && (route.weight.lessThan(Fraction.ONE) || !route.matchedToCanary),
      canary: route !== undefined && (!route.weight.equals(Fraction.ZERO) || route.matchedToCanary),
    });
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout({ ...asked, routed: true });
        const { advance, rollback } = joinPlans([plan]);
        const ways = [advance, ...Object.entries(rollback).map(([stage, folders]) => [stage, ...folders])];
        const toNothing = ways.flatMap(steps).filter(([from, to]) => {
          const [before, after] = [plan.states.get(from)!, plan.states.get(to)!];
          return (['stable', 'canary'] as const).some(
            (track) => (routedTo(before)[track] || routedTo(after)[track]) && Math.min(before[track], after[track]) < 1,
          );
        });
        expect(toNothing).toEqual([]);
      }),
      { numRuns: PLANS },
    );
  });

  test('a transition that is safe in one apply has no folder of its own', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout(asked);
        const { advance } = joinPlans([plan]);
        const needless = [...plan.needed].filter((up) => {
          if (!up.endsWith('-up')) {
            return false;
          }
          const index = advance.indexOf(up);
          const [before, after] = [plan.states.get(advance[index - 1]!)!, plan.states.get(advance[index + 1]!)!];
          const { fewestReady, mostShare } = boundsOf(before, after);
          const stage = plan.stages.find(({ folder }) => folder === advance[index + 1])!;
          const grows = after.canary > before.canary && after.route !== undefined;
          const previous = plan.stages[plan.stages.indexOf(stage) - 1];
          const limit = Fraction.max(stage.weight, stage.achieved, previous?.weight ?? Fraction.ZERO, previous?.achieved ?? Fraction.ZERO);
          return fewestReady >= asked.floor && !limit.lessThan(mostShare) && !grows;
        });
        expect(needless).toEqual([]);
      }),
      { numRuns: PLANS },
    );
  });

  test('every stage has a rollback that ends at the baseline', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout(asked);
        const { rollback } = joinPlans([plan]);
        expect(Object.keys(rollback)).toEqual([...plan.stages.map(({ folder }) => folder), 'promoted']);
        Object.values(rollback).forEach((folders) => expect(folders[folders.length - 1]).toBe('stage-0'));
        expect(plan.states.get('stage-0')).toMatchObject({ stable: asked.baseline, canary: 0 });
      }),
    );
  });

  test('with a router stable keeps the baseline until the promotion', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout({ ...asked, routed: true });
        plan.stages.forEach(({ split }) => expect(split.stable).toBe(asked.baseline));
      }),
    );
  });

  test('the promotion keeps the baseline, with canary pods only', () => {
    fc.assert(
      fc.property(plans, (asked) => {
        const plan = planRollout(asked);
        expect(plan.states.get('promoted')).toMatchObject({ stable: 0, canary: asked.baseline });
        expect(podsOf(plan.states.get('promoted')!)).toBeGreaterThanOrEqual(asked.floor);
      }),
    );
  });
});

describe('several pairs of one app', () => {
  test('a folder exists if one of them needs it, and the others keep their state in it', () => {
    const small = planRollout(request(3, [10, 25, 50, 100]));
    const large = planRollout(request(10, [10, 25, 50, 100]));
    const { advance } = joinPlans([small, large]);
    expect(advance).toEqual(['stage-0', 'stage-10-up', 'stage-10', 'stage-25-up', 'stage-25', 'stage-50', 'stage-100', 'promoted']);
    expect(large.states.get('stage-10-up')).toEqual(large.states.get('stage-0'));
    expect(small.states.get('stage-25-up')).toEqual(small.states.get('stage-10'));
  });

  test('have the same stages or not', () => {
    const plan = (percentages: number[]) => planRollout(request(3, percentages));
    expect(sharesStages(plan([10, 100]), planRollout(request(7, [10, 100])))).toBe(true);
    expect(sharesStages(plan([10, 100]), plan([20, 100]))).toBe(false);
    expect(sharesStages(plan([10, 100]), plan([10, 50, 100]))).toBe(false);
  });

  test('a pair at rest joins the folders of the others', () => {
    expect(joinPlans([planRollout(request(3, [])), planRollout(request(3, [50, 100]))]).advance).toContain('stage-50');
    expect(joinPlans([planRollout(request(3, []))]).folders).toEqual(['stage-0']);
  });
});
