import type { ClusterCache } from '../cluster/cluster-cache';
import type { Lock } from '../cluster/lock';
import { CliError, EXIT } from '../core/errors';
import type { RunSituation } from '../core/rollout/decide';
import type { Session } from './session';

/** Waits for news of the cluster, until an interrupt or an answer of the user wakes the driver, or the run must stop. */
export class InterruptibleWait {
  private interrupts = 0;
  private interruptedAt: number | undefined;
  private waking = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly lock: Lock,
    private readonly cache: ClusterCache,
  ) {}

  /** What a decision needs to know about the interrupts. */
  get known(): Pick<RunSituation, 'interrupts' | 'interruptedAt'> {
    return { interrupts: this.interrupts, interruptedAt: this.interruptedAt };
  }

  /** @param isFinal whether to stop at once, without the wait for a second interrupt that would roll back */
  interrupt(isFinal: boolean): void {
    this.interrupts += 1;
    this.interruptedAt = isFinal ? -Infinity : (this.interruptedAt ?? performance.now());
    this.wake();
  }

  /** Counts interrupts from 0 again: those so far led to the rollback that begins. */
  resetInterrupts(): void {
    this.interrupts = 0;
  }

  /** Begins a wait. */
  begin(): void {
    this.waking = new AbortController();
  }

  /** Ends the wait before its time. */
  wake(): void {
    this.waking.abort();
  }

  /** Resolves at the next change of the cluster, after `milliseconds`, when the driver is woken, or when the run must stop. */
  untilNews(milliseconds: number): Promise<void> {
    return this.cache.next(milliseconds, AbortSignal.any([this.waking.signal, this.session.signal, this.lock.lost]));
  }

  /**
   * Resolves when the driver is woken, when the run must stop, or when the wait is over, which may be before it begins: an interrupt may
   * have come in the meantime.
   *
   * @param isOver whether the wait is over, by the state of the cluster and the interrupts
   * @returns whether the driver was woken
   */
  async untilWoken(isOver: () => boolean): Promise<boolean> {
    const { signal } = this.waking;
    const mustStop = () => this.lock.lost.aborted || this.session.signal.aborted;
    while (!signal.aborted && !mustStop() && !isOver()) {
      await this.untilNews(60_000);
    }
    return signal.aborted;
  }

  /** @throws the error that says who has the lock, or CliError if the command ends */
  throwIfStopped(): void {
    if (this.lock.lost.aborted) {
      throw this.lock.lost.reason;
    }
    if (this.session.signal.aborted) {
      throw new CliError('stopped by a signal', EXIT.interrupted);
    }
  }
}
