import type { Decision, RecordedStage, RecordedStep, RunRecord } from '../core/rollout/record';
import { figure, fitting, legendArea, legendSymbol, table } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { NOTHING } from './numbers';
import { Plot } from './plot';
import { type Span, clockOf, dateAndTime, duration, moment, momentElement, timeElement } from './time';
import { decisionSymbol, verdictSymbol } from './words';

/** The y coordinate of each lane's title; the content of the lane begins below it. */
const STEPS = 12;
const STAGES = 56;
const DECISIONS = 118;
const BELOW_TITLE = 7;
const STEP_HEIGHT = 16;
const STAGE_HEIGHT = 34;
const SYMBOL = 14;
const BOTTOM = DECISIONS + BELOW_TITLE + SYMBOL + 8;

/** The timeline: the steps, the stages at which the run waited, and the decisions. */
export function timelineChart(record: RunRecord, span: Span): Html {
  const plot = new Plot(span, 0, BOTTOM, 0);
  const { steps, stages, decisions } = record;
  return figure({
    id: 'chart-timeline',
    title: 'Steps, stages and decisions',
    description: `${steps.length} steps, ${stages.length} stages and ${decisions.length} decisions between ${dateAndTime(span.from)} and ${dateAndTime(span.until)} UTC. The table below this chart lists them in order.`,
    legend: [
      legendArea('advance', 'step forward'),
      ...(steps.some(({ direction }) => direction === 'rollback') ? [legendArea('rollback', 'step back')] : []),
      legendArea('held', 'at a stage'),
      ...(['go on', 'roll back', 'stop here'] as const)
        .filter((what) => decisions.some(({ decision }) => decision === what))
        .map((what) => legendSymbol(decisionSymbol(what), `decided to ${what}`)),
    ],
    height: plot.height,
    hasScale: false,
    drawing: [
      plot.timeAxis(),
      markup`<text class="lane" x="0" y="${STEPS}">Steps</text>`,
      steps.map((step) => stepBar(plot, step, span)),
      markup`<text class="lane" x="0" y="${STAGES}">Stages</text>`,
      stages.map((stage) => stageBar(plot, stage, span)),
      markup`<text class="lane" x="0" y="${DECISIONS}">Decisions</text>`,
      decisions.map((decision) => decisionMark(plot, decision)),
    ],
    table: table('Steps, stages and decisions over time (UTC)', ['When', 'What', 'Where', 'How long'], events(record, span), 'names'),
  });
}

function stepBar(plot: Plot, { folder, direction, startedAt, endedAt }: RecordedStep, span: Span): Part {
  const from = moment(startedAt);
  if (from === undefined) {
    return undefined;
  }
  const during = { from, until: moment(endedAt) ?? span.until };
  const kind = direction === 'rollback' ? 'rollback' : 'advance';
  return markup`<rect class="${kind}" x="${plot.x(from)}" width="${plot.width(during)}" y="${STEPS + BELOW_TITLE}" height="${STEP_HEIGHT}"><title>${clipped(folder, 80)}: ${duration(during.until - from)}</title></rect>`;
}

function stageBar(plot: Plot, { folder, settledAt, leftAt, verdict }: RecordedStage, span: Span): Part {
  const from = moment(settledAt);
  if (from === undefined) {
    return undefined;
  }
  const during = { from, until: moment(leftAt) ?? span.until };
  const part = plot.part(during.until) - plot.part(from);
  const top = STAGES + BELOW_TITLE;
  const name = clipped(folder, 40);
  const text = (words: string, y: number, kind: string) => {
    const room = fitting(words, part);
    return room && markup`<text class="${kind} ${room}" x="${plot.x(from)}" dx="6" y="${y}">${words}</text>`;
  };
  return markup`<rect class="held ${verdict && verdictSymbol(verdict.verdict)}" x="${plot.x(from)}" width="${plot.width(during)}" y="${top}" height="${STAGE_HEIGHT}"/>${text(name, top + 14, 'name inside')}${
    verdict && text(verdictSymbol(verdict.verdict), top + 28, 'verdict')
  }`;
}

function decisionMark(plot: Plot, { at, decision }: Decision): Part {
  const when = moment(at);
  return when === undefined
    ? undefined
    : markup`<svg class="mark" x="${plot.x(when)}" y="${DECISIONS + BELOW_TITLE}" width="1" height="${SYMBOL}"><use href="#${decisionSymbol(decision)}" x="${-SYMBOL / 2}" y="0" width="${SYMBOL}" height="${SYMBOL}"/></svg>`;
}

/** All entries that have a time, in order of time. Entries without a readable time come first. */
function events({ steps, stages, decisions }: RunRecord, span: Span): readonly (readonly Part[])[] {
  const clock = clockOf(span);
  const lasted = (from: string, until: string | undefined) => {
    const [begin, end] = [moment(from), moment(until)];
    return begin === undefined || end === undefined ? NOTHING : duration(end - begin);
  };
  const all = [
    ...steps.map(({ folder, direction, startedAt, endedAt }) => ({
      at: startedAt,
      what: direction === 'rollback' ? 'step back' : 'step forward',
      folder,
      long: endedAt === undefined ? 'not ended' : lasted(startedAt, endedAt),
    })),
    ...stages.map(({ folder, settledAt, leftAt, verdict }) => ({
      at: settledAt,
      what: verdict ? `at the stage: ${verdictSymbol(verdict.verdict)}` : 'at the stage',
      folder,
      long: leftAt === undefined ? 'not left' : lasted(settledAt, leftAt),
    })),
    ...decisions.map(({ at, folder, decision }) => ({ at, what: `decided to ${clipped(decision, 40)}`, folder, long: NOTHING })),
  ];
  return all
    .map((event) => ({ event, order: moment(event.at) ?? 0 }))
    .sort((a, b) => a.order - b.order)
    .map(({ event: { at, what, folder, long }, order }) => [
      order === 0 ? timeElement(clipped(at, 40), clock) : momentElement(order, clock),
      what,
      clipped(folder, 80),
      long,
    ]);
}
