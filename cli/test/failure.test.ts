import { once } from 'node:events';
import { Agent, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Api } from '../src/cluster/api';
import type { Resource } from '../src/core/resource';
import { type RecordedFailure, containersOf, eventsOf, failingTracks, failureText, linesOf, podsToRead } from '../src/core/rollout/failure';
import type { RunEvent } from '../src/driver/events';
import { explainFailure } from '../src/driver/failure-explainer';
import { readFailure } from '../src/driver/failure-reader';
import { health, pairWith } from './support/pair-health';

/** Why a canary failed: what is read of its pods before a rollback deletes them. */

interface ContainerLike {
  readonly state: Resource;
  readonly lastState?: Resource;
  readonly restartCount?: number;
  readonly ready?: boolean;
}

function pod(name: string, container: ContainerLike, init: readonly Resource[] = []): Resource {
  return {
    metadata: { name, uid: `uid-${name}` },
    status: { initContainerStatuses: init, containerStatuses: [{ name: 'web', ready: false, restartCount: 0, ...container }] },
  };
}

const exited = (exitCode: number, reason = 'Error') => ({ terminated: { exitCode, reason } });
const CRASHING = pod('new-1', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: exited(3), restartCount: 2 });
const UNREADY = pod('new-2', { state: { running: {} } });
const READY = pod('new-3', { state: { running: {} }, ready: true });

const event = (reason: string, message: string, more: Resource = {}): Resource => ({
  type: 'Warning',
  reason,
  message,
  lastTimestamp: '2026-01-01T00:00:10Z',
  ...more,
});
const PROBE = 'Readiness probe failed: HTTP probe failed with statuscode: 503';

function failure(one: Resource, events: readonly Resource[], log: readonly string[]): RecordedFailure {
  const containers = containersOf(one).map(({ isPrevious: _, ...container }) => ({ ...container, log }));
  const name = (one['metadata'] as { name: string }).name;
  return {
    at: '2026-01-01T00:00:00Z',
    folder: 'stage-10',
    track: 'canary',
    deployment: 'new',
    pods: [{ name, containers, events: eventsOf(events) }],
    missing: [],
  };
}

test.each<[string, RecordedFailure, string | undefined]>([
  [
    'a container that exits',
    failure(CRASHING, [event('BackOff', 'Back-off restarting failed container')], ['starting', 'panic: no route to db', 'bye']),
    'pod new-1: exited with code 3 (Error); it logged "panic: no route to db"',
  ],
  [
    'a readiness probe that fails',
    failure(UNREADY, [event('Unhealthy', PROBE, { count: 12 }), event('Other', 'x')], ['listening']),
    `pod new-2: ${PROBE} (12 times); it logged "listening"`,
  ],
  [
    'a container without memory',
    failure(pod('new-1', { state: { running: {} }, lastState: exited(137, 'OOMKilled'), restartCount: 4 }), [], []),
    'pod new-1: exited with code 137 (OOMKilled)',
  ],
  ['a missing volume', failure(UNREADY, [event('FailedMount', 'configmap "x" not found')], []), 'pod new-2: configmap "x" not found'],
  [
    'a ready pod that logs errors',
    failure(READY, [event('Unhealthy', PROBE)], ['ok', 'ERROR 500 in /pay', 'ok']),
    'pod new-3: it logged "ERROR 500 in /pay"',
  ],
  ['a ready pod that logs no error', failure(READY, [], ['ok']), undefined],
])('the reason of %s is one sentence', (_, found, text) => {
  expect(failureText(found, 'why')).toBe(text);
});

test('what the reason says already is not repeated', () => {
  const why = 'pod new-1: CrashLoopBackOff (the container exited with code 3 (Error))';
  expect(failureText(failure(CRASHING, [], []), why)).toBeUndefined();
});

test('the log before the last restart is read if the container failed and runs again', () => {
  const isPrevious = (container: ContainerLike) => containersOf(pod('x', container))[0]!.isPrevious;
  expect(isPrevious({ state: { running: {} }, lastState: exited(1), restartCount: 1 })).toBe(true);
  expect(isPrevious({ state: { running: {} }, lastState: exited(1), restartCount: 3, ready: true })).toBe(true);
  expect(isPrevious({ state: { running: {} }, lastState: exited(1), restartCount: 1, ready: true })).toBe(false);
  expect(isPrevious({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: exited(1), restartCount: 5 })).toBe(false);
  expect(isPrevious({ state: { running: {} } })).toBe(false);
});

test('a finished init container has not failed, and a main container that ended has', () => {
  const done = { name: 'init', ready: false, restartCount: 0, state: exited(0, 'Completed') };
  const containers = containersOf(pod('x', { state: exited(0, 'Completed') }, [done]));
  expect(containers.map(({ name, isReady }) => [name, isReady])).toEqual([
    ['init', true],
    ['web', false],
  ]);
});

test('at most three pods are read, those that are not ready first', () => {
  const names = podsToRead([READY, UNREADY, READY, CRASHING, READY]).map((one) => (one['metadata'] as { name: string }).name);
  expect(names).toEqual(['new-2', 'new-1', 'new-3']);
});

test('a log is kept in its last twenty lines, without control characters and credentials', () => {
  const log = Array.from({ length: 50 }, (_, n) => `line ${n} \u001b[31mpassword=hunter2`).join('\n');
  const lines = linesOf(`${log}\n${'x'.repeat(5_000)}\n`);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('line 31 password=[hidden]');
  expect(lines.at(-1)).toHaveLength(300);
});

test('the canary is read before stable, and every canary if all pods are ready', () => {
  const names = (pairs: Parameters<typeof failingTracks>[0], direction: 'advance' | 'rollback' = 'advance') =>
    failingTracks(pairs, direction).map(({ pair, track }) => pair[track].name);
  expect(names(pairWith(0))).toEqual(['new']);
  expect(names(pairWith(1))).toEqual(['new']);
  const stable = { ...pairWith(0)[0]!, stable: health('old', 2, 3) };
  expect(names([stable])).toEqual(['new', 'old']);
  expect(names([stable], 'rollback')).toEqual(['old']);
  expect(names(pairWith(1), 'rollback')).toEqual([]);
});

describe('the API server', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));

  /** An API server; `allowed` are the permissions that the user has. */
  async function served(
    allowed: readonly string[],
    logs: (query: URLSearchParams, answer: ServerResponse) => void,
    items: readonly Resource[] = [],
  ): Promise<Api> {
    const handle = async (request: IncomingMessage, answer: ServerResponse) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      if (pathname.endsWith('/selfsubjectaccessreviews')) {
        const body = (await request.toArray()).join('');
        const { verb, resource, subresource } = (JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } }).spec
          .resourceAttributes;
        return answer.end(
          JSON.stringify({ status: { allowed: allowed.includes([verb, [resource, subresource].filter(Boolean).join('/')].join(' ')) } }),
        );
      }
      if (pathname.endsWith('/log')) {
        return logs(searchParams, answer);
      }
      expect(searchParams.get('fieldSelector')).toBe('involvedObject.uid=uid-new-1');
      return answer.end(JSON.stringify({ items }));
    };
    const server = createServer((request, answer) => void handle(request, answer)).listen(0, '127.0.0.1');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const agent = new Agent();
    return new Api(
      {
        server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
        namespace: 'shop',
        contextName: 'it',
        flags: [],
        authenticate: () => Promise.resolve({ headers: {}, agent }),
        forget: () => undefined,
      },
      { timeout: 15_000, apiTimeout: 0 },
    );
  }

  const ALL = ['list events', 'get pods/log'];

  test('gives the events and the last log lines of a failing pod', async () => {
    const api = await served(ALL, (query, answer) => answer.end(query.get('tailLines') === '20' ? 'a\nfatal: no config\n' : ''), [
      event('Unhealthy', PROBE, { count: 3 }),
    ]);
    const { pods, missing } = await readFailure(api, 'shop', [CRASHING]);
    expect(missing).toEqual([]);
    expect(pods).toMatchObject([
      {
        name: 'new-1',
        containers: [
          { name: 'web', state: 'waiting: CrashLoopBackOff', exit: { code: 3, reason: 'Error' }, log: ['a', 'fatal: no config'] },
        ],
        events: [{ reason: 'Unhealthy', message: PROBE, count: 3 }],
      },
    ]);
  });

  test('without the permissions says which are missing, and gives what the status of the pod shows', async () => {
    const { pods, missing } = await readFailure(await served([], () => undefined), 'shop', [CRASHING]);
    expect([...missing].sort()).toEqual([
      'the events of the pods are not in the record: missing permission to list events in shop',
      'the logs of the pods are not in the record: missing permission to get pods/log in shop',
    ]);
    expect(pods).toMatchObject([{ containers: [{ exit: { code: 3 }, log: [] }], events: [] }]);
  });

  test('that has no previous log gives the current one, and an error is said without an end of the run', async () => {
    const running = pod('new-1', { state: { running: {} }, lastState: exited(1), restartCount: 1 });
    const gone = await served(ALL, (query, answer) => {
      answer.statusCode = query.get('previous') === 'true' ? 400 : 200;
      answer.end('now');
    });
    expect((await readFailure(gone, 'shop', [running])).pods[0]!.containers[0]!.log).toEqual(['now']);
    const broken = await served(ALL, (_query, answer) => {
      answer.statusCode = 500;
      answer.end();
    });
    expect((await readFailure(broken, 'shop', [running])).missing).toEqual([
      'the log of container web of pod new-1 is not in the record: the API server returned status 500',
    ]);
  });

  test('gives the driver a reason, and the record what was read', async () => {
    const api = await served(ALL, (_query, answer) => answer.end('error: cannot open /data\n'));
    const events: RunEvent[] = [];
    const cache = { health: pairWith(0), podsOf: () => ({ namespace: 'shop', pods: [CRASHING] }) };
    const known = { why: 'pod new-1: CrashLoopBackOff', folder: 'stage-25', direction: 'advance' } as const;
    const why = await explainFailure(api, cache, known, (one) => void events.push(one));
    expect(why).toBe('pod new-1: CrashLoopBackOff; exited with code 3 (Error); it logged "error: cannot open /data"');
    expect(events).toMatchObject([
      { type: 'failure', failure: { folder: 'stage-25', track: 'canary', deployment: 'new', pods: [{ name: 'new-1' }], missing: [] } },
    ]);
  });
});
