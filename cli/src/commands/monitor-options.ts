import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../core/errors';
import { PRESETS, type Preset } from '../core/prometheus/presets';
import { type NamedQuery, parseQuery, unknownPlaceholders } from '../core/prometheus/promql';
import { ERROR_PATTERN } from '../core/traffic/log-lines';
import { type ClusterOptions, positive } from './common';
import { type Asked, CHECKS, failOn } from './fail-on';
import { whole } from './probe-options';
import type { TrafficCommandOptions } from './traffic-options';

/** The options of `monitor`. */
export interface MonitorOptions extends ClusterOptions, TrafficCommandOptions, Asked {
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

/** Adds the options of `monitor` that no other command has. */
export function withMonitoring(command: Command): Command {
  return command
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
    );
}

/** Returns the limits of the measurement. */
export function sizeOf({ requests, duration, untilDecided, traffic }: MonitorOptions): {
  readonly total?: number;
  readonly duration?: number;
} {
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
