import { Fraction } from '../../lib/core/fraction';
import { DEFAULT_GATES, type GatesEntry } from '../../lib/core/gates/settings';
import { amountOf } from '../../test/support/sampling';
import type { Evidence } from '../src/core/traffic/evidence';
import { fixedSampleVerdict } from '../src/core/gates/fixed-sample';
import { RequestCounter } from '../src/core/traffic/request-counter';

const ABOUT = { from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:05:00Z', source: 'a test' };

/** A random generator that gives the same sequence for the same seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Realistic latency: log-normal, with a median of 20 ms and a long tail. */
const usual = (random: () => number) => 20 * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

interface Traffic {
  readonly stable: number;
  readonly canary: number;
  readonly stableErrors?: number;
  readonly canaryErrors?: number;
  readonly unknown?: number;
  readonly expected?: string;
  /** The factor of the canary's latency. */
  readonly slower?: number;
  readonly seed?: number;
}

function seen(traffic: Traffic): Evidence {
  const { stable, canary, stableErrors = 0, canaryErrors = 0, unknown = 0, expected, slower = 1, seed = 1 } = traffic;
  const random = chanceOf(seed);
  const tally = new RequestCounter({ stable: '1.0', canary: '1.1' });
  const share = expected === undefined ? undefined : Fraction.parse(expected);
  const send = (version: string, requests: number, errors: number, factor: number) => {
    for (let n = 0; n < requests; n += 1) {
      tally.add(n / 10, { kind: 'answer', version, isError: n < errors, milliseconds: factor * usual(random) }, share);
    }
  };
  send('1.0', stable, stableErrors, 1);
  send('1.1', canary, canaryErrors, slower);
  for (let n = 0; n < unknown; n += 1) {
    tally.add(0, { kind: 'unknown', why: 'timeout' });
  }
  return tally.evidence(ABOUT);
}

const { errors: ERRORS, latency: LATENCY } = DEFAULT_GATES;

const verdictsOf = (traffic: Traffic, gates: Partial<GatesEntry>) => {
  const { verdict, checks } = fixedSampleVerdict(seen(traffic), { ...DEFAULT_GATES, ...gates });
  return [verdict, Object.fromEntries(checks.map((check) => [check.name, check.verdict]))];
};

const PASS = { errors: 'pass', 'latency p95': 'pass', share: 'pass' };

test.each<[string, Traffic, Partial<GatesEntry>, string, Record<string, string>]>([
  ['equal versions', { stable: 1800, canary: 200, expected: '1/10' }, {}, 'pass', PASS],
  ['20 % errors', { stable: 1800, canary: 200, canaryErrors: 40, expected: '1/10' }, {}, 'fail', { ...PASS, errors: 'fail' }],
  ['three times slower', { stable: 1800, canary: 200, slower: 3, expected: '1/10' }, {}, 'fail', { ...PASS, 'latency p95': 'fail' }],
  ['10 % slower', { stable: 1800, canary: 200, slower: 1.1, expected: '1/10' }, {}, 'pass', PASS],
  ['half of the traffic instead of a tenth', { stable: 1000, canary: 1000, expected: '1/10' }, {}, 'fail', { ...PASS, share: 'fail' }],
  ['1 % errors of both versions', { stable: 1800, canary: 200, stableErrors: 18, canaryErrors: 2, expected: '1/10' }, {}, 'pass', PASS],
  [
    'too few requests',
    { stable: 90, canary: 10, expected: '1/10' },
    {},
    'inconclusive',
    { errors: 'inconclusive', 'latency p95': 'inconclusive', share: 'pass' },
  ],
  [
    'too few requests, but many errors',
    { stable: 180, canary: 20, canaryErrors: 8, expected: '1/10' },
    {},
    'fail',
    { errors: 'fail', 'latency p95': 'inconclusive', share: 'pass' },
  ],
  ['no expected share', { stable: 1800, canary: 200 }, {}, 'inconclusive', { ...PASS, share: 'inconclusive' }],
  ['no share check', { stable: 1800, canary: 200 }, { share: false }, 'pass', { errors: 'pass', 'latency p95': 'pass' }],
  [
    'a canary that crashes without a response',
    { stable: 1800, canary: 160, unknown: 40, expected: '1/10' },
    {},
    'inconclusive',
    { ...PASS, errors: 'inconclusive' },
  ],
  ['requests that are lost as often with both versions', { stable: 8_950, canary: 1_000, unknown: 50, expected: '1/10' }, {}, 'pass', PASS],
  ['one lost request', { stable: 1800, canary: 200, unknown: 1, expected: '1/10' }, {}, 'pass', PASS],
  [
    'no request to the canary',
    { stable: 1800, canary: 0, expected: '1/10' },
    {},
    'fail',
    { errors: 'inconclusive', 'latency p95': 'inconclusive', share: 'fail' },
  ],
  [
    'all requests to the canary, as expected',
    { stable: 0, canary: 300, expected: '1' },
    {},
    'pass',
    { 'error limit': 'pass', share: 'pass' },
  ],
  [
    'a tenth of the requests to stable instead of none',
    { stable: 30, canary: 270, expected: '1' },
    {},
    'fail',
    { 'error limit': 'pass', share: 'fail' },
  ],
  [
    'all requests to the canary, with 20 % errors',
    { stable: 0, canary: 300, canaryErrors: 60, expected: '1' },
    {},
    'fail',
    { 'error limit': 'fail', share: 'pass' },
  ],
  [
    'all requests to the canary, but too few',
    { stable: 0, canary: 20, expected: '1' },
    {},
    'inconclusive',
    { 'error limit': 'inconclusive', share: 'pass' },
  ],
  [
    'all requests to the canary except one',
    { stable: 1, canary: 300, expected: '1' },
    {},
    'pass',
    { 'error limit': 'pass', share: 'pass' },
  ],
  [
    'no latency check',
    { stable: 1800, canary: 200, slower: 3, expected: '1/10' },
    { latency: undefined },
    'pass',
    { errors: 'pass', share: 'pass' },
  ],
  [
    'three quantiles',
    { stable: 4500, canary: 500, slower: 3, expected: '1/10' },
    { latency: { ...LATENCY!, quantiles: [0.5, 0.95, 0.999] } },
    'fail',
    { errors: 'pass', 'latency p50': 'fail', 'latency p95': 'fail', 'latency p99.9': 'inconclusive', share: 'pass' },
  ],
  [
    'a latency tolerance of 3',
    { stable: 1800, canary: 200, slower: 3, expected: '1/10' },
    { latency: { ...LATENCY!, tolerance: 3 } },
    'pass',
    PASS,
  ],
  [
    'errors within the tolerance',
    { stable: 1800, canary: 200, canaryErrors: 10, expected: '1/10' },
    { errors: { tolerance: 0.06, margin: 0.1 } },
    'pass',
    PASS,
  ],
  [
    'an error limit that is exceeded',
    { stable: 1800, canary: 400, stableErrors: 180, canaryErrors: 40, expected: '2/11' },
    { errors: { ...ERRORS, limit: 0.02 } },
    'fail',
    { ...PASS, 'error limit': 'fail' },
  ],
  [
    'an error limit that is kept',
    { stable: 1800, canary: 400, expected: '2/11' },
    { errors: { ...ERRORS, limit: 0.02 } },
    'pass',
    { ...PASS, 'error limit': 'pass' },
  ],
])('%s', (_name, traffic, options, verdict, checks) => {
  expect(verdictsOf(traffic, options)).toEqual([verdict, checks]);
});

test('the verdict is never a pass without data', () => {
  expect(fixedSampleVerdict(seen({ stable: 0, canary: 0 }), DEFAULT_GATES)).toEqual({
    verdict: 'inconclusive',
    checks: [{ name: 'requests', verdict: 'inconclusive', why: 'there is no evidence' }],
  });
  expect(fixedSampleVerdict(seen({ stable: 0, canary: 0, unknown: 1200, expected: '1' }), DEFAULT_GATES).checks).toEqual([
    { name: 'requests', verdict: 'inconclusive', why: 'none of 1,200 requests was answered by a version of this release' },
  ]);
});

test('each check gives its numbers in one sentence', () => {
  const { checks } = fixedSampleVerdict(seen({ stable: 1796, canary: 204, canaryErrors: 41, slower: 3, expected: '1/10' }), DEFAULT_GATES);
  expect(checks.map(({ name, why }) => `${name}: ${why}`)).toMatchInlineSnapshot(`
   [
     "errors: canary 20.1 % (41 of 204), stable 0.0 % (0 of 1,796); p = 5e-43",
     "latency p95: canary 121 ms, stable 45.3 ms; the canary's p95 is at least 98.2 ms, and stable's at most 47.5 ms",
     "share: canary 10.2 %, expected 10 %; p = 0.77",
   ]
  `);
  const few = fixedSampleVerdict(seen({ stable: 90, canary: 10, expected: '1/10' }), DEFAULT_GATES);
  expect(few.checks.map(({ name, why }) => `${name}: ${why}`)).toMatchInlineSnapshot(`
   [
     "errors: canary 0.0 % (0 of 10), stable 0.0 % (0 of 90); too few requests to exclude an excess of 5.0 %; about 59 of the canary are needed",
     "latency p95: canary 79.0 ms, stable 46.0 ms; 50 responses of the canary are needed, and there are 10",
     "share: canary 10.0 %, expected 10 %; p = 1",
   ]
  `);
});

describe('in many rollouts', () => {
  const RUNS = amountOf('judge: rollouts');
  /** The shares and errors are random too. */
  const rollout = (seed: number, canaryErrors: number, slower: number): Traffic => {
    const random = chanceOf(seed);
    const hits = (trials: number, share: number) => Array.from({ length: trials }, random).filter((value) => value < share).length;
    const canary = hits(1000, 0.1);
    const stable = 1000 - canary;
    return {
      stable,
      canary,
      stableErrors: hits(stable, 0.01),
      canaryErrors: hits(canary, canaryErrors),
      slower,
      expected: '1/10',
      seed: seed + 1e6,
    };
  };
  const failed = (canaryErrors: number, slower: number) =>
    Array.from({ length: RUNS }, (_, n) => fixedSampleVerdict(seen(rollout(n, canaryErrors, slower)), DEFAULT_GATES)).filter(
      ({ verdict }) => verdict === 'fail',
    ).length;

  test('equal versions do not fail', () => expect(failed(0.01, 1)).toBeLessThanOrEqual(RUNS / 300));
  test('20 % errors fail, from 100 requests of the canary on', () => expect(failed(0.2, 1)).toBeGreaterThanOrEqual(0.99 * RUNS));
  test('three times the latency fails', () => expect(failed(0.01, 3)).toBeGreaterThanOrEqual(0.99 * RUNS));
});

test('the share test errs on the side of agreement if the expected share changes', () => {
  const tally = new RequestCounter({ stable: '1.0', canary: '1.1' });
  const add = (version: string, requests: number, share: Fraction) => {
    for (let n = 0; n < requests; n += 1) {
      tally.add(0, { kind: 'answer', version, isError: false, milliseconds: 1 }, share);
    }
  };
  add('1.0', 900, Fraction.of(1, 10));
  add('1.1', 100, Fraction.of(1, 10));
  add('1.0', 500, Fraction.of(1, 2));
  add('1.1', 500, Fraction.of(1, 2));
  expect(tally.evidence(ABOUT).share).toEqual({ expected: '3/10', seen: 0.3, pValue: 1, agrees: true });
  add('1.1', 1, Fraction.ZERO);
  expect(tally.evidence(ABOUT).share).toMatchObject({ agrees: true });
  add('1.1', 4, Fraction.ZERO);
  expect(tally.evidence(ABOUT).share).toMatchObject({ agrees: false });
});

test('a long series has fewer steps with the same totals', () => {
  const tally = new RequestCounter({ stable: '1.0', canary: '1.1' });
  for (let second = 0; second < 1000; second += 1) {
    tally.add(second + 0.5, {
      kind: 'answer',
      version: second % 10 === 0 ? '1.1' : '1.0',
      isError: second % 100 === 0,
      milliseconds: second,
    });
    if (second % 50 === 0) {
      tally.add(second, { kind: 'unknown', why: `kind ${second}` });
      tally.evidence(ABOUT);
    }
  }
  const { series, stepSeconds, unknown, versions } = tally.evidence(ABOUT);
  expect([stepSeconds, series.length]).toEqual([4, 250]);
  expect(series.map(({ second }) => second)).toEqual(series.map((_, n) => n * 4));
  const sum = (pick: (sample: Evidence['series'][number]) => number) => series.reduce((total, sample) => total + pick(sample), 0);
  expect(sum(({ versions: rows }) => rows['1.0']!.requests)).toBe(900);
  expect(sum(({ versions: rows }) => rows['1.1']!.errors)).toBe(10);
  expect(sum((sample) => sample.unknown)).toBe(20);
  expect(unknown.requests).toBe(20);
  expect(series[1]!.versions['1.0']!.p95).toBe(7);
  expect(versions.map(({ version, requests, errors }) => [version, requests, errors])).toEqual([
    ['1.0', 900, 0],
    ['1.1', 100, 10],
  ]);
});

test('versions in responses of other services use a limited amount of memory', () => {
  const tally = new RequestCounter({ stable: '1.0', canary: '1.1' });
  for (let n = 0; n < 500; n += 1) {
    tally.add(0, { kind: 'answer', version: `9.${n}`, isError: false, milliseconds: 1 });
  }
  const { unknown, versions } = tally.evidence(ABOUT);
  expect(unknown.requests).toBe(500);
  expect(Object.keys(unknown.kinds)).toHaveLength(21);
  expect(unknown.kinds).toMatchObject({ 'version 9.0': 1, other: 480 });
  expect(versions.map(({ requests }) => requests)).toEqual([0, 0]);
});
