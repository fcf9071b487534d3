import { percent, points } from '../core/format-share';
import { Fraction } from '../core/fraction';
import { achievedText, rangeOf, splitText } from '../core/autoscaled-text';
import type { PairEntry, PlanFile } from '../core/plan-file';
import { ROUTERS } from '../routers';
import type { Finding } from '../core/finding';
import { table } from '../core/table';

/** The text that a synth prints: each pair's stages as a table, with one table for all pairs with the same plan, then the findings. */
export function report(outdir: string, plan: PlanFile, history: readonly Finding[]): string {
  // Pairs with the same plan have one list of transitions, whatever their gates, so there are few groups even for thousands of pairs.
  const groups = new Map<PairEntry['transitions'], PairEntry[]>();
  for (const pair of plan.pairs) {
    const group = groups.get(pair.transitions) ?? [];
    group.push(pair);
    groups.set(pair.transitions, group);
  }
  const sections = [...groups.values()].map(section);
  const findings = [...plan.findings, ...history]
    .filter(({ level }) => level !== 'info')
    .map(({ code, level, path, message }) => `${level} ${code} [${path}] ${message}`);
  const folders = plan.order.advance.length;
  const summary = `${outdir}: ${Object.keys(plan.files).length} files, ${folders === 1 ? 'stage-0 only' : `${folders} folders from stage-0 to promoted`}`;
  return [...sections, ...findings, summary].join('\n\n') + '\n';
}

/** The number of pairs that are named above one table. */
const MOST_TITLES = 10;

function section(pairs: readonly PairEntry[]): string {
  const [first] = pairs;
  const more = pairs.length - MOST_TITLES;
  const titles = [...pairs.slice(0, MOST_TITLES).map(titleOf), ...(more > 0 ? [`and ${more} more`] : [])];
  return [...titles, ...(first!.stages.length === 0 ? [] : [table(HEADER, rowsOf(first!)), ...costs(first!)])].join('\n');
}

function titleOf({ path, stable, canary, router, autoscaling }: PairEntry): string {
  const versions = canary ? `${stable.version} -> ${canary.version}` : `${stable.version}, at rest`;
  const counts = autoscaling ? `, autoscaled from ${autoscaling.min} to ${autoscaling.max} pods` : '';
  return `${path} (${versions}, by ${ROUTERS[router].label}${counts})`;
}

const HEADER = ['stage', 'asked', 'achieved', 'stable:canary', 'optimum'];

function rowsOf(pair: PairEntry): string[][] {
  const range = rangeOf(pair);
  return pair.stages.map(({ optimum, ...stage }) => [
    stage.folder,
    percent(Fraction.parse(stage.asked)),
    achievedText(Fraction.parse(stage.achieved), stage, range),
    splitText(stage, range),
    optimum ? splitText(optimum) : 'same',
  ]);
}

const ALTERNATIVES: Readonly<Record<string, string>> = { chosen: 'this plan', exact: 'exact', fixed: 'fixed total' };

/** The costs of these splits and of the alternatives; empty if there are no alternatives. */
function costs({ costs: all }: PairEntry): string[] {
  const rows = Object.entries(all).map(([name, { pods, worstError, moved }]) => [
    ALTERNATIVES[name] ?? name,
    String(pods),
    String(moved),
    points(Fraction.parse(worstError)),
  ]);
  return rows.length > 1 ? ['', table(['splits', 'pods', 'moved', 'worst error'], rows)] : [];
}
