/** The longest time of a timer, in milliseconds. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Calls back if a request takes too long.
 *
 * @param timeout milliseconds; 0 for no limit
 */
export function requestTimer(timeout: number, onLate: (error: Error) => void): NodeJS.Timeout | undefined {
  return timeout === 0
    ? undefined
    : setTimeout(() => onLate(new Error(`no response within ${timeout / 1_000} s`)), Math.min(timeout, LONGEST_TIMER));
}
