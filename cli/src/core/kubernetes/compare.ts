import { quantityOf } from '../../../../lib/core/quantity';
import { isMap } from './objects';
import type { Resource } from '../resource';

/** A field whose live value differs from the manifest. */
export interface Difference {
  /** In the notation of kubectl and the API server: `.spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** The value in the cluster; undefined if the field is not set there. */
  readonly live: unknown;
  readonly wanted: unknown;
}

/**
 * Returns the fields of a manifest whose live values differ. Fields that the manifest does not set are ignored: the server fills in
 * defaults, and other managers may own the rest. A list whose items have names may have more items on the server than in the manifest.
 * Quantities are equal if their values are equal (`1000m`, `1`).
 */
export function differences(live: Resource | undefined, manifest: Resource, lists: ListRule = 'by name'): Difference[] {
  const found: Difference[] = [];
  compare(live, manifest, '', found, lists);
  return found;
}

/**
 * How the items of two lists are matched: by their names, so that the live list may have more items, or by their positions, for kinds whose
 * lists have one owner.
 */
export type ListRule = 'by name' | 'by position';

/** Whether a live value has everything that a part of a manifest sets. */
export function contains(live: unknown, wanted: unknown, lists: ListRule = 'by name'): boolean {
  const found: Difference[] = [];
  compare(live, wanted, '', found, lists);
  return found.length === 0;
}

/** The rule for the lists of an object. The rules and the backends of a route have names, but a further one takes requests of the others. */
export function listRuleOf(manifest: Resource | undefined): ListRule {
  return /^(gateway\.networking\.k8s|networking\.istio)\.io\//.test(String(manifest?.['apiVersion'])) ? 'by position' : 'by name';
}

function compare(live: unknown, wanted: unknown, path: string, found: Difference[], lists: ListRule): void {
  // The API server takes null as "not set".
  if (wanted === undefined || wanted === null) {
    if (live !== undefined && live !== null) {
      found.push({ field: path, live, wanted });
    }
  } else if (isMap(wanted)) {
    // The API server omits empty maps.
    if (!isMap(live) && !(live === undefined && Object.keys(wanted).length === 0)) {
      found.push({ field: path, live, wanted });
      return;
    }
    for (const [key, value] of Object.entries(wanted)) {
      // The API server takes null as "not set".
      compare(live?.[key], value ?? undefined, `${path}.${key}`, found, lists);
    }
  } else if (Array.isArray(wanted)) {
    compareLists(live, wanted as unknown[], path, found, lists);
  } else if (!sameScalar(live, wanted)) {
    found.push({ field: path, live, wanted });
  }
}

function compareLists(live: unknown, wanted: readonly unknown[], path: string, found: Difference[], lists: ListRule): void {
  const items = Array.isArray(live) ? (live as unknown[]) : [];
  const byName = lists === 'by name' && nameOfItem(wanted[0]) !== undefined && items.every((item) => nameOfItem(item) !== undefined);
  if (!byName && items.length !== wanted.length) {
    found.push({ field: path, live, wanted });
    return;
  }
  wanted.forEach((item, n) => {
    const name = nameOfItem(item);
    const partner = byName ? items.find((other) => nameOfItem(other) === name) : items[n];
    compare(partner, item, `${path}[${byName ? name : n}]`, found, lists);
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

/** Returns the value of a quantity. Text that may be something else, such as the version `1.10`, is not compared as a number. */
function quantity(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d+$|[a-zA-Z]$/.test(value) ? quantityOf(value) : undefined;
}
