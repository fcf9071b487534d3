import type { GatesEntry } from '../../../lib/core/gates/settings';
import { fixedSampleVerdict } from '../core/gates/fixed-sample';
import type { RolloutPair } from '../core/plan/plan';
import { foreignText } from '../core/traffic/endpoint-owners';
import type { Expectation } from '../core/traffic/expected-share';
import { nothingKnownText } from '../core/traffic/unreadable';
import type { LiveGates } from '../monitor/live-gates';
import type { MetricsReading } from '../monitor/side-metrics';
import type { Prepared, Traffic } from '../monitor/traffic';
import type { MonitorState, MonitorSummary } from '../terminal/monitor-text';

/** The pair whose traffic is measured. */
export interface MeasuredPair {
  readonly pair: RolloutPair;
  readonly prepared: Prepared;
  /** The gates: the pair's, as far as they can be measured, changed by the options. */
  readonly settings: GatesEntry;
}

/** An intermediate line of `-o json`: all results so far, without the data from which they were computed. */
export function sampleOf({ evidence, seconds, sent, expectation, readings, gates }: MonitorState) {
  const { versions, unknown, share } = evidence;
  return {
    type: 'sample',
    at: evidence.until,
    seconds: Math.round(seconds * 1_000) / 1_000,
    sent,
    versions: versions.map(({ latency, ...row }) => ({ ...row, latency: latency && { ...latency, counts: undefined } })),
    unknown,
    share,
    expected: expectation?.share,
    readings,
    gates,
  };
}

/** Returns the result of a measurement. @param gates undefined if an exact test of the whole sample gives the verdict */
export function summaryOf(
  { pair, prepared, settings }: MeasuredPair,
  traffic: Traffic,
  readings: readonly MetricsReading[],
  gates: LiveGates | undefined,
): MonitorSummary {
  const evidence = traffic.evidence();
  const verdict = gates?.verdict() ?? fixedSampleVerdict(evidence, settings);
  const expected = prepared.expected?.();
  const foreign = prepared.tracks && foreignText(pair.service, prepared.tracks.counts());
  const nothingKnown = nothingKnownText(evidence);
  const notes = [
    ...prepared.notes,
    ...traffic.notes,
    // If the share is expected from the cluster, the line about the share says so.
    ...(foreign === undefined || whyUnknown(prepared) === foreign ? [] : [foreign]),
    // For requests that we send, the line about the share says so.
    ...(traffic.sent === undefined && expected && !evidence.share && 'why' in expected
      ? [`the share was not checked: ${expected.why}`]
      : []),
    ...(nothingKnown === undefined ? [] : [nothingKnown]),
  ];
  return { pair: pair.path, evidence, verdict, expectation: expectationOf(prepared), readings, notes, ...(gates && { gates: gates.log }) };
}

function whyUnknown({ expectation }: Prepared): string | undefined {
  const now = expectation?.();
  return now && 'why' in now ? now.why : undefined;
}

/** Returns the share that the canary should have now; undefined if no share is judged. */
export function expectationOf({ expected, expectation }: Prepared): Expectation | undefined {
  return expected && expectation?.();
}
