/**
 * The counts that so many trials give with a chance of at least `confidence`, the same mass left out on either side at
 * most: from the distribution itself, summed up term by term in logarithms.
 */
export function binomialInterval(trials: number, share: number, confidence: number): { least: number; most: number } {
  if (share <= 0 || share >= 1) {
    const sure = share <= 0 ? 0 : trials;
    return { least: sure, most: sure };
  }
  const tail = (1 - confidence) / 2;
  const chances = distribution(trials, share);
  const within = (order: readonly number[]) => {
    let mass = 0;
    return order.find((count) => (mass += chances[count]!) > tail)!;
  };
  const counts = chances.map((_, count) => count);
  return { least: within(counts), most: within([...counts].reverse()) };
}

/** The chance of each count, from the ratio of neighbours: P(k + 1) / P(k) = (n - k) / (k + 1) * p / (1 - p). */
function distribution(trials: number, share: number): number[] {
  const logs = [trials * Math.log1p(-share)];
  for (let count = 0; count < trials; count += 1) {
    logs.push(logs[count]! + Math.log((trials - count) / (count + 1)) + Math.log(share / (1 - share)));
  }
  return logs.map(Math.exp);
}
