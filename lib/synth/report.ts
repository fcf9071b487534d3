import { Fraction } from '../core/fraction';
import { PlanFile } from '../core/plan-file';
import { Finding } from '../core/finding';

/** What a synth tells whoever started it: each pair's stages as a table, then what was found. */
export function report(outdir: string, plan: PlanFile, history: readonly Finding[]): string {
  const sections = plan.pairs.map((pair) => {
    const title = `${pair.path} (${pair.stable.version}${pair.canary ? ` -> ${pair.canary.version}` : ', at rest'}, ${pair.router === 'istio' ? 'by Istio route' : 'by pods'})`;
    return pair.stages.length === 0 ? title : `${title}\n${table(HEADER, pair.stages.map(row))}`;
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

function percent(fraction: string): string {
  return `${Fraction.parse(fraction).times(100).toRounded(2)} %`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}`;
  return [header, ...rows].map(line).join('\n');
}
