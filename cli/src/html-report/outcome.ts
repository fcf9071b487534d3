import { ROUTERS, routerOf } from '../core/routers';
import type { Outcome, RecordedPair, RecordedStage, RunRecord } from '../core/rollout/record';
import { icon, table } from './figure';
import { type Html, type Part, clipped, markup } from './html';
import { count } from './numbers';
import { type Span, dateAndTime, durationBetween, moment, timeElement } from './time';
import { tone } from './words';

/** The most pairs that the page lists. The record names all of them. */
const MOST_PAIRS = 50;

/** Facts that get a line of their own. */
const LONG_FACTS: ReadonlySet<string> = new Set(['Command', 'SHA-256 of plan.json']);

/** The result of the run, in one sentence. */
export function outcomeSentence({ outcome, pairs }: RunRecord): string {
  const what = subject(pairs);
  if (!outcome) {
    return `The rollout of ${what} has not ended`;
  }
  const where = outcome.folder === undefined ? '' : ` at ${clipped(outcome.folder, 80)}`;
  const sentences: Readonly<Record<Outcome['result'], string>> = {
    promoted: `${what} ${pairs.length === 1 ? 'was' : 'were'} promoted`,
    'at-stage': `The rollout of ${what} is${where || ' at a stage'}, as requested`,
    'rolled-back': `The rollout of ${what} was rolled back`,
    paused: `The rollout of ${what} is paused${where}`,
    'rollback-failed': `The rollback of ${what} failed: the cluster is left${where || ' between two stages'}`,
    interrupted: `The rollout of ${what} was interrupted${where}`,
    refused: `The rollout of ${what} was refused`,
  };
  return Object.hasOwn(sentences, outcome.result)
    ? sentences[outcome.result]
    : `The rollout of ${what} ended: ${clipped(outcome.result, 80)}`;
}

function subject(pairs: readonly RecordedPair[]): string {
  const [first] = pairs;
  if (!first) {
    return 'no release';
  }
  return pairs.length === 1 ? `${clipped(first.service, 80)} ${clipped(first.canary.version, 80)}` : `${pairs.length} services`;
}

/** The top of the page: the result and its reason, and the facts that a change ticket needs. */
export function outcomeHeader(record: RunRecord, span: Span | undefined): Html {
  const { outcome } = record;
  const verdict = outcome ? tone(outcome.result) : 'inconclusive';
  return markup`<header class="outcome ${verdict}">
<p class="kind">Record of a canary rollout</p>
<h1>${icon(verdict)}${outcomeSentence(record)}</h1>
<p class="why">${outcome ? clipped(outcome.why) : unfinished(record, span)}</p>
</header>
<dl class="facts">
${facts(record).map(([name, value]) => markup`<div class="${LONG_FACTS.has(name) ? 'long' : 'short'}"><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${pairsTable(record.pairs)}`;
}

function unfinished({ steps, stages }: RunRecord, span: Span | undefined): string {
  const step = steps.at(-1);
  const held = stages.at(-1);
  const last =
    step && step.endedAt === undefined
      ? `it was on the way to ${clipped(step.folder, 80)}`
      : held
        ? `it had reached ${clipped(held.folder, 80)}`
        : 'it had applied nothing';
  return `The run had not ended when this page was written, or it was killed: ${last}${span ? `; the last event is from ${dateAndTime(span.until)} UTC` : ''}.`;
}

function facts(record: RunRecord): readonly (readonly [string, Part])[] {
  const { outcome, stages } = record;
  const long = (text: string) => markup`<code>${clipped(text)}</code>`;
  const at = (iso: string) => [timeElement(clipped(iso, 40), dateAndTime), moment(iso) === undefined ? '' : ' UTC'];
  return [
    ['Started', at(record.startedAt)],
    [
      'Ended',
      record.endedAt === undefined
        ? 'not ended'
        : [at(record.endedAt), durationBetween(record.startedAt, record.endedAt, (text) => `, after ${text}`)],
    ],
    ['Run by', clipped(record.by, 200)],
    ['Cluster (context)', clipped(record.context, 200)],
    ['Namespace', clipped(record.namespace, 200)],
    ['Cluster left at', outcome?.folder === undefined ? 'not known' : clipped(outcome.folder, 200)],
    ['Stages reached', stages.length === 0 ? 'none' : stages.map(({ folder }) => clipped(folder, 80)).join(', ')],
    ['Requests measured', count(stages.reduce((sum, stage) => sum + requestsOf(stage), 0))],
    ['Exit code', outcome ? String(outcome.exitCode) : 'none yet'],
    ['Tool', clipped(record.tool, 200)],
    ['Run', long(record.id)],
    ['Command', long(record.command)],
    ['SHA-256 of plan.json', long(record.plan)],
  ];
}

function requestsOf({ evidence }: RecordedStage): number {
  return evidence ? evidence.versions.reduce((sum, { requests }) => sum + requests, evidence.unknown.requests) : 0;
}

function pairsTable(pairs: readonly RecordedPair[]): Html {
  const more = pairs.length - MOST_PAIRS;
  const track = ({ deployment, version }: RecordedPair['stable']) => `${clipped(version, 100)} (${clipped(deployment, 100)})`;
  return markup`${table(
    'Versions and Deployments of the rollout',
    ['Service', 'Namespace', 'Stable', 'Canary', 'Traffic is divided by'],
    pairs
      .slice(0, MOST_PAIRS)
      .map(({ service, namespace, stable, canary, router }) => [
        clipped(service, 100),
        clipped(namespace, 100),
        track(stable),
        track(canary),
        Object.hasOwn(ROUTERS, router) ? routerOf({ router }).divider : clipped(router, 40),
      ]),
    'names',
  )}${more > 0 ? markup`<p class="note">And ${more} more; run.json has all of them.</p>` : undefined}`;
}
