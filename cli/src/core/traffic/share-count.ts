import { Fraction } from '../../../../lib/core/fraction';
import { binomialAtLeast, binomialTest } from '../statistics/binomial';
import type { ShareEvidence } from './evidence';

/** The significance level of a wrong share: 1 correct share in 10,000 is called wrong by chance. It holds for one look, at the end. */
export const SHARE_LEVEL = 0.0001;

/** The part of all requests that may go to a version that should have none: a connection or a sidecar may be late to follow the route. */
const STRAY = 0.01;

/** Returns the range of shares, from 0 to 1, that agree with an expected one. */
export function agreeingShares(expected: number): readonly [low: number, high: number] {
  return expected >= 1 ? [1 - STRAY, 1] : expected <= 0 ? [0, STRAY] : [expected, expected];
}

interface Group {
  readonly share: Fraction;
  answers: number;
  canary: number;
}

/** Counts responses, and the canary's part of them, by the share that was expected of them. */
export class ShareCount {
  private readonly groups = new Map<string, Group>();

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
    const answers = sumOf(groups, (group) => group.answers);
    if (answers === 0) {
      return undefined;
    }
    const canary = sumOf(groups, (group) => group.canary);
    const mean = meanShare(groups);
    const isDivided = ({ share }: Group) => !share.equals(Fraction.ZERO) && !share.equals(Fraction.ONE);
    const tests = [pOfDivided(groups.filter(isDivided)), pOfStrays(groups.filter((group) => !isDivided(group)))];
    const found = tests.filter((p) => p !== undefined);
    // Two tests: the smaller p-value of both, doubled (Bonferroni).
    const pValue = Math.min(1, found.length * Math.min(...found));
    return { expected: mean.toString(), seen: canary / answers, pValue, agrees: pValue >= SHARE_LEVEL };
  }
}

/** The p-value of groups in which both versions should have requests. */
function pOfDivided(groups: readonly Group[]): number | undefined {
  const answers = sumOf(groups, (group) => group.answers);
  const canary = sumOf(groups, (group) => group.canary);
  return answers === 0 ? undefined : binomialTest(canary, answers, numberOf(meanShare(groups)));
}

/** The p-value of groups in which one version should have no requests: the probability of at least as many if some may stray. */
function pOfStrays(groups: readonly Group[]): number | undefined {
  const answers = sumOf(groups, (group) => group.answers);
  const strays = sumOf(groups, (group) => (group.share.equals(Fraction.ONE) ? group.answers - group.canary : group.canary));
  return answers === 0 ? undefined : binomialAtLeast(strays, answers, STRAY);
}

/** The mean of the expected shares over all responses. */
function meanShare(groups: readonly Group[]): Fraction {
  const sum = groups.reduce((total, { share, answers }) => total.plus(share.times(answers)), Fraction.ZERO);
  return sum.times(
    Fraction.of(
      1,
      sumOf(groups, (group) => group.answers),
    ),
  );
}

function sumOf(groups: readonly Group[], of: (group: Group) => number): number {
  return groups.reduce((sum, group) => sum + of(group), 0);
}

/** Returns the double nearest to a fraction, for statistics, which need not be exact. */
export function numberOf(share: Fraction): number {
  return Number(share.numerator) / Number(share.denominator);
}
