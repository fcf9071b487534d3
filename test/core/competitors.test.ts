import fc from 'fast-check';
import { COMPETITORS } from '../../lib/core/competitors/all';
import { ARGO_DYNAMIC, ARGO_ROUTED, ARGO_WITHOUT_SURGE, ARGO_WITH_SURGE, argoBasic } from '../../lib/core/competitors/argo';
import { AZURE } from '../../lib/core/competitors/azure';
import { type Competitor, type CompetitorSplit, allPodsOf } from '../../lib/core/competitors/competitor';
import { FLAGGER } from '../../lib/core/competitors/flagger';
import { KRUISE_CANARY, KRUISE_PARTITION } from '../../lib/core/competitors/kruise';
import { PIPECD } from '../../lib/core/competitors/pipecd';
import { Fraction } from '../../lib/core/fraction';
import { type Split, podsOf, shareOf } from '../../lib/core/split';

const percent = (value: number) => Fraction.of(Math.round(value * 1000), 100_000);

const BY_PODS = COMPETITORS.filter(({ routed }) => !routed);
const ON_TOP = [KRUISE_CANARY, PIPECD, AZURE];

function text(split: CompetitorSplit | undefined): string | undefined {
  return split && `${split.stable}:${split.canary}${split.baselinePods ? `+${split.baselinePods}` : ''}`;
}

/** `9:1 (10)`: the split, and the canary's share in percent. */
function withShare(split: CompetitorSplit): string {
  return `${text(split)} (${split.share.times(100).toRounded(1)})`;
}

/**
 * Of all splits with `fewest` to `most` pods and at least one on each side: the nearest to the percentage, then the one with the fewest
 * pods.
 */
function nearest(percentage: number, fewest: number, most: number): Split {
  let best = { stable: fewest - 1, canary: 1 };
  for (let pods = fewest; pods <= most; pods++) {
    for (let canary = 1; canary < pods; canary++) {
      const split = { stable: pods - canary, canary };
      best = isNearer(split, best, percentage) ? split : best;
    }
  }
  return best;
}

/** Cross-multiplies integers, so that the check does not depend on the fractions of the code under test. */
function isNearer(split: Split, other: Split, percentage: number): boolean {
  const off = (each: Split) => Math.abs(100 * each.canary - percentage * podsOf(each));
  return off(split) * podsOf(other) < off(other) * podsOf(split);
}

describe('ten pods', () => {
  test.each([
    [1, '9:1 (10)', '10:1 (9.1)', '9:1 (10)', '10:1 (9.1)', '10:1+1 (8.3)'],
    [5, '9:1 (10)', '10:1 (9.1)', '9:1 (10)', '10:1 (9.1)', '10:1+1 (8.3)'],
    [10, '9:1 (10)', '9:1 (10)', '9:1 (10)', '10:1 (9.1)', '10:1+1 (8.3)'],
    [25, '7:3 (30)', '8:3 (27.3)', '7:3 (30)', '10:3 (23.1)', '10:3+3 (18.8)'],
    [33, '7:3 (30)', '7:3 (30)', '6:4 (40)', '10:4 (28.6)', '10:3+3 (18.8)'],
    [50, '5:5 (50)', '5:5 (50)', '5:5 (50)', '10:5 (33.3)', '10:5+5 (25)'],
  ])('at %d %% by pods', (weight, withoutSurge, withSurge, partition, onTop, azure) => {
    const at = (competitor: Competitor) => withShare(competitor.splitFor(percent(weight), 10)!);
    expect(at(ARGO_WITHOUT_SURGE)).toBe(withoutSurge);
    expect(at(ARGO_WITH_SURGE)).toBe(withSurge);
    expect(at(KRUISE_PARTITION)).toBe(partition);
    expect(at(KRUISE_CANARY)).toBe(onTop);
    expect(at(PIPECD)).toBe(onTop);
    expect(at(AZURE)).toBe(azure);
  });

  test.each([
    [1, '10:1', '10:1'],
    [5, '10:1', '10:1'],
    [10, '10:1', '9:1'],
    [25, '10:3', '8:3'],
    [33, '10:4', '7:4'],
    [50, '10:5', '5:5'],
  ])('at %d %% with a route', (weight, routed, dynamic) => {
    expect(text(ARGO_ROUTED.splitFor(percent(weight), 10))).toBe(routed);
    expect(text(ARGO_DYNAMIC.splitFor(percent(weight), 10))).toBe(dynamic);
    expect(text(FLAGGER.splitFor(percent(weight), 10))).toBe('10:10');
  });

  test.each([
    [1, '12:1', '7.7'],
    [5, '12:1', '7.7'],
    [10, '9:1', '10'],
    [25, '9:3', '25'],
    [33, '8:4', '33.3'],
    [50, '5:5', '50'],
  ])('at %d %% have %s as the nearest split of all totals from 10 to 13', (weight, split, share) => {
    const best = nearest(weight, 10, 13);
    expect(`${best.stable}:${best.canary}`).toBe(split);
    expect(shareOf(best).times(100).toRounded(1)).toBe(share);
  });
});

describe('the weights of the tutorial, 10, 25, 50 and 100 %', () => {
  const run = ({ splitFor }: Competitor, counts: number[]) =>
    [10, 25, 50, 100].map((weight, index) => text(splitFor(percent(weight), counts[index]!))).join(', ');

  test.each([
    ['edited at each stage', [10, 4, 6, 6], '9:1, 3:1, 3:3, 0:6', '9:1, 3:1, 3:3, 0:6', '9:1, 3:1, 3:3, 0:6', '9:1, 3:1, 3:3, 0:6'],
    ['fixed at 10', [10, 10, 10, 10], '9:1, 7:3, 5:5, 0:10', '9:1, 8:3, 5:5, 0:10', '9:1, 8:3, 5:5, 0:10', '9:1, 7:3, 5:5, 0:10'],
    ['fixed at 6', [6, 6, 6, 6], '5:1, 4:2, 3:3, 0:6', '6:1, 5:2, 3:3, 0:6', '6:1, 5:2, 3:3, 0:6', '5:1, 4:2, 3:3, 0:6'],
    ['fixed at 3', [3, 3, 3, 3], '2:1, 2:1, 1:2, 0:3', '3:1, 3:1, 2:2, 0:3', '3:1, 3:1, 2:2, 0:3', '2:1, 2:1, 1:2, 0:3'],
  ])('with the replicas %s', (_, counts, withoutSurge, withSurge, dynamic, partition) => {
    expect(run(ARGO_WITHOUT_SURGE, counts)).toBe(withoutSurge);
    expect(run(ARGO_WITH_SURGE, counts)).toBe(withSurge);
    expect(run(ARGO_DYNAMIC, counts)).toBe(dynamic);
    expect(run(KRUISE_PARTITION, counts)).toBe(partition);
  });

  test('end with the promotion if canaries are on top, and beside a full stable if a route divides the traffic', () => {
    for (const competitor of ON_TOP) {
      expect(text(competitor.splitFor(Fraction.ONE, 10))).toBe('0:10');
    }
    for (const competitor of [ARGO_ROUTED, FLAGGER]) {
      expect(text(competitor.splitFor(Fraction.ONE, 10))).toBe('10:10');
    }
  });
});

describe('the defect of Argo Rollouts without surge', () => {
  test.each([
    [2, 75, '2:0', '1:2'],
    [5, 90, '5:0', '1:5'],
    [10, 95, '10:0', '1:10'],
    [25, 98, '25:0', '1:25'],
    [50, 99, '50:0', '1:50'],
  ])('%d pods at %d %% are %s; with surge they are %s', (replicas, weight, broken, sound) => {
    expect(text(ARGO_WITHOUT_SURGE.splitFor(percent(weight), replicas))).toBe(broken);
    expect(text(ARGO_WITH_SURGE.splitFor(percent(weight), replicas))).toBe(sound);
  });

  test('has these five cases and no others, up to 400 pods', () => {
    const cases: string[] = [];
    for (let replicas = 2; replicas <= 400; replicas++) {
      for (let weight = 1; weight <= 99; weight++) {
        if (ARGO_WITHOUT_SURGE.splitFor(percent(weight), replicas)!.canary === 0) {
          cases.push(`${replicas} at ${weight} %`);
        }
      }
    }
    expect(cases).toEqual(['2 at 75 %', '5 at 90 %', '10 at 95 %', '25 at 98 %', '50 at 99 %']);
  });

  test('lies between two weights with correct splits: 94 % and 96 % of ten pods are 1:9', () => {
    expect(text(ARGO_WITHOUT_SURGE.splitFor(percent(94), 10))).toBe('1:9');
    expect(text(ARGO_WITHOUT_SURGE.splitFor(percent(96), 10))).toBe('1:9');
  });
});

describe('two splits of Argo Rollouts with the same error', () => {
  test.each([
    [4, 45, '2:2', '3:2'],
    [4, 55, '2:2', '2:3'],
    [5, 45, '3:2', '3:3'],
    [5, 55, '2:3', '3:3'],
  ])('are decided in favour of the one without surge: %d pods at %d %% are %s, not %s', (replicas, weight, split) => {
    expect(text(ARGO_WITH_SURGE.splitFor(percent(weight), replicas))).toBe(split);
  });
});

describe('a weight that is not a whole percentage', () => {
  const odd = [percent(12.5), percent(0.5), Fraction.of(1, 3)];

  test.each(COMPETITORS.filter((competitor) => competitor !== AZURE))('is refused by $name', ({ splitFor }) => {
    for (const weight of odd) {
      expect(splitFor(weight, 10)).toBeUndefined();
    }
  });

  test('is rounded down by Azure: 12.5 % is 12 %, a third is 33 %, and 0.5 % is 0 % but still one pod', () => {
    expect(text(AZURE.splitFor(percent(12.5), 100))).toBe('100:12+12');
    expect(text(AZURE.splitFor(Fraction.of(1, 3), 100))).toBe('100:33+33');
    expect(text(AZURE.splitFor(percent(0.5), 1000))).toBe('1000:1+1');
  });
});

describe('a single pod', () => {
  test.each([
    [1, '1:0', '1:1', '0:1'],
    [49, '1:0', '1:1', '0:1'],
    [50, '0:1', '1:1', '0:1'],
    [99, '0:1', '1:1', '0:1'],
    [100, '0:1', '0:1', '0:1'],
  ])('at %d %% is %s for Argo without surge, %s with it, %s for Kruise by partition', (weight, withoutSurge, withSurge, partition) => {
    expect(text(ARGO_WITHOUT_SURGE.splitFor(percent(weight), 1))).toBe(withoutSurge);
    expect(text(ARGO_WITH_SURGE.splitFor(percent(weight), 1))).toBe(withSurge);
    expect(text(KRUISE_PARTITION.splitFor(percent(weight), 1))).toBe(partition);
  });
});

describe('the laws of the competitors', () => {
  const percents = fc.integer({ min: 1, max: 99 });
  const counts = fc.integer({ min: 2, max: 500 });
  const isDefect = (weight: number, replicas: number) => (replicas * weight) % 100 === 50 && replicas * weight > 100 * (replicas - 1);

  const always = (law: (weight: Fraction, replicas: number, percentage: number) => void) =>
    fc.assert(fc.property(percents, counts, (percentage, replicas) => law(percent(percentage), replicas, percentage)));

  test('both tracks have a pod, except for the defect', () => {
    always((weight, replicas, percentage) => {
      for (const competitor of COMPETITORS.filter((each) => each !== ARGO_WITHOUT_SURGE || !isDefect(percentage, replicas))) {
        const { stable, canary } = competitor.splitFor(weight, replicas)!;
        expect(Math.min(stable, canary)).toBeGreaterThanOrEqual(1);
      }
    });
  });

  test('Argo has N pods without surge, N or N + 1 with it or with a dynamic stable, and never more than 2 N', () => {
    always((weight, replicas) => {
      expect(allPodsOf(ARGO_WITHOUT_SURGE.splitFor(weight, replicas)!)).toBe(replicas);
      for (const competitor of [ARGO_WITH_SURGE, ARGO_DYNAMIC]) {
        expect([replicas, replicas + 1]).toContain(allPodsOf(competitor.splitFor(weight, replicas)!));
      }
      expect(allPodsOf(ARGO_ROUTED.splitFor(weight, replicas)!)).toBeLessThanOrEqual(2 * replicas);
    });
  });

  test('Argo gives the same split with any surge', () => {
    fc.assert(
      fc.property(percents, counts, fc.integer({ min: 1, max: 100 }), (percentage, replicas, surge) => {
        expect(argoBasic(percent(percentage), replicas, surge)).toEqual(ARGO_WITH_SURGE.splitFor(percent(percentage), replicas));
      }),
    );
  });

  test('Kruise by partition has N pods, and a canary share of at least the weight, unless only one stable pod is left', () => {
    always((weight, replicas) => {
      const split = KRUISE_PARTITION.splitFor(weight, replicas)!;
      expect(podsOf(split)).toBe(replicas);
      expect(split.canary === replicas - 1 || weight.atMost(split.share)).toBe(true);
    });
  });

  test('canaries on top never have a share above one half, and with baseline pods never above one third', () => {
    always((weight, replicas) => {
      for (const competitor of ON_TOP) {
        const split = competitor.splitFor(weight, replicas)!;
        expect(split.stable).toBe(replicas);
        expect(split.share.atMost(Fraction.of(1, competitor === AZURE ? 3 : 2))).toBe(true);
      }
    });
  });

  test("a share is the canary's part of all pods", () => {
    always((weight, replicas) => {
      for (const { splitFor } of COMPETITORS) {
        const split = splitFor(weight, replicas)!;
        expect(split.share.times(allPodsOf(split)).equals(Fraction.of(split.canary))).toBe(true);
      }
    });
  });

  test('by pods, the canary gets all traffic at 100 %, with any number of replicas', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (replicas) => {
        for (const { splitFor } of BY_PODS) {
          expect(text(splitFor(Fraction.ONE, replicas))).toBe(`0:${replicas}`);
        }
      }),
    );
  });

  test('Argo gives the nearest split of its own totals in all but five of the 9702 cases up to 50 pods', () => {
    const { short, improvable } = countCases();
    expect(short).toBe(5);
    expect(improvable).toBe(3258);
  });

  /**
   * `short`: another split of N (and N + 1) pods is nearer. `improvable`: a split of N to N + 25 % pods is nearer than Argo's with surge.
   */
  function countCases(): { short: number; improvable: number } {
    let short = 0;
    let improvable = 0;
    for (let replicas = 2; replicas <= 50; replicas++) {
      for (let percentage = 1; percentage <= 99; percentage++) {
        const weight = percent(percentage);
        const isWorse = (split: Split, most: number) => isNearer(nearest(percentage, replicas, most), split, percentage);
        const withSurge = ARGO_WITH_SURGE.splitFor(weight, replicas)!;
        short += Number(isWorse(ARGO_WITHOUT_SURGE.splitFor(weight, replicas)!, replicas));
        short += Number(isWorse(withSurge, replicas + 1));
        improvable += Number(isWorse(withSurge, replicas + Math.ceil(replicas / 4)));
      }
    }
    return { short, improvable };
  }
});
