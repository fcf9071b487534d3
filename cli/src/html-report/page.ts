import { createHash } from 'node:crypto';
import type { RunRecord } from '../core/rollout/record';
import { errorChart, latencyChart, shareChart } from './charts';
import { failureList } from './failures';
import { SYMBOLS } from './figure';
import { Html, markup } from './html';
import { outcomeHeader, outcomeSentence } from './outcome';
import { podsChart } from './pods';
import { bins, lines } from './series';
import { stageSection, stagesTable } from './stages';
import { decisionList, stepList } from './steps';
import { STYLE } from './style';
import { type Clock, type Span, clockOf, moment } from './time';
import { weightList } from './weights';
import { timelineChart } from './timeline';

/** The number of bins in the traffic charts: more would show chance rather than traffic, and make the tables too long to read. */
const PIECES = 90;

/**
 * Renders the record of a run as an HTML page: one file without scripts, fit to attach to a change ticket. It loads nothing,
 * and its content security policy forbids loading; everything from the record is escaped.
 */
export function reportPage(record: RunRecord): string {
  const span = spanOf(record);
  const clock = clockOf(span);
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${outcomeSentence(record)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${SYMBOLS}<main>
${outcomeHeader(record, span)}
${timelinePart(record, span)}
${stagesPart(record, clock)}
${trafficPart(record, span)}
${failuresPart(record, clock)}${decisionsPart(record, clock)}
${weightsPart(record, clock)}${stepsPart(record, clock)}
</main>
<footer><p>Written by ${record.tool.slice(0, 200)}. All times are UTC. run.json, written beside this page, holds the same record for programs, with every sample.</p></footer>
</body>
</html>
`.text;
}

function timelinePart(record: RunRecord, span: Span | undefined): Html | undefined {
  const isEmpty = record.steps.length + record.stages.length + record.decisions.length === 0;
  return span && !isEmpty ? section('timeline', 'Timeline', timelineChart(record, span)) : undefined;
}

function stagesPart(record: RunRecord, clock: Clock): Html {
  const { stages, decisions } = record;
  return section(
    'stages',
    'Stages',
    stages.length === 0
      ? markup`<p class="note">No stage was reached.</p>`
      : markup`${stagesTable(record)}${stages.map((_, n) => stageSection(stages, n, decisions, clock))}`,
  );
}

function trafficPart({ stages }: RunRecord, span: Span | undefined): Html {
  const hasTraffic = span !== undefined && stages.some(({ evidence }) => evidence !== undefined);
  if (!hasTraffic) {
    return section('traffic', 'Traffic', markup`<p class="note">No traffic was measured in this run.</p>`);
  }
  const traffic = { stages, bins: bins(stages, PIECES), lines: lines(stages), span };
  const latency = latencyChart(traffic) ?? markup`<p class="note">The source of these requests has no latencies.</p>`;
  return section('traffic', 'Traffic', markup`${shareChart(traffic)}${errorChart(traffic)}${latency}`);
}

function failuresPart({ failures = [] }: RunRecord, clock: Clock): Html | undefined {
  return failures.length === 0 ? undefined : section('failures', 'What the failed pods said', failureList(failures, clock));
}

function decisionsPart({ decisions }: RunRecord, clock: Clock): Html {
  return section(
    'decisions',
    'Decisions',
    decisions.length === 0 ? markup`<p class="note">No decision was made.</p>` : decisionList(decisions, clock),
  );
}

function weightsPart({ weights = [] }: RunRecord, clock: Clock): Html | undefined {
  return weights.length === 0 ? undefined : section('weights', 'Weights in force', weightList(weights, clock));
}

function stepsPart(record: RunRecord, clock: Clock): Html {
  return section(
    'steps',
    'Steps',
    record.steps.length === 0
      ? markup`<p class="note">No folder was applied.</p>`
      : markup`${podsChart(record.steps)}${stepList(record, clock)}`,
  );
}

function section(id: string, title: string, content: Html): Html {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content}</section>
`;
}

/** The span from the first to the last time in the record. */
function spanOf({ startedAt, endedAt, steps, stages, decisions }: RunRecord): Span | undefined {
  const all = [
    startedAt,
    endedAt,
    ...steps.flatMap((step) => [step.startedAt, step.endedAt]),
    ...stages.flatMap(({ settledAt, leftAt, evidence }) => [settledAt, leftAt, evidence?.from, evidence?.until]),
    ...decisions.map(({ at }) => at),
  ];
  const known = all.map(moment).filter((at) => at !== undefined);
  if (known.length === 0) {
    return undefined;
  }
  return { from: Math.min(...known), until: Math.max(...known) };
}
