import type { AutoscalingOptions } from './autoscaling';
import type { GateOptions } from './gates';
import type { PodOptions } from './pod';
import type { Promotion } from './promotion';
import type { ServiceOptions } from './service-options';
import type { Stage } from './stages';
import type { Tolerance } from './tolerance';
import type { TrackOptions } from './track-props';

/** Properties of a `CanaryPair`. */
export interface CanaryPairProps {
  /** The track that serves at rest. */
  readonly stable: TrackOptions;

  /**
   * The track that carries the new version.
   *
   * @default - none: the pair is at rest, and its only stage is `stage-0`
   */
  readonly canary?: TrackOptions;

  /**
   * The Service that selects the pods of both tracks.
   *
   * @default - none: `serviceName` is a Service that the app does not write, and a pair with neither gets no requests from one
   */
  readonly service?: ServiceOptions;

  /**
   * The name of a Service in the pair's namespace that somebody else writes, instead of `service`. It must select the `selectorLabels`,
   * and nothing else.
   *
   * @default - the Service of `service`
   */
  readonly serviceName?: string;

  /**
   * More Services that select the pods of both tracks, such as a headless one for peers, one for metrics or one for clients outside the
   * cluster. Their requests are divided by the pods: a router divides those of `service` alone.
   *
   * @default - none
   */
  readonly additionalServices?: ServiceOptions[];

  /**
   * For each of the pair's two Deployments the name of a Service that selects only its pods, for a route that leads to one or the other. The
   * two Deployments take turns from release to release, so this stays as it is, also in a release without a canary. The Services have the
   * ports of `service`. Without a route, it adds the two Services alone: the first step of the way to a route of the Gateway API.
   *
   * @default - `pods-of-` and the Deployment's name if a route needs them, which at rest has to be told both Deployments; otherwise none
   * @example { 'shop-a': 'pods-of-shop-a', 'shop-b': 'pods-of-shop-b' }
   */
  readonly trackServices?: { [deployment: string]: string };

  /**
   * The name of a pair without a Service, such as a worker that reads a queue: the lock of a rollout is called by it. Only the numbers of
   * pods divide its work, and `kubectl canary monitor` has no Service to send requests to. A name of at most 63 lower-case letters, digits
   * and `-` that starts with a letter.
   *
   * @default - the Service's name
   */
  readonly name?: string;

  /**
   * The pod options that both tracks share. A track's own options take precedence.
   *
   * @default - none
   */
  readonly pod?: PodOptions;

  /**
   * Stable's replicas at rest, B: the number of pods that the service needs to carry its load. At least 1.
   *
   * @default 3, or `autoscaling.min`
   */
  readonly baseline?: number;

  /**
   * The HorizontalPodAutoscalers of both tracks, which the pair writes. Its `min` is the baseline.
   *
   * @default - none: the folders have fixed counts
   */
  readonly autoscaling?: AutoscalingOptions;

  /**
   * The stages between the baseline and the promotion. Weights rise, and the last is 100 %; of an autoscaled pair without a router it is
   * less. All pairs of a `CanaryApp` have the same stages.
   *
   * @default Stages.percent(10, 25, 50, 100)
   */
  readonly stages?: Stage[];

  /**
   * Labels of every pod of the pair. The Service selects by them and both Deployments' selectors contain them, so they cannot change
   * later.
   *
   * @default - `app` with the Service's name, or with the pair's `name`
   */
  readonly selectorLabels?: { [key: string]: string };

  /**
   * The namespace of all objects of the pair.
   *
   * @default - the chart's
   */
  readonly namespace?: string;

  /**
   * The fewest ready pods at any moment of the rollout and the rollback. At least 1, at most the baseline.
   *
   * @default - the baseline
   */
  readonly floor?: number;

  /**
   * The most pods that a stage may have. Without a router, a small weight needs many pods: with a baseline of 3 and this default, the
   * nearest split to 1 % is 29:1.
   *
   * @default - ten times the baseline
   */
  readonly maxReplicas?: number;

  /**
   * The most pods at any moment, transitions included, as a ResourceQuota would count them.
   *
   * @default - no limit
   */
  readonly quota?: number;

  /**
   * How far the achieved share may be from the weight.
   *
   * @default - a tenth of the smaller of the two shares: 1 point at 10 %, 5 points at 50 %
   */
  readonly tolerance?: Tolerance;

  /**
   * Whether stable keeps the baseline at every stage below 100 %, instead of the larger of the two tracks. A rollback is then instant,
   * but the stages need more pods: with a baseline of 3, 75 % is 3:9 instead of 1:3.
   *
   * @default false
   */
  readonly stableKeepsBaseline?: boolean;

  /**
   * Whether every stage has exactly `baseline` pods, both tracks together, for example because the pods consume a topic with that many
   * partitions. The shares are as near to the weights as that many pods allow. While one track grows and the other has not shrunk yet,
   * there are more pods, so that the floor holds. Not allowed with a router.
   *
   * @default false
   */
  readonly fixedTotal?: boolean;

  /**
   * How the new version becomes the stable one.
   *
   * @default Promotion.SWAP
   */
  readonly promotion?: Promotion;

  /**
   * The fewest canary pods at a stage if a router divides the traffic.
   *
   * @default 1
   */
  readonly minCanary?: number;

  /**
   * The gates that the traffic of each stage must pass before `kubectl canary run --auto` advances. `plan.json` records them, so that
   * reviewers see them.
   *
   * @default - errors, p95 and share, with a false alarm rate of 5 % over the whole rollout
   */
  readonly gates?: GateOptions;

  /**
   * The findings that you accept: a map from the code of a finding to the reason. An accepted finding is reported at level `info` and
   * does not fail the synth.
   *
   * @default - none
   */
  readonly accept?: { [code: string]: string };
}
