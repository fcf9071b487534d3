import { Fraction } from '../../../../lib/core/fraction';
import { binomialTest } from '../statistics/binomial';
import type { ShareEvidence } from './evidence';

/** The significance level of a wrong share: 1 correct share in 10,000 is called wrong by chance. It holds for one look, at the end. */
export const SHARE_LEVEL = 0.0001;

/** Counts responses, and the canary's part of them, by the share that was expected of them. */
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
   * Compares the observed share with the mean of the expected shares over all responses. If the expected share changed, the test errs
   * toward 'agrees', because the sum of unlike trials varies less than the sum of alike ones (Hoeffding, 1956).
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

/** Returns the double nearest to a fraction, for statistics, which need not be exact. */
export function numberOf(share: Fraction): number {
  return Number(share.numerator) / Number(share.denominator);
}
