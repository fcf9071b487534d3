import type { Series } from './promql';

/** What a counter grew by: by `le` where it is the buckets of a histogram, and by `''` where it is none. */
export type Increase = ReadonlyMap<string, number>;

/**
 * How much counters grew between looks. A look that is left out loses nothing: what was counted meanwhile comes with the next one.
 *
 * The buckets of one histogram belong together. They are told apart from others by all labels but `le`, and begin again together.
 */
export class Increases {
  /** The last value of each counter, by its other labels and `le`. */
  private readonly last = new Map<string, ReadonlyMap<string, number>>();

  /** Takes values for known, so that only what comes on top of them counts. */
  know(series: readonly Series[]): void {
    for (const [key, values] of grouped(series)) {
      this.last.set(key, new Map([...(this.last.get(key) ?? []), ...values]));
    }
  }

  /**
   * What was added since the last look.
   *
   * A counter that was not there before counts in full: it begins at zero with its process, or with the first time that there is something to
   * count. One that is smaller than before began again, so all of it is new, as PromQL's own `increase` has it. One that is missing says
   * nothing, and is remembered for when it comes back.
   */
  since(series: readonly Series[]): readonly Increase[] {
    return [...grouped(series)].map(([key, values]) => {
      const before = this.last.get(key);
      // Some buckets may have passed their old values already when others show that all began again.
      const isNew = before === undefined || [...values].some(([le, value]) => value < (before.get(le) ?? 0));
      this.last.set(key, isNew ? values : new Map([...before, ...values]));
      if (isNew) {
        return values;
      }
      // A bucket that was never seen beside others that were has an unknown past.
      return new Map([...values].flatMap(([le, value]) => (before.has(le) ? [[le, value - before.get(le)!] as const] : [])));
    });
  }
}

/** The sum of what counters grew by. */
export function sumOf(increases: readonly Increase[]): number {
  return increases.flatMap((increase) => [...increase.values()]).reduce((sum, value) => sum + value, 0);
}

/** Values by all labels but `le`, then by that. Series that differ in their names alone are one counter, added up. */
function grouped(series: readonly Series[]): Map<string, Map<string, number>> {
  const groups = new Map<string, Map<string, number>>();
  for (const { labels, value } of series) {
    const { __name__: _name, le = '', ...others } = labels;
    const key = JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? new Map<string, number>();
    group.set(le, (group.get(le) ?? 0) + value);
    groups.set(key, group);
  }
  return groups;
}
