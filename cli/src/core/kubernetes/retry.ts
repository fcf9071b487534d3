/** Decides whether and when a request is sent again. */

/**
 * How a request failed: no response at all, a connection that cannot succeed (such as an unknown certificate), no credentials to send, or a
 * response with an error status.
 */
export type Failure =
  | { readonly kind: 'network' | 'untrusted' | 'credentials'; readonly message: string }
  | { readonly kind: 'status'; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number };

/** The statuses of temporary failures: too many requests, or a server that is starting, stopping or electing a leader. */
const PASSING = [408, 429, 502, 503, 504];

/** The messages of a 500 that is temporary (after kapp's list). Any other 500 is final, such as one for an unknown field. */
const PASSING_MESSAGES =
  /failed calling webhook|etcdserver: (leader changed|request timed out|no leader)|context deadline exceeded|connection refused|timed out/i;

export function passes(failure: Failure): boolean {
  if (failure.kind !== 'status') {
    return failure.kind === 'network';
  }
  return PASSING.includes(failure.status) || (failure.status === 500 && PASSING_MESSAGES.test(failure.message));
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 5_000;

/**
 * Returns the milliseconds until a request is sent again, or undefined if it is not.
 *
 * @param attempt how often the request was sent already, from 1
 * @param left milliseconds until the caller gives up
 * @param chance from 0 to 1; it varies half of the delay, so that clients that failed together do not retry together
 */
export function retryDelay(failure: Failure, attempt: number, left: number, chance: number): number | undefined {
  if (!passes(failure)) {
    return undefined;
  }
  const backOff = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)) * (0.5 + chance / 2);
  // The server asks for at least one whole second, whatever its load. The delay is that time plus up to a quarter of it.
  const asked = failure.kind === 'status' ? (failure.retryAfterSeconds ?? 0) * 1_000 * (1 + chance / 4) : 0;
  const delay = Math.max(backOff, asked);
  return delay <= left ? delay : undefined;
}
