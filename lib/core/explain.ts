import { COMPETITORS } from './competitors/all';
import { Competitor, Pods, allPodsOf } from './competitors/competitor';
import { Fraction } from './fraction';
import { PlannedStage } from './plan';

/** What a stage comes to, in our plan or with another competitor. */
export interface Outcome extends Pods {
  /** The share that is realized: by the pods, or with a route the weight itself. */
  readonly achieved: Fraction;
  /** Achieved minus asked. */
  readonly error: Fraction;
  /** What a pod carries on average, B / all pods: 1 is a pod of the baseline at rest, more is overload. */
  readonly load: Fraction;
}

/** One stage, and what becomes of it. */
export interface ExplainedStage {
  readonly folder: string;
  readonly asked: Fraction;
  readonly ours: Outcome;
  /** In the order of `Explanation.competitors`; undefined where the competitor refuses the weight. */
  readonly others: readonly (Outcome | undefined)[];
}

/** A whole rollout, from the baseline to the last stage. */
export interface Totals {
  /** The mean of the stages' errors, signs left out. */
  readonly meanError: Fraction;
  readonly worstError: Fraction;
  /** The pods of all stages together. */
  readonly pods: number;
  /** The pods that start or stop on the way: the sum of |change| of each track, from B:0 on. */
  readonly moved: number;
  /** The stages whose weight is refused. They count in none of the sums. */
  readonly refused: number;
}

/** A plan held against what other competitors would do with its weights. */
export interface Explanation {
  readonly stages: readonly ExplainedStage[];
  readonly ours: Totals;
  readonly competitors: readonly { readonly competitor: Competitor; readonly totals: Totals }[];
}

/**
 * What each competitor would do with the weights of a plan, if its fixed replica count were the baseline.
 *
 * Baseline 3 at 10, 25, 50, 100 %: 9:1, 3:1, 3:3, 0:6 hit every weight with 26 pods; Argo Rollouts without surge has
 * 2:1, 2:1, 1:2, 0:3, 12 pods, 12.08 points off on average and 23.33 at worst.
 *
 * @param stages a plan's stages
 * @param baseline the pods at rest, B: an integer of at least 1
 */
export function explain(stages: readonly PlannedStage[], baseline: number): Explanation {
  const explained = stages.map((stage) => explainStage(stage, baseline));
  const totals = (outcomes: readonly (Outcome | undefined)[]) => totalsOf(outcomes, baseline);
  return {
    stages: explained,
    ours: totals(explained.map(({ ours }) => ours)),
    competitors: COMPETITORS.map((competitor, index) => ({ competitor, totals: totals(explained.map(({ others }) => others[index])) })),
  };
}

function explainStage({ folder, weight, split, achieved }: PlannedStage, baseline: number): ExplainedStage {
  const outcome = ({ stable, canary, baselinePods }: Pods, share: Fraction): Outcome => ({
    stable,
    canary,
    baselinePods,
    achieved: share,
    error: share.minus(weight),
    load: Fraction.of(baseline, stable + canary + baselinePods),
  });
  const theirs = ({ routed, splitFor }: Competitor) => {
    const pods = splitFor(weight, baseline);
    return pods && outcome(pods, routed ? weight : pods.share);
  };
  return { folder, asked: weight, ours: outcome({ ...split, baselinePods: 0 }, achieved), others: COMPETITORS.map(theirs) };
}

function totalsOf(outcomes: readonly (Outcome | undefined)[], baseline: number): Totals {
  const reached = outcomes.filter((outcome) => outcome !== undefined);
  const errors = reached.map(({ error }) => error.abs());
  const sum = errors.reduce((total, error) => total.plus(error), Fraction.ZERO);
  return {
    meanError: sum.times(Fraction.of(1, Math.max(1, errors.length))),
    worstError: Fraction.max(Fraction.ZERO, ...errors),
    pods: reached.reduce((total, pods) => total + allPodsOf(pods), 0),
    moved: movedIn([{ stable: baseline, canary: 0, baselinePods: 0 }, ...reached]),
    refused: outcomes.length - reached.length,
  };
}

function movedIn(states: readonly Pods[]): number {
  const moved = (from: Pods, to: Pods) =>
    Math.abs(to.stable - from.stable) + Math.abs(to.canary - from.canary) + Math.abs(to.baselinePods - from.baselinePods);
  return states.slice(1).reduce((total, state, index) => total + moved(states[index]!, state), 0);
}
