import { readFileSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server as NetServer, type Socket, createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { Fraction } from '../../lib/core/fraction';
import { DEFAULT_RULES, type VersionRule } from '../src/core/traffic/version-detection';
import { type ProbeOptions, startProbe } from '../src/monitor/probe';
import { until } from '../../test/support/command';
import { type RequestSettings, sendRequest } from '../src/monitor/request';
import { urlTarget } from '../src/monitor/target';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Starts a server on the loopback and returns its URL. */
async function serve(server: Server | NetServer, scheme = 'http'): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    (server as Partial<Server>).closeAllConnections?.();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const http = (handler: (request: IncomingMessage, answer: ServerResponse) => void) => serve(createServer(handler));

const settings = (more: Partial<RequestSettings> = {}): RequestSettings => ({
  method: 'GET',
  headers: {},
  timeout: 2_000,
  largestAnswer: 100_000,
  errorsFrom: 500,
  rules: DEFAULT_RULES,
  ...more,
});

const send = (url: string, more?: Partial<RequestSettings>) => sendRequest({ url: new URL(url) }, settings(more));

const YELLOW: readonly VersionRule[] = [
  { by: 'pattern', text: 'Yellow', version: '1.0' },
  { by: 'pattern', text: 'Red', version: '1.1' },
];
const FIELD: readonly VersionRule[] = [{ by: 'field', path: ['app', 'version'] }];

describe('outcome of a request', () => {
  test.each<[string, (answer: ServerResponse) => unknown, Partial<RequestSettings>, object]>([
    ['a version in a header', (answer) => answer.setHeader('x-version', ' 1.1 ').end('x'), {}, { version: '1.1', isError: false }],
    ['a version by a pattern', (answer) => answer.end('<h1>Yellow=1.0</h1>'), { rules: YELLOW }, { version: '1.0', isError: false }],
    ['two patterns that match', (answer) => answer.end('Yellow Red'), { rules: YELLOW }, { why: 'two versions in the answer' }],
    ['a version in a JSON field', (answer) => answer.end('{"app":{"version":"1.1"}}'), { rules: FIELD }, { version: '1.1' }],
    ['a version that is a JSON number', (answer) => answer.end('{"app":{"version":1.1}}'), { rules: FIELD }, { version: '1.1' }],
    ['JSON without the field', (answer) => answer.end('{"app":1}'), { rules: FIELD }, { why: 'no version in the answer' }],
    ['a body that is not JSON', (answer) => answer.end('<html>'), { rules: FIELD }, { why: 'no version in the answer' }],
    ['no version', (answer) => answer.end('hello'), {}, { why: 'no version in the answer' }],
    ['an empty header', (answer) => answer.setHeader('x-version', '').end('hello'), {}, { why: 'no version in the answer' }],
    [
      'control characters in a version',
      (answer) => answer.end('{"app":{"version":"1\\u001b[31m.1"}}'),
      { rules: FIELD },
      { version: '1.1' },
    ],
    ['500 with a version', (answer) => answer.writeHead(500, { 'X-Version': '1.1' }).end(), {}, { version: '1.1', isError: true }],
    ['503 without a version', (answer) => answer.writeHead(503).end(), {}, { why: 'status 503' }],
    ['404 without a version', (answer) => answer.writeHead(404).end(), {}, { why: 'status 404' }],
    [
      '404 with a version, if errors start at 400',
      (answer) => answer.writeHead(404, { 'X-Version': '1.0' }).end(),
      { errorsFrom: 400 },
      { version: '1.0', isError: true },
    ],
    ['a redirect, which is not followed', (answer) => answer.writeHead(302, { Location: '/x' }).end(), {}, { why: 'status 302' }],
    ['slow headers', () => undefined, { timeout: 100 }, { why: 'timeout' }],
    ['a slow body', (answer) => answer.write('half'), { timeout: 100 }, { why: 'timeout' }],
    [
      'a slow body of a known version',
      (answer) => answer.setHeader('X-Version', '1.1').write('half'),
      { timeout: 100 },
      { version: '1.1', isError: true },
    ],
    [
      'a body that is cut off by a closed connection',
      (answer) => answer.writeHead(200, { 'Content-Length': 10 }).write('half', () => answer.socket!.destroy()),
      {},
      { why: 'reset' },
    ],
    ['a connection reset', (answer) => answer.socket!.resetAndDestroy(), {}, { why: 'reset' }],
    ['a body that is too large', (answer) => answer.end('x'.repeat(200_000)), {}, { why: 'too large' }],
    [
      'a body that is too large, of a known version',
      (answer) => answer.setHeader('X-Version', '1.1').end('x'.repeat(200_000)),
      {},
      { version: '1.1', isError: false, milliseconds: undefined },
    ],
  ])('%s', async (_name, handler, more, expected) => {
    const url = await http((_request, answer) => void handler(answer));
    const outcome = await send(url, more);
    expect(outcome).toMatchObject({ kind: 'why' in expected ? 'unknown' : 'answer', ...expected });
  });

  test('a port without a listener', async () => {
    const server = createNetServer();
    const url = await serve(server);
    await new Promise((done) => server.close(done));
    expect(await send(url)).toEqual({ kind: 'unknown', why: 'refused' });
  });

  test('a server that does not speak HTTP', async () => {
    const url = await serve(createNetServer((socket) => void socket.end('SSH-2.0\r\n')));
    expect(await send(url)).toEqual({ kind: 'unknown', why: 'no HTTP' });
  });

  test('a host name that does not exist', async () => {
    // RFC 6761 guarantees that this name does not exist.
    expect(await send('http://canary.invalid/')).toEqual({ kind: 'unknown', why: 'dns' });
  });

  test('plain HTTP instead of TLS', async () => {
    const url = await http((_request, answer) => void answer.end());
    expect(await send(url.replace('http:', 'https:'))).toEqual({ kind: 'unknown', why: 'tls' });
  });

  test('a self-signed certificate is refused unless it is trusted', async () => {
    const pem = readFileSync(join(__dirname, 'data', 'shop.test.pem'), 'utf8');
    const server = createTlsServer({ key: pem, cert: pem }, (request, answer) =>
      answer.setHeader('X-Version', request.headers.host ?? '').end(),
    );
    const url = await serve(server, 'https');
    expect(await send(url)).toEqual({ kind: 'unknown', why: 'tls' });
    expect(await send(url, { tls: { rejectUnauthorized: false } })).toMatchObject({ kind: 'answer' });
    // The certificate is issued for a name, and the request goes to an address.
    expect(await send(url, { tls: { ca: pem } })).toEqual({ kind: 'unknown', why: 'tls' });
    expect(await send(url, { tls: { ca: pem }, headers: { Host: 'shop.test' } })).toMatchObject({ kind: 'answer', version: 'shop.test' });
  });

  test('a request has the method, headers and path from the options', async () => {
    const url = await http(({ method, url: path, headers }, answer) => {
      answer.end(JSON.stringify({ app: { version: [method, path, headers['user-group'], headers.host].join(' ') } }));
    });
    const outcome = await send(`${url}a?b=c`, {
      method: 'POST',
      rules: FIELD,
      headers: { 'user-group': 'beta-testers', Host: 'shop.test' },
    });
    expect(outcome).toMatchObject({ version: 'POST /a?b=c beta-testers shop.test' });
  });
});

describe('a probe', () => {
  const options = (url: string, more: Partial<ProbeOptions> = {}): ProbeOptions => ({
    target: urlTarget(url),
    versions: { stable: '1.0', canary: '1.1' },
    request: settings(),
    rate: 500,
    concurrency: 20,
    ...more,
  });
  const versions = (evidence: ReturnType<ReturnType<typeof startProbe>['evidence']>) =>
    Object.fromEntries(evidence.versions.map(({ version, requests, errors }) => [version, { requests, errors }]));

  test('F26: the probe opens a connection for each request, so that requests divide as connections do', async () => {
    const sockets = new Set<unknown>();
    let requests = 0;
    const server = createServer((request, answer) => {
      sockets.add(request.socket);
      requests += 1;
      answer.setHeader('X-Version', '1.0').end();
    });
    server.keepAliveTimeout = 60_000;
    const probe = startProbe(options(await serve(server), { total: 100 }));
    await probe.done;
    expect([requests, sockets.size, probe.sent]).toEqual([100, 100, 100]);
  });

  test.each(['http', 'https'])(
    'F26: the probe closes each connection, not the pod, so that no pod keeps a connection in TIME_WAIT: %s',
    async (scheme) => {
      const pem = readFileSync(join(__dirname, 'data', 'shop.test.pem'), 'utf8');
      const handler = (_request: IncomingMessage, answer: ServerResponse) => void answer.setHeader('X-Version', '1.0').end();
      const server = scheme === 'http' ? createServer(handler) : createTlsServer({ key: pem, cert: pem }, handler);
      server.keepAliveTimeout = 60_000;
      const closers: string[] = [];
      server.on(scheme === 'http' ? 'connection' : 'secureConnection', (socket: Socket) => {
        // Before the server's own listener, which ends the socket in turn.
        socket.prependOnceListener('end', () => closers.push(socket.writableEnded ? 'server' : 'client'));
      });
      const request = settings({ tls: { rejectUnauthorized: false } });
      const probe = startProbe(options(await serve(server, scheme), { total: 20, request }));
      await probe.done;
      await until('20 closed connections', 10, () => closers.length === 20 || undefined);
      expect(new Set(closers)).toEqual(new Set(['client']));
    },
  );

  test('counts responses by version and checks the share', async () => {
    let n = 0;
    const url = await http((_request, answer) => {
      n += 1;
      answer.statusCode = n % 20 === 0 ? 500 : 200;
      answer.setHeader('X-Version', n % 10 === 0 ? '1.1' : '1.0').end();
    });
    const expected = () => ({ share: Fraction.of(1, 10), from: 'a test' });
    const probe = startProbe(options(url, { total: 200, expected }));
    await probe.done;
    const evidence = probe.evidence();
    expect(versions(evidence)).toEqual({ '1.0': { requests: 180, errors: 0 }, '1.1': { requests: 20, errors: 10 } });
    expect(evidence.share).toEqual({ expected: '1/10', seen: 0.1, pValue: 1, agrees: true });
    expect(evidence.source).toBe(url);
    expect(evidence.versions[1]!.latency!.counts!.reduce((sum, [, count]) => sum + count, 0)).toBe(10);
    expect(evidence.versions[0]!.latency!.p50).toBeLessThan(evidence.versions[0]!.latency!.slowest!);
    expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
  });

  test('F24: an unknown response never counts for the canary', async () => {
    const url = await http((_request, answer) => void answer.end('neither'));
    const probe = startProbe(options(url, { total: 50 }));
    await probe.done;
    const { unknown, share } = probe.evidence();
    expect(versions(probe.evidence())).toEqual({ '1.0': { requests: 0, errors: 0 }, '1.1': { requests: 0, errors: 0 } });
    expect(unknown).toEqual({
      requests: 50,
      kinds: { 'no version in the answer': 50 },
      answered: 50,
      samples: [{ status: 200, contentType: undefined, start: expect.any(String) }],
    });
    expect(share).toBeUndefined();
  });

  test('keeps its rate and its duration', async () => {
    const url = await http((_request, answer) => void answer.setHeader('X-Version', '1.0').end());
    const begin = performance.now();
    const probe = startProbe(options(url, { rate: 50, duration: 1_000 }));
    await probe.done;
    expect(performance.now() - begin).toBeLessThan(3_000);
    expect(probe.sent).toBeLessThanOrEqual(51);
    expect(probe.sent).toBeGreaterThan(10);
    expect(probe.isHeldBack).toBe(false);
  });

  test('limits concurrent requests, and reports that the limit held it back', async () => {
    let [now, most] = [0, 0];
    const url = await http((_request, answer) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        answer.setHeader('X-Version', '1.0').end();
      }, 50);
    });
    const probe = startProbe(options(url, { total: 30, concurrency: 4 }));
    await probe.done;
    expect(most).toBeLessThanOrEqual(4);
    expect(probe.isHeldBack).toBe(true);
    expect(probe.sent).toBe(30);
  });

  test('stops on request, and counts the requests that are in flight', async () => {
    const url = await http((_request, answer) => void setTimeout(() => answer.setHeader('X-Version', '1.0').end(), 100));
    const probe = startProbe(options(url, { rate: 100 }));
    await new Promise((done) => setTimeout(done, 300));
    const during = probe.evidence();
    const after = await probe.stop();
    const total = (evidence: typeof after) => evidence.versions[0]!.requests + evidence.unknown.requests;
    expect(total(during)).toBeLessThan(total(after));
    expect(total(after)).toBe(probe.sent);
    await new Promise((done) => setTimeout(done, 100));
    expect(total(probe.evidence())).toBe(total(after));
    expect(probe.evidence().until).toBe(after.until);
  });
});
