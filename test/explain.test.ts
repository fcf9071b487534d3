import fc from 'fast-check';
import { COMPETITORS } from '../lib/core/competitors/all';
import { allPodsOf } from '../lib/core/competitors/competitor';
import { type Explanation, type Outcome, type Totals, explain } from '../lib/core/explain';
import { Fraction } from '../lib/core/fraction';
import type { Plan, PlanRequest } from '../lib/core/plan';
import { planRollout } from '../lib/core/plan-rollout';
import { explainPair } from '../lib/core/explain-text';
import { request } from './support/request';
import { amountOf } from './support/sampling';

function plan(baseline: number, percentages: number[], more: Partial<PlanRequest> = {}): Plan {
  return planRollout(request(baseline, percentages, more));
}

const TUTORIAL = [10, 25, 50, 100];

/** The totals as text: mean and worst error in points, pods, pods moved. */
function sums({ meanError, worstError, pods, moved, refused }: Totals): string {
  const points = [meanError, worstError].map((error) => error.times(100).toRounded(2));
  return [...points, pods, moved].join(' ') + (refused === 0 ? '' : `, ${refused} refused`);
}

function sumsOf({ ours, competitors }: Explanation): Record<string, string> {
  return Object.fromEntries([['ours', sums(ours)], ...competitors.map(({ competitor, totals }) => [competitor.name, sums(totals)])]);
}

describe('the tutorial beside the competitors', () => {
  test('by pods, as text', () => {
    expect(explainPair(plan(3, TUTORIAL), 3)).toMatchSnapshot();
  });

  test('by pods, in totals: mean error, worst error, pods, pods moved', () => {
    expect(sumsOf(explain(plan(3, TUTORIAL).stages, 3))).toEqual({
      ours: '0 0 26 21',
      'Argo Rollouts, maxSurge 0': '12.08 23.33 12 6',
      'Argo Rollouts, maxSurge 1+': '3.75 15 15 6',
      'OpenKruise, partition': '12.08 23.33 12 6',
      'OpenKruise, canary': '6.25 15 16 6',
      PipeCD: '6.25 15 16 6',
      'Azure k8s-deploy': '9.11 21.43 20 10',
      'Argo Rollouts, router': '0 0 19 3',
      'Argo Rollouts, dynamicStableScale': '0 0 15 6',
      Flagger: '0 0 24 3',
    });
  });

  test('through a router, every weight is exact for competitors that have one', () => {
    const { ours, competitors } = explain(plan(3, TUTORIAL, { routed: true }).stages, 3);
    expect(sums(ours)).toBe('0 0 19 3');
    for (const { competitor, totals } of competitors.filter(({ competitor: { routed } }) => routed)) {
      expect([competitor.name, totals.worstError.toString()]).toEqual([competitor.name, '0']);
    }
    expect(explainPair(plan(3, TUTORIAL, { routed: true }), 3)).toMatch(/^ {2}this plan +route +3:1 +10 % +0 +0.75$/m);
  });
});

describe('other plans', () => {
  test('all competitors but Azure refuse a weight of 12.5 %, and a refused weight counts in no total', () => {
    const totals = sumsOf(explain(plan(8, [12.5, 100]).stages, 8));
    expect(totals).toMatchObject({
      ours: '0 0 32 36',
      'Argo Rollouts, maxSurge 1+': '0 0 8 16, 1 refused',
      'OpenKruise, partition': '0 0 8 16, 1 refused',
      PipeCD: '0 0 8 16, 1 refused',
      Flagger: '0 0 16 8, 1 refused',
    });
    expect(explainPair(plan(8, [12.5, 100]), 8)).toMatch(/^ {2}PipeCD +pods +refused +- +- +-$/m);
    expect(explainPair(plan(8, [12.5, 100]), 8)).toMatch(/^ {2}Azure k8s-deploy +pods +8:1\+1 +10 % +-2.5 +0.8$/m);
  });

  test('the text shows the defect of Argo Rollouts: ten pods at 95 % have no canary', () => {
    expect(explainPair(plan(10, [90, 95, 100]), 10)).toMatch(/^ {2}Argo Rollouts, maxSurge 0 +pods +10:0 +0 % +-95 +1$/m);
  });

  test('a pair at rest has no stages to explain', () => {
    expect(explainPair(plan(3, []), 3)).toBe('at rest: no stages to explain\n');
    expect(sums(explain([], 3).ours)).toBe('0 0 0 0');
  });
});

describe('the laws of an explanation', () => {
  const RUNS = amountOf('explanations: random plans');
  const explanations = fc
    .record({
      baseline: fc.integer({ min: 1, max: 20 }),
      percentages: fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 }),
      routed: fc.boolean(),
    })
    .map(({ baseline, percentages, routed }) => ({
      baseline,
      explanation: explain(
        plan(
          baseline,
          percentages.map((half) => half / 2).sort((a, b) => a - b),
          { routed },
        ).stages,
        baseline,
      ),
    }));

  test('the totals are the sums of the rows', () => {
    fc.assert(
      fc.property(explanations, ({ baseline, explanation }) => {
        const { stages, ours, competitors } = explanation;
        check(
          baseline,
          ours,
          stages.map((stage) => stage.ours),
        );
        competitors.forEach(({ totals }, index) =>
          check(
            baseline,
            totals,
            stages.map(({ others }) => others[index]),
          ),
        );
      }),
      { numRuns: RUNS },
    );
  });

  function check(baseline: number, totals: Totals, outcomes: (Outcome | undefined)[]): void {
    let before = { stable: baseline, canary: 0, baselinePods: 0 };
    let pods = 0;
    let moved = 0;
    let errors = Fraction.ZERO;
    let worst = Fraction.ZERO;
    let reached = 0;
    for (const outcome of outcomes.filter((each) => each !== undefined)) {
      const { stable, canary, baselinePods, error } = outcome;
      pods += stable + canary + baselinePods;
      moved += Math.abs(stable - before.stable) + Math.abs(canary - before.canary) + Math.abs(baselinePods - before.baselinePods);
      errors = errors.plus(error.abs());
      worst = Fraction.max(worst, error.abs());
      before = outcome;
      reached += 1;
    }
    expect({ pods, moved, refused: outcomes.length - reached }).toEqual({
      pods: totals.pods,
      moved: totals.moved,
      refused: totals.refused,
    });
    expect(worst.atMost(totals.worstError)).toBe(true);
    expect(totals.meanError.times(reached).equals(errors)).toBe(true);
  }

  test('the load times the pods is the baseline, and the error is achieved minus asked', () => {
    fc.assert(
      fc.property(explanations, ({ baseline, explanation }) => {
        for (const { asked, ours, others } of explanation.stages) {
          expect(others).toHaveLength(COMPETITORS.length);
          const outcomes = [ours, ...others].filter((each) => each !== undefined);
          expect(outcomes.every((each) => each.load.times(allPodsOf(each)).equals(Fraction.of(baseline)))).toBe(true);
          expect(outcomes.every((each) => each.error.plus(asked).equals(each.achieved))).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
