import { Seen } from './faults';
import { When } from './faults/when';

const STATE = 'cdk8s-canary/rollout';

/**
 * Picks the writes that a rollout makes by itself, and leaves out those that only say that its driver is still there: when
 * these come, the clock decides. A condition for one driver, and of no use a second time.
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

/** The writes of a record. */
export function writesIn(record: readonly Seen[]): Seen[] {
  return record.filter(writes());
}

/** The writes of a record that change something of the rollout itself. */
export function changesIn(record: readonly Seen[]): Seen[] {
  return record.filter((seen) => seen.write !== undefined && !isLease(seen));
}

/** A request as a test names it. */
export function short({ method, path, body }: Seen): string {
  const stage = /"cdk8s-canary\/stage":"([^"]+)"/.exec(body ?? '')?.[1];
  return [method, path.split('/').slice(-2).join('/'), stage].filter(Boolean).join(' ');
}
