import type { Evidence } from '../core/traffic/evidence';
import type { RecordedStage } from '../core/rollout/record';
import { type Figure, figure, fitting, legendArea, legendLine, table } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { NOTHING, count, interval, isNumber, milliseconds, percentOfScale, rate, share, shareAsNumber } from './numbers';
import { Plot, type Point, roundValues } from './plot';
import { type Bin, type Line, answered } from './series';
import { type Span, clockOf, moment, momentElement } from './time';

/** The data of the traffic charts. */
export interface Traffic {
  readonly stages: readonly RecordedStage[];
  readonly bins: readonly Bin[];
  readonly lines: readonly Line[];
  /** The whole run, so that all charts share one time axis. */
  readonly span: Span;
}

const AREA = 170;
/** With more dots than this, the dots would merge into a line of their own. */
const DOTS = 40;
/** The smallest upper end of a scale: a smaller one would magnify noise. */
const LEAST_ERROR_SCALE = 0.05;
const LEAST_SHARE_SCALE = 0.1;

/** The canary's share of the traffic, beside the expected share at each stage and the confidence interval of the measured share. */
export function shareChart(traffic: Traffic): Html {
  const { stages, bins, lines, span } = traffic;
  const seen = bins.map((bin) => ({ bin, ...answered(bin, lines) }));
  const expectations = stages.map((stage) => ({
    stage,
    during: spanOf(stage),
    expected: expectedOf(stage),
    canary: canaryOf(stage.evidence),
  }));
  const largest = Math.max(
    LEAST_SHARE_SCALE,
    ...seen.map(({ all, canary }) => (all === 0 ? 0 : canary / all)),
    ...expectations.flatMap(({ expected, canary }) => [shareAsNumber(expected) ?? 0, canary?.shareInterval[1] ?? 0]).filter(isNumber),
  );
  const values = roundValues(Math.min(1, largest));
  const plot = new Plot(span, values.at(-1)!, AREA);
  const bands = expectations.map(({ during, canary }) =>
    during && canary?.shareInterval.every(isNumber) ? plot.band(during, canary.shareInterval, 'interval') : undefined,
  );
  const levels = expectations.map(({ during, expected }) => {
    const level = shareAsNumber(expected);
    return during && level !== undefined ? plot.level(during, level, 'expected') : undefined;
  });
  const points = seen.map(({ bin, all, canary }) => ({ bin, value: all === 0 ? undefined : canary / all }));
  return figure({
    id: 'chart-share',
    title: "Canary's share of the requests",
    description: expectations
      .map(({ stage, expected, canary }) => {
        const what = canary ? `measured ${rate(canary.share)}, 95 % interval ${interval(canary.shareInterval)}` : 'not measured';
        return `${clipped(stage.folder, 80)}: expected ${share(clipped(expected, 40))}, ${what}. `;
      })
      .join(''),
    legend: [
      legendLine('series canary', 'measured'),
      legendLine('expected', 'expected at the stage'),
      legendArea('interval', '95 % interval of the share at the stage'),
    ],
    height: plot.height,
    drawing: [
      plot.timeAxis(),
      plot.valueAxis(values, percentOfScale),
      stageNames(plot, traffic),
      bands,
      levels,
      plot.line(pieces(points), 'series canary', DOTS),
    ],
    table: table(
      'Canary’s share of the requests over time (UTC)',
      ['From', 'Stage', 'Answered by a version', 'By the canary', 'Share', 'Unknown version'],
      seen.map(({ bin, all, canary }) => [
        ...placeOf(bin, span),
        count(all),
        count(canary),
        all === 0 ? NOTHING : rate(canary / all),
        count(bin.unknown),
      ]),
    ),
  });
}

/** The error rate of each version, and the rate of requests that no version answered, if there are any. */
export function errorChart(traffic: Traffic): Html {
  const { bins, lines, span } = traffic;
  const series = lines.map((line) => ({
    line,
    points: bins.map((bin) => ({ bin, value: rateOf(bin, line) })),
  }));
  const unknown = bins.map((bin) => ({ bin, value: unknownRate(bin, lines) }));
  const hasUnknown = bins.some((bin) => bin.unknown > 0);
  const all = [...series.flatMap(({ points }) => points), ...unknown].map(({ value }) => value ?? 0);
  const values = roundValues(Math.min(1, Math.max(LEAST_ERROR_SCALE, ...all)));
  const plot = new Plot(span, values.at(-1)!, AREA);
  return versionFigure(traffic, plot, {
    id: 'chart-errors',
    title: 'Errors, by version',
    description: perStage(traffic, ({ errorRate, errors, requests }) => `${rate(errorRate)} (${count(errors)} of ${count(requests)})`),
    legend: hasUnknown ? [legendLine('series unknown', 'unknown version, of all requests')] : [],
    drawing: [
      plot.valueAxis(values, percentOfScale),
      hasUnknown ? plot.line(pieces(unknown), 'series unknown', 0) : undefined,
      versionLines(plot, series),
    ],
    table: table(
      'Errors over time (UTC)',
      ['From', 'Stage', ...lines.flatMap(({ version }) => [`${clipped(version, 40)}: errors`, 'of requests', 'rate']), 'Unknown version'],
      bins.map((bin) => [
        ...placeOf(bin, span),
        ...lines.flatMap((line) => {
          const seen = bin.versions.get(line.version);
          const value = rateOf(bin, line);
          return [count(seen?.errors ?? 0), count(seen?.requests ?? 0), value === undefined ? NOTHING : rate(value)];
        }),
        count(bin.unknown),
      ]),
    ),
  });
}

/** The p95 latency of each version; undefined if the source has no latencies. */
export function latencyChart(traffic: Traffic): Html | undefined {
  const { bins, lines, span } = traffic;
  const series = lines.map((line) => ({ line, points: bins.map((bin) => ({ bin, value: bin.versions.get(line.version)?.p95 })) }));
  const known = series.flatMap(({ points }) => points.map(({ value }) => value)).filter(isNumber);
  if (known.length === 0) {
    return undefined;
  }
  const values = roundValues(Math.max(1, ...known));
  const plot = new Plot(span, values.at(-1)!, AREA);
  return versionFigure(traffic, plot, {
    id: 'chart-latency',
    title: 'Latency, by version: 95th percentile',
    description: perStage(traffic, ({ latency }) => milliseconds(latency?.p95)),
    legend: [],
    drawing: [plot.valueAxis(values, milliseconds), versionLines(plot, series)],
    table: table(
      '95th percentile over time (UTC); the highest of each interval',
      ['From', 'Stage', ...lines.map(({ version }) => clipped(version, 40))],
      bins.map((bin) => [...placeOf(bin, span), ...lines.map(({ version }) => milliseconds(bin.versions.get(version)?.p95))]),
    ),
  });
}

/** Draws the canary's line below stable's, which has gaps: if both are equal, both remain visible. */
function versionLines(plot: Plot, series: readonly { readonly line: Line; readonly points: Parameters<typeof pieces>[0] }[]): Part {
  return [...series]
    .reverse()
    .map(({ line, points }) => plot.line(pieces(points), `series ${line.track}`, line.track === 'canary' ? DOTS : 0));
}

/** A chart with a line for each version. */
function versionFigure(traffic: Traffic, plot: Plot, more: Omit<Figure, 'height'>): Html {
  return figure({
    ...more,
    height: plot.height,
    legend: [
      ...traffic.lines.map(({ version, track }) => legendLine(`series ${track}`, `${track} ${clipped(version, 40)}`)),
      ...more.legend,
    ],
    drawing: [plot.timeAxis(), stageNames(plot, traffic), more.drawing],
  });
}

/** The time span in which a stage's traffic was measured, or else in which the cluster was at the stage. */
function spanOf({ evidence, settledAt, leftAt }: RecordedStage): Span | undefined {
  const [from, until] = evidence ? [moment(evidence.from), moment(evidence.until)] : [moment(settledAt), moment(leftAt)];
  return from === undefined || until === undefined ? undefined : { from, until };
}

function expectedOf({ evidence, asked }: RecordedStage): string {
  return evidence?.share?.expected ?? asked;
}

function canaryOf(evidence: Evidence | undefined): Evidence['versions'][number] | undefined {
  return evidence?.versions.find(({ track }) => track === 'canary');
}

function rateOf(bin: Bin, { version }: Line): number | undefined {
  const seen = bin.versions.get(version);
  return seen && seen.requests > 0 ? seen.errors / seen.requests : undefined;
}

function unknownRate(bin: Bin, lines: readonly Line[]): number | undefined {
  const all = answered(bin, lines).all + bin.unknown;
  return all === 0 ? undefined : bin.unknown / all;
}

/** Splits a line at the end of each stage and at gaps in the data. */
function pieces(points: readonly { readonly bin: Bin; readonly value: number | undefined }[]): readonly (readonly Point[])[] {
  const found: Point[][] = [];
  let before: number | undefined;
  for (const { bin, value } of points) {
    if (!isNumber(value)) {
      before = undefined;
      continue;
    }
    if (before !== bin.stage) {
      found.push([]);
    }
    before = bin.stage;
    found.at(-1)!.push({ at: (bin.from + bin.until) / 2, value });
  }
  return found;
}

/** The beginning of each stage, with its name if there is room for it. */
function stageNames(plot: Plot, { stages, span }: Traffic): Part {
  const begun = stages.flatMap((stage) => {
    const during = spanOf(stage);
    return during ? [{ folder: clipped(stage.folder, 40), from: during.from }] : [];
  });
  return begun.map(({ folder, from }, n) => {
    const kind = fitting(folder, plot.part(begun[n + 1]?.from ?? span.until) - plot.part(from));
    const line = markup`<line class="begin" x1="${plot.x(from)}" x2="${plot.x(from)}" y1="4" y2="${plot.y(0)}"/>`;
    return kind ? [line, markup`<text class="${kind}" x="${plot.x(from)}" dx="4" y="13">${folder}</text>`] : line;
  });
}

function perStage({ stages }: Traffic, say: (version: Evidence['versions'][number]) => string): string {
  return stages
    .map(({ folder, evidence }) => {
      const versions = evidence?.versions.map((version) => `${version.track} ${clipped(version.version, 80)} ${say(version)}`) ?? [];
      return `${clipped(folder, 80)}: ${versions.join(', ') || 'not measured'}. `;
    })
    .join('');
}

/** The first two cells of a row: time and folder. */
function placeOf({ from, folder }: Bin, span: Span): readonly Part[] {
  return [momentElement(from, clockOf(span)), clipped(folder, 80)];
}
