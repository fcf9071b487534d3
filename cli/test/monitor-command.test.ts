import type { ServerResponse } from 'node:http';
import { type Evidence, type Verdict, secondsOf } from '../src/core/traffic/evidence';
import { type GateLog, StageGates } from '../src/core/gates/gates';
import { typed } from './support/in-process';
import { CLUSTER, CORE, SERVICE, apiServer, http, monitor } from './support/processes';

/**
 * Tests `monitor` against servers on the loopback. Tests of output for a person and of signals start a process, all others run in this one.
 * `test/cluster` tests `monitor` on a cluster.
 */

/** Starts a service where every tenth response comes from the canary. */
function service(more: (n: number, answer: ServerResponse) => void = () => undefined): Promise<string> {
  let n = 0;
  return http((_request, answer) => {
    n += 1;
    more(n, answer);
    answer.setHeader('X-Version', n % 10 === 0 ? '1.1' : '1.0').end(n % 10 === 0 ? 'Red=1.1' : 'Yellow=1.0');
  });
}

/** Enough concurrent requests that none waits for another, even on a slow machine. */
const FAST = ['--rate', '400', '--requests', '100', '--concurrency', '100'];
/** For tests whose result does not depend on the number of requests. */
const FEW = ['--rate', '400', '--requests', '10', '--concurrency', '10'];

/** Replaces the numbers that vary from run to run by placeholders. */
const withoutTimes = (text: string) =>
  text
    .replace(/\d+(\.\d+)? (ms|s)\b/g, 'TIME')
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/ +/g, ' ');

describe('an invalid option is refused in one sentence with exit code 2', () => {
  test.each([
    [['--url', 'ftp://x/'], '--url: got "ftp://x/"; must begin with http:// or https://'],
    [['--url', 'x'], '--url: got "x"; must be a URL such as http://192.0.2.10:8080/'],
    [['--url', 'http://me:secret@x/'], '--url: got a URL with a user or a password; must contain neither; try a header'],
    [['--via', 'telepathy'], 'Allowed choices are load-balancer, api, port-forward'],
    [['--path', 'x'], 'got "x"; must begin with one / and contain no . or .. segment and no space'],
    [['--path', '//x/'], 'must begin with one /'],
    [['--path', '/a/../../../nodes'], 'must begin with one /'],
    [['--path', '/a/%2e%2E/b'], 'must begin with one /'],
    [['--path', '/a\\..\\b'], 'must begin with one /'],
    [['--method', 'FETCH'], 'got "FETCH"; must be an HTTP method such as GET or POST'],
    [['--header', 'nothing'], "must be of the form 'Name: value'"],
    [['--header', 'a: b\r\nc: d'], "must be of the form 'Name: value'"],
    [['--header', ': b'], "must be of the form 'Name: value'"],
    [['--rate', '0'], 'got "0"; must be a number from 0.01 to 10000'],
    [['--rate', 'NaN'], 'got "NaN"; must be a number from 0.01 to 10000'],
    [['--concurrency', '1.5'], 'got "1.5"; must be a whole number from 1 to 10000'],
    [['--requests', '-1'], 'got "-1"; must be a number from 0 to 1000000000'],
    [['--duration', '5'], 'got "5"; must be a duration such as 30s, 5m or 1m30s'],
    [['--duration', '0'], 'got "0"; must be longer than 0'],
    [['--answer-timeout', '0s'], 'got "0s"; must be longer than 0'],
    [['--errors-from', '99'], 'got "99"; must be a number from 100 to 600'],
    [['--version-pattern', 'Yellow'], 'got "Yellow"; must be of the form TEXT=VERSION, such as Yellow=1.0'],
    [['--version-pattern', 'Yellow='], 'must be of the form TEXT=VERSION'],
    [['--version-header', 'a b'], 'got "a b"; must be a valid header name'],
    [['--version-field', 'a..b'], 'got "a..b"; must be field names separated by dots, such as app.version'],
    [['--expect', '110%'], 'got "110%"; must be a share such as 10% or 1/10, or cluster, or none'],
    [['--expect', '-1/2'], 'must be a share such as 10% or 1/10'],
    [['--expect', '1/0'], 'must be a share such as 10% or 1/10'],
    [['--fail-on', 'weather'], 'got "weather"; must be one or more of share, errors, latency, unknown, sources, none'],
    [['--fail-on', 'none,share'], 'must be one or more of share, errors'],
    [['--error-limit', '1'], 'got "1"; must be a rate above 0 and below 1, such as 0.01'],
    [['--log-pattern', '('], 'got "("; must be a regular expression: '],
    [['--prometheus', 'file:///x'], '--prometheus: got "file:///x"; must begin with http:// or https://'],
    [['--prometheus', 'http://x'], '--prometheus: nothing to query; pass --query, --preset, or --traffic'],
    [['--query', 'up=up'], '--query, --preset: no server to query; pass --prometheus URL'],
    [['--query', 'up'], 'got "up"; must be of the form NAME=PROMQL'],
    [
      ['--query', 'x=up{v="{{versoin}}"}'],
      'got {{versoin}}; must be one of the placeholders version, namespace, service, deployment, window',
    ],
    [['--preset', 'linkerd'], 'got "linkerd"; must be one of istio, ingress-nginx'],
    [['--pair', 'nobody'], '--pair: got "nobody"; must be one of canary/servicedemo (Service canary-svc)'],
    [['--dir', '/nonexistent'], '/nonexistent/plan.json: no such file'],
    [
      ['--url-ca', '/nonexistent', '--url', 'https://x/', '--expect', 'none'],
      '--url-ca: got "/nonexistent"; must be a file of certificates',
    ],
  ])('%j', async (words, sentence) => {
    const { status, stdout, stderr } = await typed(['monitor', ...words]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
    expect(stderr).not.toContain('secret');
  });
});

describe('output', () => {
  test('monitor sends a hundred requests and prints a summary', async () => {
    const url = await service();
    const { status, stdout, stderr } = await monitor(['--url', url, '--expect', '10%', ...FAST]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(withoutTimes(stdout)).toMatchInlineSnapshot(`
     "canary/servicedemo: 100 requests in TIME, to http://HOST/

      1.0 stable 1.1 canary
     requests 90 10
     share 90.0 % (82.4 to 95.1 %) 10.0 % (4.9 to 17.6 %)
     errors 0, 0.0 % (0.0 to 4.0 %) 0, 0.0 % (0.0 to 30.8 %)
     p50 TIME TIME
     p95 TIME TIME
     p99 TIME TIME
     slowest TIME TIME

     the canary's share should be 10 % (--expect), and is 10.0 %: it agrees (p = 1)

     check verdict why
     errors inconclusive canary 0.0 % (0 of 10), stable 0.0 % (0 of 90); too few requests to exclude an excess of 5.0 %; about 59 of the canary are needed
     latency p95 inconclusive canary TIME, stable TIME; 50 responses of the canary are needed, and there are 10
     share pass canary 10.0 %, expected 10 %; p = 1
     "
    `);
  });

  test("monitor detects versions by the tutorial's patterns, and prints progress lines", async () => {
    const url = await service();
    const words = [
      '--url',
      url,
      '--expect',
      '1/10',
      '--version-pattern',
      'Yellow=1.0',
      '--version-pattern',
      'Red=1.1',
      '--interval',
      '100ms',
    ];
    const { status, stdout, stderr } = await typed(['monitor', ...words, '--rate', '10', '--requests', '20']);
    expect(status).toBe(0);
    expect(stdout).toContain('it agrees');
    expect(stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2);
    expect(withoutTimes(stderr).split('\n')[0]).toMatch(
      /^TIME \d+\/20 1\.0: \d+ \(100\.0 %, 0 errors, p95 TIME\) 1\.1: 0 \(0\.0 %, 0 errors\)$/,
    );
  });

  test('-o json prints samples and a summary, one per line', async () => {
    const url = await service();
    const { status, stdout, stderr } = await typed([
      'monitor',
      '--url',
      url,
      '--expect',
      '10%',
      '-o',
      'json',
      '--interval',
      '100ms',
      ...FAST,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ type }) => type)).toEqual(lines.slice(1).map(() => 'sample'));
    const { type, evidence, verdict } = lines.at(-1);
    expect(type).toBe('summary');
    expect(evidence.versions.map(({ version, track, requests }: Record<string, unknown>) => [version, track, requests])).toEqual([
      ['1.0', 'stable', 90],
      ['1.1', 'canary', 10],
    ]);
    expect(evidence.share).toEqual({ expected: '1/10', seen: 0.1, pValue: 1, agrees: true });
    expect(verdict.checks.map(({ name }: { name: string }) => name)).toEqual(['errors', 'latency p95', 'share']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('monitor ends early on %s and prints the summary', async (signal) => {
    const url = await service();
    const { status, stdout } = await monitor(
      ['--url', url, '--expect', '10%', '--requests', '0', '--rate', '100', '-o', 'json', '--interval', '100ms'],
      {
        meanwhile: (child) => child.stdout!.once('data', () => child.kill(signal)),
      },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!).type).toBe('summary');
  });
});

describe('exit codes', () => {
  const bad = (n: number, answer: ServerResponse) => (answer.statusCode = n % 20 === 0 ? 500 : 200);

  test.each<[string, readonly string[], ((n: number, answer: ServerResponse) => void) | undefined, number]>([
    ['a share other than expected', ['--expect', '1/2'], undefined, 1],
    ['a share other than expected, with --fail-on none', ['--expect', '1/2', '--fail-on', 'none'], undefined, 0],
    ["half of the canary's responses are errors, and the share is right", ['--expect', '10%'], bad, 0],
    ["half of the canary's responses are errors, with --fail-on errors", ['--expect', '10%', '--fail-on', 'errors'], bad, 1],
    ['too few requests, with --fail-on latency', ['--expect', '10%', '--fail-on', 'latency'], undefined, 1],
    ['the share is not checked', ['--expect', 'none'], undefined, 0],
    ['no response names a version', ['--expect', 'none', '--version-header', 'X-Other'], undefined, 1],
    [
      'no response names a version, with --fail-on none',
      ['--expect', 'none', '--version-header', 'X-Other', '--fail-on', 'none'],
      undefined,
      0,
    ],
    [
      'a request has no response, with --fail-on unknown',
      ['--expect', 'none', '--fail-on', 'unknown'],
      (n, answer) => (n === 7 ? answer.socket!.destroy() : undefined),
      1,
    ],
  ])('%s', async (_name, words, more, expected) => {
    const { status, stdout } = await typed(['monitor', '--url', await service(more), ...words, ...FAST]);
    expect({ status, stdout }).toEqual({ status: expected, stdout: expect.any(String) as string });
  });

  test('monitor names the options that detect versions if no response names one', async () => {
    const { stdout } = await typed(['monitor', '--url', await service(), '--expect', 'none', '--version-header', 'X-Other', ...FAST]);
    expect(stdout).toContain('unknown: 100 (100 no version in the answer)');
    expect(stdout).toContain('note: no response names version 1.0 or 1.1: 100 of 100 requests are unknown (100 no version in the answer)');
    expect(stdout).toContain('pass --version-header, --version-pattern or --version-field, or check the address');
  });
});

describe('with an API server', () => {
  test('the expected share is that of the ready endpoints, and each pod counts once', async () => {
    const { env } = await apiServer(CLUSTER);
    const { status, stdout } = await typed(['monitor', '--url', await service(), ...FAST], env);
    expect(stdout).toContain("the canary's share should be 33.33 % (2:1 ready endpoints), and is 10.0 %: it does not agree");
    expect(status).toBe(1);
  });

  test('monitor prints logs and usage, and names missing data', async () => {
    const log = (line: string) =>
      ['started', line, 'all \u001b[31mfine\u001b[0m'].map((text) => `2999-01-01T00:00:00.123456789Z ${text}\n`).join('');
    const usage = (name: string, cpu: string, memory: string) => ({
      metadata: { name },
      containers: [{ name: 'servicedemo', usage: { cpu, memory } }],
    });
    const { env, asked } = await apiServer({
      ...CLUSTER,
      [`${CORE}/pods/a/log`]: log('no errors here'),
      [`${CORE}/pods/b/log`]: log('Error: \u001b]0;title\u0007boom'),
      [`${CORE}/pods/c/log`]: log('panic: 1'),
      [`${CORE}/pods/d/log`]: (answer: ServerResponse) => void answer.writeHead(400).end('container is waiting to start'),
      '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods': {
        items: [usage('a', '12345678n', '20Mi'), usage('b', '10m', '21504Ki'), usage('x', '9', '9Gi')],
      },
    });
    const { status, stdout } = await typed(
      ['monitor', '--url', await service(), '--expect', '10%', '--logs', '--usage', '--fail-on', 'share', ...FEW],
      env,
    );
    expect(status).toBe(0);
    expect(stdout.replace(/ +/g, ' ')).toContain('log lines 6 3');
    expect(stdout.replace(/ +/g, ' ')).toContain('lines that match 1 1');
    expect(stdout).toContain('  1.0: Error: boom\n  1.1: panic: 1');
    expect(stdout.replace(/ +/g, ' ')).toContain('CPU 22m - no data');
    expect(stdout.replace(/ +/g, ' ')).toContain('memory 41.0 MiB - no data');
    expect(asked.filter((line) => line.includes('/log?'))[0]).toMatch(/container=servicedemo&sinceTime=20.*&timestamps=true/);
    const strict = await typed(['monitor', '--url', await service(), '--expect', '10%', '--usage', '--fail-on', 'sources', ...FEW], env);
    expect(strict.status).toBe(1);
  });

  test('monitor reports a cluster without metrics.k8s.io', async () => {
    const { env } = await apiServer(CLUSTER);
    const { stdout } = await typed(['monitor', '--url', await service(), '--expect', '10%', '--usage', ...FEW], env);
    expect(stdout).toContain('this cluster does not serve metrics.k8s.io; install metrics-server');
  });

  test.each<[string, unknown, readonly string[], number, string]>([
    [
      'F23: a pending load balancer',
      SERVICE,
      [],
      3,
      'Service canary-svc: the load balancer assigned no address within 0.3 s; it is still pending',
    ],
    [
      'no load balancer',
      { ...SERVICE, spec: { ...SERVICE.spec, type: 'ClusterIP' } },
      [],
      3,
      'Service canary-svc is of type ClusterIP and has no address outside the cluster',
    ],
    ['no Service', undefined, [], 3, 'Service canary-svc does not exist in namespace shop'],
    ['no such port', SERVICE, ['--via', 'api', '--port', '1'], 2, '--port: got "1"; must be a port of the Service: 8080 web'],
  ])('%s', async (_name, found, words, status, sentence) => {
    const { env } = await apiServer({
      ...CLUSTER,
      [`${CORE}/services/canary-svc`]: found,
      [`${CORE}/services`]: { items: found ? [found] : [] },
    });
    const ended = await typed(['monitor', '--address-timeout', '300ms', ...words], env);
    expect(ended).toMatchObject({ status, stdout: '' });
    expect(ended.stderr).toContain(sentence);
  });

  test.each([['ip'], ['hostname']])('F23: monitor sends requests to the %s of the load balancer', async (field) => {
    const address = new URL(await service());
    const found = {
      ...SERVICE,
      spec: { ...SERVICE.spec, ports: [{ name: 'web', port: Number(address.port) }] },
      status: { loadBalancer: { ingress: [{ [field]: field === 'ip' ? '127.0.0.1' : 'localhost' }] } },
    };
    const { env } = await apiServer({ ...CLUSTER, [`${CORE}/services/canary-svc`]: found });
    const { status, stdout } = await typed(['monitor', '--expect', '10%', ...FEW], env);
    expect(status).toBe(0);
    expect(stdout).toContain(`to http://${field === 'ip' ? '127.0.0.1' : 'localhost'}:${address.port}/`);
  });

  test('monitor sends requests through the API server and checks the share', async () => {
    let n = 0;
    const proxied = (answer: ServerResponse) => {
      n += 1;
      answer.setHeader('X-Version', n % 3 === 0 ? '1.1' : '1.0').end();
    };
    const { env, asked } = await apiServer({ ...CLUSTER, [`${CORE}/services/canary-svc:web/proxy/a`]: proxied });
    const { status, stdout } = await typed(['monitor', '--via', 'api', '--path', '/a', ...FAST], env);
    expect(stdout).toContain('to Service canary-svc through the API server');
    expect(stdout).toContain("the canary's share should be 33.33 % (2:1 ready endpoints), and is 33.0 %: it agrees");
    expect(status).toBe(0);
    expect(asked.filter((line) => line.includes('/proxy/'))).toHaveLength(100);
  });

  test.each([
    [
      { sessionAffinity: 'ClientIP' },
      "the share is not checked: the Service's sessionAffinity is ClientIP, so all requests of a client go to one pod",
    ],
  ])('%j: monitor does not check the share, and says why', async (spec, sentence) => {
    const { env } = await apiServer({ ...CLUSTER, [`${CORE}/services/canary-svc`]: { ...SERVICE, spec: { ...SERVICE.spec, ...spec } } });
    const { status, stdout } = await typed(['monitor', '--url', await service(), ...FEW], env);
    expect(stdout).toContain(sentence);
    expect(status).toBe(0);
  });
});

test('--until-decided ends early if no response names a version, and shows what came', async () => {
  const url = await http((_request, answer) => {
    answer.setHeader('Content-Type', 'text/html; charset=utf-8').end('<!doctype html>\n<title>Sign in</title><p>token=abcdef123456</p>');
  });
  const words = ['--expect', '50%', '--rate', '50', '--until-decided', '--requests', '9000', '--url', url];
  const { status, stdout } = await monitor(words, { clock: 4 });
  expect(status).toBe(1);
  expect(Number(/^canary\/servicedemo: ([\d,]+) requests/.exec(stdout)?.[1]?.replace(',', ''))).toBeLessThan(9_000);
  expect(stdout).toContain(
    'for example status 200, text/html; charset=utf-8, "<!doctype html> <title>Sign in</title><p>token=[hidden]</p>"; pass --version-header',
  );
});

describe('--until-decided ends monitor when the gates have decided', () => {
  /** Every second response comes from the canary. */
  function halved(isError: (n: number) => boolean): Promise<string> {
    let n = 0;
    return http((_request, answer) => {
      n += 1;
      answer.statusCode = isError(n) ? 500 : 200;
      answer.setHeader('X-Version', n % 2 === 0 ? '1.1' : '1.0').end();
    });
  }
  const WORDS = ['--expect', '50%', '--rate', '400', '--until-decided', '-o', 'json', '--duration', '60s'];

  interface Summary {
    readonly type: string;
    readonly evidence: Evidence;
    readonly verdict: Verdict;
    readonly gates: GateLog;
  }

  test.each([
    ['a canary that is as good as stable passes', () => false, 0, /^(pass|inconclusive)$/, { errors: 'pass', share: 'pass' }],
    ['a canary with 20 % errors fails', (n: number) => n % 10 === 0, 1, /^fail$/, { errors: 'fail' }],
  ] as const)('%s', async (_name, isError, expected, verdict, checks) => {
    // Latency is excluded, because a busy machine would decide it. `traffic-command.test.ts` tests the latency gate, with counters that
    // have a latency of their own.
    const { status, stdout } = await typed(['monitor', ...WORDS, '--fail-on', 'share,errors', '--url', await halved(isError)]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Summary);
    const summary = lines.at(-1)!;
    const found = Object.fromEntries(summary.verdict.checks.map((check) => [check.name, check.verdict]));
    expect({ status, type: summary.type, checks: found }).toMatchObject({ status: expected, type: 'summary', checks });
    expect(summary.verdict.verdict).toMatch(verdict);
    const total = summary.evidence.versions.reduce((sum, { requests }) => sum + requests, 0);
    expect(total).toBeLessThan(60 * 400);
    // The blocks hold everything that was measured, and the verdict can be recomputed from them.
    const { settings, tests, isAlone, blocks } = summary.gates;
    expect(blocks.reduce((sum, { stable, canary }) => sum + stable.requests + canary.requests, 0)).toBe(total);
    const again = new StageGates(settings, tests, isAlone);
    blocks.forEach((block) => again.add(block));
    const times = (track: string) => summary.evidence.versions.find((row) => row.track === track)!.latency!.counts!;
    expect(again.verdict({ stable: times('stable'), canary: times('canary') }, secondsOf(summary.evidence))).toEqual(summary.verdict);
  });

  test('monitor waits for the checks that --fail-on names, and no longer', async () => {
    const { status, stdout } = await typed(['monitor', ...WORDS, '--fail-on', 'share', '--url', await halved((n) => n % 10 === 0)]);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as Summary;
    expect(summary.verdict.checks.find(({ name }) => name === 'share')!.verdict).toBe('pass');
    expect(status).toBe(0);
  });
});

describe('with a fake Prometheus', () => {
  /** The format of real responses: https://prometheus.io/docs/prometheus/latest/querying/api/. `test/cluster` queries a real server. */
  const vector = (...values: string[]) =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });

  test.each([
    ['numbers', (version: string) => vector(version === '1.0' ? '12.5' : '7'), 0, 'x 12.5 7'],
    ['no data', (version: string) => (version === '1.0' ? vector('1') : vector()), 1, 'x 1 - canary: no data'],
    ['NaN', () => vector('NaN'), 1, 'x - - stable: NaN; canary: NaN'],
    ['too many series', () => vector('1', '2'), 1, 'stable: 2 series; must be one, such as sum(…)'],
    [
      'an error',
      () => JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error: \u001b[31mx' }),
      1,
      'stable: parse error: x',
    ],
    ['a response that is not JSON', () => '<html>', 1, 'stable: the response with status 200 is not JSON'],
  ])('F25: %s', async (_name, answerFor, expected, line) => {
    const prometheus = await http((request, answer) => {
      const { searchParams } = new URL(request.url!, 'http://x');
      const version = /v="([^"]*)"/.exec(searchParams.get('query')!)![1]!;
      answer.end(answerFor(version));
    });
    const words = ['--prometheus', prometheus, '--query', 'x=sum(up{v="{{version}}"})', '--fail-on', 'sources'];
    const { status, stdout } = await typed(['monitor', '--url', await service(), '--expect', 'none', ...words, ...FEW]);
    expect(stdout.replace(/ +/g, ' ')).toContain(line);
    expect(status).toBe(expected);
  });

  test('F25: a server that refuses connections', async () => {
    const words = ['--prometheus', 'http://127.0.0.1:1', '--query', 'x=up', '--fail-on', 'sources'];
    const { status, stdout } = await typed(['monitor', '--url', await service(), '--expect', 'none', ...words, ...FEW]);
    expect(stdout).toContain('ECONNREFUSED');
    expect(status).toBe(1);
  });
});
