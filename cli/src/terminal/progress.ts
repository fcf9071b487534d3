import type { Applied } from '../cluster/apply';
import type { Direction, PairHealth } from '../core/rollout/decide';
import type { Evidence, Verdict } from '../core/traffic/evidence';
import type { Position } from '../core/rollout/position';
import type { ObjectRef } from '../core/resource';

/** Told what goes on while a rollout is carried out. */
export interface Progress {
  begin(folder: string, direction: Direction): void;
  applied(object: ObjectRef, applied: Applied): void;
  /** Called whenever anything changed. */
  show(position: Position, pairs: readonly PairHealth[]): void;
  arrived(folder: string, hold: number): void;
  /** Called at least once a second while something is waited for. */
  tick(evidence: Evidence | undefined): void;
  verdict(folder: string, verdict: Verdict): void;
  decided(decision: 'go on' | 'roll back', by: string, why: string): void;
  /** What was seen of a stage, whole. */
  evidence(evidence: Evidence | undefined): void;
  /** A sentence that a reader of the numbers must know. */
  note(text: string): void;
  /** Measuring begins anew, because not all pods were ready. */
  restarted(folder: string): void;
  /** Takes away what moves, so that something else can be written. */
  pause(): void;
}
