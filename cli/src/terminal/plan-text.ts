import { achievedText, rangeOf, splitText } from '../../../lib/core/autoscaled-text';
import { Fraction } from '../../../lib/core/fraction';
import { percent, points } from '../../../lib/core/format-share';
import { stageNeed } from '../../../lib/core/gates/planner';
import type { GatesEntry } from '../../../lib/core/gates/settings';
import { formatEstimate } from '../core/text/format-duration';
import { type PairEntry, type PlanFile, gatesAt, hasService, testsOfPair } from '../core/plan/plan';
import { routerOf } from '../core/routers';
import { configsText } from '../core/text/configs-text';
import { plainValue } from '../core/text/plain-text';
import { tableText } from './table';
import type { Paint } from './terminal';

const share = (text: string) => percent(Fraction.parse(text));

/**
 * Formats a plan as tables: the stages of each pair, and with `isWide` also the transitions and the order of the folders.
 *
 * @param width the columns of the terminal; no limit by default
 */
export function planText(file: PlanFile, isWide: boolean, paint: Paint, width?: number): string {
  const plan = plainValue(file);
  const parts = plan.pairs.map((pair) => pairText(plan, pair, isWide, paint, width));
  if (isWide) {
    const steps = Object.entries(plan.order.rollback).map(([from, folders]) => [from, folders.join(' -> ')]);
    parts.push(tableText({ header: ['rollback from', 'folders'], rows: steps, width, endsInText: true }));
    parts.push(`advance\n${plan.order.advance.join(' -> ')}`);
  }
  if (plan.findings.length > 0) {
    const levels = { error: 'red', warning: 'yellow', info: 'cyan' } as const;
    const lines = plan.findings.map(({ code, level, path, message }) => `  ${paint(levels[level], level)} ${code} [${path}] ${message}`);
    parts.push([`Findings (${plan.findings.length})`, ...lines].join('\n'));
  }
  return parts.join('\n\n');
}

function pairText(plan: PlanFile, pair: PairEntry, isWide: boolean, paint: Paint, width: number | undefined): string {
  const versions = pair.canary ? `${pair.stable.version} -> ${pair.canary.version}` : `${pair.stable.version}, at rest`;
  const title = `${paint('bold', pair.path)} (${versions}, by ${routerOf(pair).label}; ${hasService(pair) ? `Service ${pair.service}` : 'no Service'}; ${countsText(pair)}, floor ${pair.floor})`;
  const configs = configsText(
    [pair.stable, ...(pair.canary ? [pair.canary] : [])].map(({ deployment: name, configs: read }) => ({ name, configs: read })),
  );
  const head = configs === undefined ? title : `${title}\n  ${configs}`;
  if (!pair.canary) {
    return head;
  }
  const range = rangeOf(pair);
  const rows = pair.stages.map((stage) => {
    const steps = stepsTo(plan, stage.folder, pair);
    const off = Fraction.parse(stage.error).abs();
    return [
      stage.folder,
      share(stage.asked),
      `${achievedText(Fraction.parse(stage.achieved), stage, range)}${off.equals(Fraction.ZERO) ? '' : ` (${points(off)} off)`}`,
      splitText(stage, range),
      `${range ? 'at least ' : ''}${stage.stable + stage.canary}`,
      steps.length === 0 ? '' : String(Math.min(...steps.map(({ fewestReady }) => fewestReady))),
      steps.length === 0 ? '' : String(Math.max(...steps.map(({ mostPods }) => mostPods))),
      needText(gatesAt(pair, stage.folder), stage.achieved, testsOfPair(pair)),
    ];
  });
  const header = ['stage', 'asked', 'achieved', 'stable:canary', 'pods', 'fewest ready', 'most pods', 'gates decide after'];
  const stages = tableText({ header, rows, width, indent: '  ' });
  if (!isWide) {
    return `${head}\n${stages}`;
  }
  const transitions = pair.transitions.map((step) => [
    step.from,
    step.to,
    String(step.fewestReady),
    String(step.mostPods),
    share(step.mostShare),
  ]);
  return `${head}\n${stages}\n\n${tableText({ header: ['from', 'to', 'fewest ready', 'most pods', "canary's largest share"], rows: transitions, width, indent: '  ', names: 2 })}`;
}

function countsText({ baseline, autoscaling }: PairEntry): string {
  const sizing = autoscaling?.sizing === 'peak' ? ', the canary sized for the peak' : '';
  return autoscaling ? `autoscaled from ${autoscaling.min} to ${autoscaling.max} pods${sizing}` : `baseline ${baseline}`;
}

/** Formats the median number of requests that the gates of a stage need, and the time if the plan states the request rate. */
function needText(gates: GatesEntry, achieved: string, tests: number): string {
  const share = Fraction.parse(achieved);
  const need = stageNeed(gates, Number(share.numerator) / Number(share.denominator), tests);
  if (need === undefined) {
    return '-';
  }
  const requests = `${Math.max(need.pass, need.fail).toLocaleString('en-US')} requests`;
  return need.seconds === undefined ? requests : `${requests}, ${formatEstimate(need.seconds)}`;
}

/** Returns the transitions of an advance from the previous stage to a stage, through the folders between them. */
function stepsTo(plan: PlanFile, stage: string, pair: PairEntry): PairEntry['transitions'] {
  const { advance } = plan.order;
  const stages = ['stage-0', ...plan.stages.map(({ folder }) => folder)];
  const before = stages[stages.indexOf(stage) - 1];
  const way = before === undefined ? [] : advance.slice(advance.indexOf(before), advance.indexOf(stage) + 1);
  return pair.transitions.filter(({ from, to }) => way.indexOf(from) >= 0 && way.indexOf(to) === way.indexOf(from) + 1);
}
