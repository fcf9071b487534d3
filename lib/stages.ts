import type { IConstruct } from 'constructs';
import type { StageGateOptions } from './gates';
import { selectStage } from './staged-value';
import { Weight } from './weight';

/** A split: two replica counts that are given by hand. */
export interface ReplicaSplit {
  /** Stable's pods. */
  readonly stable: number;
  /** The canary's pods: at least 1. */
  readonly canary: number;
}

/** One stage of a rollout. */
export interface Stage {
  /**
   * The canary's share of the traffic: above 0, at most 100 %, and not below the weight of the stage before.
   */
  readonly weight: Weight;

  /**
   * The name in the stage's folder, `stage-<name>`. Needed only to distinguish two stages of equal weight.
   *
   * @default - the weight: `stage-10`, `stage-12.5`, `stage-1-of-3`
   */
  readonly name?: string;

  /**
   * The replica counts, given by hand. They are checked in the same way as computed counts.
   *
   * @default - computed from the weight, the baseline and the tolerance
   */
  readonly split?: ReplicaSplit;

  /**
   * The gate options of this stage if they differ from the pair's: each property that is set overrides the pair's. A late stage
   * can use a smaller margin, because by then the canary has enough traffic to detect it.
   *
   * @default - the gate options of the pair
   */
  readonly gates?: StageGateOptions;
}

/** Makes lists of stages, and selects the stage of a tree. */
export class Stages {
  /**
   * Makes stages from percentages.
   *
   * @example Stages.percent(10, 25, 50, 100)
   * @throws if a number is not a percentage (see `Weight.percent`)
   */
  public static percent(...percentages: number[]): Stage[] {
    return percentages.map((percent) => ({ weight: Weight.percent(percent) }));
  }

  /**
   * Selects the stage of all pairs below a scope, in an app that is not a `CanaryApp`.
   *
   * A `CanaryApp` writes every stage and needs no selection. Any other cdk8s app writes only one stage, and rendering a pair with a
   * canary there without a selection fails: with a default stage, an unrelated synth would roll the canary back silently.
   *
   * @param scope the app, a chart or any construct above the pairs; the selection nearest above a pair applies
   * @param stage the name of a folder in `dist/`: `stage-0`, `stage-10`, `stage-10-up`, `promoted`, `rollback/from-stage-10`
   */
  public static select(scope: IConstruct, stage: string): void {
    selectStage(scope, stage);
  }

  private constructor() {}
}
