import fc from 'fast-check';
import { BucketCounts, bucketsOf } from '../src/core/prometheus/buckets';
import { MetricCounter } from '../src/core/prometheus/metric-counter';
import { type CounterQuery, counterQueries, faultOf, lastOfAnHour, seriesOf, together } from '../src/core/prometheus/counter-query';
import { Increases, sumOf } from '../src/core/prometheus/counter-deltas';
import { COUNTERS } from '../src/core/prometheus/presets';
import { type Series, countersOfAnswer, unknownPlaceholders } from '../src/core/prometheus/promql';
import { UNBOUNDED } from '../src/core/statistics/quantiles';
import { Fraction } from '../../lib/core/fraction';

/** Tests how the command reads counters of other programs: their increases, and the request counts that follow from them. */

const one = (value: number, labels: Record<string, string> = {}): Series => ({ labels, value });

describe('a response of Prometheus', () => {
  const vector = (...result: object[]) => ({ status: 'success', data: { resultType: 'vector', result } });

  test('series have their labels, and a value that a counter cannot have is ignored', () => {
    const values = ['3', '1e+06', 'NaN', '+Inf', '-Inf', '-1', '', 'x', '0'];
    const results = values.map((value, n) => ({ metric: { n: String(n) }, value: [1, value] }));
    expect(countersOfAnswer(vector(...results, { metric: {} }, {}))).toEqual({
      series: [one(3, { n: '0' }), one(1e6, { n: '1' }), one(0, { n: '8' })],
    });
    expect(countersOfAnswer(vector())).toEqual({ series: [] });
  });

  test.each<[unknown, string, boolean]>([
    [{ status: 'error', errorType: 'bad_data', error: 'parse error' }, 'parse error', true],
    [{ status: 'error', errorType: 'timeout', error: 'query timed out' }, 'query timed out', false],
    [{}, 'not a Prometheus response', false],
    [null, 'not a Prometheus response', false],
    [{ status: 'success', data: { resultType: 'scalar', result: [1, '2'] } }, 'a result of type scalar; must be a vector', true],
    [{ status: 'success' }, 'a result of type undefined; must be a vector', true],
    [vector({ metric: {}, histogram: [1, {}] }), 'native histograms; must be counters, such as the buckets of a classic histogram', true],
  ])('%j', (answer, why, isWrong) => {
    expect(countersOfAnswer(answer)).toEqual({ why, isWrong });
  });

  test('any JSON is read without an exception, and all values are finite and 0 or more', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.array(fc.jsonValue()).map((result) => JSON.stringify(vector(...(result as object[])))),
        ),
        (text) => {
          const found = countersOfAnswer(JSON.parse(text));
          expect((found.series ?? []).every(({ value }) => value >= 0 && Number.isFinite(value))).toBe(true);
        },
      ),
    );
  });
});

describe('increases of counters', () => {
  const grown = (...looks: (readonly Series[])[]) => {
    const increases = new Increases();
    increases.know(looks[0]!);
    return looks.slice(1).map((series) => sumOf(increases.since(series)));
  };

  test.each<[string, (readonly Series[])[], number[]]>([
    ['the values at the start do not count', [[one(100)], [one(100)], [one(107)]], [0, 7]],
    ['a counter that is reset counts from 0', [[one(100)], [one(3)], [one(5)]], [3, 2]],
    ['a series that appears later counts in full', [[], [one(4)], [one(6)]], [4, 2]],
    ['a series that is missing for a while continues from its last value', [[one(100)], [], [], [one(109)]], [0, 0, 9]],
    ['a series that is missing and is reset counts from 0', [[one(100)], [], [one(9)]], [0, 9]],
    ['several series count separately', [[one(10, { pod: 'a' })], [one(2, { pod: 'a' }), one(5, { pod: 'b' })]], [7]],
    ['the order of labels does not matter', [[one(10, { a: '1', b: '2' })], [one(11, { b: '2', a: '1' })]], [1]],
    ['the name of the metric does not matter', [[one(10, { __name__: 'x_total' })], [one(12)]], [2]],
    [
      'two series that differ only in their metric count as one',
      [[one(10, { __name__: 'x' })], [one(7, { __name__: 'x' }), one(8, { __name__: 'y' })]],
      [5],
    ],
    ['values can have fractions', [[one(0.5)], [one(1.25)]], [0.75]],
    [
      'buckets count separately',
      [
        [one(10, { le: '1' }), one(20, { le: '2' })],
        [one(11, { le: '1' }), one(22, { le: '2' })],
      ],
      [3],
    ],
    [
      'all buckets of a histogram that is reset count from 0, even those that exceed their old value',
      [
        [one(2, { le: '1' }), one(100, { le: '+Inf' })],
        [one(5, { le: '1' }), one(50, { le: '+Inf' })],
      ],
      [55],
    ],
    [
      'a bucket that appears later does not count yet, because its past is unknown',
      [[one(10, { le: '2' })], [one(6, { le: '1' }), one(12, { le: '2' })]],
      [2],
    ],
  ])('%s', (_name, looks, expected) => {
    expect(grown(...looks)).toEqual(expected);
  });

  test('a skipped read loses no increase', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(100), { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 20 }),
        fc.nat(),
        (steps, seed) => {
          let totals = [0, 0, 0];
          const looks = steps.map((step) =>
            (totals = totals.map((total, n) => total + step[n]!)).map((value, n) => one(value, { n: String(n) })),
          );
          const some = looks.filter((_, n) => n === 0 || n === looks.length - 1 || (seed >> (n % 30)) % 2 === 0);
          const sum = (of: (readonly Series[])[]) => grown(...of).reduce((a, b) => a + b, 0);
          expect(sum(some)).toBe(sum(looks));
        },
      ),
    );
  });

  test('an increase is never negative', () => {
    const anything = fc.array(
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(undefined, '1', '2', '+Inf'), fc.nat(50)), { maxLength: 6 }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(anything, (looks) => {
        const series = looks.map((look) => look.map(([pod, le, value]) => one(value, { pod, ...(le === undefined ? {} : { le }) })));
        const increases = new Increases();
        for (const increase of series.flatMap((look) => increases.since(look))) {
          expect([...increase.values()].every((value) => value >= 0)).toBe(true);
          expect(bucketsOf(increase, 1).every(({ answers, lower, upper }) => answers > 0 && lower < upper)).toBe(true);
        }
      }),
    );
  });
});

describe('buckets', () => {
  const latency = (byEnd: Record<string, number>, unit = 1) => {
    const counts = new BucketCounts();
    counts.add(bucketsOf(new Map(Object.entries(byEnd)), unit));
    return counts.latency();
  };

  test('each response counts at both boundaries of its bucket, in any order of the buckets', () => {
    expect(latency({ '+Inf': 100, '50': 99, '10': 40, '25': 90 })).toMatchObject({
      counts: [
        [10, 40],
        [25, 50],
        [50, 9],
        [UNBOUNDED, 1],
      ],
      countsAbove: [
        [0, 40],
        [10, 50],
        [25, 9],
        [50, 1],
      ],
    });
  });

  test('percentiles equal those of histogram_quantile', () => {
    // The same figures as in the presets' test on a real server: 90 of 100 take up to 10 ms, the rest up to 25 ms.
    expect(latency({ '10': 90, '25': 100, '+Inf': 100 })).toMatchObject({ p50: 10 * (50 / 90), p95: 17.5, p99: 23.5, slowest: 25 });
    // Above the last finite bucket boundary only that boundary is known.
    const open = latency({ '10': 90, '+Inf': 100 })!;
    expect([open.p95, open.p99, open.slowest]).toEqual([10, 10, undefined]);
  });

  test('boundaries in seconds become exact milliseconds', () => {
    expect(latency({ '0.57': 1, '1.0': 2, '2.5e+00': 3 }, 1_000)!.counts).toEqual([
      [570, 1],
      [1_000, 1],
      [2_500, 1],
    ]);
  });

  test('an invalid boundary is ignored, and a smaller count at a higher boundary adds no responses', () => {
    expect(latency({ x: 7, '': 7, '10': 5, '25': 3, '50': 6 })!.counts).toEqual([
      [10, 5],
      [50, 3],
    ]);
    expect(latency({})).toBeUndefined();
    expect(latency({ '10': 0.2 })).toBeUndefined();
  });

  test('histograms with different boundaries are combined', () => {
    const counts = new BucketCounts();
    counts.add(bucketsOf(new Map([['10', 4]]), 1));
    counts.add(
      bucketsOf(
        new Map([
          ['5', 1],
          ['10', 3],
        ]),
        1,
      ),
    );
    expect(counts.latency()).toMatchObject({
      counts: [
        [5, 1],
        [10, 6],
      ],
      countsAbove: [
        [0, 5],
        [5, 2],
      ],
    });
  });

  test('evidence with an unbounded bucket is the same after a round trip through JSON', () => {
    const found = latency({ '10': 1, '+Inf': 3 })!;
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});

describe('evidence from counters', () => {
  const about = { from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:01:00.000Z', source: 'a test' };
  const counted = () => new MetricCounter({ stable: '1.0', canary: '1.1' }, 5);
  const added = (requests: number, errors = 0, byEnd: Record<string, number> = {}) => ({
    requests,
    errors,
    buckets: bucketsOf(new Map(Object.entries(byEnd)), 1),
  });
  const rows = (from: MetricCounter) => from.evidence(about).versions.map(({ requests, errors }) => [requests, errors]);

  test('evidence has totals and steps by version, and the share of the reads for which one was expected', () => {
    const all = counted();
    all.add(0, { stable: added(90, 1, { '10': 80, '+Inf': 90 }), canary: added(10) });
    all.add(5, { stable: added(80), canary: added(20, 2) }, Fraction.of(1, 5));
    all.add(10, { stable: added(0), canary: added(0) }, Fraction.of(1, 5));
    const evidence = all.evidence(about);
    expect(rows(all)).toEqual([
      [170, 1],
      [30, 2],
    ]);
    expect(evidence.share).toMatchObject({ expected: '1/5', seen: 0.2, agrees: true });
    expect(evidence).toMatchObject({ ...about, stepSeconds: 5, unknown: { requests: 0, kinds: {} } });
    expect(evidence.series).toEqual([
      { second: 0, unknown: 0, versions: { '1.0': { requests: 90, errors: 1, p95: 10 }, '1.1': { requests: 10, errors: 0 } } },
      { second: 5, unknown: 0, versions: { '1.0': { requests: 80, errors: 0 }, '1.1': { requests: 20, errors: 2 } } },
      { second: 10, unknown: 0, versions: { '1.0': { requests: 0, errors: 0 }, '1.1': { requests: 0, errors: 0 } } },
    ]);
    expect(evidence.versions[1]!.latency).toBeUndefined();
  });

  test('fractions of requests are added up before they are rounded', () => {
    const all = counted();
    for (let n = 0; n < 10; n += 1) {
      all.add(n, { stable: added(0.4), canary: added(0.04) });
    }
    expect(rows(all)).toEqual([
      [4, 0],
      [0, 0],
    ]);
  });

  test('no interval has more errors than requests, and excess errors wait for later requests', () => {
    const all = counted();
    all.add(0, { stable: added(10, 3), canary: added(0, 2) });
    expect([rows(all), all.excess('canary')]).toEqual([
      [
        [10, 3],
        [0, 0],
      ],
      2,
    ]);
    all.add(5, { stable: added(10, 0), canary: added(1, 0) });
    expect([rows(all)[1], all.excess('canary')]).toEqual([[1, 1], 1]);
    all.add(10, { stable: added(0, 0), canary: added(5, 0) });
    expect([rows(all)[1], all.excess('canary')]).toEqual([[6, 2], 0]);
  });

  test('every interval has a whole number of requests and no more errors than requests, and nothing is lost', () => {
    const part = fc.record({ requests: fc.double({ min: 0, max: 50, noNaN: true }), errors: fc.double({ min: 0, max: 60, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 20 }), (parts) => {
        const all = counted();
        let before = [0, 0];
        parts.forEach(([stable, canary], n) => {
          all.add(n, { stable: { ...stable, buckets: [] }, canary: { ...canary, buckets: [] } });
          const [now] = rows(all);
          const [requests, errors] = [now![0]! - before[0]!, now![1]! - before[1]!];
          expect(Number.isInteger(requests) && requests >= 0 && errors >= 0 && errors <= requests).toBe(true);
          before = now!;
        });
        const sum = (of: 'requests' | 'errors') => parts.reduce((total, [stable]) => total + stable[of], 0);
        expect(Math.abs(before[0]! - sum('requests'))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(Math.abs(before[1]! + all.excess('stable') - sum('errors'))).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });

  test('a measurement of hours has no more steps than one of minutes', () => {
    const all = counted();
    for (let second = 0; second < 7_200; second += 5) {
      all.add(second, { stable: added(1, 0, { '10': 1 }), canary: added(1) });
    }
    const { series, stepSeconds } = all.evidence(about);
    expect([stepSeconds, series.length]).toEqual([40, 180]);
    expect(series.every(({ versions }) => versions['1.0']!.requests === 8 && versions['1.0']!.p95 === 9.5)).toBe(true);
  });
});

describe('the query', () => {
  const context = (track: 'stable' | 'canary') => ({
    version: track === 'stable' ? '1.0' : '1.1',
    namespace: 'shop',
    service: 'canary-svc',
    deployment: track,
  });

  test('is a single one for all counters of both versions', () => {
    const queries: CounterQuery[] = [
      { track: 'stable', name: 'requests', query: 'a{v="1.0"} # a comment' },
      { track: 'canary', name: 'errors', query: 'b' },
    ];
    const question = together(queries);
    expect(question).toBe(
      'label_replace(a{v="1.0"} # a comment\n, "kubectl_canary", "stable requests", "", "") or label_replace(b\n, "kubectl_canary", "canary errors", "", "")',
    );
    expect(lastOfAnHour(question)).toBe(`last_over_time((${question})[1h:15s])`);
    const own = one(1, { kubectl_canary: 'canary errors' });
    expect(seriesOf([one(2, { kubectl_canary: 'stable requests' }), own, one(3)], queries[1]!)).toEqual([own]);
  });

  test('for latency is wrong if its series have no label le', () => {
    expect(faultOf({ name: 'times' }, [one(1)])).toBe('series without the label le; must be the buckets of a histogram');
    expect(faultOf({ name: 'times' }, [one(1, { le: '1' })])).toBeUndefined();
    expect(faultOf({ name: 'requests' }, [one(1)])).toBeUndefined();
  });

  test.each(Object.keys(COUNTERS) as (keyof typeof COUNTERS)[])(
    'of the preset %s has no unfilled placeholder, and fits into a URL',
    (preset) => {
      const queries = counterQueries(COUNTERS[preset], context);
      expect(queries.map(({ track, name }) => `${track} ${name}`)).toEqual(
        ['stable', 'canary'].flatMap((track) => ['requests', 'errors', 'times'].map((name) => `${track} ${name}`)),
      );
      expect(queries.flatMap(({ query }) => unknownPlaceholders(query, []))).toEqual([]);
      // Proxies accept request lines of at least 8 KiB.
      expect(new URLSearchParams({ query: lastOfAnHour(together(queries)) }).toString().length).toBeLessThan(7_000);
    },
  );

  test('has no latency if the counters have none', () => {
    const { requests, errors } = COUNTERS.istio;
    expect(counterQueries({ requests, errors }, context)).toHaveLength(4);
  });
});
