import { readFileSync } from 'node:fs';
import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Fraction } from '../../../lib/core/fraction';
import { DEFAULT_RULES, type VersionRule, parsePattern } from '../core/traffic/version-detection';
import { type RolloutPair, rolloutPairs } from '../core/plan/plan';
import { UsageError } from '../core/errors';
import { parseShare } from '../core/traffic/expected-share';
import type { SynthOutput as Tree } from '../synth-output/synth-output';
import type { ProbeRequest, Via } from '../monitor/probe-source';
import { parseUrl } from '../monitor/target';
import type { Release } from '../monitor/traffic';
import { number, positive } from './common';

const LARGEST_ANSWER = 1_048_576;
const ERRORS_FROM = 500;

/** The options that set what a request has, and how a response identifies its version. */
export interface RequestCommandOptions {
  readonly header: Readonly<Record<string, string>>;
  readonly answerTimeout: number;
  readonly versionHeader?: string;
  readonly versionPattern: readonly VersionRule[];
  readonly versionField?: readonly string[];
  readonly urlCa?: string;
  readonly urlInsecure?: boolean;
}

/** The options that set what is sent where, and how a response identifies its version. */
export interface ProbeCommandOptions extends RequestCommandOptions {
  readonly pair?: string;
  readonly url?: string;
  readonly via: Via;
  readonly port?: string;
  readonly path: string;
  readonly method: string;
  readonly rate: number;
  readonly concurrency: number;
  readonly addressTimeout: number;
  readonly largestAnswer: number;
  readonly errorsFrom: number;
  readonly expect: Fraction | 'cluster' | 'none';
}

/** The options of requests that prove a weight too, whatever measures the traffic. */
export const OF_PROOFS: readonly (keyof RequestCommandOptions)[] = [
  ...(['header', 'answerTimeout', 'versionHeader', 'versionPattern', 'versionField', 'urlCa', 'urlInsecure'] as const),
];

/** The options that set how our own requests are sent and read. */
export const OF_REQUESTS: readonly (keyof ProbeCommandOptions)[] = [
  ...(['url', 'via', 'port', 'path', 'method', 'header', 'rate', 'concurrency', 'answerTimeout', 'addressTimeout'] as const),
  ...(['largestAnswer', 'errorsFrom', 'versionHeader', 'versionPattern', 'versionField', 'urlCa', 'urlInsecure'] as const),
];

export function withProbe(command: Command): Command {
  const added = command
    .option('--pair <name>', 'the pair to measure, by its path or its Service (default: the only pair)')
    .addOption(new Option('--url <url>', 'the URL to send requests to (default: the address that --via finds)').argParser(url))
    .addOption(
      new Option(
        '--via <way>',
        'how to reach the Service: its load balancer, the proxy of the API server (needs services/proxy), or kubectl port-forward',
      )
        .choices(['load-balancer', 'api', 'port-forward'])
        .default('load-balancer'),
    )
    .option('--port <port>', 'the port of the Service, by number or name (default: the first port)')
    .addOption(new Option('--path <path>', 'the request path').argParser(path).default('/'))
    .addOption(new Option('--method <method>', 'the HTTP method').argParser(method).default('GET'))
    .addOption(headerOption())
    .addOption(new Option('--rate <number>', 'requests per second').argParser(number(0.01, 10_000)).default(10))
    .addOption(new Option('--concurrency <number>', 'the maximum number of concurrent requests').argParser(whole(1, 10_000)).default(50))
    .addOption(answerTimeoutOption())
    .addOption(
      new Option('--address-timeout <duration>', 'how long to wait for an address of the Service')
        .argParser(positive)
        .default(30_000, '30s'),
    )
    .addOption(
      new Option('--largest-answer <bytes>', 'the maximum number of bytes to read of a response')
        .argParser(whole(1, 1e9))
        .default(LARGEST_ANSWER),
    )
    .addOption(
      new Option('--errors-from <status>', 'the lowest HTTP status that counts as an error')
        .argParser(whole(100, 600))
        .default(ERRORS_FROM),
    )
    .addOption(
      new Option(
        '--expect <share>',
        'the expected share of the canary: 10%, 1/10, cluster (from the endpoints or the route), or none (no check)',
      )
        .argParser(share)
        .default('cluster'),
    );
  return withAnswers(added);
}

/** Adds the options that say how a response identifies its version, and which certificates are trusted. */
function withAnswers(command: Command): Command {
  return command
    .addOption(
      new Option('--version-header <name>', 'the response header that contains the version (default: X-Version)').argParser(headerName),
    )
    .addOption(
      new Option('--version-pattern <text=version>', 'a text in the response body that identifies a version; repeat it for each version')
        .argParser(pattern)
        .default([], 'none'),
    )
    .addOption(
      new Option('--version-field <path>', 'the field of a JSON response that contains the version, such as app.version').argParser(field),
    )
    .option('--url-ca <file>', 'a file of CA certificates to trust, for https')
    .option('--url-insecure', 'accept any certificate, for https');
}

/** Adds the options of requests that only prove a weight. */
export function withRequests(command: Command): Command {
  return withAnswers(command.addOption(headerOption()).addOption(answerTimeoutOption()));
}

function headerOption(): Option {
  return new Option('--header <header>', "a request header, such as 'Host: shop.example'; may be repeated")
    .argParser(header)
    .default({}, 'none');
}

function answerTimeoutOption(): Option {
  return new Option('--answer-timeout <duration>', 'the timeout of one request to the Service').argParser(positive).default(5_000, '5s');
}

/** Builds the settings of a request from the options. @throws UsageError if a file of certificates cannot be read */
export function requestSettings(
  options: RequestCommandOptions & Partial<Pick<ProbeCommandOptions, 'method' | 'largestAnswer' | 'errorsFrom'>>,
): ProbeRequest['request'] {
  return {
    method: options.method ?? 'GET',
    headers: options.header,
    timeout: options.answerTimeout,
    largestAnswer: options.largestAnswer ?? LARGEST_ANSWER,
    errorsFrom: options.errorsFrom ?? ERRORS_FROM,
    rules: rulesOf(options),
    tls: tlsOf(options),
  };
}

/** Builds the probe request from the options. @throws UsageError if they are invalid */
export function probeRequest(options: ProbeCommandOptions, count: { readonly total?: number; readonly duration?: number }): ProbeRequest {
  const { url: address, via, port, path: asked, addressTimeout, rate, concurrency, expect } = options;
  return {
    url: address,
    via,
    port,
    path: asked,
    addressTimeout,
    rate,
    concurrency,
    expect,
    ...count,
    request: requestSettings(options),
  };
}

/** Whether a probe needs a cluster: it does not if it has its own address and expected share. */
export function needsCluster({ url: address, expect }: ProbeCommandOptions): boolean {
  return address === undefined || expect === 'cluster';
}

/** Returns the named pair of a plan, or its only pair. @throws UsageError if the choice is not clear */
export function pairNamed(tree: Tree, name: string | undefined): RolloutPair {
  const pairs = rolloutPairs(tree.plan);
  const known = pairs.map(({ path: own, service }) => `${own} (Service ${service})`).join(', ');
  if (pairs.length === 0) {
    throw new UsageError(`${tree.dir}: no pair of this plan has a canary; there is nothing to measure`);
  }
  const found = name === undefined ? pairs : pairs.filter(({ path: own, service }) => own === name || service === name);
  if (found.length !== 1) {
    throw new UsageError(`--pair: got ${name === undefined ? 'none' : JSON.stringify(name)}; must be one of ${known}`);
  }
  return found[0]!;
}

/** Returns the release of a pair, as a probe needs it. */
export function releaseOf(tree: Tree, pair: RolloutPair, namespace: string): Release {
  return { pair, namespace: pair.namespace ?? namespace, manifests: () => tree.folder(tree.folders[0]!) };
}

function rulesOf({ versionHeader, versionPattern, versionField }: RequestCommandOptions): readonly VersionRule[] {
  const rules: VersionRule[] = [
    ...(versionHeader === undefined ? [] : [{ by: 'header', name: versionHeader } as const]),
    ...(versionField === undefined ? [] : [{ by: 'field', path: versionField } as const]),
    ...versionPattern,
  ];
  return rules.length === 0 ? DEFAULT_RULES : rules;
}

function tlsOf({ urlCa, urlInsecure }: RequestCommandOptions): ProbeRequest['request']['tls'] {
  if (urlCa === undefined) {
    return urlInsecure ? { rejectUnauthorized: false } : undefined;
  }
  try {
    return { ca: readFileSync(urlCa, 'utf8') };
  } catch (error) {
    throw new UsageError(`--url-ca: got ${JSON.stringify(urlCa)}; must be a file of certificates: ${(error as Error).message}`);
  }
}

/** Returns a parser for an option that is a whole number, from `least` to `most`. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = number(least, most)(text);
    if (!Number.isInteger(value)) {
      throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

function url(text: string): string {
  return parseUrl('--url', text).href;
}

/** Parses an absolute path that cannot leave its root: behind the API server's proxy, that would reach the rest of its API. */
function path(text: string): string {
  const isInside = /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !/(^|\/)(\.|%2e){1,2}(\/|\?|$)/i.test(text) && !text.includes('\\');
  if (!isInside) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must begin with one / and contain no . or .. segment and no space`);
  }
  return text;
}

function method(text: string): string {
  const name = text.toUpperCase();
  if (!METHODS.includes(name) || name === 'CONNECT') {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be an HTTP method such as GET or POST`);
  }
  return name;
}

function headerName(text: string): string {
  try {
    validateHeaderName(text);
    return text;
  } catch {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a valid header name`);
  }
}

/** Collects headers by name. */
export function header(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const split = text.indexOf(':');
  const [name, value] = [text.slice(0, split).trim(), text.slice(split + 1).trim()];
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new InvalidArgumentError("must be of the form 'Name: value'");
  }
  if (split <= 0) {
    throw new InvalidArgumentError("must be of the form 'Name: value'");
  }
  return { ...before, [name]: value };
}

function pattern(text: string, before: readonly VersionRule[]): VersionRule[] {
  const rule = parsePattern(text);
  if (!rule) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be of the form TEXT=VERSION, such as Yellow=1.0`);
  }
  return [...before, rule];
}

function field(text: string): string[] {
  const parts = text.split('.');
  if (parts.includes('')) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be field names separated by dots, such as app.version`);
  }
  return parts;
}

function share(text: string): Fraction | 'cluster' | 'none' {
  if (text === 'cluster' || text === 'none') {
    return text;
  }
  const found = parseShare(text);
  if (!found) {
    throw new InvalidArgumentError(`got ${JSON.stringify(text)}; must be a share such as 10% or 1/10, or cluster, or none`);
  }
  return found;
}
