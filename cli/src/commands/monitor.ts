import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Api } from '../cluster/api';
import { asRefusal } from '../cluster/kinds';
import { Fraction } from '../../../lib/core/fraction';
import { DEFAULT_GATES, type GatesEntry } from '../../../lib/core/gates/settings';
import { fixedSampleVerdict } from '../core/gates/fixed-sample';
import { nothingKnownText, unreadableText } from '../core/traffic/unreadable';
import { ERROR_PATTERN } from '../core/traffic/log-lines';
import type { RolloutPair } from '../core/plan/plan';
import { PRESETS, type Preset } from '../core/prometheus/presets';
import { type NamedQuery, parseQuery, unknownPlaceholders } from '../core/prometheus/promql';
import { EXIT, type ExitCode, UsageError } from '../core/errors';
import { foreignText } from '../core/traffic/endpoint-owners';
import type { Expectation } from '../core/traffic/expected-share';
import { SynthOutput as Tree } from '../synth-output/synth-output';
import { LogMetrics } from '../monitor/log-metrics';
import { LiveGates, effectiveGates } from '../monitor/live-gates';
import { prepareTraffic } from '../monitor/traffic-source';
import { PrometheusMetrics } from '../monitor/prometheus-metrics';
import type { MetricsReading, SideMetrics } from '../monitor/side-metrics';
import type { Prepared, Traffic } from '../monitor/traffic';
import { UsageMetrics } from '../monitor/usage-metrics';
import { type MonitorState, type MonitorSummary, lineText, liveText, summaryText } from '../terminal/monitor-text';
import type { Terminal } from '../terminal/terminal';
import { type Asked, CHECKS, exitCode, failOn, isDecided } from './fail-on';
import { type ClusterOptions, openApi, withCluster, withOutput } from './common';
import { pairNamed, positive, releaseOf, whole, withProbe } from './probe-options';
import { type TrafficCommandOptions, isClusterNeeded, serverOf, trafficRequest, withTraffic } from './traffic-options';

interface MonitorOptions extends ClusterOptions, TrafficCommandOptions, Asked {
  readonly output: 'text' | 'json';
  readonly requests?: number;
  readonly duration?: number;
  readonly interval?: number;
  readonly errorLimit?: number;
  readonly logs?: boolean;
  readonly logPattern: RegExp;
  readonly usage?: boolean;
  readonly query: readonly NamedQuery[];
  readonly preset: readonly NamedQuery[];
}

/** The number of requests if neither a number nor a duration is given; the tutorial uses it too. */
const REQUESTS = 100;

/**
 * The default duration for requests that others count, in milliseconds: the counters lag by up to a minute, and no share is
 * expected before that.
 */
const WATCHED = 180_000;

/** The default time to wait for a decision, in milliseconds. */
const LONGEST = 600_000;

/** Milliseconds between two reads of the side metrics: Prometheus itself scrapes less often. */
const SOURCE_INTERVAL = 10_000;

export function monitorCommand(terminal: Terminal, finish: (code: number) => void): Command {
  const command = withTraffic(withProbe(withOutput(withCluster(new Command('monitor')), ['text', 'json'])))
    .description(
      'send requests to the Service, or read request counters from Prometheus; show share, errors and latency by version, and whether the share is as expected',
    )
    .addOption(
      new Option(
        '--requests <number>',
        `the number of requests; 0 means no limit (default: ${REQUESTS}; no limit with --duration)`,
      ).argParser(whole(0, 1e9)),
    )
    .addOption(
      new Option(
        '--duration <duration>',
        `how long to measure (default: until all --requests are sent; ${WATCHED / 60_000}m if --traffic is not probe)`,
      ).argParser(positive),
    )
    .addOption(new Option('--interval <duration>', 'the time between two updates (default: 1s; 5s for lines of text)').argParser(positive))
    .option('--until-decided', `stop as soon as the gates decide, or after --requests or --duration (default: ${LONGEST / 60_000}m)`)
    .addOption(
      new Option(
        '--fail-on <checks>',
        `the checks that must pass for exit code 0, separated by commas: ${CHECKS.join(', ')} (default: share; share,errors,latency with --until-decided)`,
      ).argParser(failOn),
    )
    .addOption(new Option('--error-limit <rate>', 'the highest error rate that the canary may have, such as 0.01').argParser(rate))
    .option('--logs', "count error lines in the pods' logs (needs the permission to get pods/log)")
    .addOption(
      new Option('--log-pattern <regex>', 'the pattern of an error line, ignoring case')
        .argParser(regex)
        .default(new RegExp(ERROR_PATTERN, 'i'), ERROR_PATTERN),
    )
    .option('--usage', 'show CPU and memory of the pods, from metrics.k8s.io')
    .addOption(
      new Option(
        '--query <name=promql>',
        'show the result of a PromQL query for each version, from --prometheus; placeholders: {{version}}, {{namespace}}, {{service}}, {{deployment}}, {{window}}',
      )
        .argParser(query)
        .default([], 'none'),
    )
    .addOption(
      new Option('--preset <name>', 'show the results of predefined queries, from --prometheus: istio, ingress-nginx')
        .argParser(preset)
        .default([], 'none'),
    )
    .addHelpText('after', EXAMPLES);
  return command.action(async (options: MonitorOptions) => finish(await monitor(options, command, terminal)));
}

const EXAMPLES = `
Exit codes: 0 if all checks of --fail-on pass; 1 if one fails or is inconclusive; 2 for invalid arguments; 3 if the Service has no
address or a permission is missing.

Examples:
  kubectl canary monitor                                  100 requests to the load balancer, ten a second
  kubectl canary monitor --version-pattern Yellow=1.0 --version-pattern Red=1.1
                                                          for versions that are named in the response body
  kubectl canary monitor --until-decided --rate 50        stop as soon as the gates decide
  kubectl canary monitor --duration 5m --rate 50 --logs --usage --fail-on share,errors,latency
  kubectl canary monitor --url http://198.51.100.7/ --header 'Host: shop.example'
                                                          through a gateway, so that the route divides the requests
  kubectl canary monitor --prometheus http://localhost:9090 --preset istio
  kubectl canary monitor --until-decided --prometheus http://localhost:9090 --traffic istio
                                                          the requests of all clients, as Istio counts them
  kubectl canary monitor --prometheus http://localhost:9090 --traffic queries \\
    --counter 'requests=gateway_requests_total{version="{{version}}"}' \\
    --counter 'errors=gateway_requests_total{version="{{version}}",code=~"5.."}' \\
    --counter 'seconds=gateway_request_seconds_bucket{version="{{version}}"}'
  kubectl canary monitor -o json | jq -c .share`;

async function monitor(options: MonitorOptions, command: Command, terminal: Terminal): Promise<ExitCode> {
  const tree = Tree.open(options.dir);
  const pair = pairNamed(tree, options.pair);
  if (options.prometheus === undefined && options.query.length + options.preset.length > 0) {
    throw new UsageError('--query, --preset: no server to query; pass --prometheus URL');
  }
  const asked = trafficRequest(options, command, sizeOf(options));
  const queries = [...options.preset, ...options.query];
  if (options.prometheus !== undefined && queries.length === 0 && !asked.counted) {
    throw new UsageError('--prometheus: nothing to query; pass --query, --preset, or --traffic istio, ingress-nginx or queries');
  }
  const end = new AbortController();
  const isCluster = isClusterNeeded(options, pair) || options.logs || options.usage;
  try {
    const api = isCluster ? await openApi(options, terminal, end.signal) : undefined;
    const release = releaseOf(tree, pair, api?.connection.namespace ?? options.namespace ?? 'default');
    const prepared = await prepareTraffic(api, release, asked, options, end.signal).catch((error: unknown) => {
      throw asRefusal(error, 'the API server', EXIT.paused);
    });
    await prepared.check();
    const settings = effectiveGates(pair.gates ?? DEFAULT_GATES, prepared, options.errorLimit);
    const { namespace } = release;
    return await watch({ options, terminal, pair, namespace, api, prepared, settings, queries, stages: tree.plan.stages.length });
  } finally {
    end.abort();
  }
}

/** Returns the limits of the measurement. */
function sizeOf({ requests, duration, untilDecided, traffic }: MonitorOptions): { readonly total?: number; readonly duration?: number } {
  if (traffic !== 'probe' && requests !== undefined && requests > 0) {
    throw new UsageError(
      `--requests: got ${requests} with --traffic ${traffic}; must be 0 or omitted, because the command sends no requests; try --duration`,
    );
  }
  if (requests === undefined && duration === undefined) {
    return untilDecided ? { duration: LONGEST } : traffic === 'probe' ? { total: REQUESTS } : { duration: WATCHED };
  }
  return { total: requests === 0 ? undefined : requests, duration };
}

interface Watch {
  readonly options: MonitorOptions;
  readonly terminal: Terminal;
  readonly pair: RolloutPair;
  readonly namespace: string;
  readonly api: Api | undefined;
  readonly prepared: Prepared;
  /** The gates: the pair's, as far as they can be measured, changed by the options. */
  readonly settings: GatesEntry;
  readonly queries: readonly NamedQuery[];
  /** The number of stages over which the significance level of the gates is divided. */
  readonly stages: number;
}

async function watch(watched: Watch): Promise<ExitCode> {
  const { options, terminal, pair, prepared } = watched;
  const isJson = options.output === 'json';
  const isLive = terminal.isLive && !isJson;
  const begin = performance.now();
  const traffic = prepared.start((text) => terminal.note(text));
  const gates = gatesOf(watched, traffic);
  const sources = sourcesOf(watched, () => (performance.now() - begin) / 1_000);
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
  const summary = summaryOf(watched, traffic, readings, isFixed ? undefined : gates);
  terminal.print(
    isJson
      ? JSON.stringify({ type: 'summary', ...summary })
      : summaryText(summary, terminal.paint, traffic.sent !== undefined, terminal.printWidth),
  );
  return exitCode(options, summary);
}

function gatesOf({ prepared, settings, stages }: Watch, traffic: Traffic): LiveGates {
  return new LiveGates(() => traffic.evidence(), {
    settings,
    stages,
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

/** An intermediate line of `-o json`: all results so far, without the data from which they were computed. */
function sampleOf({ evidence, seconds, sent, expectation, readings, gates }: MonitorState) {
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

function sourcesOf({ options, pair, namespace, api, prepared, queries }: Watch, seconds: () => number): SideMetrics[] {
  const deployments = { stable: pair.stable.deployment, canary: pair.canary.deployment };
  const { tracks } = prepared;
  const timeout = options.requestTimeout;
  const since = new Date().toISOString();
  const server = serverOf(options);
  const context = (track: 'stable' | 'canary') => ({
    version: pair[track].version,
    namespace,
    service: pair.service,
    deployment: deployments[track],
    // A rate needs two scrapes; at the usual interval, a minute contains two.
    window: `${Math.max(60, Math.ceil(seconds()))}s`,
  });
  return [
    ...(options.logs ? [new LogMetrics(api!, tracks!, { namespace, deployments, pattern: options.logPattern, since, timeout })] : []),
    ...(options.usage ? [new UsageMetrics(api!, tracks!, namespace, deployments)] : []),
    ...(server && queries.length > 0 ? [new PrometheusMetrics({ server, queries, context })] : []),
  ];
}

function expectationOf({ expected, expectation }: Prepared): Expectation | undefined {
  return expected && expectation?.();
}

function summaryOf(
  { pair, prepared, settings }: Watch,
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

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a rate above 0 and below 1, such as 0.01`);
  }
  return value;
}

function regex(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a regular expression: ${(error as Error).message}`);
  }
}

function query(text: string, before: readonly NamedQuery[]): NamedQuery[] {
  const found = parseQuery(text);
  if (!found) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be of the form NAME=PROMQL`);
  }
  const [unknown] = unknownPlaceholders(found.stable);
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`got {{${unknown}}}; must be one of the placeholders version, namespace, service, deployment, window`);
  }
  return [...before, found];
}

function preset(text: string, before: readonly NamedQuery[]): NamedQuery[] {
  if (!(text in PRESETS)) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be one of ${Object.keys(PRESETS).join(', ')}`);
  }
  return [...before, ...PRESETS[text as Preset]];
}
