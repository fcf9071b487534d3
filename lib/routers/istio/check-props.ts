import { Duration } from 'cdk8s';
import type * as istio from '../../../imports/networking.istio.io';
import * as names from '../../core/names';
import { type Input, LARGEST, isMap } from '../../input/input';
import type { IstioVirtualServiceProps } from './props';
import { describePort, httpPortsOf } from './protocol';
import { CanaryPair } from '../../pair';

const PROPS: Readonly<Record<keyof IstioVirtualServiceProps, true>> = {
  annotations: true,
  destinationRuleName: true,
  gateways: true,
  hosts: true,
  labels: true,
  match: true,
  name: true,
  pair: true,
  retries: true,
  timeout: true,
  trafficPolicy: true,
};

const MATCH: Readonly<Record<keyof istio.VirtualServiceSpecHttpMatch, true>> = {
  authority: true,
  gateways: true,
  headers: true,
  ignoreUriCase: true,
  method: true,
  name: true,
  port: true,
  queryParams: true,
  scheme: true,
  sourceLabels: true,
  sourceNamespace: true,
  statPrefix: true,
  uri: true,
  withoutHeaders: true,
};

const RETRIES: Readonly<Record<keyof istio.VirtualServiceSpecHttpRetries, true>> = {
  attempts: true,
  backoff: true,
  perTryTimeout: true,
  retryIgnorePreviousHosts: true,
  retryOn: true,
  retryRemoteLocalities: true,
};

const TRAFFIC_POLICY: Readonly<Record<keyof istio.DestinationRuleSpecTrafficPolicy, true>> = {
  connectionPool: true,
  loadBalancer: true,
  outlierDetection: true,
  portLevelSettings: true,
  proxyProtocol: true,
  retryBudget: true,
  tls: true,
  tunnel: true,
};

/** The ways to compare a string. A condition has exactly one of them. */
const STRING_MATCH = { exact: true, prefix: true, regex: true } as const;

/** Checks the properties of a VirtualService by the rules that Istio's own webhook applies. */
export function checkVirtualService(input: Input, props: IstioVirtualServiceProps): void {
  if (!input.known('', props, PROPS)) {
    return;
  }
  if (input.entry('pair', props.pair, CanaryPair, 'new CanaryPair(…)') && props.pair._props?.fixedTotal) {
    input.reject('pair.fixedTotal', true, 'be left out if a router divides the traffic, because stable then keeps its baseline');
  }
  checkPorts(input, props.pair);
  for (const property of ['name', 'destinationRuleName'] as const) {
    if (props[property] !== undefined) {
      input.text(property, props[property], names.OBJECT_NAME);
    }
  }
  input.labels('labels', props.labels, { values: 'label' });
  input.labels('annotations', props.annotations, { values: 'any' });
  checkHosts(input, props);
  for (const [index, gateway] of input.entries<unknown>('gateways', props.gateways).entries()) {
    input.text(`gateways[${index}]`, gateway, GATEWAY, '"mesh" or "istio-system/public"');
  }
  checkTimeout(input, props.timeout);
  checkRetries(input, props.retries);
  if (props.trafficPolicy !== undefined) {
    input.known('trafficPolicy', props.trafficPolicy, TRAFFIC_POLICY);
  }
  for (const [index, match] of input.entries<unknown>('match', props.match).entries()) {
    checkMatch(input, `match[${index}]`, match);
  }
}

/** A route divides requests, so at least one port must carry them. The pair itself reports ports that are invalid. */
function checkPorts(input: Input, pair: CanaryPair | undefined): void {
  const service = pair?._isSound?.() ? pair._props.service : undefined;
  if (service && httpPortsOf(service).length === 0) {
    input.reject(
      'pair.service.ports',
      service.ports.map((port) => describePort(port)),
      'have a port for HTTP or gRPC, because the route divides requests and Istio reads these ports as another protocol',
      "appProtocol: 'http' in a port that carries HTTP, or leave out the route, so that the pods divide the connections",
    );
  }
}

/** Istio accepts whole milliseconds only, and refuses 0. */
function checkTimeout(input: Input, timeout: Duration | undefined): void {
  if (input.instance('timeout', timeout, Duration, 'Duration.seconds(5)')) {
    const milliseconds = timeout!.toMilliseconds({ integral: false });
    if (!Number.isInteger(milliseconds) || milliseconds < 1) {
      input.reject(
        'timeout',
        timeout,
        'be a whole number of milliseconds, at least 1',
        'Duration.seconds(5), or leave it out for no timeout',
      );
    }
  }
}

const DURATION: names.Rule = {
  pattern: /^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/,
  max: 64,
  must: 'be a duration with a unit',
};

const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function millisecondsOf(duration: string): number {
  const parts = [...duration.matchAll(/([\d.]+)([a-z]+)/g)];
  // Remove the binary rounding error of a decimal such as 0.3 s, which is a whole number of milliseconds.
  return Number(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MILLISECONDS[unit!]!, 0).toFixed(6));
}

/**
 * The retry conditions of Envoy, `x-envoy-retry-on` and `x-envoy-retry-grpc-on`, that Istio's webhook accepts. It also accepts status
 * codes.
 */
const RETRY_ON = [
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'retriable-4xx', 'refused-stream'],
  ...['retriable-status-codes', 'retriable-headers', 'envoy-ratelimited', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'],
];
const STATUS_CODE = /^(?:10[0-3]|20[0-8]|226|30[0-578]|40\d|41[0-8]|42[1-689]|431|451|50[0-8]|51[01])$/;

function checkRetries(input: Input, retries: istio.VirtualServiceSpecHttpRetries | undefined): void {
  if (retries === undefined || !input.known('retries', retries, RETRIES)) {
    return;
  }
  input.integer('retries.attempts', retries.attempts, 0, LARGEST, '3');
  for (const name of ['backoff', 'perTryTimeout'] as const) {
    const duration = retries[name];
    if (duration !== undefined && input.text(`retries.${name}`, duration, DURATION, '"2s"')) {
      const milliseconds = millisecondsOf(duration);
      if (!Number.isInteger(milliseconds) || milliseconds < 1) {
        input.reject(`retries.${name}`, duration, 'be a whole number of milliseconds, at least 1', '"2s"');
      }
    }
  }
  if (retries.retryOn !== undefined && typeof retries.retryOn !== 'string') {
    input.reject('retries.retryOn', retries.retryOn, 'be Envoy retry conditions, separated by commas', '"5xx,reset"');
    return;
  }
  for (const word of retries.retryOn ? retries.retryOn.split(',') : []) {
    if (!RETRY_ON.includes(word) && !STATUS_CODE.test(word)) {
      const near = names.nearest(word.trim(), RETRY_ON);
      input.reject('retries.retryOn', word, `be a status code or one of ${RETRY_ON.join(', ')}, separated by commas without spaces`, near);
    }
  }
  const idle = (['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const).find((name) => retries[name]);
  if (!retries.attempts && idle !== undefined) {
    input.reject('retries.attempts', retries.attempts ?? 0, `be at least 1 if ${idle} is set, because 0 turns retries off`, '3');
  }
}

const GATEWAY: names.Rule = {
  pattern: /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
  max: 127,
  must: 'be "mesh" or the name of a Gateway, optionally with its namespace and "/" before it',
};

const HOST: names.Rule = {
  pattern: /^(?:\*|(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)$/i,
  max: 255,
  must: 'be a host name, optionally with "*." before it',
};

function checkHosts(input: Input, props: IstioVirtualServiceProps): void {
  const hosts = input.entries<unknown>('hosts', props.hosts);
  if (Array.isArray(props.hosts) && hosts.length === 0) {
    input.reject('hosts', props.hosts, 'have at least one host', 'to leave hosts out (the default is the name of the Service)');
  }
  const inMesh = props.gateways === undefined || (Array.isArray(props.gateways) && props.gateways.includes('mesh'));
  for (const [index, host] of hosts.entries()) {
    if (input.text(`hosts[${index}]`, host, HOST) && host === '*' && inMesh) {
      input.reject(`hosts[${index}]`, host, 'not be "*" in the mesh, because it would match every request of every sidecar', 'a gateway');
    }
  }
}

const HEADER_NAME: names.Rule = {
  pattern: /^[a-z0-9!#$%&'*+.^_`|~-]+$/,
  max: 256,
  must: 'be a header name in lower case without spaces, and not a pseudo-header, because method, scheme, uri and authority are fields of the match',
};

/**
 * Rejects unknown conditions and empty matches: a misspelt condition would be left out, and a match without conditions matches every
 * request.
 */
function checkMatch(input: Input, property: string, match: unknown): void {
  const example = "{ headers: { 'user-group': { exact: 'beta-testers' } } }";
  if (!isMap(match) || Object.keys(match).length === 0) {
    input.reject(property, match, 'have at least one condition, because an empty match matches every request', example);
    return;
  }
  input.known(property, match, MATCH);
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    const conditions = match[field];
    if (conditions !== undefined && (!isMap(conditions) || Object.keys(conditions).length === 0)) {
      input.reject(`${property}.${field}`, conditions, 'be a map with at least one condition', example);
      continue;
    }
    for (const [key, value] of Object.entries(conditions ?? {})) {
      const at = `${property}.${field}[${JSON.stringify(key)}]`;
      if (field !== 'queryParams' && names.breaks(HEADER_NAME, key)) {
        input.reject(
          at,
          key,
          HEADER_NAME.must,
          JSON.stringify(
            key
              .toLowerCase()
              .replace(/^:/, '')
              .replace(/[^a-z0-9-]+/g, '-'),
          ),
        );
      }
      // In Istio, `{}` matches a header that exists, whatever its value.
      if (field === 'queryParams' || !isMap(value) || Object.keys(value).length > 0) {
        checkStringMatch(input, at, value);
      }
    }
  }
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    if (match[field] !== undefined) {
      checkStringMatch(input, `${property}.${field}`, match[field]);
    }
  }
}

/** Istio uses RE2, which has neither look-around nor back-references. Its webhook refuses an empty prefix or regex. */
function checkStringMatch(input: Input, property: string, value: unknown): void {
  if (!isMap(value) || Object.keys(value).length !== 1) {
    const example = typeof value === 'string' ? `{ exact: ${JSON.stringify(value)} }` : "{ exact: 'beta-testers' }";
    input.reject(property, value, 'be one of { exact }, { prefix } and { regex }', example);
    return;
  }
  input.known(property, value, STRING_MATCH);
  for (const [kind, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      input.reject(`${property}.${kind}`, text, 'be a string');
    } else if (text === '' && kind !== 'exact') {
      input.reject(`${property}.${kind}`, text, 'not be empty');
    } else if (kind === 'regex' && !isRe2(text)) {
      input.reject(`${property}.regex`, text, 'be an RE2 expression of at most 1024 characters, without look-around and back-references');
    }
  }
}

function isRe2(regex: string): boolean {
  return regex.length <= 1024 && !/\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.test(regex) && compiles(regex);
}

/** Whether a regular expression compiles, after RE2's own syntax (named groups, flags) is translated to JavaScript's. */
function compiles(regex: string): boolean {
  try {
    new RegExp(regex.replace(/\(\?P</g, '(?<').replace(/\(\?[imsU-]+([:)])/g, (_, end) => (end === ':' ? '(?:' : '')));
    return true;
  } catch {
    return false;
  }
}
