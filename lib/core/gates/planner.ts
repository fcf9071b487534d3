import { growth } from './bernoulli';
import { BASE_ERROR_RATE, type GatesEntry, testsOf } from './settings';

/** The traffic that the error gate of a stage needs for a decision. */
export interface StageNeed {
  /** The median number of requests, of both versions, until a canary as good as stable passes. */
  readonly pass: number;
  /** The median number of requests until a canary that is worse by the margin fails. */
  readonly fail: number;
  /** The seconds for the larger of the two; undefined if the request rate is unknown. */
  readonly seconds: number | undefined;
}

/**
 * The evidence in nats that is lost because the rates are unknown: only a part of the capital is on the right bet, and the rates must be
 * learned. Measured by `npm run bench:gates`, which compares these estimates with simulations.
 */
const LOST = { pass: 0.3, fail: 1.7 };

/**
 * Estimates the requests that a stage needs: the evidence that a decision takes, divided by its mean growth. The gates themselves stop as
 * soon as the evidence is sufficient, which may be sooner or take twice as long.
 *
 * @param canaryShare the canary's share of the requests, above 0; at 1 there is no stable to compare with
 * @param tests the number of tests of the rollout, over which the level is divided
 * @returns undefined if one of the versions has no share
 */
export function stageNeed(gates: GatesEntry, canaryShare: number, tests = testsOf([gates])): StageNeed | undefined {
  if (canaryShare <= 0 || canaryShare >= 1) {
    return undefined;
  }
  const rate = gates.traffic?.errorRate ?? BASE_ERROR_RATE;
  const { margin, tolerance } = gates.errors;
  const equal = { stable: rate, canary: rate };
  const worse = { stable: rate, canary: Math.min(1, rate + margin) };
  const pass = (Math.log(1 / gates.beta) + LOST.pass) / growth(equal, margin, canaryShare);
  const fail = (Math.log(tests / gates.alpha) + LOST.fail) / growth(worse, tolerance, canaryShare);
  const rps = gates.traffic?.requestsPerSecond;
  return { pass: Math.ceil(pass), fail: Math.ceil(fail), seconds: rps === undefined ? undefined : Math.ceil(Math.max(pass, fail) / rps) };
}
