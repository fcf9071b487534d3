import type { Applied } from '../cluster/apply';
import type { Direction, PairHealth } from '../core/decide';
import type { Evidence, Verdict } from '../core/evidence';
import type { Position } from '../core/recognize';
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
  /** Takes away what moves, so that something else can be written. */
  pause(): void;
}
