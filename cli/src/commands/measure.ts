import { setTimeout as sleep } from 'node:timers/promises';
import { Fraction } from '../../../lib/core/fraction';
import { EXIT, type ExitCode } from '../core/errors';
import { plainText } from '../core/text/plain-text';
import { unreadableText } from '../core/traffic/unreadable';
import { LiveGates } from '../monitor/live-gates';
import type { MetricsReading, SideMetrics } from '../monitor/side-metrics';
import type { Traffic } from '../monitor/traffic';
import { type MonitorState, lineText, liveText, summaryText } from '../terminal/monitor-text';
import type { Terminal } from '../terminal/terminal';
import { exitCode, isDecided } from './fail-on';
import { type MeasuredPair, expectationOf, sampleOf, summaryOf } from './monitor-result';
import { type SourcesRequest, sourcesOf } from './side-sources';

/** Milliseconds between two reads of the side metrics: Prometheus itself scrapes less often. */
const SOURCE_INTERVAL = 10_000;

/** A measurement, and where it is shown. */
export interface Measurement extends MeasuredPair, SourcesRequest {
  readonly terminal: Terminal;
  /** The number of tests over which the significance level of the gates is divided. */
  readonly tests: number;
}

/** Measures, shows what is known so far, and prints the summary; returns the exit code. */
export async function measure(measurement: Measurement): Promise<ExitCode> {
  const { options, terminal, pair, prepared } = measurement;
  const isJson = options.output === 'json';
  const isLive = terminal.isLive && !isJson;
  const begin = performance.now();
  const traffic = prepared.start((text) => terminal.note(plainText(text)));
  const gates = gatesOf(measurement, traffic);
  const sources = sourcesOf(measurement, () => (performance.now() - begin) / 1_000);
  const ended = new AbortController();
  let readings: readonly MetricsReading[] = [];
  let wasEnded = false;
  let isSaid = false;
  const interrupt = endsOnSignal(() => {
    wasEnded = true;
    void traffic.stop();
  });
  const reading = readAgain(sources, ended.signal, (found) => (readings = found));
  const state = (): MonitorState => ({
    pair: pair.path,
    evidence: traffic.evidence(),
    seconds: (performance.now() - begin) / 1_000,
    sent: traffic.sent,
    total: prepared.total,
    durationSeconds: prepared.duration === undefined ? undefined : prepared.duration / 1_000,
    expectation: expectationOf(prepared),
    readings,
    gates: gates.verdict(),
  });
  const interval = options.interval ?? (isLive || isJson ? 1_000 : 5_000);
  void traffic.done.finally(() => ended.abort());
  try {
    while (await pause(interval, ended.signal)) {
      const now = state();
      show(now, terminal, isJson);
      const unreadable = unreadableText(now.evidence);
      if (unreadable !== undefined && !isLive && !isSaid) {
        isSaid = true;
        terminal.note(unreadable);
      }
      if (options.untilDecided && (unreadable !== undefined || isDecided(options, now.gates))) {
        await traffic.stop();
      }
    }
    await traffic.done;
    await reading;
    // Read the side metrics once more at the end of the measurement.
    readings = await Promise.all(sources.map((source) => source.read()));
  } finally {
    terminal.show(undefined);
    interrupt.dispose();
    await traffic.stop();
    gates.stop();
  }
  // A sample size fixed in advance allows an exact test, which is more powerful. If the results chose when to stop, its p-value is invalid.
  // Counted requests have no fixed size, and for latencies in buckets the exact test is useless: its margin is narrower than a bucket.
  const isFixed = !options.untilDecided && !wasEnded && traffic.sent !== undefined;
  const summary = summaryOf(measurement, traffic, readings, isFixed ? undefined : gates);
  terminal.print(
    isJson
      ? JSON.stringify({ type: 'summary', ...summary })
      : summaryText(summary, terminal.paint, traffic.sent !== undefined, terminal.printWidth),
  );
  return exitCode(options, summary);
}

function gatesOf({ prepared, settings, tests }: Measurement, traffic: Traffic): LiveGates {
  return new LiveGates(() => traffic.evidence(), {
    settings,
    tests,
    isAlone: prepared.expectation?.().share?.equals(Fraction.ONE) ?? false,
    expected: prepared.expected,
  });
}

/** The first Ctrl-C ends the measurement and prints its summary; a second one ends the command. */
function endsOnSignal(end: () => void): { dispose(): void } {
  let times = 0;
  const onSignal = () => {
    times += 1;
    if (times > 1) {
      process.exit(EXIT.interrupted);
    }
    end();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  signals.forEach((signal) => process.on(signal, onSignal));
  return { dispose: () => signals.forEach((signal) => process.off(signal, onSignal)) };
}

/** Waits; returns false if the signal aborted the wait. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

async function readAgain(sources: readonly SideMetrics[], signal: AbortSignal, found: (readings: MetricsReading[]) => void): Promise<void> {
  while (sources.length > 0 && (await pause(SOURCE_INTERVAL, signal))) {
    found(await Promise.all(sources.map((source) => source.read())));
  }
}

function show(state: MonitorState, terminal: Terminal, isJson: boolean): void {
  if (isJson) {
    terminal.print(JSON.stringify(sampleOf(state)));
  } else if (terminal.isLive) {
    terminal.show(liveText(state, terminal.paint, terminal.width));
  } else {
    terminal.note(lineText(state));
  }
}
