/** A random generator of our own, so that its values do not change with a library's version. */
export class Chance {
  constructor(private state: number) {}

  /** An integer from 0 up to, but not including, the bound (mulberry32). */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    return this.below(2 ** 32) / 2 ** 32;
  }

  /** An integer in a range, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in this many calls, on average. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A concatenation of random parts. */
  some(items: readonly string[], least: number, most: number): string {
    return Array.from({ length: this.between(least, most) }, () => this.one(items)).join('');
  }

  within(ranges: readonly (readonly [number, number])[]): string {
    const [low, high] = this.one(ranges);
    return String.fromCodePoint(low + this.below(high - low + 1));
  }

  /** Different items in random order; their number is random too. */
  distinct<T>(items: readonly T[], least: number, most: number): T[] {
    return this.shuffled(items).slice(0, this.between(least, Math.min(most, items.length)));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.below(2 ** 32) }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}
