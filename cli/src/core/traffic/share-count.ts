import { Fraction } from '../../../../lib/core/fraction';
import { binomialTest } from '../statistics/binomial';
import type { ShareEvidence } from './evidence';

/** A share that disagrees at this level does so by chance once in 10,000 looks; for a single look, at the end. */
export const SHARE_LEVEL = 0.0001;

/** Answers and the canary's part of them, by the share that was expected of them. */
export class ShareCount {
  private readonly groups = new Map<string, { readonly share: Fraction; answers: number; canary: number }>();

  add(expected: Fraction, answers: number, canary: number): void {
    const key = expected.toString();
    const group = this.groups.get(key) ?? { share: expected, answers: 0, canary: 0 };
    group.answers += answers;
    group.canary += canary;
    this.groups.set(key, group);
  }

  /**
   * Where the expected share changed on the way, the mean of it over the answers is held against the share that was seen:
   * the sum of unlike trials varies less than that of alike ones (Hoeffding, 1956), so the test errs to the side of 'agrees'.
   */
  evidence(): ShareEvidence | undefined {
    const groups = [...this.groups.values()];
    const answers = groups.reduce((sum, group) => sum + group.answers, 0);
    if (answers === 0) {
      return undefined;
    }
    const canary = groups.reduce((sum, group) => sum + group.canary, 0);
    const mean = groups.reduce((sum, group) => sum.plus(group.share.times(group.answers)), Fraction.ZERO).times(Fraction.of(1, answers));
    const isImpossible = groups.some(
      ({ share, answers: some, canary: hits }) => (share.equals(Fraction.ZERO) && hits > 0) || (share.equals(Fraction.ONE) && hits < some),
    );
    const pValue = isImpossible ? 0 : binomialTest(canary, answers, numberOf(mean));
    return { expected: mean.toString(), seen: canary / answers, pValue, agrees: pValue >= SHARE_LEVEL };
  }
}

/** The double nearest to a fraction, for statistics, which are no exact matter. */
export function numberOf(share: Fraction): number {
  return Number(share.numerator) / Number(share.denominator);
}
