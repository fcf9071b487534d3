import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';
import {
  type Split,
  type SplitRule,
  defaultTolerance,
  finalSplit,
  fixedSplit,
  podsOf,
  routedSplit,
  shareOf,
  splitFor,
} from '../../lib/core/split';
import { amountOf, isFull } from '../support/sampling';

const percent = (value: number) => Fraction.of(Math.round(value * 1000), 100_000);

function rule(baseline: number, more: Partial<SplitRule> = {}): SplitRule {
  return { baseline, maxReplicas: 10 * baseline, tolerance: undefined, stableKeepsBaseline: false, fixedTotal: false, ...more };
}

const text = (split: Split | undefined) => split && `${split.stable}:${split.canary}`;

/** The rule of the design by brute force, as a reference for the implementation. */
function bruteForce(
  weight: Fraction,
  { baseline, maxReplicas, tolerance, stableKeepsBaseline }: SplitRule,
  canaryBefore: number,
): Split | undefined {
  const allowed: { stable: number; canary: number; error: Fraction; pods: number }[] = [];
  for (let stable = 1; stable < maxReplicas; stable++) {
    for (let canary = 1; stable + canary <= maxReplicas; canary++) {
      if ((stableKeepsBaseline ? stable : Math.max(stable, canary)) >= baseline) {
        allowed.push({ stable, canary, pods: stable + canary, error: shareOf({ stable, canary }).minus(weight).abs() });
      }
    }
  }
  const within = allowed.filter(({ error }) => error.atMost(tolerance ?? defaultTolerance(weight)));
  const cheapest = Math.min(...within.map(({ pods }) => pods));
  const candidates = within.length === 0 ? allowed : allowed.filter(({ pods }) => 4 * pods <= 5 * cheapest);
  return candidates.sort(
    (a, b) =>
      a.error.compare(b.error) ||
      a.pods - b.pods ||
      Number(b.canary >= canaryBefore) - Number(a.canary >= canaryBefore) ||
      a.canary - b.canary,
  )[0];
}

describe('a split by pods', () => {
  test.each([
    [3, 10, '9:1'],
    [3, 25, '3:1'],
    [3, 50, '3:3'],
    [3, 75, '1:3'],
    [3, 90, '1:9'],
    [3, 1, '29:1'],
    [3, 99, '1:29'],
    [10, 1, '99:1'],
    [10, 10, '10:1'],
    [10, 25, '12:4'],
    [10, 33, '10:5'],
    [10, 50, '10:10'],
    [10, 90, '1:10'],
    [1, 50, '1:1'],
    [1, 10, '9:1'],
    [1, 1, '9:1'],
  ])('baseline %i at %d %% is %s', (baseline, weight, expected) => {
    expect(text(splitFor(percent(weight), rule(baseline), 0))).toBe(expected);
  });

  test.each([
    [10, 33, '67:33'],
    [10, 10, '18:2'],
    [3, 10, '9:1'],
    [20, 12.5, '21:3'],
  ])('without tolerance, baseline %i at %d %% is %s', (baseline, weight, expected) => {
    expect(text(splitFor(percent(weight), rule(baseline, { tolerance: Fraction.ZERO }), 0))).toBe(expected);
  });

  test.each([
    [3, 75, '3:9'],
    [3, 50, '3:3'],
    [3, 90, '3:27'],
  ])('if stable keeps the baseline, baseline %i at %d %% is %s', (baseline, weight, expected) => {
    expect(text(splitFor(percent(weight), rule(baseline, { stableKeepsBaseline: true }), 0))).toBe(expected);
  });

  test('a weight below 1 % is as near as maxReplicas allows: with a baseline of 10, 1 in 1000 needs 1000 pods and gets 99:1', () => {
    expect(text(splitFor(Fraction.of(1, 1000), rule(10), 0))).toBe('99:1');
    expect(text(splitFor(Fraction.of(1, 1000), rule(10, { maxReplicas: 1000 }), 0))).toBe('999:1');
  });

  test('there is no split if no canary fits beside the baseline', () => {
    expect(splitFor(percent(10), rule(3, { maxReplicas: 3 }), 0)).toBeUndefined();
  });

  test('for the weights 1 to 99 a baseline of 10 takes on average 19 pods with 0.35 points of error, and the optimum 59 with none', () => {
    const measure = (tolerance: Fraction | undefined) => {
      const splits = Array.from({ length: 99 }, (_, index) => ({
        weight: percent(index + 1),
        split: splitFor(percent(index + 1), rule(10, { tolerance }), 0)!,
      }));
      const pods = splits.reduce((sum, { split }) => sum + podsOf(split), 0) / 99;
      const errors = splits.reduce((sum, { weight, split }) => sum.plus(shareOf(split).minus(weight).abs()), Fraction.ZERO);
      return { pods: Math.round(pods), points: errors.times(Fraction.of(100, 99)).toRounded(2) };
    };
    expect(measure(undefined)).toEqual({ pods: 19, points: '0.35' });
    expect(measure(Fraction.ZERO)).toEqual({ pods: 59, points: '0' });
  });
});

describe('the laws of splits by pods', () => {
  const weights = fc
    .integer({ min: 2, max: 200 })
    .chain((whole) => fc.integer({ min: 1, max: whole - 1 }).map((part) => Fraction.of(part, whole)));
  const rules = fc
    .record({
      baseline: fc.integer({ min: 1, max: 8 }),
      factor: fc.integer({ min: 2, max: 10 }),
      tolerance: fc.option(
        fc.integer({ min: 0, max: 20 }).map((points) => Fraction.of(points, 100)),
        { nil: undefined },
      ),
      stableKeepsBaseline: fc.boolean(),
    })
    .map(({ factor, ...rest }) => ({ ...rest, fixedTotal: false, maxReplicas: factor * rest.baseline + 1 }));

  test('the split equals that of the rule by brute force', () => {
    fc.assert(
      fc.property(weights, rules, fc.nat({ max: 30 }), (weight, limits, before) => {
        expect(text(splitFor(weight, limits, before))).toBe(text(bruteForce(weight, limits, before)));
      }),
      { numRuns: amountOf('splits: random rules') },
    );
  });

  test('every split has a pod on each side, keeps the baseline and stays within maxReplicas', () => {
    fc.assert(
      fc.property(weights, rules, (weight, limits) => {
        const split = splitFor(weight, limits, 0)!;
        expect(Math.min(split.stable, split.canary)).toBeGreaterThanOrEqual(1);
        expect(Math.max(split.stable, split.canary)).toBeGreaterThanOrEqual(limits.baseline);
        expect(podsOf(split)).toBeLessThanOrEqual(limits.maxReplicas);
      }),
    );
  });

  test('the splits of a weight and its complement mirror each other', () => {
    fc.assert(
      fc.property(weights, rules, (weight, limits) => {
        const symmetric = { ...limits, stableKeepsBaseline: false };
        const split = splitFor(weight, symmetric, 0)!;
        const mirrored = splitFor(Fraction.ONE.minus(weight), symmetric, 0)!;
        expect(podsOf(mirrored)).toBe(podsOf(split));
        expect(shareOf(mirrored).minus(Fraction.ONE.minus(weight)).abs().equals(shareOf(split).minus(weight).abs())).toBe(true);
      }),
    );
  });
});

describe('a split without tolerance', () => {
  const [MOST, STEP] = [amountOf('splits: pods'), amountOf('splits: one baseline in')];

  /**
   * For each limit the nearest split, then the fewest pods, by brute force. Ordinary integers suffice, because they stay far below 2^53.
   */
  function optima(part: number, whole: number, baseline: number): { error: number; over: number; pods: number }[] {
    const best: { error: number; over: number; pods: number }[] = [];
    let nearest = { error: 1, over: 0, pods: 0 };
    for (let pods = 2; pods <= MOST; pods++) {
      for (let canary = 1; canary < pods; canary++) {
        const [error, over] = [Math.abs(canary * whole - part * pods), pods * whole];
        if (Math.max(canary, pods - canary) >= baseline && error * nearest.over < nearest.error * over) {
          nearest = { error, over, pods };
        }
      }
      best[pods] = nearest;
    }
    return best;
  }

  const isReduced = (part: number, whole: number): boolean => (whole === 0 ? part === 1 : isReduced(whole, part % whole));

  test('is the optimum for few pods: no allowed split is nearer, and none that is as near has fewer pods', () => {
    let cases = 0;
    for (let whole = 2; whole <= MOST; whole += STEP) {
      for (let part = 1; part < whole; part++) {
        for (let baseline = 1; isReduced(part, whole) && baseline < MOST; baseline += STEP) {
          const best = optima(part, whole, baseline);
          for (let most = baseline + 1; most <= MOST; most += STEP) {
            const split = splitFor(Fraction.of(part, whole), rule(baseline, { maxReplicas: most, tolerance: Fraction.ZERO }), 0)!;
            const { error, over, pods } = best[most]!;
            const isAsNear = Math.abs(split.canary * whole - part * podsOf(split)) * over === error * podsOf(split) * whole;
            if (!isAsNear || podsOf(split) !== pods) {
              throw new Error(`${part}/${whole}, baseline ${baseline}, at most ${most}: ${text(split)} is not the optimum of ${pods} pods`);
            }
            cases++;
          }
        }
      }
    }
    expect(cases).toBeGreaterThan(isFull ? 1_900_000 : 1000);
  }, 900_000);

  test('grows with the weight: a larger weight never gets a smaller share', () => {
    const weights = fc.tuple(fc.integer({ min: 1, max: 998 }), fc.integer({ min: 1, max: 998 }));
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 1000 }), ([one, other], baseline) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((part) => Fraction.of(part, 999));
        const share = (weight: Fraction) => shareOf(splitFor(weight, rule(baseline, { tolerance: Fraction.ZERO }), 0)!);
        expect(share(low!).atMost(share(high!))).toBe(true);
      }),
    );
  });

  test('is also found for a thousand million pods', () => {
    const split = splitFor(Fraction.of(123_456_789, 1_000_000_007), rule(1e8, { tolerance: Fraction.ZERO }), 0)!;
    expect(podsOf(split)).toBeLessThanOrEqual(1e9);
    // The error of a best approximation with denominators up to n is at most 1 / (q n).
    const error = shareOf(split).minus(Fraction.of(123_456_789, 1_000_000_007)).abs();
    expect(error.atMost(Fraction.of(1, 10n ** 17n))).toBe(true);
  });
});

describe('a split of exactly N pods', () => {
  test.each([
    [10, 1, '9:1'],
    [10, 10, '9:1'],
    [10, 25, '8:2'],
    [10, 33, '7:3'],
    [10, 95, '1:9'],
    [10, 99, '1:9'],
    [2, 50, '1:1'],
    [3, 50, '2:1'],
  ])('%i at %d %% is %s', (pods, weight, expected) => {
    expect(text(fixedSplit(percent(weight), pods))).toBe(expected);
    expect(text(splitFor(percent(weight), rule(pods, { fixedTotal: true }), 0))).toBe(expected);
  });

  test('one pod cannot be divided', () => {
    expect(fixedSplit(percent(50), 1)).toBeUndefined();
  });

  test('no other split is nearer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 1, max: 999 }), (pods, part) => {
        const weight = Fraction.of(part, 1000);
        const error = (canary: number) => Fraction.of(canary, pods).minus(weight).abs();
        const { canary } = fixedSplit(weight, pods)!;
        const others = Array.from({ length: pods - 1 }, (_, index) => index + 1);
        expect(others.filter((other) => error(other).lessThan(error(canary)))).toEqual([]);
      }),
    );
  });
});

describe('the last stage', () => {
  test.each([
    [3, { stable: 3, canary: 3 }, '0:6'],
    [3, { stable: 9, canary: 1 }, '0:6'],
    [3, { stable: 3, canary: 1 }, '0:4'],
    [3, { stable: 3, canary: 0 }, '0:3'],
    [10, { stable: 10, canary: 10 }, '0:20'],
  ])('baseline %i after %j is %s: the capacity of the stage before, at most twice the baseline', (baseline, before, expected) => {
    expect(text(finalSplit(baseline, before))).toBe(expected);
  });
});

describe('a split with a router', () => {
  test.each([
    [3, 1, 10, '3:1'],
    [3, 1, 25, '3:1'],
    [3, 1, 50, '3:2'],
    [3, 1, 100, '3:3'],
    [10, 1, 28, '10:3'],
    [25, 1, 28, '25:7'],
    [10, 4, 10, '10:4'],
    [10, 1, 0.1, '10:1'],
  ])('baseline %i, at least %i canaries, at %d %% is %s', (baseline, minCanary, weight, expected) => {
    expect(text(routedSplit(percent(weight), baseline, minCanary))).toBe(expected);
  });
});
