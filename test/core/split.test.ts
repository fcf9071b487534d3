import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';
import { Split, SplitRule, defaultTolerance, finalSplit, podsOf, routedSplit, shareOf, splitFor } from '../../lib/core/split';

const percent = (value: number) => Fraction.of(Math.round(value * 1000), 100_000);

function rule(baseline: number, more: Partial<SplitRule> = {}): SplitRule {
  return { baseline, maxReplicas: 10 * baseline, tolerance: undefined, stableKeepsBaseline: false, ...more };
}

const text = (split: Split | undefined) => split && `${split.stable}:${split.canary}`;

/** The rule of the design, word for word and by brute force, to hold the real one against. */
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
  ])('exactly, baseline %i at %d %% is %s', (baseline, weight, expected) => {
    expect(text(splitFor(percent(weight), rule(baseline, { tolerance: Fraction.ZERO }), 0))).toBe(expected);
  });

  test.each([
    [3, 75, '3:9'],
    [3, 50, '3:3'],
    [3, 90, '3:27'],
  ])('where stable keeps the baseline, %i at %d %% is %s', (baseline, weight, expected) => {
    expect(text(splitFor(percent(weight), rule(baseline, { stableKeepsBaseline: true }), 0))).toBe(expected);
  });

  test('a sub-percent weight is as near as the pods allow: 1 in 1000 of 10 needs 1000 pods and gets 99:1', () => {
    expect(text(splitFor(Fraction.of(1, 1000), rule(10), 0))).toBe('99:1');
    expect(text(splitFor(Fraction.of(1, 1000), rule(10, { maxReplicas: 1000 }), 0))).toBe('999:1');
  });

  test('there is none where no canary fits beside the baseline', () => {
    expect(splitFor(percent(10), rule(3, { maxReplicas: 3 }), 0)).toBeUndefined();
  });

  test('over the weights 1 to 99 a baseline of 10 costs 19 pods and 0.35 points, and the optimum 59 pods and nothing', () => {
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
    .map(({ factor, ...rest }) => ({ ...rest, maxReplicas: factor * rest.baseline + 1 }));

  test('it is what the rule says, word for word', () => {
    fc.assert(
      fc.property(weights, rules, fc.nat({ max: 30 }), (weight, limits, before) => {
        expect(text(splitFor(weight, limits, before))).toBe(text(bruteForce(weight, limits, before)));
      }),
      { numRuns: 1500 },
    );
  });

  test('every weight has a pod on each side, holds the baseline and stays within maxReplicas', () => {
    fc.assert(
      fc.property(weights, rules, (weight, limits) => {
        const split = splitFor(weight, limits, 0)!;
        expect(Math.min(split.stable, split.canary)).toBeGreaterThanOrEqual(1);
        expect(Math.max(split.stable, split.canary)).toBeGreaterThanOrEqual(limits.baseline);
        expect(podsOf(split)).toBeLessThanOrEqual(limits.maxReplicas);
      }),
    );
  });

  test('a weight and its complement mirror each other', () => {
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
