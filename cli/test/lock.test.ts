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
