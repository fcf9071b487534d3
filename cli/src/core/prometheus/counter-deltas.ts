import type { Series } from './promql';

/** The increase of a counter: by `le` for the buckets of a histogram, otherwise by `''`. */
export type Increase = ReadonlyMap<string, number>;

/**
 * Computes how much counters grew between reads. A skipped read loses nothing: the next read includes the increase.
 *
 * The buckets of one histogram belong together. All labels except `le` identify the histogram, and its buckets restart together.
 */
export class Increases {
  /** The last value of each counter, by its other labels, then by `le`. */
  private readonly last = new Map<string, ReadonlyMap<string, number>>();

  /** Records the current values, so that only later increases count. */
  know(series: readonly Series[]): void {
    for (const [key, values] of grouped(series)) {
      this.last.set(key, new Map([...(this.last.get(key) ?? []), ...values]));
    }
  }

  /**
   * Returns the increases since the last read.
   *
   * A new counter counts in full, because it starts at zero with its process or with the first event that it counts. A counter that is
   * smaller than before was restarted, so all of its value is new, as in PromQL's own `increase`. A missing counter adds nothing, and its
   * last value is kept for when it returns.
   */
  since(series: readonly Series[]): readonly Increase[] {
    return [...grouped(series)].map(([key, values]) => {
      const before = this.last.get(key);
      // After a restart, some buckets may exceed their old values already. One smaller bucket shows that all of them restarted.
      const isNew = before === undefined || [...values].some(([le, value]) => value < (before.get(le) ?? 0));
      this.last.set(key, isNew ? values : new Map([...before, ...values]));
      if (isNew) {
        return values;
      }
      // A new bucket of a histogram that is known has an unknown past, so it adds nothing yet.
      return new Map([...values].flatMap(([le, value]) => (before.has(le) ? [[le, value - before.get(le)!] as const] : [])));
    });
  }
}

export function sumOf(increases: readonly Increase[]): number {
  return increases.flatMap((increase) => [...increase.values()]).reduce((sum, value) => sum + value, 0);
}

/** Groups values by all labels except `le`, then by `le`. Series that differ only in their metric names are summed as one counter. */
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
