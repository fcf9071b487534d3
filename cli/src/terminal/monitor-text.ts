import { Fraction } from '../../../lib/core/fraction';
import { percent } from '../../../lib/core/format-share';
import { count, probability, rate, time } from '../core/text/format-number';
import { type Check, type Evidence, type ShareEvidence, type Verdict, type VersionEvidence, secondsOf } from '../core/traffic/evidence';
import { unreadableText } from '../core/traffic/unreadable';
import type { Unit } from '../core/prometheus/promql';
import type { GateLog } from '../core/gates/gates';
import type { Expectation } from '../core/traffic/expected-share';
import type { MetricsReading } from '../monitor/side-metrics';
import { tableText } from './table';
import { type Paint, type Style, displayWidth } from './terminal';

/** The state that `monitor` shows during a measurement. */
export interface MonitorState {
  readonly pair: string;
  readonly evidence: Evidence;
  readonly seconds: number;
  /** Undefined if others send the requests. */
  readonly sent: number | undefined;
  /** The planned number of requests, and the planned duration in seconds; each is undefined if there is no limit. */
  readonly total: number | undefined;
  readonly durationSeconds: number | undefined;
  /** Undefined if no share is judged. */
  readonly expectation: Expectation | undefined;
  readonly readings: readonly MetricsReading[];
  /** The verdict of the gates so far. */
  readonly gates: Verdict;
}

/** The result of `monitor`. */
export interface MonitorSummary {
  readonly pair: string;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly expectation: Expectation | undefined;
  readonly readings: readonly MetricsReading[];
  readonly notes: readonly string[];
  /** The settings and blocks of the gates, if they gave the verdict. */
  readonly gates?: GateLog;
}

const BAR = 30;

/** The placeholder for a missing number. */
const NOTHING = '-';

/** The view that changes: progress, and the versions side by side. */
export function liveText(state: MonitorState, paint: Paint, width?: number): string {
  const { evidence, readings } = state;
  const unreadable = unreadableText(evidence);
  const parts = [
    `${paint('bold', state.pair)}  ${evidence.source}`,
    progress(state, paint),
    versionsTable(evidence, paint, width),
    [shareNow(state, paint), unreadable === undefined ? unknownText(evidence, paint) : paint('yellow', unreadable)]
      .filter((line) => line !== '')
      .join('\n'),
    ...(readings.length > 0 ? [readings.map((reading) => readingText(reading, evidence, width)).join('\n')] : []),
    verdictText(state.gates, paint, { what: 'gate', width }),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One line, for a terminal that is not live. */
export function lineText(state: Omit<MonitorState, 'gates'>): string {
  const { evidence, seconds, total, durationSeconds } = state;
  const of = total === undefined ? '' : `/${count(total)}`;
  const until = durationSeconds === undefined ? '' : `/${durationSeconds} s`;
  const versions = evidence.versions.map(({ version, requests, share, errors, latency }) => {
    const parts = [rate(share), `${count(errors)} errors`, ...(latency ? [`p95 ${time(latency.p95)}`] : [])];
    return `${version}: ${count(requests)} (${parts.join(', ')})`;
  });
  const unknown = evidence.unknown.requests === 0 ? [] : [`unknown: ${count(evidence.unknown.requests)}`];
  return [`${Math.floor(seconds)}${until === '' ? ' s' : until}`, `${count(allOf(evidence))}${of}`, ...versions, ...unknown].join('  ');
}

function allOf({ versions, unknown }: Evidence): number {
  return versions.reduce((sum, { requests }) => sum + requests, unknown.requests);
}

/**
 * Formats the summary.
 *
 * @param isSent whether we sent the requests, rather than others
 * @param width the columns of the terminal; no limit by default
 */
export function summaryText(summary: MonitorSummary, paint: Paint, isSent = true, width?: number): string {
  const { evidence, verdict, readings, notes } = summary;
  const parts = [
    `${paint('bold', summary.pair)}: ${count(allOf(evidence))} requests in ${secondsOf(evidence).toFixed(1)} s, ${isSent ? 'to' : 'as counted by'} ${evidence.source}`,
    versionsTable(evidence, paint, width),
    [shareLine(evidence.share, summary.expectation, paint), unknownText(evidence, paint)].filter((line) => line !== '').join('\n'),
    ...readings.map((reading) => readingText(reading, evidence, width)),
    verdictText(verdict, paint, { what: 'check', width }),
    notes.map((note) => `${paint('yellow', 'note:')} ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Formats the checks, one per line. */
function verdictText(
  { checks }: Verdict,
  paint: Paint,
  { what, width }: { readonly what: string; readonly width: number | undefined },
): string {
  const rows = checks.map(({ name, verdict, why }) => [name, paint(STYLES[verdict], verdict), why]);
  return tableText({ header: [what, 'verdict', 'why'], rows, width, names: 2, endsInText: true });
}

const STYLES: Readonly<Record<Check['verdict'], Style>> = { pass: 'green', fail: 'red', inconclusive: 'yellow' };

function progress(state: MonitorState, paint: Paint): string {
  const { evidence, seconds, total, durationSeconds } = state;
  // The requests in the table below, so that a screen has one count; requests in progress are not in it.
  const done = allOf(evidence);
  const parts = [...(total === undefined ? [] : [done / total]), ...(durationSeconds === undefined ? [] : [seconds / durationSeconds])];
  const said = [
    total === undefined ? `${count(done)} requests` : `${count(done)}/${count(total)}`,
    durationSeconds === undefined ? `${Math.floor(seconds)} s` : `${Math.floor(seconds)}/${durationSeconds} s`,
  ].join('  ');
  if (parts.length === 0) {
    return `${said}  ${paint('dim', 'until Ctrl-C')}`;
  }
  const filled = Math.round(BAR * Math.min(1, Math.max(...parts)));
  return `${paint('cyan', '█'.repeat(filled))}${paint('dim', '░'.repeat(BAR - filled))}  ${said}`;
}

/**
 * The versions side by side, a column each. If the table would be wider than `width`, it has no confidence intervals; if it is still too wide,
 * the versions are below each other.
 */
export function versionsTable(evidence: Evidence, paint: Paint, width = Infinity): string {
  const [whole, short] = [true, false].map((hasIntervals) => versionRows(evidence, paint, hasIntervals)) as [VersionRows, VersionRows];
  const texts = [whole, short].map((rows) => tableText(rows));
  const fitting = texts.find((text) => displayWidth(text) <= width);
  if (fitting !== undefined) {
    return fitting;
  }
  const { header, rows } = short;
  const versions = header.slice(1).map((title, n) => [title, ...rows.map((row) => row[n + 1]!)]);
  return tableText({ header: ['', ...rows.map(([name]) => name!)], rows: versions, width: 0 });
}

interface VersionRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function versionRows({ versions }: Evidence, paint: Paint, hasIntervals: boolean): VersionRows {
  const intervalText = (range: readonly [number, number]) => (hasIntervals ? ` ${paint('dim', interval(range))}` : '');
  const row = (name: string, cell: (version: VersionEvidence) => string) => [name, ...versions.map(cell)];
  const latency = (name: string, pick: 'p50' | 'p95' | 'p99' | 'slowest') =>
    row(name, ({ latency: found }) => (found?.[pick] === undefined ? NOTHING : time(found[pick])));
  const isEmpty = versions.every(({ requests }) => requests === 0);
  const header = ['', ...versions.map(({ track, version }) => paint(track === 'stable' ? 'cyan' : 'magenta', `${version} ${track}`))];
  const rows = [
    row('requests', ({ requests }) => count(requests)),
    row('share', ({ share, shareInterval }) => (isEmpty ? NOTHING : `${rate(share)}${intervalText(shareInterval)}`)),
    row('errors', ({ requests, errors, errorRate, errorInterval }) => {
      if (requests === 0) {
        return NOTHING;
      }
      const text = `${count(errors)}, ${rate(errorRate)}`;
      return `${errors > 0 ? paint('red', text) : text}${intervalText(errorInterval)}`;
    }),
    latency('p50', 'p50'),
    latency('p95', 'p95'),
    latency('p99', 'p99'),
    latency('slowest', 'slowest'),
  ];
  return { header, rows };
}

/** A 95 % confidence interval in the short form of the table: `(4.9 to 17.6 %)`. */
function interval([low, high]: readonly [number, number]): string {
  return `(${rate(low).replace(' %', '')} to ${rate(high)})`;
}

function shareNow({ evidence, expectation }: MonitorState, paint: Paint): string {
  if (!expectation) {
    return '';
  }
  if (expectation.share === undefined) {
    return paint('yellow', `the canary's expected share is not known: ${expectation.why}`);
  }
  const now = `the canary's share should be ${percent(expectation.share)} now (${expectation.from})`;
  return evidence.share ? `${now}; ${agreement(evidence.share, paint)}` : now;
}

/** Compares the measured share of the canary with the expected one; empty if nothing is known of either. */
export function shareLine(share: ShareEvidence | undefined, expectation: Expectation | undefined, paint: Paint): string {
  if (share) {
    const from = expectation?.share === undefined ? '' : ` (${expectation.from})`;
    return `the canary's share should be ${percent(Fraction.parse(share.expected))}${from}, and is ${rate(share.seen)}: ${agreement(share, paint)}`;
  }
  return expectation && expectation.share === undefined
    ? paint('yellow', `the canary's expected share is not known: ${expectation.why}`)
    : '';
}

function agreement({ agrees, pValue }: ShareEvidence, paint: Paint): string {
  return agrees
    ? `${paint('green', 'it agrees')} (p = ${probability(pValue)})`
    : `${paint('red', 'it does not agree')} (p = ${probability(pValue)})`;
}

function unknownText({ unknown }: Evidence, paint: Paint): string {
  const kinds = Object.entries(unknown.kinds).map(([kind, some]) => `${count(some)} ${kind}`);
  return unknown.requests === 0 ? '' : paint('yellow', `unknown: ${count(unknown.requests)} (${kinds.join(', ')})`);
}

function readingText({ source, rows, examples }: MetricsReading, { versions }: Evidence, width: number | undefined): string {
  const version = (track: 'stable' | 'canary') => versions.find((row) => row.track === track)?.version ?? track;
  const cells = rows.map(({ name, unit, stable, canary, why }) => [name, amount(stable, unit), amount(canary, unit), why ?? '']);
  const table = tableText({ header: [source, version('stable'), version('canary'), ''], rows: cells, width, endsInText: true });
  const lines = (['stable', 'canary'] as const).flatMap((track) => (examples?.[track] ?? []).map((line) => `  ${version(track)}: ${line}`));
  return [table, ...lines].join('\n');
}

function amount(value: number | undefined, unit: Unit): string {
  if (value === undefined) {
    return NOTHING;
  }
  switch (unit) {
    case 'ms':
      return time(value);
    case 'bytes':
      return `${(value / 2 ** 20).toFixed(1)} MiB`;
    case 'cores':
      return `${Math.round(value * 1_000)}m`;
    case '':
      return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
  }
}
