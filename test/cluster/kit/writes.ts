import type { Seen } from './faults';
import type { When } from './faults/when';

const STATE = 'cdk8s-canary/rollout';

/**
 * Selects the writes that a rollout makes by itself. Renewals of the lease are left out, because their number depends on the clock. The
 * condition keeps state: use it for one driver only, and only once.
 */
export function writes(): When {
  let last: string | undefined;
  return (seen) => {
    if (seen.write === undefined) {
      return false;
    }
    if (!isLease(seen)) {
      return true;
    }
    const { metadata, spec } = JSON.parse(seen.body!) as {
      metadata: { annotations?: Record<string, string> };
      spec: { holderIdentity: string };
    };
    const says = JSON.stringify([spec.holderIdentity, metadata.annotations?.[STATE]]);
    const isNew = says !== last;
    last = says;
    return isNew;
  };
}

export function isLease({ path }: Pick<Seen, 'path'>): boolean {
  return path.includes('/leases');
}

/** The nth write, from 1. */
export function atWrite(n: number): When {
  const isWrite = writes();
  let count = 0;
  return (seen) => {
    if (!isWrite(seen)) {
      return false;
    }
    count += 1;
    return count === n;
  };
}

/** The writes of a record, without renewals of the lease. */
export function writesIn(record: readonly Seen[]): Seen[] {
  return record.filter(writes());
}

/** The writes of a record that change objects of the rollout, not its lease. */
export function changesIn(record: readonly Seen[]): Seen[] {
  return record.filter((seen) => seen.write !== undefined && !isLease(seen));
}

/** A short name of a request, for test names and messages. */
export function short({ method, path, body }: Seen): string {
  const stage = /"cdk8s-canary\/stage":"([^"]+)"/.exec(body ?? '')?.[1];
  return [method, path.split('/').slice(-2).join('/'), stage].filter(Boolean).join(' ');
}
