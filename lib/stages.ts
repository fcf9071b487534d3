import { IConstruct } from 'constructs';
import { StageGateOptions } from './gates';
import { selectStage } from './staged-value';
import { Weight } from './weight';

/** Two replica counts given by hand. */
export interface ReplicaSplit {
  /** Stable's pods. */
  readonly stable: number;
  /** The canary's pods: at least 1. */
  readonly canary: number;
}

/** One stage of a rollout. */
export interface Stage {
  /**
   * The canary's share of the traffic: above 0, at most 100 %, and not less than at the stage before.
   */
  readonly weight: Weight;

  /**
   * Names the stage's folder, `stage-<name>`. Needed only to tell apart two stages of equal weight.
   *
   * @default - the weight: `stage-10`, `stage-12.5`, `stage-1-of-3`
   */
  readonly name?: string;

  /**
   * The replica counts, given by hand. They are checked like computed ones.
   *
   * @default - computed from the weight, the baseline and the tolerance
   */
  readonly split?: ReplicaSplit;

  /**
   * What the gates are asked at this stage, where it is something else than at the others: each property in place of the pair's.
   * The last stages may be held to a smaller margin, because by then there is the traffic to see it.
   *
   * @default - what the pair's gates ask
   */
  readonly gates?: StageGateOptions;
}

/** Makes lists of stages, and chooses the stage of a tree. */
export class Stages {
  /**
   * Stages by their percentages.
   *
   * @example Stages.percent(10, 25, 50, 100)
   * @throws if a number is not a percentage (see `Weight.percent`)
   */
  public static percent(...percentages: number[]): Stage[] {
    return percentages.map((percent) => ({ weight: Weight.percent(percent) }));
  }

  /**
   * Chooses the stage of everything below a scope, in an app that is not a `CanaryApp`.
   *
   * A `CanaryApp` writes every stage and needs no choice. Any other cdk8s app writes one, and a pair with a canary
   * refuses to be rendered there without a choice: a default would roll back in silence on an unrelated synth.
   *
   * @param scope the app, a chart or any construct above the pairs; the nearest choice above a pair holds
   * @param stage a folder's name as in `dist/`: `stage-0`, `stage-10`, `stage-10-up`, `promoted`, `rollback/from-stage-10`
   */
  public static select(scope: IConstruct, stage: string): void {
    selectStage(scope, stage);
  }

  private constructor() {}
}
