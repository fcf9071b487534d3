import { type Api, ApiError, type Call, type Method } from '../src/cluster/api';
import { Lock } from '../src/cluster/lock';
import { type CliError, EXIT } from '../src/core/errors';
import { type Resource, at, textAt } from '../src/core/resource';

// Tests the lock against a fake API server that holds a single Lease.

class OneLease {
  lease: Resource | undefined;
  /** The number of writes that the server stores although it returns 409, as it does if a response is lost and the client retries. */
  lost = 0;
  isGone = false;
  private version = 0;

  readonly api = {
    find: () => (this.isGone ? Promise.reject(failure(0)) : Promise.resolve(this.lease && structuredClone(this.lease))),
    call: (method: Method, _path: string, { body }: Call) => this.write(method, body as Resource),
  } as unknown as Api;

  hold(identity: string, seconds: number): void {
    this.put({ metadata: { name: 'canary-web' }, spec: { holderIdentity: identity, leaseDurationSeconds: seconds } });
  }

  get holder(): string | undefined {
    return textAt(this.lease, 'spec', 'holderIdentity');
  }

  private write(method: Method, body: Resource): Promise<Resource> {
    if (this.isGone) {
      return Promise.reject(failure(0));
    }
    const isLast = at(body, 'metadata', 'resourceVersion') === at(this.lease, 'metadata', 'resourceVersion');
    if (method === 'POST' ? this.lease !== undefined : !isLast) {
      return Promise.reject(failure(409));
    }
    this.put(body);
    if (this.lost > 0) {
      this.lost -= 1;
      return Promise.reject(failure(409));
    }
    return Promise.resolve(structuredClone(this.lease!));
  }

  private put(lease: Resource): void {
    this.version += 1;
    this.lease = { ...lease, metadata: { ...(lease['metadata'] as Resource), resourceVersion: String(this.version) } };
  }
}

function failure(status: number): ApiError {
  return new ApiError(status === 0 ? { kind: 'network', message: 'gone' } : { kind: 'status', status, message: '' }, 'PUT', undefined);
}

const acquire = (server: OneLease, identity: string) =>
  Lock.acquire(server.api, [{ namespace: 'default', service: 'web', release: 'r' }], identity, () => undefined);

test.each([0, 1, 2])('a driver acquires the lock once, although responses are lost (%d)', async (lost) => {
  const server = new OneLease();
  server.lost = lost;
  const lock = await acquire(server, 'one');
  await lock.ensure();
  expect(server.holder).toBe('one');
  await lock.release();
  expect(server.holder).toBe('');
});

test.each([0, 1])('a driver takes over a lock that is not renewed, although the response is lost (%d)', async (lost) => {
  const server = new OneLease();
  server.hold('another', 1);
  server.lost = lost;
  const lock = await acquire(server, 'one');
  await lock.ensure();
  expect(server.holder).toBe('one');
  await lock.release();
});

test('a driver does not take over a lock that is renewed', async () => {
  const server = new OneLease();
  server.hold('another', 2);
  const stirring = setInterval(() => server.hold('another', 2), 200);
  const refused = await acquire(server, 'one').catch((error: CliError) => error);
  clearInterval(stirring);
  expect(refused).toMatchObject({ code: EXIT.held, message: expect.stringContaining('another driver holds this rollout: another') });
});

test('releasing the lock does not fail if the API server is gone or another driver has the lock', async () => {
  const server = new OneLease();
  const lock = await acquire(server, 'one');
  server.isGone = true;
  await lock.release();
  server.isGone = false;
  server.hold('one', 15);
  const other = await acquire(server, 'one');
  server.hold('another', 15);
  await expect(other.save([{ version: 1, run: 'r', release: 'r', direction: 'advance', by: 'b', at: '' }])).rejects.toMatchObject({
    code: EXIT.held,
  });
  await other.release();
  expect(server.holder).toBe('another');
});

describe('a rollback that takes a rollout over', () => {
  const STATE = { version: 1, run: 'r', release: 'r', direction: 'advance', from: 'stage-0', to: 'stage-10', by: 'b', at: '' } as const;
  const takeOver = (server: OneLease, identity: string) =>
    Lock.acquire(server.api, [{ namespace: 'default', service: 'web', release: 'r' }], identity, () => undefined, true);

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('takes the lock at once from a driver that waits for an answer, and that driver learns by whom', async () => {
    const server = new OneLease();
    const asking = await acquire(server, 'ann');
    await asking.save([{ ...STATE, question: 'stage-10' }]);
    const lock = await takeOver(server, 'bob');
    expect(server.holder).toBe('bob');
    expect(asking.lost.aborted).toBe(false);
    // The driver at the question renews its lease every 5 s.
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asking.lost.reason).toMatchObject({ code: EXIT.held, message: 'this driver lost the lock to bob; this driver stopped writing' });
    await expect(asking.save([STATE])).rejects.toMatchObject({ code: EXIT.held });
    // Nobody can take it from bob in turn: he waits for no answer.
    expect(JSON.stringify(server.lease)).not.toContain('question');
    await lock.release();
  });

  test('does not take the lock from a driver that works, and says so', async () => {
    const server = new OneLease();
    const working = await acquire(server, 'ann');
    await working.save([STATE]);
    const refused = takeOver(server, 'bob').catch((error: CliError) => error);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(await refused).toMatchObject({
      code: EXIT.held,
      message: expect.stringContaining('another driver holds this rollout: ann') as string,
      next: [
        '--take-over takes it only from a driver that waits for an answer, and this one does not',
        expect.stringContaining('wait until it ends') as string,
      ],
    });
    await working.release();
  });

  test('without being asked to, a driver does not take the lock at a question', async () => {
    const server = new OneLease();
    const asking = await acquire(server, 'ann');
    await asking.save([{ ...STATE, question: 'stage-10' }]);
    const refused = acquire(server, 'bob').catch((error: CliError) => error);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(await refused).toMatchObject({ code: EXIT.held });
    await asking.release();
  });

  test('the steps back that were saved stay in the Lease', async () => {
    const server = new OneLease();
    const record = { version: 1, pair: { release: 'r' } } as never;
    const first = await acquire(server, 'ann');
    await first.save([STATE], [record]);
    await first.save([{ ...STATE, to: 'stage-25' }]);
    await first.release();
    const annotations = (server.lease!['metadata'] as { annotations: Record<string, string> }).annotations;
    expect(JSON.parse(annotations['cdk8s-canary/rollback']!)).toEqual(record);
    expect(JSON.parse(annotations['cdk8s-canary/rollout']!)).toMatchObject({ to: 'stage-25' });
  });
});
