import type * as kplus from './kplus';

/** How many pods the canary has at a stage of an autoscaled pair. */
export enum Sizing {
  /**
   * `kubectl canary` measures the load, and scales the canary to its share of it before it moves the traffic. The folders have only the
   * share of `min`, so `kubectl apply` alone does not make an autoscaled rollout safe.
   */
  LIVE = 'live',
  /**
   * The folders give the canary its share of `max`, the pods for the highest load. This needs more pods, but any tool may apply the
   * folders.
   */
  PEAK = 'peak',
}

/**
 * The HorizontalPodAutoscalers of a pair, one for each track. A track that receives traffic has no `replicas` in any folder, so that no
 * apply resets its count; a track without traffic has 0, at which Kubernetes pauses its autoscaler.
 */
export interface AutoscalingOptions {
  /** The fewest pods at rest: the pair's baseline. At least 1. */
  readonly min: number;

  /** The most pods of one track. At least `min`. Both tracks together may have twice as many while the canary has all traffic. */
  readonly max: number;

  /**
   * The metrics by which the tracks are scaled. Metrics of type Object and External measure the whole service and not a track, so with a
   * router, where both tracks are scaled, they are an error unless you accept it.
   *
   * @default - 80 % of the processor that the pods request, the default of the API server
   */
  readonly metrics?: kplus.Metric[];

  /**
   * How fast the tracks grow.
   *
   * @default - the defaults of cdk8s-plus: 4 pods or 200 % a minute, whichever is more
   */
  readonly scaleUp?: kplus.ScalingRules;

  /**
   * How fast the tracks shrink at rest. During a rollout they do not shrink, because the load of a track moves with the weights.
   *
   * @default - the defaults of cdk8s-plus: `min` pods every 5 minutes, after 5 minutes of less load
   */
  readonly scaleDown?: kplus.ScalingRules;

  /**
   * How many pods the canary has at a stage.
   *
   * @default Sizing.LIVE
   */
  readonly sizing?: Sizing;
}
