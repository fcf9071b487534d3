import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fraction } from '../../lib/core/fraction';
import type { CounterQuery } from '../src/core/prometheus/counter-query';
import { CliError, UsageError } from '../src/core/errors';
import { DelayedShare } from '../src/monitor/delayed-share';
import { type PrometheusTrafficOptions, checkPrometheus, startPrometheusTraffic } from '../src/monitor/prometheus-traffic';
import type { Traffic } from '../src/monitor/traffic';
import { type FakeCounters, fakePrometheus, histogram } from './support/prometheus';

/** The counters of a server in each sample; the sampling interval is short here. */

const INTERVAL = 50;

const QUERIES: readonly CounterQuery[] = (['stable', 'canary'] as const).flatMap((track) => [
  { track, name: 'requests', query: `r{v="${track === 'stable' ? '1.0' : '1.1'}"}` } as const,
  { track, name: 'errors', query: `r{v="${track === 'stable' ? '1.0' : '1.1'}",code=~"5.."}` } as const,
]);
const TIMES: readonly CounterQuery[] = (['stable', 'canary'] as const).map((track) => ({
  track,
  name: 'times',
  query: `t_bucket{v="${track === 'stable' ? '1.0' : '1.1'}"}`,
}));

const optionsFor = (url: string, more: Partial<PrometheusTrafficOptions> = {}): PrometheusTrafficOptions => ({
  server: { url: new URL(url), headers: {}, timeout: 1_000 },
  name: 'queries',
  queries: QUERIES,
  isOwn: true,
  timeUnit: 1,
  versions: { stable: '1.0', canary: '1.1' },
  interval: INTERVAL,
  ...more,
});

/** Measures until each set of counters was sampled, and then ends. The first set is queried twice. */
async function measured(
  looks: readonly FakeCounters[],
  {
    instead,
    timeout = 1_000,
    ...more
  }: Partial<PrometheusTrafficOptions> & { readonly timeout?: number; readonly instead?: Parameters<typeof fakePrometheus>[1] } = {},
): Promise<{ traffic: Traffic; said: string[]; asked: string[] }> {
  let look = 0;
  const { url, asked } = await fakePrometheus(
    (track, name) => looks[Math.min(look, looks.length - 1)]!(track, name),
    (answer, n, query) => {
      look = Math.max(0, n - 2);
      return instead?.(answer, n, query) ?? false;
    },
  );
  const said: string[] = [];
  const traffic = startPrometheusTraffic(optionsFor(url, { server: { url: new URL(url), headers: {}, timeout }, ...more }), (text) =>
    said.push(text),
  );
  while (asked.length < looks.length + 2) {
    await sleep(10);
  }
  await traffic.stop();
  return { traffic, said, asked };
}

const counts = (traffic: Traffic) =>
  Object.fromEntries(traffic.evidence().versions.map(({ version, requests, errors }) => [version, [requests, errors]]));

/** The given numbers of requests and errors of each version, counted by one process. */
const at =
  (stable: readonly [number, number], canary: readonly [number, number]): FakeCounters =>
  (track, name) => {
    const [requests, errors] = track === 'stable' ? stable : canary;
    return [[{ instance: 'a' }, name === 'requests' ? requests : errors]];
  };

test('counting starts from the values of the past hour, even of series that are missing now, and continues read by read', async () => {
  const { traffic, said, asked } = await measured([at([1_000, 10], [100, 1]), at([1_090, 11], [110, 3]), at([1_180, 11], [120, 4])]);
  expect(asked[0]).toMatch(
    /^last_over_time\(\(label_replace\(r\{v="1\.0"\}\n, "kubectl_canary", "stable requests", "", ""\) or .*\)\[1h:15s\]\)$/s,
  );
  expect(asked[1]).toBe(asked[0]!.slice('last_over_time(('.length, -')[1h:15s])'.length));
  expect(asked[2]).toBe(asked[1]);
  expect(counts(traffic)).toEqual({ '1.0': [180, 1], '1.1': [20, 3] });
  expect([said, traffic.notes, traffic.sent]).toEqual([[], [], undefined]);
  expect(traffic.evidence().source).toMatch(/^Prometheus at 127\.0\.0\.1:\d+ \(queries\)$/);
  expect(JSON.parse(JSON.stringify(traffic.evidence()))).toEqual(traffic.evidence());
});

test('a target that was missing at the start counts its increase since then, and a new one counts in full', async () => {
  const away = { instance: 'away' };
  let isFirst = true;
  const { traffic } = await measured(
    [
      (track, name) => (isFirst ? [[away, 5_000]] : name === 'errors' ? [] : at([0, 0], [0, 0])(track, name)),
      (track, name) => [[away, 5_007], ...(track === 'canary' && name === 'requests' ? ([[{ instance: 'new' }, 3]] as const) : [])],
    ],
    {
      instead: (_answer, n) => {
        isFirst = n === 1;
        return false;
      },
    },
  );
  expect(counts(traffic)).toEqual({ '1.0': [7, 7], '1.1': [10, 7] });
});

test('if Prometheus has just started to scrape, counting starts from the first values that it finds', async () => {
  const { traffic, asked } = await measured([() => [], at([9_000, 90], [900, 9]), at([9_000, 90], [900, 9]), at([9_090, 91], [910, 9])]);
  expect(asked.map((query) => query.startsWith('last_over_time')).slice(0, 5)).toEqual([true, false, true, false, false]);
  expect(counts(traffic)).toEqual({ '1.0': [90, 1], '1.1': [10, 0] });
});

test('latency is read from buckets in milliseconds or in seconds', async () => {
  const looks = [10, 30].map(
    (answers): FakeCounters =>
      (track, name) =>
        name === 'times' ? histogram(answers, 25) : at([answers, 0], [answers, 0])(track, name),
  );
  const { traffic } = await measured(looks, { queries: [...QUERIES, ...TIMES] });
  expect(traffic.evidence().versions[1]!.latency).toMatchObject({ counts: [[25, 20]], countsAbove: [[10, 20]] });
  const seconds = await measured(looks, { queries: [...QUERIES, ...TIMES], timeUnit: 1_000 });
  expect(seconds.traffic.evidence().versions[1]!.latency).toMatchObject({ counts: [[25_000, 20]], countsAbove: [[10_000, 20]] });
});

describe('a failed read is skipped and reported once, and no request is lost', () => {
  const status = (code: number, text: string) => (answer: ServerResponse) => void answer.writeHead(code).end(text);
  const error = (type: string, text: string) => JSON.stringify({ status: 'error', errorType: type, error: text });

  test.each<[string, (answer: ServerResponse) => void, string]>([
    ['a response that is not JSON', status(200, '<html>'), 'the response with status 200 is not JSON'],
    ['an error of a proxy', status(503, 'no healthy upstream'), 'the response with status 503 is not JSON'],
    [
      'an error of Prometheus',
      status(422, error('execution', 'query processing would load too many samples')),
      'query processing would load too many samples',
    ],
    ['an error with control sequences of a terminal', status(400, error('bad_data', '\u001b[31mred\u001b[0m')), 'red'],
    ['JSON of another form', status(200, '[]'), 'not a Prometheus response'],
    [
      'a result that is not a vector',
      status(200, '{"status":"success","data":{"resultType":"matrix","result":[]}}'),
      'a result of type matrix; must be a vector',
    ],
    ['a connection reset', (answer) => void answer.socket!.destroy(), 'socket hang up'],
    ['silence', () => undefined, 'no response within 0.2 s'],
    [
      'half a response',
      (answer) => void answer.writeHead(200, { 'Content-Length': 9 }).write('{', () => answer.socket!.destroy()),
      'aborted',
    ],
    ['a response that is too large', status(200, ' '.repeat(16 * 1024 * 1024 + 1)), 'the response is larger than 16 MiB'],
  ])('%s', async (name, fail, why) => {
    const looks = [at([100, 0], [10, 0]), at([190, 1], [20, 1]), at([280, 1], [30, 1]), at([370, 2], [40, 1]), at([370, 2], [40, 1])];
    const { traffic, said } = await measured(looks, {
      timeout: name === 'silence' ? 200 : 10_000,
      instead: (answer, n) => {
        if (n === 4 || n === 5) {
          fail(answer);
        }
        return n === 4 || n === 5;
      },
    });
    expect(counts(traffic)).toEqual({ '1.0': [270, 2], '1.1': [30, 1] });
    expect(said).toEqual([expect.stringContaining(why), 'Prometheus responds again']);
    expect(said[0]).toMatch(/^Prometheus: .*; retrying every 0\.05 s$/);
    expect(traffic.notes).toEqual([
      expect.stringMatching(
        /^2 of \d reads from Prometheus failed, the last one with: .*; the next read included the requests counted meanwhile$/,
      ),
    ]);
  });

  test('nothing counts before the first successful read', async () => {
    const { traffic } = await measured([at([100, 0], [10, 0]), at([190, 0], [20, 0]), at([280, 0], [30, 0])], {
      instead: (answer, n) => n < 3 && (answer.writeHead(500).end(), true),
    });
    // Two queries fail. The next two set the start of the counts.
    expect(counts(traffic)).toEqual({ '1.0': [0, 0], '1.1': [0, 0] });
  });

  test('an implausible increase is ignored', async () => {
    const { traffic, said } = await measured([at([100, 0], [10, 0]), at([1e12, 0], [10, 0]), at([1e12 + 90, 0], [20, 0])]);
    expect(counts(traffic)).toEqual({ '1.0': [90, 0], '1.1': [10, 0] });
    expect(said[0]).toContain('1e+12 requests since the last read are ignored as implausible');
  });

  test('latency series without the label le are refused', async () => {
    const looks = [1, 2].map((n): FakeCounters => {
      const labels: Record<string, string> = n === 2 ? {} : { le: '1' };
      return (_track, name) => [[name === 'times' ? labels : {}, n]];
    });
    const { traffic, said } = await measured(looks, { queries: [...QUERIES, ...TIMES] });
    expect(said[0]).toContain('the times of stable: series without the label le; must be the buckets of a histogram');
    expect(counts(traffic)).toEqual({ '1.0': [0, 0], '1.1': [0, 0] });
  });
});

test.each<[string, FakeCounters, readonly string[]]>([
  [
    'no series of the canary',
    (track, name) => (track === 'canary' ? [] : at([1, 1], [0, 0])(track, name)),
    ['Prometheus has no series for the requests of canary: r{v="1.1"}'],
  ],
  [
    'no error series of either version',
    (track, name) => (name === 'errors' ? [] : at([1, 1], [1, 1])(track, name)),
    [
      'Prometheus has no error series for either version, not even from the hour before: no error occurred, or the query does not match errors',
    ],
  ],
  ['no error series of one version', (track, name) => (name === 'errors' && track === 'canary' ? [] : at([1, 1], [1, 1])(track, name)), []],
])('a note names possible mistakes in the queries: %s', async (_name, counters, notes) => {
  expect((await measured([counters, counters])).traffic.notes).toEqual(notes);
});

test('errors that exceed the requests are ignored and noted', async () => {
  const { traffic } = await measured([at([0, 0], [0, 0]), at([10, 0], [10, 17])]);
  expect(counts(traffic)['1.1']).toEqual([10, 10]);
  expect(traffic.notes).toEqual([
    '7 errors of canary were ignored, because they exceed its requests; the errors must be a part of the requests',
  ]);
});

describe('end of a measurement', () => {
  test('a measurement ends after its duration, with a last read', async () => {
    const { url, asked } = await fakePrometheus(at([1, 1], [1, 1]));
    const begin = performance.now();
    const traffic = startPrometheusTraffic(optionsFor(url, { interval: 10_000, duration: 300 }), () => undefined);
    await traffic.done;
    expect(performance.now() - begin).toBeGreaterThanOrEqual(299);
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(asked).toHaveLength(3);
  });

  test('a measurement that is stopped ends at once, although a response is pending', async () => {
    const { url, asked } = await fakePrometheus(at([1, 1], [1, 1]), () => true);
    const said: string[] = [];
    const traffic = startPrometheusTraffic(optionsFor(url, { server: { url: new URL(url), headers: {}, timeout: 60_000 } }), (text) =>
      said.push(text),
    );
    while (asked.length === 0) {
      await sleep(10);
    }
    const begin = performance.now();
    const evidence = await traffic.stop();
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect([evidence.versions.map(({ requests }) => requests), said]).toEqual([[0, 0], []]);
  });
});

describe('the server and its queries are checked before the start', () => {
  const checked = (instead: (answer: ServerResponse) => void, queries = QUERIES) =>
    fakePrometheus(at([1, 1], [1, 1]), (answer) => (instead(answer), true)).then(({ url }) =>
      checkPrometheus(optionsFor(url, { queries })),
    );
  const says = (text: string) => (answer: ServerResponse) => void answer.end(text);

  test('valid queries pass', async () => {
    const { url, asked } = await fakePrometheus(at([1, 1], [1, 1]));
    await checkPrometheus(optionsFor(url));
    expect(asked).toEqual(QUERIES.map(({ query }) => query));
  });

  test.each<[string, (answer: ServerResponse) => void, typeof UsageError | typeof CliError, RegExp]>([
    [
      'an invalid query is wrong use',
      says('{"status":"error","errorType":"bad_data","error":"1:5: parse error"}'),
      UsageError,
      /^the requests of stable: Prometheus at 127\.0\.0\.1:\d+ answers: 1:5: parse error$/,
    ],
    [
      'a result that is not a vector is wrong use',
      says('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'),
      UsageError,
      /a result of type scalar; must be a vector$/,
    ],
    ['a query that times out', says('{"status":"error","errorType":"timeout","error":"timed out"}'), CliError, /answers: timed out$/],
    ['a server that is not Prometheus', says('<html>'), CliError, /^Prometheus: the response with status 200 is not JSON$/],
    ['a connection reset', (answer) => void answer.socket!.destroy(), CliError, /^Prometheus: 127\.0\.0\.1:\d+: socket hang up$/],
  ])('%s', async (_name, instead, kind, message) => {
    const error: unknown = await checked(instead).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(kind);
    expect((error as CliError).message).toMatch(message);
    expect((error as CliError).code).toBe(kind === UsageError ? 2 : 3);
  });

  test('latency series without the label le', async () => {
    const { url } = await fakePrometheus(() => [[{ pod: 'a' }, 1]]);
    await expect(checkPrometheus(optionsFor(url, { queries: TIMES }))).rejects.toThrow(
      'the times of stable: got series without the label le; must be the buckets of a histogram',
    );
  });
});

describe('expected share of counted requests', () => {
  const quarter = Fraction.of(1, 4);

  test('a share is expected once it was constant for as long as the counters may lag', () => {
    let [clock, share] = [0, quarter];
    const expected = new DelayedShare(
      () => ({ share, from: 'a test' }),
      90_000,
      () => clock,
    );
    const at_ = (second: number) => ((clock = second * 1_000), expected.now().share?.toString());
    expect([at_(0), at_(89), at_(90), at_(91)]).toEqual([undefined, undefined, '1/4', '1/4']);
    share = Fraction.of(1, 2);
    expect([at_(92), at_(181), at_(182)]).toEqual([undefined, undefined, '1/2']);
    expected.restart();
    expect([at_(183), at_(271), at_(272)]).toEqual([undefined, undefined, '1/2']);
    expect(new DelayedShare(() => ({ why: 'nobody knows' }), 0).now()).toEqual({ why: 'nobody knows' });
  });

  test('requests after a failed read have no expected share', async () => {
    // The requests divide as expected until a query fails; after that all requests go to the canary.
    const looks = [at([0, 0], [0, 0]), at([75, 0], [25, 0]), at([150, 0], [50, 0]), at([150, 0], [50, 0]), at([150, 0], [150, 0])];
    let clock = 0;
    const expected = new DelayedShare(
      () => ({ share: quarter, from: 'a test' }),
      3,
      () => clock,
    );
    const { traffic } = await measured(looks, {
      expected,
      instead: (answer, n) => {
        clock = n;
        return n === 5 && (answer.writeHead(500).end(), true);
      },
    });
    // At the first sample the share was not in force for long enough; at the second it was.
    expect(traffic.evidence().share).toEqual({ expected: '1/4', seen: 0.25, pValue: 1, agrees: true });
    expect(counts(traffic)).toEqual({ '1.0': [150, 0], '1.1': [150, 0] });
  });
});

test('a measurement continues to query a server that goes away', async () => {
  const server = createServer((_request, answer) => answer.end('{"status":"success","data":{"resultType":"vector","result":[]}}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said: string[] = [];
  const traffic = startPrometheusTraffic(optionsFor(url), (text) => said.push(text));
  await sleep(3 * INTERVAL);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await sleep(5 * INTERVAL);
  await traffic.stop();
  expect(said).toEqual([expect.stringMatching(/^Prometheus: .*(ECONNREFUSED|ECONNRESET|socket hang up).*; retrying every 0\.05 s$/)]);
});
