/** Whether and when a request is sent again. */

/** How a request failed: no answer at all, or an answer that is not what was asked for. */
export type Failure =
  | { readonly kind: 'network'; readonly message: string }
  | { readonly kind: 'status'; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number };

/** The statuses that pass by themselves: too many requests, and a server that is starting, stopping or electing. */
const PASSING = [408, 429, 502, 503, 504];

/** What a 500 says where it passes by itself (after kapp's list); any other 500 is an answer, such as a field that is unknown. */
const PASSING_MESSAGES =
  /failed calling webhook|etcdserver: (leader changed|request timed out|no leader)|context deadline exceeded|connection refused|timed out/i;

export function passes(failure: Failure): boolean {
  return (
    failure.kind === 'network' || PASSING.includes(failure.status) || (failure.status === 500 && PASSING_MESSAGES.test(failure.message))
  );
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/**
 * Milliseconds until a request is sent again; undefined where it is not.
 *
 * @param attempt how often it was sent already, from 1
 * @param left milliseconds until whoever asked gives up
 * @param chance from 0 to 1: half of a delay is left to chance, so that those that failed together do not come back together
 */
export function retryDelay(failure: Failure, attempt: number, left: number, chance: number): number | undefined {
  if (!passes(failure)) {
    return undefined;
  }
  const backOff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)) * (0.5 + chance / 2);
  // The server says a whole second at least, whatever its load; it is taken at its word and a little more.
  const asked = failure.kind === 'status' ? (failure.retryAfterSeconds ?? 0) * 1_000 * (1 + chance / 4) : 0;
  const delay = Math.max(backOff, asked);
  return delay <= left ? delay : undefined;
}
