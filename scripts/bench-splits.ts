/**
 * Measures the splits of every whole percentage for a few baselines: ours, and those of other tools.
 *
 *   npm run bench:splits
 *
 * Errors are in percentage points; pods are the mean of a stage. `optimum` is the nearest of all splits with at least one pod on each side,
 * at least B pods in the larger track and at most 10 B pods in all, by brute force. `ours, exact` must be the same split for every weight,
 * or the run fails.
 */
import { COMPETITORS } from '../lib/core/competitors/all';
import { type Competitor, allPodsOf } from '../lib/core/competitors/competitor';
import { Fraction } from '../lib/core/fraction';
import { type Split, podsOf, shareOf, splitFor } from '../lib/core/split';
import { table } from '../lib/core/table';

const BASELINES = [3, 5, 10, 20];
const PERCENTS = Array.from({ length: 99 }, (_, index) => index + 1);
/** The upper limit of our splits: maxReplicas is ten times the baseline. */
const MOST = 10;

interface Measured {
  readonly error: Fraction;
  readonly pods: number;
}

type Rule = (percent: number, baseline: number) => Measured;

const weightOf = (percent: number) => Fraction.of(percent, 100);

function ours(percent: number, baseline: number, tolerance: Fraction | undefined): Split {
  const rule = { baseline, maxReplicas: MOST * baseline, tolerance, stableKeepsBaseline: false, fixedTotal: false };
  return splitFor(weightOf(percent), rule, 0)!;
}

/**
 * The nearest split, then the fewest pods, then the smaller canary. Uses plain integers, so that it is independent of the code that it
 * checks.
 */
function bruteForce(percent: number, baseline: number): Split {
  let best: Split = { stable: baseline, canary: 1 };
  for (let pods = baseline + 1; pods <= MOST * baseline; pods++) {
    for (let canary = 1; canary < pods; canary++) {
      const holdsBaseline = Math.max(canary, pods - canary) >= baseline;
      const error = Math.abs(100 * canary - percent * pods);
      const bestError = Math.abs(100 * best.canary - percent * podsOf(best));
      if (holdsBaseline && error * podsOf(best) < bestError * pods) {
        best = { stable: pods - canary, canary };
      }
    }
  }
  return best;
}

function measured(split: Split, percent: number): Measured {
  return { error: shareOf(split).minus(weightOf(percent)).abs(), pods: podsOf(split) };
}

function ruleOf({ routed, splitFor: splitOf }: Competitor): Rule {
  return (percent, baseline) => {
    const pods = splitOf(weightOf(percent), baseline)!;
    return { error: routed ? Fraction.ZERO : pods.share.minus(weightOf(percent)).abs(), pods: allPodsOf(pods) };
  };
}

function cells(rule: Rule, baseline: number): string[] {
  const all = PERCENTS.map((percent) => rule(percent, baseline));
  const mean = all.reduce((sum, { error }) => sum.plus(error), Fraction.ZERO).times(Fraction.of(100, all.length));
  const worst = Fraction.max(Fraction.ZERO, ...all.map(({ error }) => error)).times(100);
  const pods = Fraction.of(
    all.reduce((sum, each) => sum + each.pods, 0),
    all.length,
  );
  return [mean.toRounded(2), worst.toRounded(2), pods.toRounded(1)];
}

const rules: [string, Rule][] = [
  ['ours, default tolerance', (percent, baseline) => measured(ours(percent, baseline, undefined), percent)],
  ['ours, exact', (percent, baseline) => measured(ours(percent, baseline, Fraction.ZERO), percent)],
  ['optimum, brute force', (percent, baseline) => measured(bruteForce(percent, baseline), percent)],
  ...COMPETITORS.map((competitor): [string, Rule] => [`${competitor.name}${competitor.routed ? ' (route)' : ''}`, ruleOf(competitor)]),
];

const header = ['', ...BASELINES.flatMap((baseline) => [`B=${baseline} mean`, 'worst', 'pods'])];
console.log(
  table(
    header,
    rules.map(([name, rule]) => [name, ...BASELINES.flatMap((baseline) => cells(rule, baseline))]),
  ),
);

const differences = BASELINES.flatMap((baseline) =>
  PERCENTS.map((percent) => ({ baseline, percent, exact: ours(percent, baseline, Fraction.ZERO), best: bruteForce(percent, baseline) })),
).filter(({ exact, best }) => exact.stable !== best.stable || exact.canary !== best.canary);

for (const { baseline, percent, exact, best } of differences) {
  console.error(`B=${baseline} ${percent} %: ours exact is ${exact.stable}:${exact.canary}, the optimum ${best.stable}:${best.canary}`);
}
console.log(
  `\nours exact is the optimum in ${BASELINES.length * PERCENTS.length - differences.length} of ${BASELINES.length * PERCENTS.length} cases`,
);
process.exitCode = differences.length === 0 ? 0 : 1;
