import { type Command, InvalidArgumentError, Option } from 'commander';
import { COUNTERS, type CounterQueries } from '../core/prometheus/presets';
import type { RolloutPair } from '../core/plan/plan';
import { unknownPlaceholders } from '../core/prometheus/promql';
import { UsageError } from '../core/errors';
import type { CountedRequest, CountedSource } from '../monitor/prometheus-source';
import type { TrafficRequest } from '../monitor/traffic-source';
import type { PrometheusServer } from '../monitor/prometheus-server';
import { parseUrl } from '../monitor/target';
import { OF_PROOFS, OF_REQUESTS, type ProbeCommandOptions, header, needsCluster, probeRequest } from './probe-options';

/** The options that set which requests are measured: those that we send, or those that a Prometheus server counts. */
export interface TrafficCommandOptions extends ProbeCommandOptions {
  readonly namespace?: string;
  readonly requestTimeout: number;
  readonly traffic: 'probe' | CountedSource;
  readonly counter: Counters;
  readonly prometheus?: URL;
  readonly prometheusHeader: Readonly<Record<string, string>>;
}

const NAMES = ['requests', 'errors', 'milliseconds', 'seconds'] as const;
type Counters = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** The placeholders of a counter query; it has no window. */
const PLACEHOLDERS = ['version', 'namespace', 'service', 'deployment'];

export function withTraffic(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--traffic <source>',
        'the requests to measure: those of a probe, which the command sends, or those of all clients, which Prometheus counts: by the metrics of istio or ingress-nginx, or by your own --counter queries',
      )
        .choices(['probe', 'istio', 'ingress-nginx', 'queries'])
        .default('probe'),
    )
    .addOption(
      new Option(
        '--counter <name=promql>',
        `with --traffic queries: the query for a counter of one version: ${NAMES.join(', ')} (requests and errors are required; milliseconds and seconds are histogram buckets with le); placeholders: {{version}}, {{namespace}}, {{service}}, {{deployment}}`,
      )
        .argParser(counter)
        .default({}, 'none'),
    )
    .addOption(new Option('--prometheus <url>', 'the URL of a Prometheus server').argParser((text) => parseUrl('--prometheus', text)))
    .addOption(
      new Option('--prometheus-header <header>', 'a header for requests to Prometheus, such as Authorization')
        .argParser(header)
        .default({}, 'none'),
    );
}

/** Returns the Prometheus server to query; undefined if none is given. */
export function serverOf(options: TrafficCommandOptions): PrometheusServer | undefined {
  const { prometheus: url, prometheusHeader: headers, requestTimeout: timeout } = options;
  return url && { url, headers, timeout };
}

/**
 * Builds the traffic request from the options.
 *
 * @param command tells which options were given
 * @param provesWeights whether the command sends requests to prove weights, whatever measures the traffic
 * @throws UsageError if the options contradict each other
 */
export function trafficRequest(
  options: TrafficCommandOptions,
  command: Command,
  size: { readonly total?: number; readonly duration?: number },
  provesWeights = false,
): TrafficRequest {
  const { traffic, counter: counters, expect } = options;
  if (traffic !== 'queries' && Object.keys(counters).length > 0) {
    throw new UsageError(`--counter: got --traffic ${traffic}; must be used with --traffic queries`);
  }
  if (traffic === 'probe') {
    return { probe: probeRequest(options, size) };
  }
  const server = serverOf(options);
  if (!server) {
    throw new UsageError(`--traffic: got ${traffic} without a server; must be used with --prometheus URL`);
  }
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const unused = OF_REQUESTS.filter((name) => !(provesWeights && (OF_PROOFS as readonly string[]).includes(name)));
  const ofProbe = given.filter((option) => (unused as readonly string[]).includes(option.attributeName()));
  if (ofProbe.length > 0) {
    const names = ofProbe.map(({ long }) => long).join(', ');
    throw new UsageError(`${names}: got --traffic ${traffic}, which sends no requests; must be omitted`);
  }
  if (typeof expect !== 'string' && traffic !== 'istio') {
    throw new UsageError(
      `--expect: got ${expect.toString()} with --traffic ${traffic}; must be none or omitted, because it does not check the share`,
    );
  }
  const request: CountedRequest = {
    source: traffic,
    server,
    counters: traffic === 'queries' ? ownCounters(counters) : COUNTERS[traffic],
    duration: size.duration,
    expect,
  };
  return { counted: request };
}

/** Whether the cluster must be queried: it need not be if the options provide everything. */
export function isClusterNeeded(options: TrafficCommandOptions, pair: RolloutPair): boolean {
  return options.traffic === 'probe'
    ? needsCluster(options)
    : options.expect === 'cluster' || (pair.namespace ?? options.namespace) === undefined;
}

function ownCounters({ requests, errors, milliseconds, seconds }: Counters): CounterQueries {
  if (requests === undefined || errors === undefined) {
    const missing = [...(requests === undefined ? ['requests'] : []), ...(errors === undefined ? ['errors'] : [])];
    throw new UsageError(`--traffic: got queries without --counter for ${missing.join(' and ')}; must have both requests and errors`);
  }
  if (milliseconds !== undefined && seconds !== undefined) {
    throw new UsageError('--counter: got milliseconds and seconds; must be one of them');
  }
  const both = (query: string) => ({ stable: query, canary: query });
  const times = milliseconds ?? seconds;
  return {
    requests: both(requests),
    errors: both(errors),
    ...(times === undefined ? {} : { times: { ...both(times), unit: seconds === undefined ? 1 : 1_000 } }),
  };
}

function counter(text: string, before: Counters): Counters {
  const split = text.indexOf('=');
  const [name, query] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  if (split <= 0 || query === '' || !(NAMES as readonly string[]).includes(name)) {
    throw new InvalidArgumentError(
      `got ${JSON.stringify(text)}; must be of the form NAME=PROMQL, with one of the names ${NAMES.join(', ')}`,
    );
  }
  if (name in before) {
    throw new InvalidArgumentError(`got ${name} twice; must be given once`);
  }
  const [unknown] = unknownPlaceholders(query, PLACEHOLDERS);
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`got {{${unknown}}}; must be one of the placeholders of a counter: ${PLACEHOLDERS.join(', ')}`);
  }
  return { ...before, [name]: query };
}
