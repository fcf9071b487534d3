import { Fraction } from '../core/fraction';
import { PlanFile } from '../core/plan-file';
import { Finding } from '../core/finding';
import { table } from '../core/table';

/** What a synth tells whoever started it: each pair's stages as a table, then what was found. */
export function report(outdir: string, plan: PlanFile, history: readonly Finding[]): string {
  const sections = plan.pairs.map((pair) => {
    const title = `${pair.path} (${pair.stable.version}${pair.canary ? ` -> ${pair.canary.version}` : ', at rest'}, ${pair.router === 'istio' ? 'by Istio route' : 'by pods'})`;
    return pair.stages.length === 0 ? title : [title, table(HEADER, pair.stages.map(row)), ...costs(pair)].join('\n');
  });
  const findings = [...plan.findings, ...history]
    .filter(({ level }) => level !== 'info')
    .map(({ code, level, path, message }) => `${level} ${code} [${path}] ${message}`);
  const folders = plan.order.advance.length;
  const summary = `${outdir}: ${Object.keys(plan.files).length} files, ${folders === 1 ? 'stage-0 alone' : `${folders} folders from stage-0 to promoted`}`;
  return [...sections, ...findings, summary].join('\n\n') + '\n';
}

const HEADER = ['stage', 'asked', 'achieved', 'stable:canary', 'optimum'];

function row(stage: PlanFile['pairs'][number]['stages'][number]): string[] {
  const { folder, asked, achieved, stable, canary, optimum } = stage;
  return [folder, percent(asked), percent(achieved), `${stable}:${canary}`, optimum ? `${optimum.stable}:${optimum.canary}` : 'same'];
}

const ALTERNATIVES: Readonly<Record<string, string>> = { chosen: 'these', exact: 'exact', fixed: 'fixed total' };

/** What these splits cost and what others would, where there is something to choose. */
function costs({ costs: all }: PlanFile['pairs'][number]): string[] {
  const rows = Object.entries(all).map(([name, { pods, worstError, moved }]) => [
    ALTERNATIVES[name] ?? name,
    String(pods),
    String(moved),
    `${Fraction.parse(worstError).times(100).toRounded(2)} points`,
  ]);
  return rows.length > 1 ? ['', table(['splits', 'pods', 'moved', 'worst error'], rows)] : [];
}

function percent(fraction: string): string {
  return `${Fraction.parse(fraction).times(100).toRounded(2)} %`;
}
