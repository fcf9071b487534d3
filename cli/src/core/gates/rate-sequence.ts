import type { Answers } from '../../../../lib/core/gates/bernoulli';
import { logEvidenceOfSide } from './quantile-sequence';

/** The steps of the bisection: a rate to within 1e-9. */
const STEPS = 30;

/**
 * Returns bounds of an error rate, each of which is wrong at any time with a probability of at most `level`: the rates that were not rejected
 * by a mixture of likelihood ratios over all lower, or all higher rates (Robbins, "Statistical methods related to the law of the iterated
 * logarithm", 1970).
 */
export function rateBounds({ requests, errors }: Answers, level: number): readonly [low: number, high: number] {
  const seen = requests === 0 ? 0 : errors / requests;
  const isRejected = (rate: number, side: 'below' | 'above') =>
    requests > 0 && logEvidenceOfSide(errors, requests, rate, side) >= Math.log(1 / level);
  return [
    errors === 0 ? 0 : bisect(seen, 0, (rate) => isRejected(rate, 'above')),
    errors === requests ? 1 : bisect(seen, 1, (rate) => isRejected(rate, 'below')),
  ];
}

/** Returns the rejected rate that is nearest to one that is not; `to` if none is rejected. */
function bisect(from: number, to: number, isRejected: (rate: number) => boolean): number {
  let [kept, rejected] = [from, to];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (kept + rejected) / 2;
    if (isRejected(middle)) {
      rejected = middle;
    } else {
      kept = middle;
    }
  }
  return rejected;
}
