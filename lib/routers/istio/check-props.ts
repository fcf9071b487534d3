import { Duration } from 'cdk8s';
import * as istio from '../../../imports/networking.istio.io';
import * as names from '../../core/names';
import { Input, LARGEST, isMap } from '../../input/input';
import { IstioVirtualServiceProps } from './props';
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

/** The ways to compare a string: exactly one of them. */
const STRING_MATCH = { exact: true, prefix: true, regex: true } as const;

/** Checks the properties of a VirtualService by the rules that Istio's own webhook applies. */
export function checkVirtualService(input: Input, props: IstioVirtualServiceProps): void {
  if (!input.known('', props, PROPS)) {
    return;
  }
  if (input.entry('pair', props.pair, CanaryPair, 'new CanaryPair(…)') && props.pair._props?.fixedTotal) {
    input.reject('pair.fixedTotal', true, 'be left out where a router divides the traffic, because stable then keeps its baseline');
  }
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

/** Istio counts in whole milliseconds, and takes 0 for a mistake. */
function checkTimeout(input: Input, timeout: Duration | undefined): void {
  if (input.instance('timeout', timeout, Duration, 'Duration.seconds(5)')) {
    const milliseconds = timeout!.toMilliseconds({ integral: false });
    if (!Number.isInteger(milliseconds) || milliseconds < 1) {
      input.reject('timeout', timeout, 'be whole milliseconds, at least 1', 'Duration.seconds(5), or to leave it out for no limit');
    }
  }
}

const DURATION: names.Rule = {
  pattern: /^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/,
  max: 64,
  must: 'be a duration with its unit',
};

const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function millisecondsOf(duration: string): number {
  const parts = [...duration.matchAll(/([\d.]+)([a-z]+)/g)];
  // A decimal such as 0.3 s is no whole number of milliseconds only because it is a binary fraction here.
  return Number(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MILLISECONDS[unit!]!, 0).toFixed(6));
}

/** What Envoy retries on, `x-envoy-retry-on` and `x-envoy-retry-grpc-on`, as Istio's webhook knows them; and status codes. */
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
        input.reject(`retries.${name}`, duration, 'be whole milliseconds, at least 1', '"2s"');
      }
    }
  }
  if (retries.retryOn !== undefined && typeof retries.retryOn !== 'string') {
    input.reject('retries.retryOn', retries.retryOn, 'be words of Envoy with commas between them', '"5xx,reset"');
    return;
  }
  for (const word of retries.retryOn ? retries.retryOn.split(',') : []) {
    if (!RETRY_ON.includes(word) && !STATUS_CODE.test(word)) {
      const near = names.nearest(word.trim(), RETRY_ON);
      input.reject(
        'retries.retryOn',
        word,
        `be status codes or of ${RETRY_ON.join(', ')}, with commas and nothing else between them`,
        near,
      );
    }
  }
  const idle = (['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const).find((name) => retries[name]);
  if (!retries.attempts && idle !== undefined) {
    input.reject(
      'retries.attempts',
      retries.attempts ?? 0,
      `be at least 1 where ${idle} says how to retry, because 0 turns retries off`,
      '3',
    );
  }
}

const GATEWAY: names.Rule = {
  pattern: /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
  max: 127,
  must: 'be "mesh", a Gateway\'s name, or one with its namespace and "/" before it',
};

const HOST: names.Rule = {
  pattern: /^(?:\*|(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)$/i,
  max: 255,
  must: 'be a host name, perhaps with "*." before it',
};

function checkHosts(input: Input, props: IstioVirtualServiceProps): void {
  const hosts = input.entries<unknown>('hosts', props.hosts);
  if (Array.isArray(props.hosts) && hosts.length === 0) {
    input.reject('hosts', props.hosts, 'have at least one host', 'to leave hosts out, for the Service itself');
  }
  const inMesh = props.gateways === undefined || (Array.isArray(props.gateways) && props.gateways.includes('mesh'));
  for (const [index, host] of hosts.entries()) {
    if (input.text(`hosts[${index}]`, host, HOST) && host === '*' && inMesh) {
      input.reject(`hosts[${index}]`, host, 'not be "*" in the mesh, because it would take every request of every sidecar', 'a gateway');
    }
  }
}

const HEADER_NAME: names.Rule = {
  pattern: /^[a-z0-9!#$%&'*+.^_`|~-]+$/,
  max: 256,
  must: 'be a name in lower case without spaces, and no pseudo-header: method, scheme, uri and authority have fields of their own',
};

/** A misspelt condition would be left out, and a match without conditions takes every request. */
function checkMatch(input: Input, property: string, match: unknown): void {
  const example = "{ headers: { 'user-group': { exact: 'beta-testers' } } }";
  if (!isMap(match) || Object.keys(match).length === 0) {
    input.reject(property, match, 'have at least one condition, because an empty one takes every request', example);
    return;
  }
  input.known(property, match, MATCH);
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    const conditions = match[field];
    if (conditions !== undefined && (!isMap(conditions) || Object.keys(conditions).length === 0)) {
      input.reject(`${property}.${field}`, conditions, 'be a map of at least one condition', example);
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
      // Istio takes `{}` for a header that is there, whatever it says.
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

/** Istio takes RE2, which has neither look-around nor back-references; an empty prefix or regex is refused by its webhook. */
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

/** Whether it is a regular expression, with RE2's own words (named groups, flags) in JavaScript's. */
function compiles(regex: string): boolean {
  try {
    new RegExp(regex.replace(/\(\?P</g, '(?<').replace(/\(\?[imsU-]+([:)])/g, (_, end) => (end === ':' ? '(?:' : '')));
    return true;
  } catch {
    return false;
  }
}
