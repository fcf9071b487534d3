import fc from 'fast-check';
import {
  type Block,
  type Rates,
  divergence,
  logEvidence,
  logEvidenceOfOdds,
  logEvidenceOne,
  nearest,
} from '../../lib/core/gates/bernoulli';
import { DEFAULT_GATES, type GatesEntry, testsOf } from '../../lib/core/gates/settings';
import { stageNeed } from '../../lib/core/gates/planner';
import { gatesEntry } from '../../lib/gates';
import { Chance } from '../../test/support/chance';
import { amountOf } from '../../test/support/sampling';
import type { CarriedEvidence } from '../src/core/gates/carried';
import { Capital } from '../src/core/gates/capital';
import { ErrorTest } from '../src/core/gates/error-test';
import { type GateBlock, StageGates, quantilesOf } from '../src/core/gates/gates';
import { GateFeed } from '../src/core/gates/feed';
import { RequestCounter } from '../src/core/traffic/request-counter';
import { LatencyTest, SlowCounter } from '../src/core/gates/latency-test';
import { logEvidenceOfSide, quantileSequence } from '../src/core/gates/quantile-sequence';
import { rateBounds } from '../src/core/gates/rate-sequence';
import { ShareTest } from '../src/core/gates/share-test';
import { type Counts, bucketOf, countsOfBuckets } from '../src/core/statistics/quantiles';

const rate = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const size = fc.integer({ min: 1, max: 4 });

/** The expectation of an e-value: the sum over all possible blocks. */
function expectation(truth: Rates, sizes: readonly [number, number], value: (block: Block) => number): number {
  const chance = (n: number, k: number, p: number) => binomial(n, k) * p ** k * (1 - p) ** (n - k);
  let sum = 0;
  for (let s = 0; s <= sizes[0]; s += 1) {
    for (let c = 0; c <= sizes[1]; c += 1) {
      const block = { stable: { requests: sizes[0], errors: s }, canary: { requests: sizes[1], errors: c } };
      sum += chance(sizes[0], s, truth.stable) * chance(sizes[1], c, truth.canary) * Math.exp(value(block));
    }
  }
  return sum;
}

function binomial(n: number, k: number): number {
  return k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k;
}

const RUNS = amountOf('gates: random rates');

describe('the expectation of an e-value is at most 1 under the null hypothesis', () => {
  test.each(['at most', 'at least'] as const)('for a difference, %s', (side) => {
    fc.assert(
      fc.property(
        rate,
        rate,
        rate,
        rate,
        fc.double({ min: -0.3, max: 0.3, noNaN: true }),
        size,
        size,
        (s, c, bs, bc, difference, ns, nc) => {
          const isNull = side === 'at most' ? c - s <= difference : c - s >= difference;
          fc.pre(isNull);
          const value = expectation({ stable: s, canary: c }, [ns, nc], (block) =>
            logEvidence(block, { stable: bs, canary: bc }, difference, side),
          );
          expect(value).toBeLessThanOrEqual(1 + 1e-7);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('for odds', () => {
    fc.assert(
      fc.property(rate, rate, fc.double({ min: 1.01, max: 100, noNaN: true }), size, size, (a, b, ratio, ns, nc) => {
        const truth = { stable: Math.max(a, b), canary: Math.min(a, b) };
        expect(expectation(truth, [ns, nc], (block) => logEvidenceOfOdds(block, ratio))).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(['at most', 'at least'] as const)('for a limit, %s', (side) => {
    fc.assert(
      fc.property(rate, rate, rate, size, (truth, bet, limit, n) => {
        fc.pre(side === 'at most' ? truth <= limit : truth >= limit);
        const value = expectation({ stable: 0.5, canary: truth }, [0, n], ({ canary }) => logEvidenceOne(canary, bet, limit, side));
        expect(value).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: RUNS },
    );
  });

  test('if the share is as expected, the evidence reaches a threshold no more often than the inverse of the threshold, at any time', () => {
    for (const expected of [0.01, 0.1, 0.5, 0.9]) {
      const chanceOf = (k: number) => binomial(3, k) * expected ** k * (1 - expected) ** (3 - k);
      // All possible results of three blocks of three requests.
      const ends = [0, 1, 2, 3].flatMap((a) =>
        [0, 1, 2, 3].flatMap((b) =>
          [0, 1, 2, 3].map((c) => {
            const share = new ShareTest();
            [a, b, c].forEach((canary) => share.add(3, canary, expected));
            return { evidence: Math.exp(share.logWrong), chance: chanceOf(a) * chanceOf(b) * chanceOf(c) };
          }),
        ),
      );
      for (const threshold of [1.1, 2, 5, 20]) {
        const reached = ends.filter(({ evidence }) => evidence >= threshold).reduce((sum, { chance }) => sum + chance, 0);
        expect(reached).toBeLessThanOrEqual(1 / threshold);
      }
    }
  });
});

/**
 * The expectation of the evidence after a fixed series of responses, over all ways to divide the requests at random. If both versions would
 * have given the same responses, it must be at most 1, however the error rate moves.
 */
function expectationOverDivisions(errors: readonly boolean[], share: number): number {
  let sum = 0;
  for (let division = 0; division < 2 ** errors.length; division += 1) {
    const test = new ErrorTest({ tolerance: 0, margin: 0.05, baseRate: 0.01 }, false);
    let chance = 1;
    errors.forEach((isError, n) => {
      const isCanary = ((division >> n) & 1) === 1;
      chance *= isCanary ? share : 1 - share;
      const [none, one] = [
        { requests: 0, errors: 0 },
        { requests: 1, errors: isError ? 1 : 0 },
      ];
      test.add({ stable: isCanary ? none : one, canary: isCanary ? one : none });
    });
    sum += chance * Math.exp(test.capital.log);
  }
  return sum;
}

test('a burst of errors that hits both versions alike is no evidence on average', () => {
  for (const first of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    for (const length of [1, 2, 4]) {
      const errors = Array.from({ length: 10 }, (_, n) => n >= first && n < first + length);
      for (const share of [0.1, 0.3, 0.5, 0.9]) {
        expect(expectationOverDivisions(errors, share)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
  }
});

test('capital that is moved between bets and cash keeps its sum', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: 0, max: 1e4, noNaN: true }))), (steps) => {
      const capital = new Capital([Math.log(0.25), Math.log(0.75)]);
      expect(capital.log).toBeCloseTo(0, 9);
      for (const [log, seconds] of steps) {
        capital.bet([log, -log]);
        const before = capital.log;
        capital.renew(seconds);
        expect(capital.log).toBeCloseTo(before, 9);
      }
    }),
    { numRuns: 100 },
  );
});

test('the nearest rates of a null hypothesis are nearer than any others on its boundary', () => {
  fc.assert(
    fc.property(rate, rate, fc.double({ min: -0.2, max: 0.2, noNaN: true }), size, size, rate, (s, c, difference, ns, nc, other) => {
      fc.pre(other + difference > 0.001 && other + difference < 0.999);
      const distance = (at: Rates) => ns * divergence(s, at.stable) + nc * divergence(c, at.canary);
      const found = nearest({ stable: s, canary: c }, difference, ns, nc);
      expect(distance(found)).toBeLessThanOrEqual(distance({ stable: other, canary: other + difference }) + 1e-7);
    }),
    { numRuns: RUNS },
  );
});

test('the evidence about a quantile equals the integral of its definition', () => {
  for (const side of ['below', 'above'] as const) {
    for (const [successes, trials, q] of [
      [90, 100, 0.95],
      [99, 100, 0.95],
      [470, 1_000, 0.5],
    ] as const) {
      const [a, b] = [q * 20, (1 - q) * 20];
      const [from, to] = side === 'below' ? [0, q] : [q, 1];
      const integral = (f: (x: number) => number) => {
        const steps = 20_000;
        let sum = 0;
        for (let n = 0; n < steps; n += 1) {
          sum += f(from + ((n + 0.5) / steps) * (to - from));
        }
        return (sum * (to - from)) / steps;
      };
      const density = (x: number) => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x));
      const likelihood = (x: number) => Math.exp(successes * Math.log(x / q) + (trials - successes) * (Math.log1p(-x) - Math.log1p(-q)));
      const expected = Math.log(integral((x) => density(x) * likelihood(x)) / integral(density));
      expect(logEvidenceOfSide(successes, trials, q, side)).toBeCloseTo(expected, 2);
    }
  }
});

test('the bounds of a quantile contain it, and narrow with more observations', () => {
  const chance = new Chance(7);
  const counts = (n: number) => {
    const buckets = new Map<number, number>();
    for (let i = 0; i < n; i += 1) {
      const bucket = bucketOf(10 + 90 * chance.fraction());
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    return countsOfBuckets(buckets);
  };
  const width = (n: number) => {
    const { lower, upper } = quantileSequence(counts(n), 0.95, 0.01);
    expect(lower ?? 0).toBeLessThanOrEqual(95.5 * 1.02);
    expect(upper ?? Infinity).toBeGreaterThanOrEqual(95.5 * 0.98);
    return (upper ?? Infinity) - (lower ?? 0);
  };
  expect(width(20_000)).toBeLessThan(width(2_000));
  expect(quantileSequence([], 0.5, 0.05)).toEqual({ lower: undefined, upper: undefined });
});

describe('the gates of a stage', () => {
  const settings: GatesEntry = { ...DEFAULT_GATES, latency: undefined };

  function play(rates: Rates, share: number, requests: number, expected: number | undefined, seed: number): StageGates {
    const chance = new Chance(seed);
    const gates = new StageGates(settings, 4, false);
    for (let sent = 0; sent < requests; sent += 50) {
      const block = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 0, expected };
      for (let n = 0; n < 50; n += 1) {
        const track = chance.fraction() < share ? 'canary' : 'stable';
        block[track].requests += 1;
        block[track].errors += chance.fraction() < rates[track] ? 1 : 0;
      }
      gates.add(block);
    }
    return gates;
  }

  const verdictOf = (gates: StageGates, name: string) => gates.verdict(undefined).checks.find((check) => check.name === name)?.verdict;

  test('the gates never pass without data', () => {
    expect(new StageGates(settings, 4, false).verdict(undefined).verdict).toBe('inconclusive');
    expect(new StageGates(DEFAULT_GATES, 4, true).verdict(undefined).verdict).toBe('inconclusive');
    const onlyStable = new StageGates(settings, 4, false);
    onlyStable.add({ stable: { requests: 1_000, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 0, expected: undefined });
    expect(onlyStable.verdict(undefined).verdict).toBe('inconclusive');
  });

  test('a canary as good as stable passes, one with 20 % errors fails, a wrong share fails', () => {
    expect(play({ stable: 0.01, canary: 0.01 }, 0.1, 4_000, 0.1, 1).verdict(undefined).verdict).toBe('pass');
    expect(verdictOf(play({ stable: 0.01, canary: 0.2 }, 0.1, 4_000, 0.1, 2), 'errors')).toBe('fail');
    const wrong = play({ stable: 0.01, canary: 0.01 }, 0.25, 4_000, 0.1, 3);
    expect([verdictOf(wrong, 'share'), verdictOf(wrong, 'errors')]).toEqual(['fail', 'pass']);
  });

  test('requests that neither version answered prevent a pass if the share is not known, and do not cause a failure', () => {
    const alone = new StageGates(settings, 4, false);
    for (let n = 0; n < 40; n += 1) {
      alone.add({ stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 50, expected: undefined });
    }
    expect(verdictOf(alone, 'errors')).toBe('inconclusive');
  });

  describe('requests that neither version answered', () => {
    /** Six hundred seconds at ten requests per second, as `run --auto` measures a stage before it pauses. */
    function probed(unanswered: Rates, share: number, seed: number): StageGates {
      const chance = new Chance(seed);
      const gates = new StageGates(settings, 4, false, false);
      for (let second = 0; second < 600 && !gates.isRefuted; second += 1) {
        const block = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 0, expected: share };
        for (let n = 0; n < 10; n += 1) {
          const track = chance.fraction() < share ? 'canary' : 'stable';
          if (chance.fraction() < unanswered[track]) {
            block.unknown += 1;
          } else {
            block[track].requests += 1;
          }
        }
        gates.add(block);
      }
      return gates;
    }

    test('a canary passes if they are as frequent with both versions', () => {
      const seeds = Array.from({ length: 20 }, (_, n) => 40 + n);
      const passed = seeds.filter((seed) => verdictOf(probed({ stable: 0.005, canary: 0.005 }, 0.1, seed), 'errors') === 'pass');
      // The evidence that answers are missing reaches 20 in at most one of 20 rollouts. The seeds are fixed.
      expect(passed.length).toBeGreaterThanOrEqual(19);
    });

    test('a canary that answers 30 % less than stable does not pass', () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const gates = probed({ stable: 0, canary: 0.3 }, 0.25, seed);
        expect(gates.verdict(undefined).verdict).toBe('fail');
        expect(verdictOf(gates, 'share')).toBe('fail');
      }
    });

    test('they are all charged to the canary as soon as its answers are missing, and at 100 %', () => {
      const gates = new StageGates(settings, 1, false, false);
      const alone = new StageGates(settings, 1, true, false);
      for (let n = 0; n < 60; n += 1) {
        gates.add({ stable: { requests: 90, errors: 0 }, canary: { requests: 5, errors: 0 }, unknown: 5, expected: 0.1 });
        alone.add({ stable: { requests: 0, errors: 0 }, canary: { requests: 90, errors: 0 }, unknown: 10, expected: 1 });
      }
      expect(gates.verdict(undefined).checks[0]!.why).toMatch(/300 requests without an answer, 2\d\d[.\d]* of them counted as its errors/);
      expect(verdictOf(alone, 'error limit')).toBe('inconclusive');
    });

    test('they are all charged to the canary if no share is checked', () => {
      const gates = new StageGates({ ...settings, share: false }, 1, false, false);
      for (let n = 0; n < 60; n += 1) {
        gates.add({ stable: { requests: 90, errors: 0 }, canary: { requests: 10, errors: 0 }, unknown: 1, expected: undefined });
      }
      expect(verdictOf(gates, 'errors')).toBe('inconclusive');
    });
  });

  describe('a share of 100 %', () => {
    function shareAt(late: (request: number) => boolean): string | undefined {
      const gates = new StageGates(settings, 1, true, false);
      for (let n = 0; n < 600; n += 1) {
        const [stable, canary] = late(n) ? [1, 0] : [0, 1];
        gates.add({ stable: { requests: stable, errors: 0 }, canary: { requests: canary, errors: 0 }, unknown: 0, expected: 1 });
      }
      return verdictOf(gates, 'share');
    }

    test('one late answer of stable is no failure, and neither is one in 200', () => {
      expect(shareAt((n) => n === 0)).toBe('pass');
      expect(shareAt((n) => n === 599)).toBe('pass');
      expect(shareAt((n) => n % 200 === 199)).toBe('pass');
    });

    test('if one request in ten still goes to stable, the share is wrong', () => {
      expect(shareAt((n) => n % 10 === 9)).toBe('fail');
    });
  });

  test('errors that begin after half an hour are found as soon as errors from the beginning, about', () => {
    const secondsUntilFound = (seed: number) => {
      const chance = new Chance(seed);
      const gates = new StageGates({ ...settings, share: false }, 4, false, false);
      for (let second = 0; second < 1_800 + 120; second += 1) {
        const block = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 0, expected: undefined };
        for (let n = 0; n < 100; n += 1) {
          const track = n % 2 === 0 ? 'canary' : 'stable';
          block[track].requests += 1;
          block[track].errors += chance.fraction() < (track === 'canary' && second >= 1_800 ? 0.05 : 0.01) ? 1 : 0;
        }
        gates.add({ ...block, seconds: 1 });
        if (gates.isRefuted) {
          return second - 1_800;
        }
      }
      return Infinity;
    };
    for (const seed of [1, 2, 3, 4]) {
      expect(secondsUntilFound(seed)).toBeGreaterThan(0);
      expect(secondsUntilFound(seed)).toBeLessThan(40);
    }
  });

  describe('at 100 %, the canary is compared with what stable showed before', () => {
    /** A stage with half of the traffic, and then one with all of it. */
    function alone(stable: number, canary: number, seed: number): StageGates {
      const { carried } = play({ stable, canary: stable }, 0.5, 3_000, undefined, seed);
      const chance = new Chance(1_000 + seed);
      const gates = new StageGates({ ...settings, share: false }, 3, true, false, carried);
      for (let second = 0; second < 300 && !gates.isRefuted; second += 1) {
        const errors = Array.from({ length: 20 }, () => chance.fraction()).filter((value) => value < canary).length;
        gates.add({ stable: { requests: 0, errors: 0 }, canary: { requests: 20, errors }, unknown: 0, seconds: 1, expected: 1 });
      }
      return gates;
    }

    test('an error rate that stable has too does not fail, whatever it is', () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        for (const errors of [0, 0.01, 0.065]) {
          expect(verdictOf(alone(errors, errors, seed), 'error limit')).toBe('pass');
        }
        // So many errors hide a margin of 5 points for longer than five minutes.
        expect(verdictOf(alone(0.3, 0.3, seed), 'error limit')).not.toBe('fail');
      }
    });

    test('an error rate above stable by more than the margin fails', () => {
      for (const seed of [1, 2, 3]) {
        expect(verdictOf(alone(0.065, 0.2, seed), 'error limit')).toBe('fail');
        expect(verdictOf(alone(0.001, 0.1, seed), 'error limit')).toBe('fail');
      }
      expect(alone(0.065, 0.2, 1).verdict(undefined).checks[0]!.why).toMatch(
        /^canary \d+.\d % .*, limit 1\d.\d %, because stable had [67].\d % before/,
      );
    });

    test('if nothing is known of stable, the limit is 5 %', () => {
      const gates = new StageGates(settings, 1, true);
      gates.add({ stable: { requests: 0, errors: 0 }, canary: { requests: 500, errors: 50 }, unknown: 0, seconds: 1, expected: 1 });
      expect(gates.verdict(undefined).checks[0]).toMatchObject({ verdict: 'fail', why: expect.stringContaining('limit 5.0 %; above') });
    });

    test('the bounds of a rate contain it at all times, except as often as their level', () => {
      let wrong = 0;
      for (let seed = 0; seed < 100; seed += 1) {
        const chance = new Chance(seed);
        const seen = { requests: 0, errors: 0 };
        let isWrong = false;
        for (let n = 0; n < 10; n += 1) {
          seen.errors += Array.from({ length: 50 }, () => chance.fraction()).filter((value) => value < 0.05).length;
          seen.requests += 50;
          const [low, high] = rateBounds(seen, 0.1);
          expect(low).toBeLessThan(high);
          isWrong ||= low > 0.05 || high < 0.05;
        }
        wrong += isWrong ? 1 : 0;
      }
      expect(wrong / 100).toBeLessThanOrEqual(0.2);
    });
  });

  describe('evidence for a failure goes on from stage to stage', () => {
    /** Whether the error gate fails within the planned time of three stages, at ten requests per second. */
    function isFound(rates: Rates, seed: number, isCarried: boolean): boolean {
      const chance = new Chance(seed);
      let gates: StageGates | undefined;
      return [0.1, 0.25, 0.5].some((share) => {
        gates = new StageGates({ ...settings, share: false }, 3, false, false, isCarried ? gates?.carried : undefined);
        const { pass, fail } = stageNeed(DEFAULT_GATES, share)!;
        for (let second = 0; second < Math.max(pass, fail) / 10 && !gates.isRefuted; second += 1) {
          const block = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 }, unknown: 0, expected: share };
          for (let n = 0; n < 10; n += 1) {
            const track = chance.fraction() < share ? 'canary' : 'stable';
            block[track].requests += 1;
            block[track].errors += chance.fraction() < rates[track] ? 1 : 0;
          }
          gates.add({ ...block, seconds: 1 });
        }
        return gates.isRefuted;
      });
    }

    test('so that a harm is found that no single stage shows', () => {
      const found = (isCarried: boolean) =>
        Array.from({ length: 40 }, (_, seed) => isFound({ stable: 0.01, canary: 0.03 }, seed, isCarried)).filter((one) => one).length;
      expect(found(true)).toBeGreaterThanOrEqual(1.5 * found(false));
    });

    test('a stage with other quantiles takes over the sum', () => {
      const first = new StageGates(DEFAULT_GATES, 3, false, false);
      first.add({ stable: { requests: 9, errors: 0 }, canary: { requests: 1, errors: 1 }, unknown: 0, seconds: 1, expected: 0.1 });
      const carried = JSON.parse(JSON.stringify(first.carried)) as CarriedEvidence;
      const other: GatesEntry = { ...DEFAULT_GATES, latency: { ...DEFAULT_GATES.latency!, quantiles: [0.5, 0.9, 0.99] } };
      const second = new StageGates(other, 3, false, false, carried);
      for (const gate of ['errors', 'latency', 'share'] as const) {
        const sum = (evidence: CarriedEvidence) => new Capital([0], evidence.capital[gate]).log;
        expect(sum(second.carried)).toBeCloseTo(sum(first.carried), 9);
      }
    });
  });

  test('an undecided gate says how much evidence is needed, and about how long it takes', () => {
    const gates = play({ stable: 0.01, canary: 0.01 }, 0.1, 400, 0.1, 1);
    const why = (seconds?: number) => gates.verdict(undefined, seconds).checks[0]!.why;
    expect(why()).toMatch(/; not decided: evidence \d[\d.]* of the 20 needed to pass; \d[\d.]* of the 80 needed to fail$/);
    expect(why(80)).toMatch(/; not decided: evidence .* of the 20 needed to pass, about \d+ s to go; .* of the 80 needed to fail$/);
    // With less than a fifth of the evidence, an estimate would be too uncertain.
    expect(play({ stable: 0.01, canary: 0.01 }, 0.1, 50, 0.1, 1).verdict(undefined, 5).checks[0]!.why).not.toContain('to go');
    const decided = play({ stable: 0.01, canary: 0.01 }, 0.1, 800, 0.1, 1).verdict(undefined, 80).checks[0]!.why;
    expect(decided).toMatch(/; not worse by the margin: evidence \d[\d.]* to pass \(20 needed\); \d[\d.]* of the 80 needed to fail$/);
  });

  test('a verdict can be computed again from its log', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.3, noNaN: true }), (seed, harm) => {
        const gates = play({ stable: 0.02, canary: 0.02 + harm }, 0.2, 1_000, 0.2, seed);
        const again = new StageGates(settings, 4, false);
        (JSON.parse(JSON.stringify(gates.log)) as GateBlock[]).forEach((block) => again.add(block));
        expect(again.verdict(undefined)).toEqual(gates.verdict(undefined));
      }),
      { numRuns: 20 },
    );
  });

  test('a gate that is checked after every request calls equal versions worse no more often than alpha states', () => {
    const alpha = 0.1;
    let wrong = 0;
    const runs = amountOf('gates: runs under the null');
    for (let run = 0; run < runs; run += 1) {
      const chance = new Chance(1_000 + run);
      const errors = new ErrorTest({ tolerance: 0, margin: 0.05, baseRate: 0.05 }, false);
      for (let n = 0; n < 500; n += 1) {
        const answer = { requests: 1, errors: chance.fraction() < 0.1 ? 1 : 0 };
        const none = { requests: 0, errors: 0 };
        errors.add(n % 2 === 0 ? { stable: answer, canary: none } : { stable: none, canary: answer });
      }
      wrong += errors.logWorse >= Math.log(1 / alpha) ? 1 : 0;
    }
    // The seed is fixed, so the result is the same in every run; it must lie within the range that an alpha of 0.1 allows.
    expect(wrong / runs).toBeLessThanOrEqual(alpha);
  });
});

describe('latency', () => {
  const play = (slower: number, tolerance: number, seed: number) => {
    const chance = new Chance(seed);
    const slow = new SlowCounter([0.5, 0.95], tolerance, 0);
    const test_ = new LatencyTest([0.5, 0.95]);
    for (let second = 0; second < 60; second += 1) {
      const times = (count: number, factor: number): Counts =>
        countsOfBuckets(
          new Map(Array.from({ length: count }, () => [bucketOf(10 * factor * Math.exp(chance.fraction() * 2)), 1] as const)),
        );
      test_.add(slow.add({ stable: times(20, 1), canary: times(5, slower) }));
    }
    return test_.logSlower;
  };

  test('the test detects a latency three times as long, but no equal latency and no increase within the tolerance', () => {
    expect(play(3, 0.25, 1)).toBeGreaterThan(Math.log(1_000));
    expect(play(1, 0, 2)).toBeLessThan(Math.log(20));
    expect(play(1.2, 0.25, 3)).toBeLessThan(Math.log(20));
  });

  test('a block without responses of one version is dropped, and the next one is twice as large', () => {
    const slow = new SlowCounter([0.5], 0, 0);
    slow.add({ stable: [[10, 30]], canary: [[10, 5]] });
    expect(slow.add({ stable: [[10, 4]], canary: [] })).toEqual([]);
    expect(slow.add({ stable: [], canary: [[50, 7]] })).toEqual([]);
    const [found] = slow.add({ stable: [[10, 1]], canary: [] });
    expect(found).toMatchObject({ stable: { requests: 1, errors: 0 }, canary: { requests: 7, errors: 7 } });
  });

  test('a threshold comes from blocks before the one it is used on, and there is none while stable has no data', () => {
    const slow = new SlowCounter([0.5], 0, 0);
    expect(slow.add({ stable: [[10, 30]], canary: [[10, 5]] })).toEqual([]);
    // The threshold comes from stable's latency in the first block, not from this block.
    expect(
      slow.add({
        stable: [[99, 4]],
        canary: [
          [5, 1],
          [50, 2],
        ],
      }),
    ).toEqual([{ quantile: 0.5, threshold: 10, stable: { requests: 4, errors: 4 }, canary: { requests: 3, errors: 2 } }]);
  });
});

function timesIn(milliseconds: readonly number[]): Counts {
  const buckets = new Map<number, number>();
  milliseconds.map(bucketOf).forEach((bucket) => buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1));
  return countsOfBuckets(buckets);
}

describe('several quantiles', () => {
  const settings: GatesEntry = { ...DEFAULT_GATES, latency: { ...DEFAULT_GATES.latency!, quantiles: [0.5, 0.95, 0.99] } };

  /** The latency verdicts for a canary with these times: 2,000 requests of each version, in blocks of a hundred. */
  function latencyOf(canaryTime: (usual: number, n: number) => number): Readonly<Record<string, string>> {
    const gates = new StageGates(settings, 1, false);
    const slow = new SlowCounter(quantilesOf(settings), settings.latency!.tolerance, settings.latency!.slackMilliseconds);
    const chance = new Chance(11);
    const all = { stable: [] as number[], canary: [] as number[] };
    for (let n = 0; n < 2_000; n += 100) {
      const usual = () => Array.from({ length: 100 }, () => 50 + 50 * chance.fraction());
      const [stable, canary] = [usual(), usual().map(canaryTime)];
      all.stable.push(...stable);
      all.canary.push(...canary);
      const answers = { requests: 100, errors: 0 };
      const counts = slow.add({ stable: timesIn(stable), canary: timesIn(canary) });
      gates.add({ stable: answers, canary: answers, unknown: 0, expected: undefined, slow: counts });
    }
    const { checks } = gates.verdict({ stable: timesIn(all.stable), canary: timesIn(all.canary) });
    return Object.fromEntries(checks.filter(({ name }) => name.startsWith('latency')).map(({ name, verdict }) => [name, verdict]));
  }

  test('a latency that passed stays passed, as errors and the share do, and the log has it', () => {
    const gates = new StageGates(settings, 1, false);
    const chance = new Chance(12);
    const all = { stable: [] as number[], canary: [] as number[] };
    const answers = { requests: 100, errors: 0 };
    const verdictsNow = (asked: StageGates) => {
      const { checks } = asked.verdict({ stable: timesIn(all.stable), canary: timesIn(all.canary) });
      return Object.fromEntries(
        checks.filter(({ name }) => name.startsWith('latency')).map(({ name, verdict, why }) => [name, [verdict, why]]),
      );
    };
    const add = (blocks: number, slower: number) => {
      for (let n = 0; n < blocks; n += 1) {
        const usual = () => Array.from({ length: 100 }, () => 50 + 50 * chance.fraction());
        all.stable.push(...usual());
        all.canary.push(...usual().map((time) => time * slower));
        gates.add(
          { stable: answers, canary: answers, unknown: 0, expected: undefined },
          { stable: timesIn(all.stable), canary: timesIn(all.canary) },
        );
      }
    };
    add(20, 1);
    const first = verdictsNow(gates);
    expect(first['latency p95']).toEqual(['pass', expect.stringContaining('; within the margin')]);
    add(60, 3);
    const later = verdictsNow(gates);
    expect(later['latency p95']).toEqual(['pass', expect.stringContaining('; was proven to be within the margin')]);
    const again = new StageGates(settings, 1, false);
    gates.log.forEach((block) => again.add(block));
    expect(verdictsNow(again)).toEqual(later);
    expect(gates.log.flatMap(({ within = [] }) => within).sort()).toEqual([0.5, 0.95, 0.99]);
  });

  test('a canary with a longer median and a shorter 95th percentile does not fail if only the 95th percentile is compared', () => {
    const only95 = DEFAULT_GATES;
    const gates = new StageGates(only95, 1, false, false);
    const slow = new SlowCounter(quantilesOf(only95), only95.latency!.tolerance, only95.latency!.slackMilliseconds);
    const chance = new Chance(3);
    const answers = { requests: 20, errors: 0 };
    for (let n = 0; n < 100; n += 1) {
      // From 10 to 200 ms with a median of 50 ms, and 80 to 90 ms.
      const stable = Array.from({ length: 20 }, () => (chance.onceIn(2) ? 10 + 40 * chance.fraction() : 50 + 150 * chance.fraction()));
      const canary = Array.from({ length: 20 }, () => 80 + 10 * chance.fraction());
      const counts = slow.add({ stable: timesIn(stable), canary: timesIn(canary) });
      gates.add({ stable: answers, canary: answers, unknown: 0, seconds: 1, expected: undefined, slow: counts });
    }
    expect(gates.isRefuted).toBe(false);
  });

  test('a canary as fast as stable passes at each quantile', () => {
    expect(latencyOf((usual) => usual)).toEqual({ 'latency p50': 'pass', 'latency p95': 'pass', 'latency p99': 'pass' });
  });

  test('two responses in a hundred that take ten times as long fail the highest quantile, and no other', () => {
    expect(latencyOf((usual, n) => (n % 50 === 0 ? 10 * usual : usual))).toEqual({
      'latency p50': 'pass',
      'latency p95': 'pass',
      'latency p99': 'fail',
    });
  });

  test('a canary that is slower at all quantiles fails at one, where the difference shows most', () => {
    const verdicts = latencyOf((usual) => 1.8 * usual);
    expect(Object.values(verdicts).filter((verdict) => verdict === 'fail')).toHaveLength(1);
    // Hardly any request to stable takes as long as this threshold, and most requests to the canary take longer.
    expect(verdicts['latency p99']).toBe('fail');
  });

  test('the plan has the quantiles in ascending order, and several quantiles count as one test', () => {
    expect(gatesEntry({ latencyQuantiles: [0.99, 0.5] }).latency!.quantiles).toEqual([0.5, 0.99]);
    expect(testsOf([settings])).toBe(testsOf([DEFAULT_GATES]));
  });
});

test('growing evidence is divided into blocks that together contain all of it', () => {
  const tally = new RequestCounter({ stable: '1', canary: '2' });
  const feed = new GateFeed(DEFAULT_GATES);
  const chance = new Chance(5);
  const blocks: GateBlock[] = [];
  const about = { from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z', source: 'a test' };
  for (let second = 0; second < 20; second += 1) {
    for (let n = 0; n < 30; n += 1) {
      if (chance.fraction() < 0.05) {
        tally.add(second, { kind: 'unknown', why: 'refused' });
      } else {
        const version = chance.fraction() < 0.2 ? '2' : '1';
        tally.add(second, { kind: 'answer', version, isError: chance.fraction() < 0.1, milliseconds: 5 + 50 * chance.fraction() });
      }
    }
    blocks.push(feed.next(tally.evidence(about), 0.2, 1));
  }
  const sum = (of: (block: GateBlock) => number) => blocks.reduce((total, block) => total + of(block), 0);
  const { versions, unknown } = tally.evidence(about);
  expect([sum((b) => b.stable.requests), sum((b) => b.canary.requests), sum((b) => b.unknown)]).toEqual([
    versions[0]!.requests,
    versions[1]!.requests,
    unknown.requests,
  ]);
  expect(sum((b) => b.canary.errors)).toBe(versions[1]!.errors);
  // Latency is compared from the second block with responses of both versions on, because the first one sets the thresholds.
  const slow = blocks.flatMap((block) => block.slow ?? []).filter(({ quantile }) => quantile === 0.95);
  const compared = slow.reduce((total, { canary }) => total + canary.requests, 0);
  expect(compared).toBeGreaterThan(0.8 * (versions[1]!.requests - versions[1]!.errors));
  expect(compared).toBeLessThanOrEqual(versions[1]!.requests - versions[1]!.errors);
});

describe('the planner', () => {
  test('a smaller share of the canary, a smaller margin and more tests need more requests', () => {
    const need = (share: number, margin = 0.05, tests = 3) =>
      stageNeed({ ...DEFAULT_GATES, errors: { tolerance: 0, margin } }, share, tests)!;
    expect(need(0.01).pass).toBeGreaterThan(need(0.1).pass);
    expect(need(0.1, 0.01).fail).toBeGreaterThan(need(0.1).fail);
    expect(need(0.1, 0.05, 8).fail).toBeGreaterThan(need(0.1).fail);
    expect(need(0.1).seconds).toBeUndefined();
    expect(stageNeed(DEFAULT_GATES, 1)).toBeUndefined();
  });

  test('each test counts once, at however many stages it is', () => {
    const others: GatesEntry = { ...DEFAULT_GATES, latency: undefined, share: false, errors: { tolerance: 0, margin: 0.05, limit: 0.01 } };
    expect(testsOf([DEFAULT_GATES])).toBe(3);
    expect(testsOf([others])).toBe(2);
    expect(testsOf([DEFAULT_GATES, others, DEFAULT_GATES])).toBe(4);
  });
});
