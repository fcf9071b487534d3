/** More steps than this are put together by twos: enough for a chart, and little enough for a record. */
const MOST_STEPS = 300;

/** What was seen, step by step. Where there would be too many steps, each becomes twice as long. */
export class Steps<T> {
  private steps: T[] = [];
  private length: number;

  /**
   * @param empty a step in which nothing was seen
   * @param merged one step of two that follow each other
   * @param seconds how long a step is at first
   */
  constructor(
    private readonly empty: () => T,
    private readonly merged: (step: T, next: T) => T,
    seconds = 1,
  ) {
    this.length = seconds;
  }

  /** How long each is now. */
  get seconds(): number {
    return this.length;
  }

  /** The step that a moment lies in, to be added to. */
  at(second: number): T {
    while (second / this.length >= MOST_STEPS) {
      this.steps = this.steps.flatMap((step, n) => {
        const next = this.steps[n + 1];
        return n % 2 === 1 ? [] : [next === undefined ? step : this.merged(step, next)];
      });
      this.length *= 2;
    }
    const index = Math.floor(second / this.length);
    while (this.steps.length <= index) {
      this.steps.push(this.empty());
    }
    return this.steps[index]!;
  }

  map<U>(make: (step: T, second: number) => U): U[] {
    return this.steps.map((step, n) => make(step, n * this.length));
  }
}
