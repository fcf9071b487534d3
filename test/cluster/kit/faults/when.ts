import { Chance } from '../../../support/chance';
import { type Seen, isWatch } from './seen';

/** A condition that selects the requests for a fault. */
export type When = (seen: Seen) => boolean;

export const always: When = () => true;

/** The nth request, from 1. */
export const atRequest =
  (n: number): When =>
  ({ request }) =>
    request === n;

/** The nth request that changes something, from 1. */
export const atWrite =
  (n: number): When =>
  ({ write }) =>
    write === n;

export const writes: When = ({ write }) => write !== undefined;

/** Watches, optionally only those whose path matches a pattern. */
export const watches =
  (path = /^/): When =>
  (seen) =>
    isWatch(seen) && path.test(seen.path);

/** Requests by method and path, without watches. */
export const requests =
  (methods: string, path = /^/): When =>
  (seen) =>
    methods.split(' ').includes(seen.method) && path.test(seen.path) && !isWatch(seen);

/** The nth request among those that another condition selects. */
export function nth(n: number, when: When): When {
  let count = 0;
  return (seen) => when(seen) && (count += 1) === n;
}

/** All but the first n requests among those that another condition selects. */
export function after(n: number, when: When): When {
  let count = 0;
  return (seen) => when(seen) && (count += 1) > n;
}

/** About one in `times` requests, by a seeded random sequence: the same seed and requests give the same selection. */
export function onceIn(times: number, seed: number): When {
  const chance = new Chance(seed);
  return () => chance.onceIn(times);
}
