import type { ClusterCache } from '../src/cluster/cluster-cache';
import type { Lock } from '../src/cluster/lock';
import { Driver } from '../src/driver/driver';
import type { DriverOptions } from '../src/driver/driver-options';
import { noObserver } from '../src/driver/observer';
import type { Session } from '../src/driver/session';
import { objectsOf, trees } from './trees';

// A driver on a cluster from which the objects of its rollout vanish.

type Lost = Awaited<ReturnType<Session['lostNamespace']>>;

const NO_PROOF: DriverOptions['proof'] = {
  how: 'off',
  urls: [],
  path: '/',
  rate: 1,
  longest: 0,
  request: { method: 'GET', headers: {}, timeout: 0, largestAnswer: 0, errorsFrom: 500, rules: [] },
};

function drive(direction: 'advance' | 'rollback', lostNamespace: () => Promise<Lost>, staleMs = 0) {
  const objects = objectsOf(trees.pods());
  const session = {
    objects,
    stepsBack: objects,
    release: { dir: 'dist' },
    api: { connection: { flags: [] } },
    signal: new AbortController().signal,
    position: () => ({ kind: 'unrecognized', why: 'Deployment/shop-b does not exist', next: [] }),
    lostNamespace,
  } as unknown as Session;
  const cache = { health: [], staleMs, next: () => Promise.resolve() } as unknown as ClusterCache;
  const options: DriverOptions = {
    fieldManager: 'kubectl-canary',
    force: false,
    direction,
    target: direction === 'advance' ? 'stage-25' : 'stage-0',
    last: 'promoted',
    mode: 'yes',
    timeout: 60_000,
    apiTimeout: 0,
    settle: 0,
    settleInForce: 0,
    proof: NO_PROOF,
    holdTimes: () => ({ hold: 0, longestHold: 0 }),
    rollsBack: true,
  };
  return new Driver(session, {} as Lock, cache, options, noObserver, () => undefined).drive();
}

describe.each([
  ['advance', 'paused'],
  ['rollback', 'rollback-failed'],
] as const)('a driver that goes on with %s', (direction, result) => {
  test('names a namespace that is being deleted, and advises nothing that it would refuse', async () => {
    expect(await drive(direction, () => Promise.resolve({ name: 'shop', isGone: false }))).toMatchObject({
      result,
      why: 'namespace shop is being deleted, with all of its pods (Deployment/shop-b does not exist)',
      next: ['kubectl get namespace shop -o yaml   shows what keeps it'],
    });
  });

  test('names a namespace that was deleted', async () => {
    expect(await drive(direction, () => Promise.resolve({ name: 'shop', isGone: true }))).toMatchObject({
      result,
      why: 'namespace shop does not exist any more, with all of its pods (Deployment/shop-b does not exist)',
      next: [],
    });
  });

  test('keeps its reason if the namespace is there, cannot be read, or the API server is silent', async () => {
    const why = 'Deployment/shop-b does not exist';
    expect(await drive(direction, () => Promise.resolve(undefined))).toMatchObject({ result, why });
    expect(await drive(direction, () => Promise.reject(new Error('no')))).toMatchObject({ result, why });
    const look = jest.fn(() => Promise.resolve(undefined));
    expect(await drive(direction, look, 1_000)).toMatchObject({ result, why: 'no contact with the API server for 1 s' });
    expect(look).not.toHaveBeenCalled();
  });
});
