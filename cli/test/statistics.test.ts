import fc from 'fast-check';
import {
  binomialAtLeast,
  binomialAtMost,
  binomialTest,
  clopperPearson,
  fisherGreater,
  lowerBound,
  trialsFor,
  upperBound,
} from '../src/core/statistics/binomial';
import { Latencies } from '../src/core/statistics/latencies';
import { type Counts, quantile, quantileBounds, totalOf, valuesFor } from '../src/core/statistics/quantiles';
import values from './data/statistics.json';

/** Expects a value within a relative tolerance of the reference value. Values below 1e-290 are too small to compare. */
function expectClose(got: number, expected: number, tolerance: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected) + 1e-290);
}

describe('values of SciPy and mpmath', () => {
  test.each(values.clopperPearson)('the interval of %d of %d at %d is %d to %d', (count, trials, confidence, low, high) => {
    const [gotLow, gotHigh] = clopperPearson(count, trials, confidence);
    expectClose(gotLow, low, 1e-9);
    expectClose(gotHigh, high, 1e-9);
  });

  test.each(values.binomialTest)('%d of %d where %d is expected: p = %d', (count, trials, share, p) => {
    expectClose(binomialTest(count, trials, share), p, 1e-8);
  });

  test.each(values.fisherGreater)('%d of %d against %d of %d: p = %d', (count, trials, other, otherTrials, p) => {
    expectClose(fisherGreater(count, trials, other, otherTrials), p, 1e-9);
  });

  test.each(values.binomialAtMost)('at most %d of %d at %d: %d', (count, trials, share, chance) => {
    expectClose(binomialAtMost(count, trials, share), chance, 1e-9);
  });
});

test('the figures behind the rules of the gates hold', () => {
  // Without errors, 100 requests show an error rate below 3 % (one-sided, 95 %), 300 below 1 %, and 3,000 below 0.1 %.
  expect(upperBound(0, 100, 0.05)).toBeCloseTo(0.0295, 4);
  expect(upperBound(0, 300, 0.05)).toBeLessThan(0.01);
  expect(upperBound(0, 3000, 0.05)).toBeLessThan(0.001);
  expect(trialsFor(0.05, 0.05)).toBe(59);
  // The tutorial sends a hundred requests at a share of a tenth: 5 to 16 hits are within 95 %.
  expect([4, 5, 16, 17].map((count) => binomialTest(count, 100, 0.1) < 0.05)).toEqual([true, false, false, true]);
});

const counted = fc
  .record({ trials: fc.integer({ min: 1, max: 5000 }), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ trials, part }) => ({ trials, count: Math.round(part * trials) }));
const chance = fc.double({ min: 0.0001, max: 0.4, noNaN: true });

describe('laws', () => {
  test('an interval contains the observed share, widens with its confidence, and is symmetric', () => {
    fc.assert(
      fc.property(counted, chance, ({ count, trials }, tail) => {
        const [low, high] = clopperPearson(count, trials, 1 - tail);
        expect(low).toBeLessThanOrEqual(count / trials);
        expect(high).toBeGreaterThanOrEqual(count / trials);
        const [wideLow, wideHigh] = clopperPearson(count, trials, 1 - tail / 2);
        expect(wideLow).toBeLessThanOrEqual(low);
        expect(wideHigh).toBeGreaterThanOrEqual(high);
        expect(1 - clopperPearson(trials - count, trials, 1 - tail)[1]).toBeCloseTo(low, 10);
      }),
      { numRuns: 200 },
    );
  });

  test('the tail probability at a bound is alpha', () => {
    fc.assert(
      fc.property(counted, chance, ({ count, trials }, alpha) => {
        const [low, high] = [lowerBound(count, trials, alpha), upperBound(count, trials, alpha)];
        if (count > 0) {
          expectClose(binomialAtLeast(count, trials, low), alpha, 1e-6);
        }
        if (count < trials) {
          expectClose(binomialAtMost(count, trials, high), alpha, 1e-6);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('bounds rise with the count', () => {
    fc.assert(
      fc.property(counted, chance, ({ count, trials }, alpha) => {
        const next = Math.min(count + 1, trials);
        expect(lowerBound(next, trials, alpha)).toBeGreaterThanOrEqual(lowerBound(count, trials, alpha));
        expect(upperBound(next, trials, alpha)).toBeGreaterThanOrEqual(upperBound(count, trials, alpha));
      }),
      { numRuns: 200 },
    );
  });

  test('the test of a share keeps its level exactly: the probability of a p of at most alpha is at most alpha', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 99 }),
        fc.constantFrom(0.2, 0.05, 0.001),
        (n, percent, alpha) => {
          const share = percent / 100;
          let mass = 0;
          const values = Array.from({ length: n + 1 }, (_, count) => binomialTest(count, n, share));
          expect(values.filter((p) => !(p > 0 && p <= 1))).toEqual([]);
          for (const [count, p] of values.entries()) {
            if (p <= alpha) {
              mass += binomialAtMost(count, n, share) - binomialAtMost(count - 1, n, share);
            }
          }
          expect(mass).toBeLessThanOrEqual(alpha * (1 + 1e-9));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('p falls with the errors of the first group and rises with those of the second, and is 1 if a group is empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), fc.nat(50), fc.nat(50), (n, m, a, b) => {
        const [x, y] = [Math.min(a, n - 1), Math.min(b, m - 1)];
        const p = fisherGreater(x, n, y, m);
        expect(p).toBeGreaterThan(0);
        expect(fisherGreater(x + 1, n, y, m)).toBeLessThanOrEqual(p * (1 + 1e-9));
        expect(fisherGreater(x, n, y + 1, m)).toBeGreaterThanOrEqual(p * (1 - 1e-9));
      }),
      { numRuns: 200 },
    );
    expect(fisherGreater(0, 0, 3, 10)).toBe(1);
    expect(fisherGreater(3, 10, 0, 0)).toBe(1);
  });

  test('an impossible count has p = 0, and a certain one has p = 1', () => {
    expect([0, 1, 5].map((count) => binomialTest(count, 5, 0))).toEqual([1, 0, 0]);
    expect([0, 4, 5].map((count) => binomialTest(count, 5, 1))).toEqual([0, 0, 1]);
    expect(binomialTest(0, 0, 0.3)).toBe(1);
    expect(clopperPearson(0, 0)).toEqual([0, 1]);
  });
});

describe('quantiles', () => {
  test.each([
    [[], 0.5, undefined],
    [[7], 0.99, 7],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4, 5], 0.5, 3],
    [Array.from({ length: 20 }, (_, n) => n + 1), 0.95, 19],
    [Array.from({ length: 100 }, (_, n) => n + 1), 0.99, 99],
    [Array.from({ length: 101 }, (_, n) => n + 1), 0.99, 100],
  ])('the quantile of %j at %d is %d', (sorted, p, expected) => {
    expect(quantile(sorted, p)).toBe(expected);
  });

  test('the counts by latency keep every value within 1 %', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 200 }), (found) => {
        const latencies = new Latencies();
        found.forEach((time, n) => {
          latencies.add(time);
          if (n % 7 === 0) {
            // After a call of `sorted()`, later values are merged into the values that are sorted already.
            expect(latencies.sorted()).toHaveLength(n + 1);
          }
        });
        const sorted = latencies.sorted();
        expect(sorted).toEqual(Float64Array.from(found.map((time) => Math.round(time * 1_000) / 1_000)).sort());
        const counts = latencies.counts();
        expect(totalOf(counts)).toBe(sorted.length);
        const spread = counts.flatMap(([time, count]) => Array<number>(count).fill(time));
        expect(spread.filter((time, n) => !(time >= sorted[n]! * 0.99999 && time <= sorted[n]! * 1.01001))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('the bounds are the order statistics of published tables, and too few values have none', () => {
    const ranks = (n: number): Counts => Array.from({ length: n }, (_, index) => [index + 1, 1] as const);
    // The two-sided 95 % interval of the median of 20 values is from the 6th to the 15th (Conover, table A3).
    expect(quantileBounds(ranks(20), 0.5, 0.025)).toEqual({ lower: 6, upper: 15 });
    expect(quantileBounds(ranks(58), 0.95, 0.05).upper).toBeUndefined();
    expect(quantileBounds(ranks(59), 0.95, 0.05).upper).toBe(59);
    expect(valuesFor(0.95, 0.05)).toBe(59);
    expect(quantileBounds([], 0.95, 0.05)).toEqual({ lower: undefined, upper: undefined });
  });

  test('the bounds enclose the observed quantile', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.constantFrom(0.5, 0.95, 0.99), fc.constantFrom(0.05, 0.001), (n, p, alpha) => {
        const counts: Counts = Array.from({ length: n }, (_, index) => [index + 1, 1] as const);
        const seen = quantile(
          Array.from({ length: n }, (_, index) => index + 1),
          p,
        )!;
        const { lower, upper } = quantileBounds(counts, p, alpha);
        expect(lower ?? 0).toBeLessThanOrEqual(seen);
        expect(upper ?? Infinity).toBeGreaterThanOrEqual(seen);
      }),
    );
  });
});
