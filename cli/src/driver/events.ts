import type { Applied } from '../cluster/apply';
import type { ExitCode } from '../core/errors';
import type { ObjectRef } from '../core/resource';
import type { Direction } from '../core/rollout/direction';
import type { PairHealth } from '../core/rollout/pair-health';
import type { RecordedFailure } from '../core/rollout/failure';
import type { Position } from '../core/rollout/position';
import type { Decision, Outcome, RecordedStep, RecordedWeight } from '../core/rollout/record';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { StageVerdict } from './observer';

/** What happens during a run. The terminal, the JSON output and the record each handle the events that they need. */
export type RunEvent =
  /** The driver begins to apply a folder. `allowed`: the plan's limits for this step, if it begins at a folder of the plan. */
  | { readonly type: 'begin'; readonly folder: string; readonly direction: Direction; readonly allowed: RecordedStep['allowed'] }
  | { readonly type: 'applied'; readonly object: ObjectRef; readonly applied: Applied }
  /** The observed state of the cluster, after every change and at least once per second. */
  | { readonly type: 'state'; readonly position: Position; readonly pairs: readonly PairHealth[] }
  /** A stage is in force, its pods are settled, and its measurement starts. `holdMs`: its minimum duration. */
  | { readonly type: 'arrived'; readonly folder: string; readonly holdMs: number }
  /** At least once per second while the driver waits. */
  | { readonly type: 'waiting'; readonly evidence: Evidence | undefined }
  /** The measurement of a stage is discarded, because the stage is no longer settled; it starts again when it is. */
  | { readonly type: 'restarted'; readonly folder: string }
  /** The user is about to be asked. `verdict` is undefined if nothing was measured. */
  | { readonly type: 'question'; readonly folder: string; readonly evidence: Evidence | undefined; readonly verdict: Verdict | undefined }
  /** The last verdict of the gates on a stage, when the driver leaves it. */
  | { readonly type: 'verdict'; readonly folder: string; readonly verdict: Verdict }
  /** The driver leaves a stage; `measured` has its verdict even if the gates did not decide. */
  | { readonly type: 'left'; readonly folder: string; readonly measured: StageVerdict }
  | ({ readonly type: 'decision' } & Omit<Decision, 'at'>)
  /** What requests through the gateways show of a weight that a folder moved. */
  | { readonly type: 'weight'; readonly weight: RecordedWeight }
  /** Why pods failed, read before they are gone. */
  | { readonly type: 'failure'; readonly failure: RecordedFailure }
  /** A sentence for the user, such as a caveat about the measurement. */
  | { readonly type: 'note'; readonly text: string }
  | ({ readonly type: 'end' } & Ended);

/** The end of a run. */
export interface Ended {
  readonly result: Outcome['result'];
  readonly code: ExitCode;
  readonly why: string;
  /** The folder where the run left the cluster; undefined if it is between folders. */
  readonly folder: string | undefined;
  /** The lines that tell the user what to run next. */
  readonly next: readonly string[];
}

/** Handles the events of a run. */
export interface Subscriber {
  on(event: RunEvent): void;
}

export type Publish = (event: RunEvent) => void;

/** Returns a function that sends each event to all subscribers, in their order. */
export function publishTo(subscribers: readonly Subscriber[]): Publish {
  return (event) => subscribers.forEach((subscriber) => subscriber.on(event));
}
