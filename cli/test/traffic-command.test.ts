import type { ServerResponse } from 'node:http';
import { amountOf, oneIn } from '../../test/support/sampling';
import { type Evidence, type Verdict, secondsOf } from '../src/core/traffic/evidence';
import { type GateLog, StageGates } from '../src/core/gates/gates';
import { timesOf } from '../src/core/statistics/quantiles';
import { typed } from './support/in-process';
import { CLUSTER, CORE, type Ended, SERVICE, apiServer, monitor } from './support/processes';
import { type FakeCounters, type FakePrometheus, fakePrometheus, histogram } from './support/prometheus';

/** Tests `monitor` and `run` with counters from Prometheus, as processes. `test/cluster` queries a real Prometheus. */

const OWN = ['--traffic', 'queries', '--counter', 'requests=r{v="{{version}}"}', '--counter', 'errors=r{v="{{version}}",code=~"5.."}'];
const SERVER = ['--prometheus', 'http://127.0.0.1:1'];

describe('options that do not go together are refused in one sentence with exit code 2', () => {
  test.each<[string, readonly string[], string]>([
    ['monitor', ['--traffic', 'weather'], 'Allowed choices are probe, istio, ingress-nginx, queries'],
    ['monitor', ['--traffic', 'istio'], '--traffic: got istio without a server; must be used with --prometheus URL'],
    ['monitor', OWN, '--traffic: got queries without a server; must be used with --prometheus URL'],
    [
      'monitor',
      ['--traffic', 'queries', ...SERVER],
      '--traffic: got queries without --counter for requests and errors; must have both requests and errors',
    ],
    [
      'monitor',
      ['--traffic', 'queries', ...SERVER, '--counter', 'requests=r'],
      '--traffic: got queries without --counter for errors; must have both requests and errors',
    ],
    ['monitor', ['--counter', 'requests=r'], '--counter: got --traffic probe; must be used with --traffic queries'],
    [
      'monitor',
      ['--traffic', 'istio', ...SERVER, '--counter', 'requests=r'],
      '--counter: got --traffic istio; must be used with --traffic queries',
    ],
    [
      'monitor',
      [...OWN, ...SERVER, '--counter', 'seconds=s', '--counter', 'milliseconds=m'],
      '--counter: got milliseconds and seconds; must be one of them',
    ],
    ['monitor', [...OWN, '--counter', 'errors=x'], 'got errors twice; must be given once'],
    [
      'monitor',
      ['--counter', 'p95=x'],
      'got "p95=x"; must be of the form NAME=PROMQL, with one of the names requests, errors, milliseconds, seconds',
    ],
    ['monitor', ['--counter', 'requests='], 'must be of the form NAME=PROMQL'],
    [
      'monitor',
      ['--counter', 'requests=increase(r[{{window}}])'],
      'got {{window}}; must be one of the placeholders of a counter: version, namespace, service, deployment',
    ],
    [
      'monitor',
      ['--traffic', 'istio', ...SERVER, '--rate', '50', '--url', 'http://127.0.0.1:1'],
      '--url, --rate: got --traffic istio, which sends no requests; must be omitted',
    ],
    [
      'monitor',
      ['--traffic', 'istio', ...SERVER, '--requests', '100'],
      '--requests: got 100 with --traffic istio; must be 0 or omitted, because the command sends no requests; try --duration',
    ],
    [
      'monitor',
      [...OWN, ...SERVER, '--expect', '10%'],
      '--expect: got 1/10 with --traffic queries; must be none or omitted, because it does not check the share',
    ],
    ['monitor', SERVER, '--prometheus: nothing to query; pass --query, --preset, or --traffic istio, ingress-nginx or queries'],
    ['run', ['--yes', '--traffic', 'istio'], '--traffic: got istio without a server; must be used with --prometheus URL'],
    ['run', ['--yes', ...SERVER], '--prometheus: nothing to query; pass --traffic istio, ingress-nginx or queries'],
    ['run', ['--yes', '--no-watch', '--traffic', 'istio', ...SERVER], '--no-watch, --traffic: got both; must be one of them'],
    [
      'run',
      ['--auto', '--rate', '5', '--header', 'Host: x', '--version-header', 'V', '--traffic', 'istio', ...SERVER],
      'error: --rate: got --traffic istio, which sends no requests',
    ],
    ['monitor', ['--header', 'Host: x', '--traffic', 'istio', ...SERVER], '--header: got --traffic istio, which sends no requests'],
    ['advance', ['--in-force-url', 'ftp://x'], '--in-force-url: got "ftp://x"; must begin with http:// or https://'],
    ['promote', ['--gateway-service', 'envoy'], 'got "envoy"; must be NAMESPACE/NAME, such as edge/envoy'],
    ['rollback', ['--proxies', '0'], 'must be a number from 1 to 10000'],
  ])('%s %j', async (name, words, sentence) => {
    const { status, stdout, stderr } = await typed([name, ...words]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
  });
});

describe('a server that does not respond or an invalid query is reported before the measurement starts', () => {
  const words = (url: string) => ['--namespace', 'shop', '--expect', 'none', '--prometheus', url];

  test('a server that refuses connections', async () => {
    const { status, stdout, stderr } = await monitor([...words('http://127.0.0.1:1'), '--traffic', 'istio']);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('error: Prometheus: 127.0.0.1:1: connect ECONNREFUSED');
  });

  test.each<[string, number, (answer: ServerResponse) => void, string]>([
    [
      'an invalid query',
      2,
      (answer) => void answer.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"1:1: parse error: x"}'),
      'answers: 1:1: parse error: x',
    ],
    ['a missing permission', 3, (answer) => void answer.writeHead(403).end('Forbidden'), 'the response with status 403 is not JSON'],
  ])('%s', async (_name, expected, instead, sentence) => {
    const { url } = await fakePrometheus(
      () => [],
      (answer) => (instead(answer), true),
    );
    const { status, stdout, stderr } = await monitor([...words(url), ...OWN]);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(sentence);
  });
});

interface Summary {
  readonly type: string;
  readonly sent?: number;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly gates: GateLog;
  readonly notes: readonly string[];
}

const linesOf = ({ stdout }: Ended) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Summary);

const verdictsOf = ({ verdict }: Summary) => Object.fromEntries(verdict.checks.map(({ name, verdict: one }) => [name, one]));

/** How many times as fast as real time the clocks of the command and of the fake Prometheus run. */
const CLOCK = 4;

/** Runs the command on the fast clock. The request timeout is scaled, so that requests on the loopback keep their real time limit. */
const quickly: typeof monitor = (words, options) =>
  monitor([...words, '--request-timeout', `${15 * CLOCK}s`], { ...options, clock: CLOCK });

interface Canary {
  /** Errors, in percent. */
  readonly errors?: number;
  /** The upper boundary of the bucket of all the canary's latencies; stable's is 50. */
  readonly upTo?: number;
}

/** Counters of 3,000 requests per second to stable, 1,000 to the canary, and an error rate of 1 % for stable. */
function counting({ errors = 1, upTo = 50 }: Canary): FakeCounters {
  const begin = Date.now();
  return (track, name) => {
    // The counters start well above 0, as on servers that have been running for a while.
    const hundreds = (10_000 + Math.floor(((Date.now() - begin) * CLOCK) / 1_000)) * (track === 'stable' ? 30 : 10);
    switch (name) {
      case 'requests':
        return [[{}, 100 * hundreds]];
      case 'errors':
        return [[{}, (track === 'stable' ? 1 : errors) * hundreds]];
      case 'times':
        return histogram(100 * hundreds, track === 'stable' ? 50 : upTo);
    }
  };
}

describe('verdict and exit code', () => {
  const ISTIO = ['--traffic', 'istio', '--namespace', 'shop', '--expect', 'none', '-o', 'json'];
  const QUERIES = [...OWN, '--namespace', 'shop', '--expect', 'none', '-o', 'json'];
  const DECIDED = ['--until-decided', '--duration', '60s'];
  const CASES: Readonly<
    Record<
      string,
      readonly [canary: Canary | FakeCounters, words: readonly string[], status: number, verdict: string, checks: Record<string, string>]
    >
  > = {
    'as good as stable': [{}, [...ISTIO, ...DECIDED], 0, 'pass', { errors: 'pass', 'latency p95': 'pass' }],
    '5 % errors': [{ errors: 5 }, [...ISTIO, ...DECIDED], 1, 'fail', { errors: 'fail', 'latency p95': 'pass' }],
    'three times as slow': [{ upTo: 250 }, [...ISTIO, ...DECIDED], 1, 'fail', { errors: 'pass', 'latency p95': 'fail' }],
    'one bucket slower, which may be a small difference': [
      { upTo: 100 },
      [...ISTIO, '--duration', '16s'],
      0,
      'inconclusive',
      { errors: 'pass', 'latency p95': 'inconclusive' },
    ],
    'one bucket slower, with --fail-on latency': [
      { upTo: 100 },
      [...ISTIO, '--duration', '16s', '--fail-on', 'latency'],
      1,
      'inconclusive',
      { errors: 'pass', 'latency p95': 'inconclusive' },
    ],
    'latency above the last bucket boundary': [
      { upTo: Infinity },
      [...ISTIO, '--duration', '16s', '--fail-on', 'latency'],
      1,
      'fail',
      { errors: 'pass', 'latency p95': 'fail' },
    ],
    'no latency query': [{}, [...QUERIES, ...DECIDED], 0, 'pass', { errors: 'pass' }],
    'no latency query, with --fail-on errors,latency': [
      {},
      [...QUERIES, ...DECIDED, '--fail-on', 'errors,latency'],
      1,
      'pass',
      { errors: 'pass' },
    ],
    'no data': [() => [], [...ISTIO, '--duration', '6s'], 1, 'inconclusive', { errors: 'inconclusive', 'latency p95': 'inconclusive' }],
    'no data of the canary': [
      (track, name) => (track === 'canary' ? [] : counting({})(track, name)),
      [...ISTIO, '--duration', '6s', '--fail-on', 'errors'],
      1,
      'inconclusive',
      { errors: 'inconclusive', 'latency p95': 'inconclusive' },
    ],
  };

  const cases = oneIn(amountOf('counters: one verdict in'), Object.entries(CASES));
  const ended = new Map<string, Ended & { readonly server: FakePrometheus }>();

  // All cases run concurrently, because they spend their time waiting.
  beforeAll(async () => {
    await Promise.all(
      cases.map(async ([name, [canary, words]]) => {
        const server = await fakePrometheus(typeof canary === 'function' ? canary : counting(canary));
        ended.set(name, { ...(await quickly([...words, '--prometheus', server.url, '--prometheus-header', 'X-Scope: shop'])), server });
      }),
    );
  });

  test.each(cases)('%s', (name, [, , status, verdict, checks]) => {
    const end = ended.get(name)!;
    const summary = linesOf(end).at(-1)!;
    expect({ status: end.status, stderr: end.stderr, verdict: summary.verdict.verdict, checks: verdictsOf(summary) }).toEqual({
      status,
      stderr: '',
      verdict,
      checks,
    });
    // The verdict can be recomputed from the output.
    const { settings, tests, isAlone, blocks } = summary.gates;
    const again = new StageGates(settings, tests, isAlone);
    blocks.forEach((block) => again.add(block));
    const times = (track: string) => timesOf(summary.evidence.versions.find((row) => row.track === track)!.latency);
    expect(again.verdict({ stable: times('stable'), canary: times('canary') }, secondsOf(summary.evidence))).toEqual(summary.verdict);
    const total = summary.evidence.versions.reduce((sum, { requests }) => sum + requests, 0);
    expect(blocks.reduce((sum, { stable, canary }) => sum + stable.requests + canary.requests, 0)).toBe(total);
  });

  test('the evidence names the server as its source, and samples have no count of sent requests', () => {
    const end = ended.get('as good as stable')!;
    const [sample, ...others] = linesOf(end);
    const summary = others.at(-1)!;
    expect(sample).toMatchObject({ type: 'sample' });
    expect(sample).not.toHaveProperty('sent');
    expect(summary.evidence.source).toBe(`Prometheus at ${new URL(end.server.url).host} (istio)`);
    expect(summary.notes).toEqual([]);
    expect(end.server.headers.every((headers) => headers['x-scope'] === 'shop')).toBe(true);
    expect(end.server.asked.every((query) => !query.includes('{{') && query.includes('destination_service_namespace="shop"'))).toBe(true);
    expect(end.server.asked.at(-1)).toContain('reporter="source"');
  });

  test('notes name missing data', () => {
    expect(linesOf(ended.get('no latency query')!).at(-1)!.notes).toEqual([
      'latency is not compared, because no query counts it; add --counter milliseconds=… or --counter seconds=…',
    ]);
    // No note says that there were no errors, because the preset's query is known to match errors.
    expect(linesOf(ended.get('no data')!).at(-1)!.notes).toEqual([
      expect.stringMatching(/^Prometheus has no series for the requests of stable: sum without \(.*destination_version="1\.0"\}\)$/),
      expect.stringMatching(/^Prometheus has no series for the requests of canary: /),
    ]);
  });
});

describe('text output', () => {
  test('monitor prints the same table, as counted by the server, until Ctrl-C', async () => {
    const { url } = await fakePrometheus(counting({}));
    const words = [
      '--traffic',
      'istio',
      '--namespace',
      'shop',
      '--expect',
      'none',
      '--prometheus',
      url,
      '--requests',
      '0',
      '--interval',
      '1s',
    ];
    const { status, stdout, stderr } = await quickly(words, {
      meanwhile: (child) => {
        child.stderr!.on('data', (text: string) => /^\d+ s {2}[1-9]/m.test(text) && child.kill('SIGINT'));
      },
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^canary\/servicedemo: [\d,]+ requests in [\d.]+ s, as counted by Prometheus at 127\.0\.0\.1:\d+ \(istio\)\n/);
    expect(stdout.replace(/ +/g, ' ')).toMatch(/\nrequests [\d,]+ [\d,]+\nshare 75\.0 % .* 25\.0 % .*\nerrors [\d,]+, 1\.0 % /);
    expect(stdout.replace(/ +/g, ' ')).toContain('\np95 48.8 ms 48.8 ms\n');
    expect(stdout.replace(/ +/g, ' ')).toContain('\nslowest 50.0 ms 50.0 ms\n');
    expect(stderr).toMatch(/^\d+ s {2}[1-9][\d,]+ {2}1\.0: [\d,]+ \(75\.0 %, [\d,]+ errors, p95 48\.8 ms\)/m);
  });

  test('a read that fails during the measurement is reported once', async () => {
    const { url } = await fakePrometheus(counting({}), (answer, n) => n === 9 && (answer.writeHead(502).end('bad gateway'), true));
    const words = ['--traffic', 'istio', '--namespace', 'shop', '--expect', 'none', '--prometheus', url, '--duration', '13s'];
    const { status, stdout, stderr } = await quickly([...words, '--fail-on', 'errors']);
    expect(stderr.split('\n').filter((line) => line.startsWith('Prometheus'))).toEqual([
      'Prometheus: the response with status 502 is not JSON; retrying every 5 s',
      'Prometheus responds again',
    ]);
    expect(stdout).toContain('note: 1 of 4 reads from Prometheus failed, the last one with: the response with status 502 is not JSON;');
    expect(status).toBe(0);
  });
});

describe('the share', () => {
  const to = (subset: string, weight: number) => ({ destination: { host: 'canary-svc', subset }, weight });
  const REST = { route: [to('v1-0', 75), to('v1-1', 25)] };
  const BETA = { match: [{ headers: { 'user-group': { exact: 'beta-testers' } } }], route: [to('v1-1', 100)] };
  const routed = (...rules: object[]) => ({
    ...CLUSTER,
    [`${CORE}/services/canary-svc`]: SERVICE,
    '/apis/networking.istio.io/v1/namespaces/shop/virtualservices': {
      items: [{ metadata: { name: 'canary-vs', uid: 'vs' }, spec: { http: rules } }],
    },
  });
  const measured = async (words: readonly string[], objects: Readonly<Record<string, unknown>> = CLUSTER) => {
    const { env, asked } = await apiServer(objects);
    const { url } = await fakePrometheus(counting({}));
    const end = await quickly(['--prometheus', url, '--duration', '1s', '--fail-on', 'none', ...words], { env });
    expect(end).toMatchObject({ status: 0, stderr: '' });
    return { ...end, asked };
  };
  const NOT_DIVIDED =
    'the share is not checked: no route divides these requests one by one, and all requests of a connection go to one pod';

  test.each([['istio'], ['ingress-nginx']])('of %s is not checked if pods divide the traffic', async (source) => {
    const { stdout } = await measured(['--traffic', source]);
    expect(stdout).toContain(`note: ${NOT_DIVIDED}`);
    expect(stdout).not.toMatch(/^share +(pass|fail|inconclusive)/m);
  });

  test('of custom queries is not checked if pods divide the traffic', async () => {
    expect((await measured(OWN)).stdout).toContain(`note: ${NOT_DIVIDED}`);
  });

  test("of a route for all requests follows its weights once the counters are recent, and the reader's permissions suffice", async () => {
    const { stdout, asked } = await measured(['--dir', 'dist/istio', '--traffic', 'istio'], routed(REST));
    expect(stdout).not.toContain(NOT_DIVIDED);
    const kinds = asked.map((line) => /^GET .*?\/(\w+)(?:\/canary-svc)?(?:\?|$)/.exec(line)?.[1]);
    expect([...new Set(kinds)].sort()).toEqual(['endpointslices', 'pods', 'services', 'virtualservices']);
  });

  test('of a route with rules for some requests only is not checked', async () => {
    const { stdout } = await measured(['--dir', 'dist/istio', '--traffic', 'istio'], routed(BETA, REST));
    expect(stdout).toContain(
      'note: the share is not checked: the VirtualService has rules for some requests only, so the share depends on which requests clients send',
    );
  });

  test('of --expect is not checked before the counters are recent enough', async () => {
    const { stdout } = await measured(['--traffic', 'istio', '--expect', '1/4']);
    expect(stdout).toContain(
      'note: the share was not checked: the counters may be up to 90 s old, and the expected share has not been constant for that long',
    );
    expect(stdout).toMatch(/^share +inconclusive/m);
  });
});
