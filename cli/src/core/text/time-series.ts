/** The maximum number of steps: enough for a chart, and small enough for a record. If there are more, pairs of steps are merged. */
const MOST_STEPS = 300;

/** Observations in steps of equal length. If there would be too many steps, each becomes twice as long. */
export class Steps<T> {
  private steps: T[] = [];
  private length: number;

  /**
   * @param empty returns a step without observations
   * @param merged merges two consecutive steps
   * @param seconds the initial length of a step
   */
  constructor(
    private readonly empty: () => T,
    private readonly merged: (step: T, next: T) => T,
    seconds = 1,
  ) {
    this.length = seconds;
  }

  /** The current length of a step. */
  get seconds(): number {
    return this.length;
  }

  /** Returns the step that contains a second, so that the caller can add to it. */
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
