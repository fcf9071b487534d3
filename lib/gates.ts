import type { Duration } from 'cdk8s';
import { BASE_ERROR_RATE, DEFAULT_GATES, type GatesEntry } from './core/gates/settings';

/** The gates that `kubectl canary run --auto` evaluates at one stage. See docs/gates.md. */
export interface StageGateOptions {
  /**
   * The probability that one gate, at one stage, passes a canary that is worse by the gate's margin. Above 0, at most 0.5.
   *
   * @default 0.05
   */
  readonly missRate?: number;

  /**
   * How far the canary's error rate may exceed stable's before the canary counts as worse. From 0 to 0.5; 0.01 is a percentage point.
   *
   * @default 0
   */
  readonly errorTolerance?: number;

  /**
   * By how much the canary's error rate must exceed stable's for a pass to be wrong: the smallest regression that is worth catching
   * before the next stage. Above the tolerance, at most 0.5.
   *
   * @default 0.05
   */
  readonly errorMargin?: number;

  /**
   * An error rate that the canary may not exceed, whatever stable's error rate is. Above 0, below 1.
   *
   * @default - none; at a stage where the canary has all the traffic, what stable showed at the stages before plus `errorMargin`, or 0.05 if nothing
   *   is known of stable
   */
  readonly errorLimit?: number;

  /**
   * Whether the gates compare latency.
   *
   * @default true
   */
  readonly compareLatency?: boolean;

  /**
   * The latency quantiles that the gates compare. A canary passes if no quantile exceeds stable's by the margin. A quantile closer to 1
   * needs more responses: of each version at least 100 for 0.95, 400 for 0.99, 3,800 for 0.999. At most ten, each above 0, below 1.
   *
   * @default [0.95]
   */
  readonly latencyQuantiles?: number[];

  /**
   * How far the canary's latency may exceed stable's before the canary counts as worse, as a fraction: 0.25 is a quarter. At least 0.
   *
   * @default 0.25
   */
  readonly latencyTolerance?: number;

  /**
   * By how much a latency quantile of the canary must exceed stable's for a pass to be wrong, as a fraction. Above the tolerance.
   *
   * @default 1
   */
  readonly latencyMargin?: number;

  /**
   * A latency difference that is negligible, however large it is as a fraction. With 5 ms, a service that responds in one millisecond
   * may take two.
   *
   * @default Duration.millis(5)
   */
  readonly latencySlack?: Duration;

  /**
   * Whether the gates check that traffic divides as planned. A share that differs from the plan means a wrong route or selector.
   *
   * @default true
   */
  readonly compareShare?: boolean;
}

/**
 * The gates that the traffic of each stage must pass before `kubectl canary run --auto` advances. All tests are sequential: you may
 * look at them after every request, and their error probabilities hold over the whole rollout. See docs/gates.md.
 */
export interface GateOptions extends StageGateOptions {
  /**
   * The probability that the gates ever reject a canary that is as good as stable, over all gates and stages of the rollout together.
   * Above 0, at most 0.5.
   *
   * @default 0.05
   */
  readonly falseAlarmRate?: number;

  /**
   * The measured requests per second, of both versions together. With it, `synth` estimates how long each stage takes, and reports the
   * stages that are never decided.
   *
   * @default - unknown; `synth` estimates no durations and reports no undecided stages
   */
  readonly requestsPerSecond?: number;

  /**
   * Stable's error rate, for the same estimate. Above 0, below 1. Needs `requestsPerSecond`.
   *
   * @default 0.01
   */
  readonly errorRate?: number;

  /**
   * How long a stage may take to be decided. `synth` reports a finding for a stage that needs longer. Needs `requestsPerSecond`.
   *
   * @default Duration.days(1)
   */
  readonly longestHold?: Duration;
}

const DAY = 86_400;

/**
 * The gates as `plan.json` records them, with the defaults filled in.
 *
 * @param options the gates of the pair
 * @param stage the gates of one of its stages, which override the pair's
 */
export function gatesEntry(options: GateOptions = {}, stage: StageGateOptions = {}): GatesEntry {
  const { errors, latency } = DEFAULT_GATES;
  const asked = <K extends keyof StageGateOptions>(name: K): StageGateOptions[K] => stage[name] ?? options[name];
  const limit = asked('errorLimit');
  return {
    alpha: options.falseAlarmRate ?? DEFAULT_GATES.alpha,
    beta: asked('missRate') ?? DEFAULT_GATES.beta,
    errors: {
      tolerance: asked('errorTolerance') ?? errors.tolerance,
      margin: asked('errorMargin') ?? errors.margin,
      ...(limit === undefined ? {} : { limit }),
    },
    ...(asked('compareLatency') === false
      ? {}
      : {
          latency: {
            quantiles: [...(asked('latencyQuantiles') ?? latency!.quantiles)].sort((one, other) => one - other),
            tolerance: asked('latencyTolerance') ?? latency!.tolerance,
            margin: asked('latencyMargin') ?? latency!.margin,
            slackMilliseconds: asked('latencySlack')?.toMilliseconds() ?? latency!.slackMilliseconds,
          },
        }),
    share: asked('compareShare') ?? DEFAULT_GATES.share,
    ...(options.requestsPerSecond === undefined
      ? {}
      : {
          traffic: {
            requestsPerSecond: options.requestsPerSecond,
            errorRate: options.errorRate ?? BASE_ERROR_RATE,
            longestHoldSeconds: options.longestHold?.toSeconds() ?? DAY,
          },
        }),
  };
}
