import type { RecordedStep } from '../core/rollout/record';
import { figure, legendArea, table } from './figure';
import { type Html, clipped, markup } from './html';
import { NOTHING, isNumber } from './numbers';
import { anchor, roundValues } from './plot';

const ROW = 38;
const BAR = 12;
const AXIS = 24;
/** The number of characters of a folder's name that fit beside the numbers on a narrow screen. */
const NAME = 26;

/** The fewest ready pods and the most pods of each step, against the plan's limits; undefined if no step has these counts. */
export function podsChart(steps: readonly RecordedStep[]): Html | undefined {
  const counted = steps.filter(({ fewestReady, mostPods }) => isNumber(fewestReady) && isNumber(mostPods));
  if (counted.length === 0) {
    return undefined;
  }
  const values = roundValues(Math.max(4, ...counted.flatMap(({ mostPods, allowed }) => [mostPods!, allowed?.mostPods ?? 0])), true);
  const most = values.at(-1)!;
  const height = counted.length * ROW + AXIS;
  const x = (pods: number) => `${((pods / most) * 100).toFixed(2)}%`;
  const range = (kind: string, [from, until]: readonly [number, number], y: number, high: number) =>
    markup`<rect class="${kind}" x="${x(from)}" width="${x(Math.max(0, until - from))}" y="${y}" height="${high}"/>`;
  const hasPlan = counted.some(({ allowed }) => allowed !== undefined);
  return figure({
    id: 'chart-pods',
    title: 'Pods during each step',
    description: counted.map((step) => `${clipped(step.folder, 80)}: ${words(step)}. `).join(''),
    legend: [
      legendArea('pods', 'observed: from the fewest ready pods to the most pods'),
      ...(hasPlan ? [legendArea('allowed', 'allowed by the plan')] : []),
    ],
    height,
    hasScale: false,
    drawing: [
      values.map(
        (value) =>
          markup`<line class="grid" x1="${x(value)}" x2="${x(value)}" y1="0" y2="${height - AXIS}"/><text x="${x(value)}" y="${height - 7}" text-anchor="${anchor(value / most)}">${value}</text>`,
      ),
      counted.map((step, n) => {
        const top = n * ROW + 16;
        const { fewestReady, mostPods, allowed } = step;
        return markup`<text class="name" x="0" y="${top - 4}">${clipped(step.folder, NAME)}</text><text x="100%" y="${top - 4}" text-anchor="end">${words(step)}</text>${
          allowed && range('allowed', [allowed.fewestReady, allowed.mostPods], top, BAR + 4)
        }${range('pods', [fewestReady!, mostPods!], top + 2, BAR)}`;
      }),
    ],
    table: table(
      'Pods during each step, all pairs together',
      ['Step', 'Fewest ready', ...(hasPlan ? ['plan'] : []), 'Most pods', ...(hasPlan ? ['plan'] : [])],
      counted.map(({ folder, fewestReady, mostPods, allowed }) => [
        clipped(folder, 80),
        String(fewestReady),
        ...(hasPlan ? [String(allowed?.fewestReady ?? NOTHING)] : []),
        String(mostPods),
        ...(hasPlan ? [String(allowed?.mostPods ?? NOTHING)] : []),
      ]),
    ),
  });
}

function words({ fewestReady, mostPods }: RecordedStep): string {
  return `≥ ${fewestReady} ready, ≤ ${mostPods} pods`;
}
