import { growth } from './bernoulli';
import { BASE_ERROR_RATE, GatesEntry, testsOf } from './settings';

/** What a stage's error gate takes to be decided. */
export interface StageNeed {
  /** Requests of both versions until a canary as good as stable passes, in the middle of what happens. */
  readonly pass: number;
  /** Requests until one that is worse by the margin is caught, in the middle of what happens. */
  readonly fail: number;
  /** Seconds for the larger of the two; undefined where the traffic is not known. */
  readonly seconds: number | undefined;
}

/**
 * Nats that are lost to not knowing: the part of the capital on the right bet, and the rates that had to be learned. Measured by
 * `npm run bench:gates`, which compares what is planned here with what is simulated.
 */
const LOST = { pass: 0.3, fail: 1.7 };

/**
 * The requests that a stage needs: the evidence that is asked for, over how fast it grows in the mean. The gates themselves stop when
 * it is there, which may be sooner or take twice as long.
 *
 * @param canaryShare the canary's share of the requests, above 0; at 1 there is nothing to compare with
 * @returns undefined where stable has no share
 */
export function stageNeed(gates: GatesEntry, canaryShare: number, stages: number): StageNeed | undefined {
  if (canaryShare <= 0 || canaryShare >= 1) {
    return undefined;
  }
  const rate = gates.traffic?.errorRate ?? BASE_ERROR_RATE;
  const { margin, tolerance } = gates.errors;
  const equal = { stable: rate, canary: rate };
  const worse = { stable: rate, canary: Math.min(1, rate + margin) };
  const pass = (Math.log(1 / gates.beta) + LOST.pass) / growth(equal, margin, canaryShare);
  const fail = (Math.log(testsOf(gates, stages) / gates.alpha) + LOST.fail) / growth(worse, tolerance, canaryShare);
  const rps = gates.traffic?.requestsPerSecond;
  return { pass: Math.ceil(pass), fail: Math.ceil(fail), seconds: rps === undefined ? undefined : Math.ceil(Math.max(pass, fail) / rps) };
}
