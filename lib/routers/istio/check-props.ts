import { Duration } from 'cdk8s';
import type * as istio from '../../../imports/networking.istio.io';
import * as names from '../../core/names';
import { type Input, LARGEST } from '../../input/input';
import { entrancesOf } from './catch-all';
import { checkGateways, checkTesters } from './check-match';
import { checkRules } from './check-rules';
import type { IstioVirtualServiceProps } from './props';
import { describePort, httpPortsOf } from './protocol';
import { CanaryPair } from '../../pair';

const PROPS: Readonly<Record<keyof IstioVirtualServiceProps, true>> = {
  annotations: true,
  delegate: true,
  destinationRuleName: true,
  exportTo: true,
  gateways: true,
  hosts: true,
  labels: true,
  match: true,
  name: true,
  pair: true,
  port: true,
  retries: true,
  rules: true,
  timeout: true,
  trafficPolicy: true,
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

/** Checks the properties of a VirtualService by the rules that Istio's own webhook applies. */
export function checkVirtualService(input: Input, props: IstioVirtualServiceProps): void {
  if (!input.known('', props, PROPS)) {
    return;
  }
  if (input.entry('pair', props.pair, CanaryPair, 'new CanaryPair(…)')) {
    if (props.pair._props?.fixedTotal) {
      input.reject('pair.fixedTotal', true, 'be left out if a router divides the traffic, because stable then keeps its baseline');
    }
    if (props.pair._props && props.pair._props.name !== undefined && !props.pair._hasService()) {
      input.reject('pair', props.pair.node.path, 'have a Service to be routed to', 'service or serviceName');
    }
  }
  checkPorts(input, props);
  checkDelegate(input, props);
  for (const property of ['name', 'destinationRuleName'] as const) {
    if (props[property] !== undefined) {
      input.text(property, props[property], names.OBJECT_NAME);
    }
  }
  input.labels('labels', props.labels, { values: 'label' });
  input.labels('annotations', props.annotations, { values: 'any' });
  checkHosts(input, props);
  checkGateways(input, 'gateways', props.gateways);
  checkTimeout(input, props.timeout);
  checkRetries(input, props.retries);
  if (props.trafficPolicy !== undefined) {
    input.known('trafficPolicy', props.trafficPolicy, TRAFFIC_POLICY);
  }
  checkTesters(input, 'match', props.match, entrancesOf(props));
  checkRules(input, props, entrancesOf(props));
  checkExportTo(input, props.exportTo);
}

/** A route divides requests, so at least one port must carry them. The pair itself reports ports that are invalid. */
function checkPorts(input: Input, { pair, port, delegate }: IstioVirtualServiceProps): void {
  const service = pair?._isSound?.() ? pair._props.service : undefined;
  if (!service) {
    return;
  }
  const http = httpPortsOf(service);
  if (http.length === 0) {
    input.reject(
      'pair.service.ports',
      service.ports.map((one) => describePort(one)),
      'have a port for HTTP or gRPC, because the route divides requests and Istio reads these ports as another protocol',
      "appProtocol: 'http' in a port that carries HTTP, or leave out the route, so that the pods divide the connections",
    );
  } else if (port !== undefined && !http.includes(port)) {
    input.reject('port', port, `be a port of the Service for HTTP or gRPC (${http.join(', ')})`, String(http[0]));
  } else if (port === undefined && delegate && http.length > 1) {
    input.reject(
      'port',
      port,
      `be one of the ports for HTTP or gRPC (${http.join(', ')}) that the delegated requests go to`,
      String(http[0]),
    );
  }
}

function checkDelegate(input: Input, { delegate, gateways, hosts }: IstioVirtualServiceProps): void {
  if (delegate !== undefined && typeof delegate !== 'boolean') {
    input.reject('delegate', delegate, 'be true or false');
  }
  for (const [property, value] of Object.entries({ gateways, hosts })) {
    if (delegate && value !== undefined) {
      input.reject(property, value, 'be left out of a delegate, because they are those of the VirtualService that refers to it');
    }
  }
}

const EXPORT_TO: names.Rule = {
  pattern: /^(?:[.*~]|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/,
  max: 63,
  must: 'be ".", "*" or the name of a namespace',
};

function checkExportTo(input: Input, exportTo: unknown): void {
  for (const [index, namespace] of input.entries<unknown>('exportTo', exportTo).entries()) {
    if (input.text(`exportTo[${index}]`, namespace, EXPORT_TO) && namespace === '~') {
      input.reject(`exportTo[${index}]`, namespace, 'not be "~", because no client would see the route', '"."');
    }
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
