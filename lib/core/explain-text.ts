import type { Pods } from './competitors/competitor';
import { type ExplainedStage, type Explanation, type Outcome, type Totals, explain } from './explain';
import { Fraction } from './fraction';
import type { Plan } from './plan';
import { percent } from './format-share';
import { table } from './table';

/** A row of the tables: this plan, or a competitor. */
interface Contender {
  readonly name: string;
  readonly routed: boolean;
  readonly totals: Totals;
  readonly outcomeAt: (stage: ExplainedStage) => Outcome | undefined;
}

const STAGE_HEADER = ['', 'divided by', 'stable:canary', 'achieved', 'error', 'load per pod'];
const TOTALS_HEADER = ['', 'mean error', 'worst error', 'pods', 'pods moved', 'refused'];

/**
 * Compares a pair's plan with what the competitors would do with its weights: a table for each stage, then one for the whole rollout.
 *
 * @param baseline the pods at rest, which is the fixed replica count of each competitor
 */
export function explainPair(plan: Plan, baseline: number): string {
  if (plan.stages.length === 0) {
    return 'at rest: no stages to explain\n';
  }
  const explanation = explain(plan.stages, baseline);
  const routed = [...plan.states.values()].some(({ route }) => route !== undefined);
  const contenders = contendersIn(explanation, routed);
  const sections = [
    ...explanation.stages.map((stage) => stageTable(stage, contenders)),
    `the whole rollout, from ${baseline}:0\n${table(TOTALS_HEADER, contenders.map(totalsRow))}`,
    legend(baseline),
  ];
  return sections.join('\n\n') + '\n';
}

function contendersIn({ ours, competitors }: Explanation, routed: boolean): Contender[] {
  return [
    { name: 'this plan', routed, totals: ours, outcomeAt: (stage) => stage.ours },
    ...competitors.map(({ competitor, totals }, index) => ({
      name: competitor.name,
      routed: competitor.routed,
      totals,
      outcomeAt: ({ others }: ExplainedStage) => others[index],
    })),
  ];
}

function stageTable(stage: ExplainedStage, contenders: readonly Contender[]): string {
  const rows = contenders.map(({ name, routed, outcomeAt }) => [name, routed ? 'route' : 'pods', ...outcomeCells(outcomeAt(stage))]);
  return `${stage.folder}: ${percent(stage.asked)} asked\n${table(STAGE_HEADER, rows)}`;
}

function outcomeCells(outcome: Outcome | undefined): string[] {
  if (outcome === undefined) {
    return ['refused', '-', '-', '-'];
  }
  const { achieved, error, load } = outcome;
  return [splitText(outcome), percent(achieved), signed(error), load.toRounded(2)];
}

function totalsRow({ name, totals: { meanError, worstError, pods, moved, refused } }: Contender): string[] {
  return [name, points(meanError), points(worstError), `${pods}`, `${moved}`, refused === 0 ? '-' : `${refused}`];
}

function legend(baseline: number): string {
  return [
    'Error is achieved minus asked, in percentage points. Load per pod is an average: 1 is the load of a pod at rest, less is spare capacity.',
    `A competitor has one replica count, here the baseline of ${baseline}. +n are baseline pods of the old version, beside the canary.`,
    'If a route divides the traffic, the split is capacity alone. The sums leave out refused weights.',
  ].join('\n');
}

function splitText({ stable, canary, baselinePods }: Pods): string {
  return `${stable}:${canary}${baselinePods === 0 ? '' : `+${baselinePods}`}`;
}

function points(difference: Fraction): string {
  return difference.times(100).toRounded(2);
}

function signed(difference: Fraction): string {
  return `${Fraction.ZERO.lessThan(difference) ? '+' : ''}${points(difference)}`;
}
