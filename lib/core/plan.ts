import { Remark } from './finding';
import { Fraction } from './fraction';
import { Split, SplitRule } from './split';
import { Bounds, State } from './transition';

/** One stage as it was asked for. */
export interface StageRequest {
  /** 0 < weight <= 1, not less than the stage before. */
  readonly weight: Fraction;
  /** Names the folder instead of the weight. */
  readonly name?: string;
  /** The counts given by hand. */
  readonly split?: Split;
}

/** What one pair's plan is made from. */
export interface PlanRequest extends SplitRule {
  /** The stages between the baseline and the promotion, weights rising; empty for a pair at rest. */
  readonly stages: readonly StageRequest[];
  /** Whether a router divides the traffic, rather than pods alone. */
  readonly routed: boolean;
  /** The fewest ready pods at any moment. */
  readonly floor: number;
  /** How the new version becomes the stable one: its Deployment does, or stable is rolled to it. */
  readonly promotion: 'swap' | 'roll';
  /** The pods that the stable Deployment may add while its template changes: its strategy's `maxSurge`. */
  readonly surge: number;
  /** The fewest canary pods at a stage of a routed plan. */
  readonly minCanary: number;
  /** The most pods at any moment of any transition; undefined for no bound. */
  readonly quota: number | undefined;
}

/** One stage as it will be. */
export interface PlannedStage {
  readonly folder: string;
  readonly weight: Fraction;
  readonly split: Split;
  /** The share that is realized: the pods' share, or with a router the weight itself. */
  readonly achieved: Fraction;
  /** The split nearest to the weight whatever it costs within `maxReplicas`, where another one was chosen. */
  readonly optimum: { readonly split: Split; readonly achieved: Fraction } | undefined;
}

/** One `kubectl apply` of the plan. */
export interface Transition extends Bounds {
  readonly from: string;
  readonly to: string;
}

/** Everything a pair does in a rollout, folder by folder. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** What each folder holds. The folders a pair does not need itself are here too: another pair of the app may need them. */
  readonly states: ReadonlyMap<string, State>;
  /** The `stage-N-up` and `rollback/from-stage-N` folders that this pair needs. */
  readonly needed: ReadonlySet<string>;
  readonly transitions: readonly Transition[];
  readonly remarks: readonly Remark[];
  /** Each folder's split in words: `9:0`, and where it is a stage what was asked for and what it achieves. */
  readonly words: ReadonlyMap<string, string>;
}
