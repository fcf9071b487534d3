import { isMap } from './objects';
import type { Resource } from '../resource';

/** A field that a manifest sets and the cluster has otherwise. */
export interface Difference {
  /** As kubectl and the API server write it: `.spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** What the cluster has; undefined where it has nothing. */
  readonly live: unknown;
  readonly wanted: unknown;
}

/**
 * The fields of a manifest that an object has otherwise. What the manifest does not set is not looked at: the server fills
 * in defaults, and others may own the rest. Of lists, the server may have more items than the manifest where they have
 * names; quantities are alike when they mean the same (`1000m`, `1`).
 */
export function differences(live: Resource | undefined, manifest: Resource): Difference[] {
  const found: Difference[] = [];
  compare(live, manifest, '', found);
  return found;
}

/** Whether an object has everything that a manifest's part says. */
export function contains(live: unknown, wanted: unknown): boolean {
  const found: Difference[] = [];
  compare(live, wanted, '', found);
  return found.length === 0;
}

function compare(live: unknown, wanted: unknown, path: string, found: Difference[]): void {
  // The API server takes null as "not set".
  if (wanted === undefined || wanted === null) {
    if (live !== undefined && live !== null) {
      found.push({ field: path, live, wanted });
    }
  } else if (isMap(wanted)) {
    // The server leaves out what is empty.
    if (!isMap(live) && !(live === undefined && Object.keys(wanted).length === 0)) {
      found.push({ field: path, live, wanted });
      return;
    }
    for (const [key, value] of Object.entries(wanted)) {
      // The API server takes null as "not set".
      compare(live?.[key], value ?? undefined, `${path}.${key}`, found);
    }
  } else if (Array.isArray(wanted)) {
    compareLists(live, wanted as unknown[], path, found);
  } else if (!sameScalar(live, wanted)) {
    found.push({ field: path, live, wanted });
  }
}

function compareLists(live: unknown, wanted: readonly unknown[], path: string, found: Difference[]): void {
  const items = Array.isArray(live) ? (live as unknown[]) : [];
  const byName = nameOfItem(wanted[0]) !== undefined && items.every((item) => nameOfItem(item) !== undefined);
  if (!byName && items.length !== wanted.length) {
    found.push({ field: path, live, wanted });
    return;
  }
  wanted.forEach((item, n) => {
    const name = nameOfItem(item);
    const partner = byName ? items.find((other) => nameOfItem(other) === name) : items[n];
    compare(partner, item, `${path}[${byName ? name : n}]`, found);
  });
}

function nameOfItem(item: unknown): string | undefined {
  return isMap(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}

function sameScalar(live: unknown, wanted: unknown): boolean {
  if (live === wanted) {
    return true;
  }
  const [a, b] = [quantity(live), quantity(wanted)];
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-12 * Math.abs(b);
}

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** The value of a quantity as resources have it; undefined of anything else, such as a version, which is text. */
function quantity(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([numkMGTPE]|[KMGTPE]i)$|^(\d+)$/.exec(value) : null;
  return match ? Number(match[1] ?? match[3]) * SUFFIXES[match[2] ?? '']! : undefined;
}
