import type { Check, Evidence, UnknownEvidence, VersionEvidence } from '../core/traffic/evidence';
import type { Decision, Outcome, RecordedStage, RunRecord } from '../core/rollout/record';
import { sampleText } from '../core/traffic/unreadable';
import { icon, table } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { NOTHING, count, interval, milliseconds, probability, rate, share } from './numbers';
import { type Clock, durationBetween, moment, timeElement } from './time';
import { decider, decisionSymbol, verdictSymbol } from './words';

/** A table of all stages, as a summary for quick reading. */
export function stagesTable({ stages, decisions, outcome }: Pick<RunRecord, 'stages' | 'decisions' | 'outcome'>): Html {
  return table(
    'Summary of the stages; of two numbers, the first is of stable',
    ['Stage', 'Asked', 'Verdict', 'Measured share', 'Error rates', 'p95', 'Decision'],
    stages.map((stage, n) => {
      const { folder, asked, evidence, verdict } = stage;
      const versions = evidence?.versions ?? [];
      const canary = versions.find(({ track }) => track === 'canary');
      return [
        markup`<a href="#stage-${n + 1}">${clipped(folder, 80)}</a>`,
        share(clipped(asked, 40)),
        verdict ? badge(verdict.verdict) : 'none',
        canary ? rate(canary.share) : NOTHING,
        sideBySide(versions, ({ errorRate }) => rate(errorRate)),
        sideBySide(versions, ({ latency }) => milliseconds(latency?.p95)),
        lastDecision(decisionsAt(stages, n, decisions), n === stages.length - 1 ? outcome : undefined),
      ];
    }),
    'stacked',
  );
}

/** The last decision about a stage; the result of the run if it ended at the stage without one. */
function lastDecision(decisions: readonly Decision[], outcome: Outcome | undefined): Part {
  const last = decisions.at(-1);
  if (last) {
    return [icon(decisionSymbol(last.decision)), clipped(last.decision, 40)];
  }
  return outcome ? [icon(decisionSymbol('stop here')), clipped(outcome.result, 40)] : NOTHING;
}

function sideBySide(versions: readonly VersionEvidence[], say: (version: VersionEvidence) => string): string {
  return versions.length === 0 ? NOTHING : versions.map(say).join(' /\u00a0');
}

/** A section for a stage: its measurements, the verdict and the decisions. */
export function stageSection(stages: readonly RecordedStage[], n: number, decisions: readonly Decision[], clock: Clock): Html {
  const { folder, asked, settledAt, leftAt, evidence, verdict } = stages[n]!;
  return markup`<div class="stage">
<h3 id="stage-${n + 1}">${clipped(folder, 80)} <span class="asked">${share(clipped(asked, 40))} asked</span> ${verdict && badge(verdict.verdict)}</h3>
<p class="when">All pods were ready at ${timeElement(clipped(settledAt, 40), clock)}; ${
    leftAt === undefined
      ? 'the run has not left this stage.'
      : ['left at ', timeElement(clipped(leftAt, 40), clock), durationBetween(settledAt, leftAt, (text) => `, after ${text}`), '.']
  }</p>
${evidence ? evidenceParts(evidence, clock) : markup`<p class="note">No traffic was measured at this stage.</p>`}
${verdict && checkList(verdict.checks)}
${decisionsAt(stages, n, decisions).map(
  ({ decision, by, why }) =>
    markup`<p class="decided">${icon(decisionSymbol(decision))}<strong>${clipped(decision, 40)}</strong>, decided by ${decider(clipped(by, 80))}: ${clipped(why)}</p>\n`,
)}</div>
`;
}

function evidenceParts({ versions, unknown, share: shares, source, from, until }: Evidence, clock: Clock): Html {
  return markup`${
    shares &&
    markup`<p>The canary's expected share of the traffic was ${share(clipped(shares.expected, 40))}, and the measured share ${rate(shares.seen)}: ${
      shares.agrees ? 'they agree' : markup`<strong>they do not agree</strong>`
    } (p = ${probability(shares.pValue)}).</p>`
  }
${table(
  'Measurements by version, with 95 % intervals',
  ['Version', 'Requests', 'Share', 'Errors', 'Error rate', 'p50', 'p95', 'p99', 'Slowest'],
  versions.map((version) => [
    `${clipped(version.track, 20)} ${clipped(version.version, 80)}`,
    count(version.requests),
    [rate(version.share), certainty(version.shareInterval)],
    count(version.errors),
    [rate(version.errorRate), certainty(version.errorInterval)],
    ...(['p50', 'p95', 'p99', 'slowest'] as const).map((which) => milliseconds(version.latency?.[which])),
  ]),
  'stacked',
)}
${unknown.requests > 0 ? unknownSentence(unknown) : undefined}
<p class="note">Source: ${clipped(source, 300)}, from ${timeElement(clipped(from, 40), clock)} to ${timeElement(clipped(until, 40), clock)}.</p>`;
}

function certainty(bounds: readonly [number, number]): Html {
  return markup` <span class="certainty">${interval(bounds)}</span>`;
}

function unknownSentence({ requests, kinds, samples = [] }: UnknownEvidence): Html {
  const parts = Object.entries(kinds)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 20)
    .map(([kind, times]) => `${count(times)} ${clipped(kind, 100)}`);
  return markup`<p>${count(requests)} more requests were not answered by a version of the release: ${parts.join(', ') || 'no reason recorded'}.</p>${
    samples.length === 0
      ? undefined
      : markup`<ul class="samples">${samples.slice(0, 5).map((sample) => markup`<li>${clipped(sampleText(sample), 300)}</li>`)}</ul>`
  }`;
}

function checkList(checks: readonly Check[]): Html | undefined {
  return checks.length === 0
    ? undefined
    : markup`<ul class="checks">${checks.map(
        ({ name, verdict, why }) => markup`<li>${badge(verdict)} <div><strong>${clipped(name, 100)}</strong>: ${clipped(why)}</div></li>\n`,
      )}</ul>`;
}

export function badge(verdict: string): Html {
  const symbol = verdictSymbol(verdict);
  return markup`<span class="badge ${symbol}">${icon(symbol)}${symbol}</span>`;
}

/**
 * The decisions about a visit to a stage: those since its pods were settled, and before the next visit to any stage. A decision is recorded
 * just after the stage was left.
 */
function decisionsAt(stages: readonly RecordedStage[], n: number, decisions: readonly Decision[]): readonly Decision[] {
  const { folder, settledAt } = stages[n]!;
  const from = moment(settledAt) ?? Infinity;
  const until = moment(stages[n + 1]?.settledAt) ?? Infinity;
  return decisions.filter((decision) => {
    const at = moment(decision.at);
    return decision.folder === folder && at !== undefined && at >= from && at < until;
  });
}
