import fc from 'fast-check';
import { Fraction } from '../../lib/core/fraction';
import { type Move, type Track, signsOf, toNumber } from '../src/core/in-force/move';
import { runLength } from '../src/core/in-force/run-length';
import { type Answer, type Proof, WeightProof, requestsNeeded } from '../src/core/in-force/weight-proof';

const share = (percentage: number) => Fraction.of(percentage, 100);
const move = (from: number, to: number, proxies = 1): Move => ({ from: share(from), to: share(to), proxies });
const stable: Answer = { kind: 'version', version: 'stable' };
const canary: Answer = { kind: 'version', version: 'canary' };
const failed: Answer = { kind: 'unknown', why: 'status 503' };
const cached: Answer = { kind: 'version', version: 'stable', ageSeconds: 3 };
const times = (n: number, answer: Answer) => Array.from({ length: n }, () => answer);

/** The proof after these answers, whose requests began every 20 ms. */
function after(of: Move, answers: readonly Answer[]): Proof {
  const proof = new WeightProof(of);
  answers.forEach((answer, n) => proof.end(proof.begin(n * 20), answer));
  return proof.proof;
}

describe('a move', () => {
  test.each([
    [0, 10, 2, 'canary', '1/10', '1/20'],
    [10, 25, 3, 'canary', '1/4', '1/5'],
    [25, 10, 1, 'stable', '9/10', '3/4'],
    [10, 0, 10, 'stable', '1', '99/100'],
    [50, 100, 2, 'canary', '1', '3/4'],
    [100, 0, 1, 'stable', '1', '0'],
  ])('%d -> %d %%, k = %d: %s answers, %s of them if in force, %s if one is stale', (from, to, k, favored, inForce, oneStale) => {
    const signs = signsOf(move(from, to, k))!;
    expect([signs.favored, signs.inForce.toString(), signs.oneStale.toString()]).toEqual([favored, inForce, oneStale]);
  });

  test('between equal weights leaves nothing to prove, whatever is answered', () => {
    expect(after(move(25, 25, 3), [stable, canary, failed])).toMatchObject({
      kind: 'nothing to prove',
      counts: { stable: 1, canary: 1, uncounted: { 'status 503': 1 } },
    });
    expect(requestsNeeded(move(25, 25, 3))).toBe(0);
  });

  test.each([
    [() => new WeightProof(move(-1, 10)), 'from: got -1/100; must be from 0 to 1'],
    [() => new WeightProof(move(10, 101)), 'to: got 101/100; must be from 0 to 1'],
    [() => new WeightProof(move(10, 0, 0)), 'proxies: got 0; must be an integer of at least 1'],
    [() => new WeightProof(move(10, 0, 1.5)), 'proxies: got 1.5; must be an integer of at least 1'],
    [() => new WeightProof(move(10, 0), Fraction.ONE), 'alpha: got 1; must be between 0 and 1'],
    [() => requestsNeeded(move(10, 0), Fraction.ZERO), 'alpha: got 0; must be between 0 and 1'],
  ])('is refused, %#', (build, message) => {
    expect(build).toThrow(message);
  });

  test('numbers of any size become doubles', () => {
    const tiny = Fraction.of(10n ** 400n, 10n ** 401n * 3n);
    expect(toNumber(tiny)).toBeCloseTo(1 / 30, 12);
    expect(toNumber(Fraction.of(1n + 10n ** 500n, 10n ** 501n))).toBeCloseTo(0.1, 12);
  });
});

describe('the length of a run', () => {
  test.each([
    // The plain lengths: 0.9^n, 0.95^n and 0.99^n below 1 %.
    ['9/10', '1/100', 44],
    ['19/20', '1/100', 90],
    ['99/100', '1/100', 459],
    // Equality is not enough: (1/2)^2 = 1/4, and (1/10)^2 = 1/100.
    ['1/2', '1/4', 3],
    ['1/10', '1/100', 3],
    ['0', '1/100', 1],
    ['9999/10000', '1/200', 52981],
  ])('%s to below %s: %d', (of, limit, n) => {
    expect(runLength(Fraction.parse(of), Fraction.parse(limit))).toBe(n);
  });

  test('is the least whose exact power is below the limit', () => {
    const part = fc.integer({ min: 2, max: 400 }).chain((d) => fc.integer({ min: 1, max: d - 1 }).map((n) => Fraction.of(n, d)));
    fc.assert(
      fc.property(part, part, (of, limit) => {
        const n = BigInt(runLength(of, limit));
        const isBelow = (power: bigint) => of.numerator ** power * limit.denominator < limit.numerator * of.denominator ** power;
        expect([isBelow(n), isBelow(n - 1n)]).toEqual([true, false]);
      }),
    );
  });

  test('is never too short where exact powers would be too large', () => {
    // (1 - 1/d)^n < 1/100 from n = d ln 100 on; d is chosen so that this is within a millionth of a whole number or beyond doubles.
    for (const d of [10n ** 8n, 10n ** 12n]) {
      const n = runLength(Fraction.of(d - 1n, d), Fraction.of(1, 100));
      expect(n / (Number(d) * Math.log(100))).toBeCloseTo(1, 6);
    }
  });
});

describe('a move to 0 or 1', () => {
  test('needs an unbroken run, whose length the estimate says', () => {
    // (1 - 0.1 / 2)^n < 0.01 / 2 from n = 104 on.
    expect(requestsNeeded(move(10, 0, 2))).toBe(104);
    expect(after(move(10, 0, 2), times(103, stable))).toMatchObject({ kind: 'waiting', missing: 1 });
    expect(after(move(10, 0, 2), times(104, stable))).toMatchObject({ kind: 'in force', sinceMs: 0, untilMs: 103 * 20 });
  });

  test('begins anew with an answer of the other version, and each attempt has a smaller part of the error', () => {
    // (1 - 0.1 / 2)^n < 0.01 / 6 from n = 125 on.
    const broken = [...times(103, stable), canary];
    expect(after(move(10, 0, 2), broken)).toMatchObject({ kind: 'contradicted', missing: 125 });
    expect(after(move(10, 0, 2), [...broken, ...times(62, stable)])).toMatchObject({ kind: 'contradicted' });
    expect(after(move(10, 0, 2), [...broken, ...times(63, stable)])).toMatchObject({ kind: 'waiting', missing: 62 });
    expect(after(move(10, 0, 2), [...broken, ...times(124, stable)])).toMatchObject({ kind: 'waiting' });
    expect(after(move(10, 0, 2), [...broken, ...times(125, stable)])).toMatchObject({ kind: 'in force', sinceMs: 104 * 20 });
  });

  test('is taken back by an answer of the other version', () => {
    expect(after(move(50, 100, 2), [...times(19, canary), stable])).toMatchObject({ kind: 'contradicted' });
    const again = after(move(50, 100, 2), [...times(19, canary), stable, ...times(40, canary)]);
    expect(again).toMatchObject({ kind: 'in force', sinceMs: 400, untilMs: 400 + 22 * 20 });
  });

  test('one answer is enough where a stale proxy could not give it', () => {
    expect(after(move(100, 0), [stable])).toMatchObject({ kind: 'in force' });
    expect(after(move(0, 10), [stable, stable, canary])).toMatchObject({ kind: 'in force', sinceMs: 40, untilMs: 40 });
  });

  test('an error breaks the run, and contradicts nothing', () => {
    const proof = after(move(10, 0), [...times(50, stable), failed]);
    expect(proof).toMatchObject({ kind: 'waiting', counts: { stable: 50, canary: 0, uncounted: { 'status 503': 1 } } });
  });

  test('an answer from a cache is left out', () => {
    const answers = [...times(25, stable), cached, { ...failed, ageSeconds: 1 }, ...times(26, stable)];
    expect(after(move(10, 0), answers)).toMatchObject({ kind: 'in force', sinceMs: 0, counts: { uncounted: { 'from a cache': 2 } } });
    expect(after(move(10, 0), times(500, cached))).toMatchObject({ kind: 'waiting', missing: 51 });
    expect(after(move(10, 0), times(51, { ...stable, ageSeconds: 0 }))).toMatchObject({ kind: 'in force' });
  });
});

describe('a move between 0 and 1', () => {
  /** Answers with exactly this part of the canary's. */
  const answers = (n: number, oneIn: number) => Array.from({ length: n }, (_, i) => (i % oneIn === oneIn - 1 ? canary : stable));

  test('is in force if the share is the new one', () => {
    expect(after(move(10, 25, 2), answers(1000, 4))).toMatchObject({ kind: 'in force' });
    expect(after(move(10, 25, 2), answers(100, 4))).toMatchObject({ kind: 'waiting' });
  });

  test('is contradicted while the share is the old one, and in force later', () => {
    const old = answers(2000, 10);
    expect(after(move(10, 25, 2), old)).toMatchObject({ kind: 'contradicted' });
    expect(after(move(10, 25, 2), [...old, ...answers(20, 4)])).toMatchObject({ kind: 'contradicted' });
    expect(after(move(10, 25, 2), [...old, ...answers(320, 4)])).toMatchObject({ kind: 'waiting' });
    const later = after(move(10, 25, 2), [...old, ...answers(2000, 4)]);
    expect(later).toMatchObject({ kind: 'in force' });
    expect(later.kind === 'in force' && later.sinceMs).toBeGreaterThanOrEqual(2000 * 20 * 0.9);
  });

  test('stays in force with later answers, and so does the time', () => {
    const proven = after(move(10, 25), answers(300, 4));
    const later = after(move(10, 25), [...answers(300, 4), ...times(500, stable)]);
    expect(proven.kind).toBe('in force');
    expect({ ...later, counts: undefined }).toEqual({ ...proven, counts: undefined });
  });

  test('errors count as answers of the version whose share shrinks, but are not said to contradict', () => {
    const proof = after(move(10, 25, 2), times(5000, failed));
    expect(proof).toMatchObject({ kind: 'waiting', counts: { stable: 0, canary: 0, uncounted: { 'status 503': 5000 } } });
  });
});

describe('requests that overlap', () => {
  test('count in the order in which they began, so that a slow contradiction is not overtaken', () => {
    const proof = new WeightProof(move(100, 0, 2));
    const slow = proof.begin(0);
    times(20, stable).forEach((answer, n) => proof.end(proof.begin(n), answer));
    expect(proof.proof).toMatchObject({ kind: 'waiting', counts: { stable: 0 } });
    proof.end(slow, canary);
    // The answers to requests that began later count from the contradiction on: 10 are needed for alpha / 6.
    expect(proof.proof).toMatchObject({ kind: 'in force', sinceMs: 0, counts: { stable: 20, canary: 1 } });
  });

  test('a request ends once', () => {
    const proof = new WeightProof(move(100, 0, 2));
    const [first, second] = [proof.begin(0), proof.begin(0)];
    proof.end(second, stable);
    proof.end(second, canary);
    proof.end(first, stable);
    proof.end(first, canary);
    expect(proof.proof.counts).toMatchObject({ stable: 2, canary: 0 });
  });

  test('may not begin before the one before', () => {
    const proof = new WeightProof(move(100, 0, 2));
    proof.begin(10);
    expect(() => proof.begin(9)).toThrow('atMs: got 9; must be at least 10, when the request before began');
  });

  test('the order in which they end is no matter', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom(stable, canary, failed, cached), { maxLength: 40 })
          .chain((answers) =>
            fc.record({ answers: fc.constant(answers), order: fc.shuffledSubarray([...answers.keys()], { minLength: answers.length }) }),
          ),
        fc.constantFrom(move(100, 0, 2), move(10, 60, 2)),
        ({ answers, order }, of) => {
          const proof = new WeightProof(of);
          const numbers = answers.map((_, n) => proof.begin(n * 20));
          order.forEach((n) => proof.end(numbers[n]!, answers[n]!));
          expect(proof.proof).toEqual(after(of, answers));
        },
      ),
    );
  });
});

describe('laws', () => {
  const anyMove = fc
    .record({ from: fc.integer({ min: 0, max: 100 }), to: fc.integer({ min: 0, max: 100 }), proxies: fc.integer({ min: 1, max: 5 }) })
    .filter(({ from, to }) => from !== to)
    .map(({ from, to, proxies }) => move(from, to, proxies));
  const anyAnswers = fc.array(fc.constantFrom(stable, canary, stable, canary, failed, cached), { maxLength: 60 });
  const named = (version: Track): Answer => ({ kind: 'version', version });

  /** Whether a weight is said to be in force at any time during these answers. */
  function isEverProven(of: Move, answers: readonly Answer[]): boolean {
    const proof = new WeightProof(of, share(30));
    return answers.some((answer, n) => {
      proof.end(proof.begin(n), answer);
      return proof.proof.kind === 'in force';
    });
  }

  test('an answer for the new weight instead of any other brings no proof to nothing', () => {
    fc.assert(
      fc.property(anyMove, anyAnswers, fc.nat(), (of, answers, index) => {
        fc.pre(answers.length > 0 && isEverProven(of, answers));
        const better = answers.with(index % answers.length, named(signsOf(of)!.favored));
        expect(isEverProven(of, better)).toBe(true);
      }),
    );
  });

  test('errors and answers from caches prove nothing, wherever they come', () => {
    fc.assert(
      fc.property(anyMove, anyAnswers, fc.array(fc.nat(), { maxLength: 10 }), (of, answers, places) => {
        const versions = answers.filter(({ kind, ageSeconds }) => kind === 'version' && ageSeconds === undefined);
        const withErrors = places.reduce((all, place) => all.toSpliced(place % (all.length + 1), 0, failed), versions);
        const withCached = places.reduce((all, place) => all.toSpliced(place % (all.length + 1), 0, cached), versions);
        const isProven = isEverProven(of, versions);
        expect(isEverProven(of, withCached)).toBe(isProven);
        expect(isProven || !isEverProven(of, withErrors)).toBe(true);
        expect(isEverProven(of, times(50, failed))).toBe(false);
      }),
    );
  });

  test('what is missing shrinks to nothing with answers for the new weight', () => {
    fc.assert(
      fc.property(anyMove, anyAnswers, (of, answers) => {
        const proof = new WeightProof(of, share(10));
        answers.forEach((answer, n) => proof.end(proof.begin(n), answer));
        for (let n = 0; n < 100_000 && proof.proof.kind !== 'in force'; n += 1) {
          const before = proof.proof;
          proof.end(proof.begin(answers.length + n), named(signsOf(of)!.favored));
          const now = proof.proof;
          expect('missing' in now && 'missing' in before ? now.missing - before.missing : 0).toBeLessThanOrEqual(0);
        }
        expect(proof.proof.kind).toBe('in force');
      }),
      { numRuns: 40 },
    );
  });

  test('a run needs more answers for more proxies, for a smaller error, and for a smaller old share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 98 }), (from, k, alpha) => {
        const needed = requestsNeeded(move(from, 0, k), share(alpha));
        expect(requestsNeeded(move(from, 0, k + 1), share(alpha))).toBeGreaterThanOrEqual(needed);
        expect(requestsNeeded(move(from, 0, k), share(alpha + 1))).toBeLessThanOrEqual(needed);
        expect(requestsNeeded(move(from + 1, 0, k), share(alpha))).toBeLessThanOrEqual(needed);
      }),
    );
  });

  test('a share needs more answers for more proxies and for nearer weights', () => {
    expect([1, 2, 3, 10].map((k) => requestsNeeded(move(10, 25, k)))).toEqual([58, 300, 718, 8589]);
    expect([15, 20, 25, 50].map((to) => requestsNeeded(move(10, to, 2)))).toEqual([1956, 587, 300, 61]);
    expect(requestsNeeded({ from: share(10), to: Fraction.of(101, 1000), proxies: 2 })).toBeGreaterThan(3_000_000);
  });

  test('reasons are counted up to twenty kinds', () => {
    const reasons = Array.from({ length: 30 }, (_, n): Answer => ({ kind: 'unknown', why: `status ${500 + n}` }));
    const { uncounted } = after(move(10, 0), reasons).counts;
    expect(Object.keys(uncounted)).toHaveLength(21);
    expect(uncounted['other reasons']).toBe(10);
  });
});
