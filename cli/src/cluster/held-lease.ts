import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from '../core/errors';
import {
  FRESH_MILLISECONDS,
  type Holder,
  RENEW_SECONDS,
  type RolloutState,
  heldLease,
  holderOf,
  releasedLease,
  stateOf,
  withState,
} from '../core/kubernetes/lease';
import { type Resource, textAt } from '../core/resource';
import type { RollbackRecord } from '../core/rollout/rollback-record';
import { type Api, ApiError } from './api';
import { asRefusal } from './kinds';
import { recordOf, recordText } from './lease-record';

/** The Lease of one pair, from acquire to release. */
export class HeldLease {
  private lease: Resource | undefined;
  /** When the last successful renewal began: by the monotonic clock, and by the wall clock, which runs while a laptop sleeps. */
  private renewed = { steady: -Infinity, wall: -Infinity };
  private state: RolloutState | undefined;
  private record: RollbackRecord | undefined;
  private lost: CliError | undefined;
  private isRenewing = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: Api,
    private readonly collection: string,
    private readonly name: string,
    private readonly identity: string,
    private readonly onLost: (error: CliError) => void,
  ) {}

  /** The state that this driver saved last, or the one that it found in the lease. */
  get saved(): RolloutState | undefined {
    return this.state ?? stateOf(this.lease);
  }

  /** The record of the steps back that this driver saved, or the one that it found in the lease. */
  get savedRecord(): RollbackRecord | undefined {
    return this.record ?? recordOf(this.lease);
  }

  private get path(): string {
    return `${this.collection}/${this.name}`;
  }

  /**
   * Acquires the lease: at once if it is free, or after its duration if the holder no longer renews it.
   *
   * @param takesOver whether to take it from a driver that waits for the answer of a user
   */
  async acquire(onWait: (holder: Holder) => void, takesOver: boolean): Promise<void> {
    let seen: { readonly version: string | undefined; readonly at: number } | undefined;
    for (;;) {
      const lease = await this.api.find(this.path);
      const holder = holderOf(lease);
      if (!holder || holder.identity === this.identity) {
        if (await this.take(lease)) {
          return;
        }
        continue;
      }
      const version = textAt(lease, 'metadata', 'resourceVersion');
      if (takesOver && stateOf(lease)?.question !== undefined) {
        // If the driver got its answer or renewed the lease in the meantime, this write fails, and the lease is read again.
        if (await this.take(lease)) {
          return;
        }
        continue;
      }
      if (seen && version !== seen.version) {
        throw heldBy(this.path, holder, takesOver);
      }
      if (!seen) {
        seen = { version, at: performance.now() };
        onWait(holder);
      } else if (performance.now() - seen.at > holder.seconds * 1_000) {
        if (await this.take(lease)) {
          return;
        }
        // The response to our write may have been lost; in that case the lease is ours.
        const taken = holderOf(await this.api.find(this.path));
        if (taken && taken.identity !== this.identity) {
          throw heldBy(this.path, taken);
        }
        continue;
      }
      await sleep(500);
    }
  }

  /** Makes this driver the holder. The question of the driver before is not ours, so nobody may take the lease over because of it. */
  private take(lease: Resource | undefined): Promise<boolean> {
    const state = stateOf(lease);
    this.state = state?.question === undefined ? undefined : { ...state, question: undefined };
    return this.write(lease);
  }

  /** Makes sure that the lease is held, and was renewed recently enough that no other driver can have taken it. */
  async ensure(): Promise<void> {
    if (this.lost) {
      throw this.lost;
    }
    const steady = performance.now() - this.renewed.steady;
    const wall = Math.abs(Date.now() - this.renewed.wall);
    if (Math.max(steady, wall) > FRESH_MILLISECONDS) {
      await this.renew();
    }
  }

  /** Makes sure that the lease is held, by a renewal. */
  verify(): Promise<void> {
    return this.renew();
  }

  /** Renews the lease if it is held. */
  async renewIfHeld(): Promise<void> {
    if (this.lease && !this.lost && !this.isRenewing) {
      this.isRenewing = true;
      // The next renewal comes soon. A short timeout keeps queued writes from waiting for the API server twice.
      await this.renew(RENEW_SECONDS * 1_000).finally(() => (this.isRenewing = false));
    }
  }

  private renew(timeout?: number): Promise<void> {
    return this.inTurn(async () => {
      if (!(await this.write(this.lease, timeout))) {
        await this.lookAgain();
      }
    });
  }

  /** Writes the state into the lease. @param record the steps back; if undefined, the lease keeps what it has */
  save(state: RolloutState, record: RollbackRecord | undefined): Promise<void> {
    this.state = state;
    this.record = record ?? this.record;
    return this.renew();
  }

  /** Releases the lease with one short attempt. If that fails, the lease expires by itself. The saved state stays. */
  async release(): Promise<void> {
    await this.inTurn(async () => {
      if (this.lease) {
        await this.api.call('PUT', this.path, { body: this.withSaved(releasedLease(this.lease)), timeout: RENEW_SECONDS * 1_000 });
      }
    }).catch(() => undefined);
  }

  /** Runs writes one at a time, because each starts from the response to the previous one. */
  private inTurn(write: () => Promise<void>): Promise<void> {
    const turn = this.queue.then(async () => {
      if (this.lost) {
        throw this.lost;
      }
      await write();
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Checks the holder after a conflict: if the response to our last write was lost, the lease is ours with a newer version. */
  private async lookAgain(): Promise<void> {
    const lease = await this.api.find(this.path);
    const holder = holderOf(lease);
    // A free lease is lost too: another driver may have taken it, continued the rollout and released it.
    if (holder?.identity !== this.identity) {
      const what = lease
        ? `this driver lost the lock ${holder ? `to ${holder.identity}` : 'to another driver, which has released it'}`
        : `another client deleted the lock ${this.path}, or its namespace`;
      this.lost = new CliError(`${what}; this driver stopped writing`, EXIT.held, ['kubectl canary status   shows the current stage']);
      this.onLost(this.lost);
      throw this.lost;
    }
    if (!(await this.write(lease))) {
      throw new CliError(`${this.path}: another client keeps changing it`, EXIT.held);
    }
  }

  /** Writes the lease with this driver as the holder, based on `seen`; returns false if the lease has changed since. */
  private async write(seen: Resource | undefined, timeout?: number): Promise<boolean> {
    const begun = { steady: performance.now(), wall: Date.now() };
    const body = this.withSaved(heldLease(seen, { name: this.name, identity: this.identity, now: microTime() }));
    try {
      this.lease = await (seen
        ? this.api.call('PUT', this.path, { body, timeout })
        : this.api.call('POST', this.collection, { body, timeout }));
      this.renewed = begun;
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 409 || (error.status === 404 && seen))) {
        return false;
      }
      // A lease that is to be created gets 404 if its namespace does not exist.
      const isNowhere = error instanceof ApiError && error.status === 404;
      throw asRefusal(error, `the lock ${this.path}`, isNowhere ? EXIT.refused : EXIT.paused);
    }
  }

  /** Returns the lease with what this driver saves in it. */
  private withSaved(lease: Resource): Resource {
    return this.state ? withState(lease, this.state, this.record && recordText(this.record)) : lease;
  }
}

/** The error that names the driver that holds the rollout. */
function heldBy(path: string, holder: Holder, takesOver = false): CliError {
  const since = holder.since ? ` since ${holder.since.replace(/\.\d+Z$/, 'Z')}` : '';
  return new CliError(
    `another driver holds this rollout: ${holder.identity}${since} (${path.slice(path.indexOf('namespaces/') + 11)})`,
    EXIT.held,
    [
      ...(takesOver ? ['--take-over takes it only from a driver that waits for an answer, and this one does not'] : []),
      `wait until it ends, or stop it with Ctrl-C; a lock that is not renewed for ${holder.seconds} s is taken over`,
    ],
  );
}

/** The current time with microseconds: the API server rejects lease times without them. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
