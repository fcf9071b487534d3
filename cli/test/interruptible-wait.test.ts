import { ClusterCache } from '../src/cluster/cluster-cache';
import type { Lock } from '../src/cluster/lock';
import { InterruptibleWait } from '../src/driver/interruptible-wait';
import type { Session } from '../src/driver/session';

// The waits of the driver end at once for what came before they began. The clock is stopped, so a wait that does not end fails the test.

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => jest.useRealTimers());

/** A cluster in which nothing ever changes. */
const quiet = () => Object.assign(Object.create(ClusterCache.prototype) as object, { listeners: new Set() }) as unknown as ClusterCache;

function wait(stopped: { session?: AbortSignal; lock?: AbortSignal } = {}): InterruptibleWait {
  const { session = new AbortController().signal, lock = new AbortController().signal } = stopped;
  return new InterruptibleWait({ signal: session } as Session, { lost: lock } as Lock, quiet());
}

test.each([
  ['a run that must stop', { session: AbortSignal.abort() }],
  ['a lost lock', { lock: AbortSignal.abort() }],
])('%s ends a wait for news that begins after it', async (_, stopped) => {
  const idle = wait(stopped);
  idle.begin();
  const news = idle.untilNews(60_000);
  await jest.advanceTimersByTimeAsync(0);
  await news;
});

test.each([
  ['a run that must stop', { session: AbortSignal.abort() }],
  ['a lost lock', { lock: AbortSignal.abort() }],
])('%s ends a question that begins after it', async (_, stopped) => {
  const idle = wait(stopped);
  idle.begin();
  expect(await idle.untilWoken(() => false)).toBe(false);
});

test('an interrupt before a question is not lost', async () => {
  const idle = wait();
  idle.interrupt(false);
  idle.begin();
  expect(await idle.untilWoken(() => idle.known.interrupts > 0)).toBe(false);
});

test('an answer ends a question', async () => {
  const idle = wait();
  idle.begin();
  const woken = idle.untilWoken(() => false);
  idle.wake();
  await jest.advanceTimersByTimeAsync(0);
  expect(await woken).toBe(true);
});
