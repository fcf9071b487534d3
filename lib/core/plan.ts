import type { Remark } from './finding';
import type { Fraction } from './fraction';
import type { Split, SplitRule } from './split';
import type { Bounds, State } from './transition';

/** A stage as it was declared. */
export interface StageRequest {
  /** 0 < weight <= 1, not less than the weight of the stage before. */
  readonly weight: Fraction;
  /** The name in the folder's name, instead of the weight. */
  readonly name?: string;
  /** The counts that are given by hand. */
  readonly split?: Split;
}

/** The input of a pair's plan. */
export interface PlanRequest extends SplitRule {
  /** The stages between the baseline and the promotion, weights rising; empty for a pair at rest. */
  readonly stages: readonly StageRequest[];
  /** Whether a router divides the traffic, rather than pods alone. */
  readonly routed: boolean;
  /**
   * Whether the route leads to a Service of each track, rather than to the pods of each version. After a roll both tracks run one version, so
   * only then the route has to move from the canary to stable.
   */
  readonly routedByTrack: boolean;
  /** The fewest ready pods at any moment. */
  readonly floor: number;
  /** How the new version becomes the stable one: the canary's Deployment becomes stable, or stable takes the canary's template. */
  readonly promotion: 'swap' | 'roll';
  /** The pods that the stable Deployment may add while its template changes: its strategy's `maxSurge`. */
  readonly surge: number;
  /** The fewest canary pods at a stage of a routed plan. */
  readonly minCanary: number;
  /** The most pods at any moment of any transition; undefined for no bound. */
  readonly quota: number | undefined;
  /** Whether autoscalers set the counts, which are then the fewest pods and not exact; undefined for fixed counts. */
  readonly autoscaling: PlannedAutoscaling | undefined;
}

/** The autoscalers of a plan. The baseline is their minimum. */
export interface PlannedAutoscaling {
  /** The most pods of one track, at least the baseline. */
  readonly max: number;
  /** Whether the canary gets its share of `max` rather than of the baseline. */
  readonly isPeak: boolean;
}

/** A stage with its split. */
export interface PlannedStage {
  readonly folder: string;
  readonly weight: Fraction;
  readonly split: Split;
  /** The share that results: the pods' share, or with a router the weight itself. */
  readonly achieved: Fraction;
  /** The split nearest to the weight within `maxReplicas`, whatever it costs; undefined if it is the chosen one. */
  readonly optimum: { readonly split: Split; readonly achieved: Fraction } | undefined;
}

/** One `kubectl apply` of the plan. */
export interface Transition extends Bounds {
  readonly from: string;
  readonly to: string;
}

/** The rollout of a pair, folder by folder. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** The state of each folder, including folders that only another pair of the app needs. */
  readonly states: ReadonlyMap<string, State>;
  /** The `stage-N-up` and `rollback/from-stage-N` folders that this pair needs. */
  readonly needed: ReadonlySet<string>;
  readonly transitions: readonly Transition[];
  readonly remarks: readonly Remark[];
  /** Each folder's split as text: `9:0`, and for a stage also the weight and the achieved share. */
  readonly words: ReadonlyMap<string, string>;
}
