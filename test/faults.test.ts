import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, type Server, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as answers from './cluster/kit/faults/answers';
import { cut, hangs, heldUp, late, lost, outage, trickles } from './cluster/kit/faults/lost';
import { FaultProxy } from './cluster/kit/faults/proxy';
import type { Seen } from './cluster/kit/faults/seen';
import * as watches from './cluster/kit/faults/watches';
import * as when from './cluster/kit/faults/when';
import { until } from './support/command';

// Tests the proxy that injects faults in the tests on a cluster. Here it runs in front of a server that records its requests.

const EVENT = '{"type":"ADDED","object":{"kind":"Pod"}}';

let upstream: Server;
let reached: string[];
/** Writes an event to every watch that is open. */
let tell: (text?: string) => void;
let proxy: FaultProxy;

beforeEach(async () => {
  reached = [];
  const open = new Set<(text: string) => void>();
  tell = (text = EVENT) => open.forEach((write) => write(text));
  upstream = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
    incoming.on('end', () => {
      reached.push(`${incoming.method} ${incoming.url}${body}`);
      response.setHeader('content-type', 'application/json');
      if (incoming.url!.includes('watch=')) {
        response.flushHeaders();
        const write = (text: string) => response.write(`${text}\n`);
        open.add(write);
        response.once('close', () => open.delete(write));
        return;
      }
      response.setHeader('x-authorization', incoming.headers.authorization ?? '');
      response.end(JSON.stringify({ kind: 'Pod', metadata: { name: 'a-name' } }));
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  proxy = await FaultProxy.start({ url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, token: 'own' });
});

afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  upstream.close();
});

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Sends a request on a connection of its own and returns what arrives; rejects if the response is missing or incomplete. */
function ask(path: string, options: { method?: string; body?: string; token?: string; wait?: number } = {}): Promise<Answered> {
  const { method = 'GET', body, token, wait = 5_000 } = options;
  return new Promise((done, failed) => {
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-length': body.length } : {}),
    };
    const outgoing = request(`${proxy.url}${path}`, { method, headers, agent: false });
    const tooLong = setTimeout(() => outgoing.destroy(new Error('no answer')), wait);
    outgoing.once('error', failed).once('close', () => clearTimeout(tooLong));
    outgoing.once('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('error', failed);
      answer.once('end', () => done({ status: answer.statusCode!, headers: answer.headers, text }));
    });
    outgoing.end(body);
  });
}

/** The outcome of a request. */
const outcome = ({ path, fault, committed, answered }: Seen) => ({ path, fault, committed, answered });

const patch = (path = '/pods/a') => ask(path, { method: 'PATCH', body: '{}' });

/** A watch: its events so far, and how it ended. */
function follow(path = '/pods?watch=1'): { text: () => string; end: Promise<'whole' | 'cut'>; isOver: () => boolean; leave: () => void } {
  let text = '';
  let isOver = false;
  const outgoing = request(`${proxy.url}${path}`, { agent: false });
  const end = new Promise<'whole' | 'cut'>((done) => {
    outgoing.once('error', () => done('cut'));
    outgoing.once('response', (answer) => {
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('error', () => done('cut')).once('end', () => done('whole'));
    });
    outgoing.end();
  });
  void end.then(() => (isOver = true));
  return { text: () => text, end, isOver: () => isOver, leave: () => outgoing.destroy() };
}

const reaches = (count: number) => until('requests to reach the server', 5, () => reached.length >= count || undefined, 5);

describe('without faults', () => {
  test('the proxy passes each request on and records it', async () => {
    const { status, text } = await ask('/pods?limit=5');
    expect({ status, text }).toEqual({ status: 200, text: '{"kind":"Pod","metadata":{"name":"a-name"}}' });
    await patch();
    await ask('/pods/a?dryRun=All', { method: 'PATCH', body: '{}' });
    await ask('/pods/a', { method: 'DELETE', body: '{"dryRun":["All"]}' });
    await ask('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { method: 'POST', body: '{}' });
    await ask('/pods/a', { method: 'DELETE' });
    expect(reached).toHaveLength(6);
    expect(proxy.requests.map(({ request: n, write, method, committed, answered }) => [n, write, method, committed, answered])).toEqual([
      [1, undefined, 'GET', 200, 200],
      [2, 1, 'PATCH', 200, 200],
      [3, undefined, 'PATCH', 200, 200],
      [4, undefined, 'DELETE', 200, 200],
      [5, undefined, 'POST', 200, 200],
      [6, 2, 'DELETE', 200, 200],
    ]);
    expect(proxy.writes.map(({ body }) => body)).toEqual(['{}', undefined]);
    expect(proxy.requests[0]!.query.get('limit')).toBe('5');
  });

  test('the proxy passes on the token of a client, or sends its own for a client without a token', async () => {
    expect((await ask('/')).headers['x-authorization']).toBe('Bearer own');
    expect((await ask('/', { token: 'theirs' })).headers['x-authorization']).toBe('Bearer theirs');
  });

  test('the proxy passes on the whole body of a request without a content length, also of a DELETE', async () => {
    await new Promise<void>((done, failed) => {
      const outgoing = request(`${proxy.url}/pods/a`, { method: 'DELETE', agent: false, headers: { 'transfer-encoding': 'chunked' } });
      outgoing.once('error', failed).once('response', (answer) => answer.resume().once('end', done));
      outgoing.write('{"dryRun"');
      outgoing.end(':["All"]}');
    });
    expect(reached).toEqual(['DELETE /pods/a{"dryRun":["All"]}']);
    expect(proxy.writes).toEqual([]);
  });

  test('the proxy joins the two sides of an upgraded connection and closes them together', async () => {
    const ended: string[] = [];
    upstream.on('upgrade', (_, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
      socket.once('close', () => ended.push('server'));
    });
    const outgoing = request(`${proxy.url}/portforward`, { agent: false, headers: { connection: 'Upgrade', upgrade: 'echo' } });
    outgoing.end();
    const [, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Socket];
    socket.write('a word');
    expect(String((await once(socket, 'data'))[0])).toBe('a word');
    socket.destroy();
    await until('the server to be left', 5, () => ended.length > 0 || undefined, 5);
    expect(proxy.requests[0]!.path).toBe('/portforward');
  });

  test('the proxy passes a watch on event by event, and closes it at the server after the client closes it', async () => {
    const watch = follow();
    await reaches(1);
    tell();
    await until('an event', 5, () => watch.text() === `${EVENT}\n` || undefined, 5);
    watch.leave();
    await until('the server to be left', 5, async () => {
      const count = await new Promise<number>((done) => upstream.getConnections((_, open) => done(open)));
      return count === 0 || undefined;
    });
  });

  test('a kubeconfig of the proxy leads through the proxy', () => {
    const config = JSON.parse(readFileSync(proxy.kubeconfig({ namespace: 'here' }), 'utf8'));
    expect(config.clusters[0].cluster).toEqual({ server: proxy.url });
    expect(config.contexts[0].context.namespace).toBe('here');
    expect(config.users[0].user).toEqual({});
  });
});

describe('lost and delayed requests', () => {
  test('a request is lost before the server receives it', async () => {
    const planned = proxy.plan(when.atWrite(2), lost());
    await patch('/pods/a');
    await expect(patch('/pods/b')).rejects.toThrow('socket hang up');
    await patch('/pods/c');
    expect(reached).toEqual(['PATCH /pods/a{}', 'PATCH /pods/c{}']);
    expect(planned.met).toHaveLength(1);
    expect(outcome(planned.met[0]!)).toEqual({ path: '/pods/b', fault: 'lost', committed: undefined, answered: undefined });
  });

  test('a response is lost after the server carried out the request', async () => {
    proxy.plan(when.atWrite(1), lost({ isCommitted: true }));
    await expect(patch()).rejects.toThrow('socket hang up');
    expect(reached).toEqual(['PATCH /pods/a{}']);
    const fault = 'lost, after it was done';
    expect(outcome(proxy.writes[0]!)).toEqual({ path: '/pods/a', fault, committed: 200, answered: undefined });
  });

  test.each([false, true])('no byte arrives, and the connection stays open (committed: %s)', async (isCommitted) => {
    proxy.plan(when.atRequest(1), hangs({ isCommitted }));
    await expect(ask('/pods', { wait: 300 })).rejects.toThrow('no answer');
    expect(reached).toHaveLength(isCommitted ? 1 : 0);
    expect((await ask('/pods')).status).toBe(200);
  });

  test('a response breaks off', async () => {
    proxy.plan(when.atRequest(1), cut());
    await expect(ask('/pods')).rejects.toThrow('aborted');
    expect(reached).toHaveLength(1);
    expect(proxy.requests[0]!.answered).toBe(200);
  });

  test('a response comes late, but the server carries out the request at once', async () => {
    proxy.plan(when.atRequest(1), late(0.4));
    const begin = performance.now();
    const answer = ask('/pods');
    await reaches(1);
    expect(performance.now() - begin).toBeLessThan(300);
    expect((await answer).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThan(390);
  });

  test('the server carries out a request after the client has given up', async () => {
    proxy.plan(when.atRequest(1), heldUp(0.3));
    await expect(ask('/pods', { wait: 100 })).rejects.toThrow('no answer');
    expect(reached).toEqual([]);
    await reaches(1);
  });

  test('a response arrives slowly and complete', async () => {
    proxy.plan(when.atRequest(1), trickles(5));
    const begin = performance.now();
    expect(JSON.parse((await ask('/pods')).text)).toEqual({ kind: 'Pod', metadata: { name: 'a-name' } });
    expect(performance.now() - begin).toBeGreaterThan(150);
  });

  test.each([false, true])('an outage refuses connections and cuts watches, and ends (committed: %s)', async (isCommitted) => {
    const watch = follow();
    await reaches(1);
    proxy.plan(when.atWrite(1), outage(0.5, { isCommitted }));
    await expect(patch()).rejects.toThrow('socket hang up');
    expect(await watch.end).toBe('cut');
    await expect(ask('/pods')).rejects.toThrow('ECONNREFUSED');
    await until('the proxy to be back', 5, async () => (await ask('/pods')).status === 200 || undefined);
    expect(reached.filter((line) => line.startsWith('PATCH'))).toHaveLength(isCommitted ? 1 : 0);
  });

  test('two outages at once end with the first of them, and the port stays the same', async () => {
    const before = proxy.url;
    await Promise.all([proxy.outage(0.1), proxy.outage(0.2)]);
    expect(proxy.url).toBe(before);
    expect((await ask('/pods')).status).toBe(200);
  });
});

describe('answers', () => {
  test.each([
    ['badRequest', answers.badRequest(), 400, 'BadRequest'],
    ['unauthorized', answers.unauthorized(), 401, 'Unauthorized'],
    ['forbidden', answers.forbidden(), 403, 'Forbidden'],
    ['conflict', answers.conflict(), 409, 'Conflict'],
    ['fieldConflict', answers.fieldConflict(), 409, 'Conflict'],
    ['invalid', answers.invalid(), 422, 'Invalid'],
    ['tooManyRequests', answers.tooManyRequests(), 429, 'TooManyRequests'],
    ['webhookDown', answers.webhookDown(), 500, 'InternalError'],
    ['leaderChanged', answers.leaderChanged(), 500, ''],
    ['internalError', answers.internalError(), 500, 'InternalError'],
    ['unavailable', answers.unavailable(), 503, 'ServiceUnavailable'],
    ['timedOut', answers.timedOut(), 504, 'Timeout'],
  ])('the proxy answers with %s', async (_, fault, status, reason) => {
    proxy.plan(when.writes, fault);
    const answer = await patch();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', status: 'Failure', code: status, reason });
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(reached).toEqual([]);
    expect((await patch()).status).toBe(200);
  });

  test('can say how long to wait', async () => {
    proxy.plan(when.always, answers.tooManyRequests(7));
    expect((await ask('/pods')).headers['retry-after']).toBe('7');
  });

  test('can be false: the server has carried out the request that it seems to refuse', async () => {
    proxy.plan(when.always, answers.timedOut({ isCommitted: true }));
    expect((await patch()).status).toBe(504);
    expect(reached).toEqual(['PATCH /pods/a{}']);
    expect(proxy.writes[0]).toMatchObject({ committed: 200, answered: 504 });
  });

  test('meet the given number of requests, or all requests', async () => {
    proxy.plan(when.requests('GET', /^\/some/), answers.unauthorized(), { times: 2 });
    const forever = proxy.plan(when.requests('GET', /^\/all/), answers.unauthorized(), { times: Infinity });
    const statuses = async (path: string) => {
      const found: number[] = [];
      for (let n = 0; n < 4; n += 1) {
        found.push((await ask(path)).status);
      }
      return found;
    };
    expect(await statuses('/some')).toEqual([401, 401, 200, 200]);
    expect(await statuses('/all')).toEqual([401, 401, 401, 401]);
    forever.cancel();
    expect((await ask('/all')).status).toBe(200);
  });

  test('can be not JSON, or a part of a JSON text', async () => {
    proxy.plan(when.always, answers.garbage());
    proxy.plan(when.always, answers.garbage('{"kind": "Po'));
    expect(await ask('/pods')).toMatchObject({ status: 200, text: '<html><body>Please log in</body></html>' });
    expect(await ask('/pods')).toMatchObject({ status: 200, text: '{"kind": "Po' });
    expect(reached).toEqual([]);
  });
});

describe('watches', () => {
  /** A watch that meets a fault after the server sent an event three times. */
  async function met(fault: ReturnType<typeof watches.watchEnds>) {
    proxy.plan(when.watches(/pods/), fault);
    const watch = follow();
    await reaches(1);
    for (let n = 1; n <= 3; n += 1) {
      await sleep(20);
      tell(`{"n":${n}}`);
    }
    return watch;
  }

  test('end after some events', async () => {
    const watch = await met(watches.watchEnds(2));
    expect(await watch.end).toBe('whole');
    expect(watch.text()).toBe('{"n":1}\n{"n":2}\n');
  });

  test('end at once', async () => {
    expect(await (await met(watches.watchEnds())).end).toBe('whole');
  });

  test('break in the middle of an event', async () => {
    const watch = await met(watches.watchBreaks(1));
    expect(await watch.end).toBe('cut');
    expect(watch.text()).toBe('{"n":1}\n{"type":"MODIFIED","object":{"kind":');
  });

  test('expire', async () => {
    const watch = await met(watches.watchExpires(1));
    expect(await watch.end).toBe('whole');
    expect(JSON.parse(watch.text().split('\n')[1]!)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('send a line that is not JSON', async () => {
    const watch = await met(watches.watchSaysGarbage());
    expect(await watch.end).toBe('whole');
    expect(watch.text()).toBe('<html>\n');
  });

  test('send no more events, and stay open', async () => {
    const watch = await met(watches.watchFallsSilent(1));
    await sleep(200);
    expect({ text: watch.text(), isOver: watch.isOver() }).toEqual({ text: '{"n":1}\n', isOver: false });
    watch.leave();
  });

  test('lag, and keep the order of events', async () => {
    const watch = await met(watches.watchLags(0.4));
    expect(watch.text()).toBe('');
    await until('the events', 5, () => watch.text() === '{"n":1}\n{"n":2}\n{"n":3}\n' || undefined);
    watch.leave();
  });

  test('freeze all at once, at a write that the server carries out', async () => {
    const watch = follow();
    await reaches(1);
    proxy.plan(when.atWrite(1), watches.freezesWatches());
    expect((await patch()).status).toBe(200);
    tell();
    await sleep(100);
    expect({ text: watch.text(), isOver: watch.isOver() }).toEqual({ text: '', isOver: false });
    const fresh = follow();
    await reaches(3);
    tell();
    await until('an event', 5, () => fresh.text() === `${EVENT}\n` || undefined, 5);
    [watch, fresh].forEach(({ leave }) => leave());
  });

  test('can be refused and lost like any other request', async () => {
    proxy.plan(when.watches(), answers.answers(410, { reason: 'Expired' }));
    proxy.plan(when.watches(), lost({ isCommitted: true }));
    expect((await ask('/pods?watch=true')).status).toBe(410);
    await expect(ask('/pods?watch=true')).rejects.toThrow('socket hang up');
  });

  test('are the only requests that a fault of watches may meet', async () => {
    proxy.plan(when.always, watches.watchEnds());
    await expect(ask('/pods')).rejects.toThrow('socket hang up');
    const failed = proxy.close();
    await expect(failed).rejects.toThrow('GET /pods: got no watch; must be one for a watch to fail');
    proxy = await FaultProxy.start({ url: proxy.url });
  });
});

describe('before or after a write', () => {
  /** A process that sends a write and prints the outcome. */
  function client() {
    const script = `fetch('${proxy.url}/pods/a', { method: 'PATCH', body: '{}' }).then(() => console.log('answered'), console.log)`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    return { child, said: () => said, exit: once(child, 'exit') };
  }

  test.each(['before', 'after'] as const)('a client is killed %s the write', async (moment) => {
    let kill: () => Promise<unknown> = () => Promise.reject(new Error('not yet'));
    proxy.onWrite(1, moment, async () => void (await kill()));
    const { child, said, exit } = client();
    kill = () => (child.kill('SIGKILL'), exit);
    expect(await exit).toEqual([null, 'SIGKILL']);
    await sleep(300);
    expect(said()).toBe('');
    expect(reached).toEqual(moment === 'before' ? [] : ['PATCH /pods/a{}']);
  });

  test.each(['before', 'after'] as const)('another request is sent %s the write, and the write is answered', async (moment) => {
    proxy.onWrite(1, moment, async () => void (await ask('/else')));
    expect((await patch()).status).toBe(200);
    expect(reached).toEqual(moment === 'before' ? ['GET /else', 'PATCH /pods/a{}'] : ['PATCH /pods/a{}', 'GET /else']);
  });
});

describe('the choice of requests', () => {
  test('a fault meets the nth request, all requests after it, or about one in n requests', async () => {
    proxy.plan(when.nth(2, when.requests('GET', /a/)), answers.conflict());
    proxy.plan(when.after(1, when.requests('GET', /b/)), answers.conflict(), { times: Infinity });
    const statuses: number[] = [];
    for (const path of ['/a', '/b', '/a', '/a', '/b', '/b']) {
      statuses.push((await ask(path)).status);
    }
    expect(statuses).toEqual([200, 200, 409, 200, 409, 409]);
    proxy.reset();
    const chosen = when.onceIn(3, 7);
    const again = when.onceIn(3, 7);
    proxy.plan((seen) => chosen(seen), answers.conflict(), { times: Infinity });
    const met: boolean[] = [];
    for (let n = 0; n < 30; n += 1) {
      met.push((await ask('/')).status === 409);
    }
    expect(met).toEqual(met.map(() => again(proxy.requests[0]!)));
    expect(new Set(met).size).toBe(2);
    expect(proxy.requests[0]!.request).toBe(1);
  });
});
