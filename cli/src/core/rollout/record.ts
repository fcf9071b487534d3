import type { Evidence, Verdict } from '../traffic/evidence';
import type { GateLog } from '../gates/gates';
import type { ObjectRef } from '../resource';
import type { RouterName } from '../routers/router';

/**
 * The record of a run, as `run.json` holds it: what was done when, and why. It is good to attach to a change ticket, so it
 * names no credentials and no environment.
 */
export interface RunRecord {
  readonly version: 1;
  /** Tells runs apart; the cluster's record of the rollout has the same. */
  readonly id: string;
  /** Such as `kubectl-canary 0.1.0`. */
  readonly tool: string;
  /** What was typed, without values that could be secret. */
  readonly command: string;
  /** Who ran it, and where: `user@host`. */
  readonly by: string;
  readonly context: string;
  readonly namespace: string;
  /** SHA-256 of plan.json. */
  readonly plan: string;
  readonly pairs: readonly RecordedPair[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly steps: readonly RecordedStep[];
  readonly stages: readonly RecordedStage[];
  readonly decisions: readonly Decision[];
}

export interface RecordedPair {
  readonly path: string;
  readonly namespace: string;
  readonly service: string;
  readonly router: RouterName;
  readonly stable: { readonly deployment: string; readonly version: string };
  readonly canary: { readonly deployment: string; readonly version: string };
}

export interface Outcome {
  readonly result: 'promoted' | 'at-stage' | 'rolled-back' | 'paused' | 'rollback-failed' | 'interrupted' | 'refused';
  readonly exitCode: number;
  /** The folder where the cluster is left. */
  readonly folder: string | undefined;
  /** One sentence. */
  readonly why: string;
}

/** One folder that was applied, and waited for. */
export interface RecordedStep {
  readonly folder: string;
  readonly direction: 'advance' | 'rollback';
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly objects: readonly { readonly object: ObjectRef; readonly change: 'created' | 'changed' | 'unchanged' | 'deleted' }[];
  /** The fewest ready pods and the most pods that were seen on the way, all pairs together. */
  readonly fewestReady: number | undefined;
  readonly mostPods: number | undefined;
  /** What the plan says of this step; undefined where it was not begun from a folder of the plan. */
  readonly allowed?: { readonly fewestReady: number; readonly mostPods: number };
}

/** One stage that was reached, and what was seen there. */
export interface RecordedStage {
  readonly folder: string;
  /** Fractions, such as `1/10`. */
  readonly asked: string;
  readonly settledAt: string;
  readonly leftAt: string | undefined;
  readonly evidence: Evidence | undefined;
  readonly verdict: Verdict | undefined;
  /** What the gates were asked and given: with it their verdict can be computed again. */
  readonly gates?: GateLog;
}

export interface Decision {
  readonly at: string;
  readonly folder: string;
  /** Who decided: a person who was asked, the gates, the pods themselves, or a signal. */
  readonly by: 'person' | 'gates' | 'pods' | 'signal' | 'option';
  readonly decision: 'go on' | 'roll back' | 'stop here';
  readonly why: string;
}
