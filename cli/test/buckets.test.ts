import fc from 'fast-check';
import { logEvidenceOfOdds } from '../../lib/core/gates/bernoulli';
import { DEFAULT_GATES, type GatesEntry } from '../../lib/core/gates/settings';
import { Chance } from '../../test/support/chance';
import { type Bucket, BucketCounts } from '../src/core/prometheus/buckets';
import { GateFeed } from '../src/core/gates/feed';
import { type GateTimes, StageGates } from '../src/core/gates/gates';
import { LatencyTest, SlowCounter } from '../src/core/gates/latency-test';
import { quantileSequence } from '../src/core/gates/quantile-sequence';
import { type Counts, type Times, UNBOUNDED, perhapsLonger, surelyLonger, timesOf } from '../src/core/statistics/quantiles';
import { MetricCounter } from '../src/core/prometheus/metric-counter';

/** Latency known only by histogram buckets: the uncertainty within a bucket never makes the canary fail, and never lets it pass. */

/**
 * The buckets of Istio's proxies, in milliseconds:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
 */
const ISTIO = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000];

function exact(times: readonly number[]): Counts {
  return [...times].sort((a, b) => a - b).map((time) => [time, 1] as const);
}

function bucketed(times: readonly number[], ends: readonly number[]): Times {
  const counts = new BucketCounts();
  const all = [...ends, UNBOUNDED];
  counts.add(
    times.map((time): Bucket => {
      const n = all.findIndex((end) => time <= end);
      return { lower: all[n - 1] ?? 0, upper: all[n]!, answers: 1 };
    }),
  );
  return timesOf(counts.latency());
}

const time = fc.double({ min: 0.001, max: 100, noNaN: true });
const times = fc.array(time, { maxLength: 40 });
const ends = fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 120 }), time), { maxLength: 8 }).map((list) => list.sort((a, b) => a - b));
/** Thresholds on a bucket boundary can reveal an off-by-one error. */
const limit = fc.oneof(fc.integer({ min: 1, max: 120 }), time);

describe('the width of a bucket never makes the canary fail', () => {
  test('the count of slow responses is a lower bound for the canary and an upper bound for stable', () => {
    fc.assert(
      fc.property(times, ends, limit, (some, cut, at) => {
        const longer = some.filter((one) => one > at).length;
        const within = bucketed(some, cut);
        expect(surelyLonger(within, at)).toBeLessThanOrEqual(longer);
        expect(perhapsLonger(within, at)).toBeGreaterThanOrEqual(longer);
        // Without buckets, both counts are exact.
        expect([surelyLonger(exact(some), at), perhapsLonger(exact(some), at)]).toEqual([longer, longer]);
        // If a bucket ends at the limit, both counts are exact too.
        const cutThere = bucketed(
          some,
          [...new Set([...cut, at])].sort((a, b) => a - b),
        );
        expect([surelyLonger(cutThere, at), perhapsLonger(cutThere, at)]).toEqual([longer, longer]);
      }),
    );
  });

  test("the evidence of a block rises with the canary's slow responses and falls with stable's", () => {
    const answers = fc
      .integer({ min: 1, max: 40 })
      .chain((requests) => fc.record({ requests: fc.constant(requests), errors: fc.nat(requests) }));
    fc.assert(
      fc.property(answers, answers, fc.double({ min: 1.01, max: 100, noNaN: true }), (stable, canary, ratio) => {
        const more = (of: typeof stable) => ({ ...of, errors: Math.min(of.requests, of.errors + 1) });
        const evidence = logEvidenceOfOdds({ stable, canary }, ratio);
        expect(logEvidenceOfOdds({ stable, canary: more(canary) }, ratio)).toBeGreaterThanOrEqual(evidence - 1e-9);
        expect(logEvidenceOfOdds({ stable: more(stable), canary }, ratio)).toBeLessThanOrEqual(evidence + 1e-9);
      }),
    );
  });

  test('no block has more slow canary responses by buckets than by exact latency, although the thresholds differ', () => {
    const blocks = fc.array(fc.tuple(times, times), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(blocks, ends, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(10), (all, cut, tolerance, slack) => {
        const counters = [0, 1].map(() => new SlowCounter([0.5, 0.95], tolerance, slack));
        for (const [stable, canary] of all) {
          const byTimes = counters[0]!.add({ stable: exact(stable), canary: exact(canary) });
          const byBuckets = counters[1]!.add({ stable: bucketed(stable, cut), canary: bucketed(canary, cut) });
          expect(byBuckets.length).toBe(byTimes.length);
          byBuckets.forEach((slow, n) => {
            expect(slow.threshold).toBeGreaterThanOrEqual(byTimes[n]!.threshold);
            expect(slow.canary.requests).toBe(byTimes[n]!.canary.requests);
            expect(slow.canary.errors).toBeLessThanOrEqual(byTimes[n]!.canary.errors);
          });
        }
      }),
    );
  });

  test('buckets give no more evidence than exact latency at the same thresholds', () => {
    // Stable's first block lies on bucket boundaries, so both tests choose the same thresholds from it; the second block does not change
    // them.
    const first = [...Array<number>(19).fill(10), ...Array<number>(20).fill(25), 50];
    const second = fc.array(time, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(second, fc.array(time, { minLength: 1, maxLength: 40 }), (stable, canary) => {
        const evidence = (make: (of: readonly number[]) => Times) => {
          const slow = new SlowCounter([0.5, 0.95], 0.25, 5);
          slow.add({ stable: make(first), canary: [] });
          const found = slow.add({ stable: make(stable), canary: make(canary) });
          expect(found.map(({ threshold }) => threshold)).toEqual([25, 25]);
          const test_ = new LatencyTest([0.5, 0.95]);
          test_.add(found);
          return test_.logSlower;
        };
        expect(evidence((of) => bucketed(of, ISTIO))).toBeLessThanOrEqual(evidence(exact) + 1e-9);
      }),
    );
  });

  test('no response exceeds an unbounded threshold', () => {
    const slow = new SlowCounter([0.5], 0.25, 5);
    slow.add({ stable: bucketed(Array<number>(40).fill(1e9), ISTIO), canary: [] });
    expect(slow.add({ stable: bucketed([1, 1e9], ISTIO), canary: bucketed([1e8, 1e9], ISTIO) })).toEqual([
      { quantile: 0.5, threshold: UNBOUNDED, stable: { requests: 2, errors: 0 }, canary: { requests: 2, errors: 0 } },
    ]);
  });
});

describe('the width of a bucket never makes the canary pass', () => {
  test('the bounds of a quantile from buckets enclose those from exact latency', () => {
    fc.assert(
      fc.property(times, ends, fc.constantFrom(0.5, 0.9), fc.constantFrom(0.5, 0.1), (some, cut, q, alpha) => {
        const byTimes = quantileSequence(exact(some), q, alpha);
        const byBuckets = quantileSequence(bucketed(some, cut), q, alpha);
        expect(byBuckets.lower ?? 0).toBeLessThanOrEqual(byTimes.lower ?? 0);
        expect(byBuckets.upper ?? Infinity).toBeGreaterThanOrEqual(byTimes.upper ?? Infinity);
      }),
    );
  });

  const latencyOf = (found: GateTimes, settings: GatesEntry = DEFAULT_GATES) =>
    new StageGates(settings, 1, false).verdict(found).checks.find(({ name }) => name === 'latency p95')!;

  test('a canary that passes by buckets also passes by exact latency', () => {
    let passes = 0;
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 1, max: 3_000, noNaN: true }),
        fc.double({ min: 0.5, max: 3, noNaN: true }),
        (seed, usual, slower) => {
          const chance = new Chance(seed);
          const drawn = (factor: number) => Array.from({ length: 400 }, () => usual * factor * (0.8 + 0.4 * chance.fraction()));
          const [stable, canary] = [drawn(1), drawn(slower)];
          const byBuckets = latencyOf({ stable: bucketed(stable, ISTIO), canary: bucketed(canary, ISTIO) }).verdict;
          passes += byBuckets === 'pass' ? 1 : 0;
          expect(byBuckets === 'pass' ? latencyOf({ stable: exact(stable), canary: exact(canary) }).verdict : 'pass').toBe('pass');
        },
      ),
      { seed: 1, numRuns: 300 },
    );
    expect(passes).toBeGreaterThan(50);
  });

  const alike = (milliseconds: number) => bucketed(Array<number>(1_000).fill(milliseconds), ISTIO);

  test('equal versions do not pass if the quantile lies above the last finite bucket boundary', () => {
    const open = alike(1e9);
    expect(latencyOf({ stable: open, canary: open })).toEqual({
      name: 'latency p95',
      verdict: 'inconclusive',
      why: "canary more than 3.60e+3 s (3.60e+3 s to unknown), stable more than 3.60e+3 s (3.60e+3 s to unknown); not decided: an increase of more than 100.0 % is not excluded; evidence 1 of the 20 needed to fail; stable's bucket is too wide for a margin of 100.0 %, so equal versions cannot pass",
    });
    expect(latencyOf({ stable: open, canary: alike(20) }).verdict).toBe('pass');
    expect(latencyOf({ stable: alike(20), canary: open }).verdict).toBe('inconclusive');
  });

  test('equal versions do not pass if their bucket is wider than the margin, and the check gives this reason', () => {
    const twice = latencyOf({ stable: alike(20), canary: alike(20) });
    expect(twice).toMatchObject({ verdict: 'inconclusive', why: expect.stringContaining('too wide for a margin of 100.0 %') as string });
    const settings: GatesEntry = { ...DEFAULT_GATES, latency: { ...DEFAULT_GATES.latency!, margin: 1.5 } };
    expect(latencyOf({ stable: alike(20), canary: alike(20) }, settings).verdict).toBe('pass');
    // Two times in the bucket from 25 to 50 ms differ by at most a factor of two, which the margin of 100 % allows.
    expect(latencyOf({ stable: alike(40), canary: alike(40) }).why).toContain('canary between 25.0 ms and 50.0 ms (25.0 ms to 50.0 ms)');
    expect(latencyOf({ stable: alike(40), canary: alike(40) }).verdict).toBe('pass');
  });
});

test('evidence from buckets becomes blocks that use both boundaries of a bucket', () => {
  const counted = new MetricCounter({ stable: '1.0', canary: '1.1' }, 5);
  const feed = new GateFeed(DEFAULT_GATES);
  const about = { from: '', until: '', source: '' };
  const add = (canary: number) => {
    const buckets = (lower: number, upper: number): Bucket[] => [{ lower, upper, answers: 30 }];
    counted.add(0, {
      stable: { requests: 30, errors: 0, buckets: buckets(10, 25) },
      canary: { requests: 30, errors: 0, buckets: buckets(ISTIO[ISTIO.indexOf(canary) - 1]!, canary) },
    });
    return feed.next(counted.evidence(about), undefined, 1).slow;
  };
  expect(add(100)).toBeUndefined();
  // A time between 25 and 50 ms may be as short as 26 ms, which is less than a quarter more than 25 ms.
  expect(add(50)![0]).toMatchObject({ threshold: 25, stable: { requests: 30, errors: 0 }, canary: { requests: 30, errors: 0 } });
  expect(add(100)![0]).toMatchObject({ threshold: 25, stable: { requests: 30, errors: 0 }, canary: { requests: 30, errors: 30 } });
});
