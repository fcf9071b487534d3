import type { Evidence, Verdict } from '../traffic/evidence';
import type { GateLog } from '../gates/gates';
import type { ObjectRef } from '../resource';
import type { RecordedFailure } from './failure';
import type { RouterName } from '../../../../lib/core/plan-file';

/**
 * The record of a run, as in `run.json`: each action, its time and its reason. Users attach it to change tickets, so it contains no
 * credentials and no environment variables. The log lines of failed pods are their own; credentials in the usual forms are hidden.
 */
export interface RunRecord {
  readonly version: 1;
  /** Identifies the run. The rollout state in the cluster has the same id. */
  readonly id: string;
  /** Such as `kubectl-canary 0.1.0`. */
  readonly tool: string;
  /** The command line, without values that could be secret. */
  readonly command: string;
  /** The user and the host of the run: `user@host`. */
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
  /** When each weight was seen in force, and by what; undefined if no folder moved a weight of a route. */
  readonly weights?: readonly RecordedWeight[];
  /** Why pods failed; empty or undefined if none did. */
  readonly failures?: readonly RecordedFailure[];
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
  /** The folder where the run left the cluster. */
  readonly folder: string | undefined;
  /** One sentence. */
  readonly why: string;
}

/** One folder that the run applied and waited for. */
export interface RecordedStep {
  readonly folder: string;
  readonly direction: 'advance' | 'rollback';
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly objects: readonly { readonly object: ObjectRef; readonly change: 'created' | 'changed' | 'unchanged' | 'deleted' }[];
  /** The fewest ready pods and the most pods that were observed during the step, summed over all pairs. */
  readonly fewestReady: number | undefined;
  readonly mostPods: number | undefined;
  /** The plan's limits for this step; undefined if the step did not begin from a folder of the plan. */
  readonly allowed?: { readonly fewestReady: number; readonly mostPods: number };
}

/** One stage that the run reached, and the evidence from it. */
export interface RecordedStage {
  readonly folder: string;
  /** A fraction, such as `1/10`. */
  readonly asked: string;
  readonly settledAt: string;
  readonly leftAt: string | undefined;
  readonly evidence: Evidence | undefined;
  readonly verdict: Verdict | undefined;
  /** The settings and the data of the gates, which suffice to recompute their verdict. */
  readonly gates?: GateLog;
}

/** What the proof showed that a weight of a folder is in force. A contradiction may be followed by another verdict. */
export interface RecordedWeight {
  readonly pair: string;
  readonly folder: string;
  /** The canary's share before and after, as fractions; undefined if they are not known. */
  readonly from?: string;
  readonly to?: string;
  readonly verdict: 'in force' | 'not proven' | 'contradicted';
  /** When the verdict was reached. */
  readonly at: string;
  /** Milliseconds from the apply of the folder, or from the start of the run, to the verdict. */
  readonly tookMs?: number;
  /** The time from which the answers show the new weight. */
  readonly since?: string;
  /** The addresses and the proxy pods whose answers show it. */
  readonly by: readonly string[];
  /** The answers that named their version. */
  readonly answers: number;
  /** Why it is not proven, or what contradicts it. */
  readonly why?: string;
}

export interface Decision {
  readonly at: string;
  readonly folder: string;
  /** The source of the decision: a person at the prompt, the gates, the health of the pods, a signal, or an option. */
  readonly by: 'person' | 'gates' | 'pods' | 'signal' | 'option';
  readonly decision: 'go on' | 'roll back' | 'stop here';
  readonly why: string;
}
