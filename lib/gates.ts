import { Duration } from 'cdk8s';
import { BASE_ERROR_RATE, DEFAULT_GATES, GatesEntry } from './core/gates/settings';

/** What `kubectl canary run --auto` asks of the traffic of one stage. See docs/gates.md. */
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
   * Whether the times of answers are compared.
   *
   * @default true
   */
  readonly compareLatency?: boolean;

  /**
   * Which quantiles of the times are compared. A canary passes when none is longer by the margin, which takes the more answers the
   * closer a quantile is to 1: of each version at least 100 for 0.95, 400 for 0.99, 3,800 for 0.999. At most ten, each above 0, below 1.
   *
   * @default [0.95]
   */
  readonly latencyQuantiles?: number[];

  /**
   * By which part of stable's the canary's times may be longer without being worse: 0.25 is a quarter. At least 0.
   *
   * @default 0.25
   */
  readonly latencyTolerance?: number;

  /**
   * By which part a quantile of the canary's would have to be longer for a pass to be wrong. Above the tolerance.
   *
   * @default 1
   */
  readonly latencyMargin?: number;

  /**
   * A difference of times that is none to anybody, whatever part of the whole it is: a service that answers in a millisecond may
   * take two.
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
   * @default - not known, and nothing is said
   */
  readonly requestsPerSecond?: number;

  /**
   * The error rate that stable has, for the same purpose. Above 0, below 1.
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
