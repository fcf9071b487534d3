import { Duration } from 'cdk8s';
import { BASE_ERROR_RATE, DEFAULT_GATES, GatesEntry } from './core/gates/settings';

/** The gates that `kubectl canary run --auto` evaluates at one stage. See docs/gates.md. */
export interface StageGateOptions {
  /**
   * The chance that one gate lets a canary pass, at one stage, that is worse by its margin. Above 0, at most 0.5.
   *
   * @default 0.05
   */
  readonly missRate?: number;

  /**
   * How much higher than stable's the canary's error rate may be without being worse. From 0 to 0.5; 0.01 is a percentage point.
   *
   * @default 0
   */
  readonly errorTolerance?: number;

  /**
   * How much higher the canary's error rate would have to be for a pass to be wrong: the smallest harm that is worth catching
   * before the next stage. Above the tolerance, at most 0.5.
   *
   * @default 0.05
   */
  readonly errorMargin?: number;

  /**
   * An error rate that the canary may not exceed, whatever stable has. Above 0, below 1.
   *
   * @default - none; 0.05 at a stage where the canary has all the traffic, so that there is no stable beside it
   */
  readonly errorLimit?: number;

  /**
   * Whether the gates compare latency.
   *
   * @default true
   */
  readonly compareLatency?: boolean;

  /**
   * The latency quantiles that the gates compare. A canary passes if none is longer by the margin. The closer a quantile is to 1, the
   * more responses it needs: of each version at least 100 for 0.95, 400 for 0.99, 3,800 for 0.999. At most ten, each above 0, below 1.
   *
   * @default [0.95]
   */
  readonly latencyQuantiles?: number[];

  /**
   * How much longer than stable's the canary's latency may be without being worse, as a fraction: 0.25 is a quarter. At least 0.
   *
   * @default 0.25
   */
  readonly latencyTolerance?: number;

  /**
   * How much longer a latency quantile of the canary would have to be for a pass to be wrong, as a fraction. Above the tolerance.
   *
   * @default 1
   */
  readonly latencyMargin?: number;

  /**
   * A latency difference that is negligible, however large it is as a fraction: a service that responds in one millisecond may take
   * two.
   *
   * @default Duration.millis(5)
   */
  readonly latencySlack?: Duration;

  /**
   * Whether traffic must divide as planned: another share means a wrong route or selector.
   *
   * @default true
   */
  readonly compareShare?: boolean;
}

/**
 * What `kubectl canary run --auto` asks of the traffic of each stage, before it goes on. All tests are sequential: they may be looked
 * at after every request, and their errors hold over the whole rollout. See docs/gates.md.
 */
export interface GateOptions extends StageGateOptions {
  /**
   * The chance that the gates ever turn back a canary that is as good as stable: all gates and stages of the rollout together.
   * Above 0, at most 0.5.
   *
   * @default 0.05
   */
  readonly falseAlarmRate?: number;

  /**
   * Requests that are measured, of both versions together, a second: so that a synth can say how long each stage takes, and finds
   * stages that are never decided.
   *
   * @default - not known; synth estimates no durations and reports no undecided stages
   */
  readonly requestsPerSecond?: number;

  /**
   * Stable's error rate, for the same estimate. Above 0, below 1.
   *
   * @default 0.01
   */
  readonly errorRate?: number;

  /**
   * How long a stage may take until it is decided; a stage that needs longer is a finding.
   *
   * @default Duration.days(1)
   */
  readonly longestHold?: Duration;
}

const DAY = 86_400;

/**
 * The gates as `plan.json` has them: nothing is left out.
 *
 * @param options what the pair says
 * @param stage what one of its stages says instead
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
