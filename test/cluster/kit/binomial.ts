/**
 * The interval of counts that `trials` trials fall into with a probability of at least `confidence`. At most half of the remaining
 * probability is left out on each side. It is computed from the binomial distribution itself, by summing its terms in logarithms.
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

/** The probability of each count, by the ratio of neighbours: P(k + 1) / P(k) = (n - k) / (k + 1) * p / (1 - p). */
function distribution(trials: number, share: number): number[] {
  const logs = [trials * Math.log1p(-share)];
  for (let count = 0; count < trials; count += 1) {
    logs.push(logs[count]! + Math.log((trials - count) / (count + 1)) + Math.log(share / (1 - share)));
  }
  return logs.map(Math.exp);
}
