import { type Holder, RENEW_SECONDS, type RolloutState, leaseCollection, leaseName } from '../core/kubernetes/lease';
import type { RollbackRecord } from '../core/rollout/rollback-record';
import type { Api } from './api';
import { HeldLease } from './held-lease';
import { asRefusal } from './kinds';

/** The fields of a pair that the lock needs. */
export interface Locked {
  readonly namespace: string;
  readonly service: string;
  readonly release: string;
}

/** The lock of a rollout: this driver holds the leases of all its pairs and renews them until it releases them. */
export class Lock {
  private timer: NodeJS.Timeout | undefined;
  private readonly loss = new AbortController();
  private leases: readonly HeldLease[] = [];

  private constructor() {}

  /** Aborts when another driver has taken one of the leases; its reason is the error that says who. */
  get lost(): AbortSignal {
    return this.loss.signal;
  }

  /**
   * @param identity tells drivers apart, and tells people which driver it is
   * @param takesOver whether to take leases from a driver that waits for the answer of a user
   * @throws CliError if another driver holds one of the leases
   */
  static async acquire(
    api: Api,
    pairs: readonly Locked[],
    identity: string,
    onWait: (holder: Holder) => void,
    takesOver = false,
  ): Promise<Lock> {
    const lock = new Lock();
    const leases = pairs.map(
      ({ namespace, service }) =>
        new HeldLease(api, leaseCollection(namespace), leaseName(service), identity, (error) => lock.loss.abort(error)),
    );
    lock.leases = leases;
    lock.keep();
    try {
      // In the order of the plan, so that two drivers that need the same leases collide at the first one.
      for (const lease of leases) {
        await lease.acquire(onWait, takesOver);
      }
    } catch (error) {
      await lock.release();
      throw asRefusal(error, 'the lock');
    }
    return lock;
  }

  /** The states that the last driver saved, one for each pair in the order of the plan. The first pair's lease is written first. */
  get saved(): readonly (RolloutState | undefined)[] {
    return this.leases.map(({ saved }) => saved);
  }

  /** The records of the steps back, one for each pair in the order of the plan; undefined for a pair whose Lease has none. */
  get savedRecords(): readonly (RollbackRecord | undefined)[] {
    return this.leases.map(({ savedRecord }) => savedRecord);
  }

  /** Waits until all leases are certainly held. Call it before every write. */
  async ensure(): Promise<void> {
    for (const lease of this.leases) {
      await lease.ensure();
    }
  }

  /** Asks the API server whether all leases are still held. @throws CliError that names the driver that took one */
  async verify(): Promise<void> {
    for (const lease of this.leases) {
      await lease.verify();
    }
  }

  /** @param records the steps back, if the rollout begins; otherwise the Leases keep what they have */
  async save(states: readonly RolloutState[], records: readonly RollbackRecord[] = []): Promise<void> {
    for (const [n, lease] of this.leases.entries()) {
      await lease.save(states[n]!, records[n]);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.leases.map((lease) => lease.release()));
  }

  private keep(): void {
    this.timer = setInterval(() => {
      // A failed renewal is repeated at the next tick, and by the next write.
      this.leases.forEach((lease) => void lease.renewIfHeld().catch(() => undefined));
    }, RENEW_SECONDS * 1_000);
    this.timer.unref();
  }
}
