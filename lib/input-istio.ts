import * as names from './core/names';
import { Input } from './input';
import { list } from './input-track';
import { IstioVirtualServiceProps } from './istio-virtual-service';
import { CanaryPair } from './pair';

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

/** Checks the properties of a VirtualService by the rules that Istio's own webhook applies. */
export function checkVirtualService(input: Input, props: IstioVirtualServiceProps): void {
  if (!input.known('', props, PROPS)) {
    return;
  }
  if (!(props.pair instanceof CanaryPair)) {
    input.reject('pair', props.pair, 'be a CanaryPair');
  }
  for (const property of ['name', 'destinationRuleName'] as const) {
    if (props[property] !== undefined) {
      input.text(property, props[property], names.OBJECT_NAME);
    }
  }
  input.labels('labels', props.labels, { values: 'label' });
  input.labels('annotations', props.annotations, { values: 'any' });
  checkHosts(input, props);
  for (const [index, gateway] of list<unknown>(input, 'gateways', props.gateways).entries()) {
    input.text(`gateways[${index}]`, gateway, GATEWAY, '"mesh" or "istio-system/public"');
  }
  if (props.timeout !== undefined && typeof props.timeout?.toMilliseconds !== 'function') {
    input.reject('timeout', props.timeout, 'be a Duration', 'Duration.seconds(5)');
  }
  for (const [index, match] of list<{ headers?: object; uri?: unknown }>(input, 'match', props.match).entries()) {
    checkMatch(input, `match[${index}]`, match);
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
  if (props.hosts === undefined) {
    return;
  }
  const hosts = list<unknown>(input, 'hosts', props.hosts);
  if (hosts.length === 0) {
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
  must: 'have a name in lower case without spaces, and no pseudo-header; method, scheme, uri and authority have fields of their own',
};

function checkMatch(input: Input, property: string, match: unknown): void {
  if (typeof match !== 'object' || match === null || Object.keys(match).length === 0) {
    input.reject(
      property,
      match,
      'have at least one condition, because an empty one takes every request',
      "{ headers: { 'user-group': { exact: 'beta-testers' } } }",
    );
    return;
  }
  const { headers, withoutHeaders, queryParams, ...others } = match as Record<string, unknown>;
  for (const [field, map] of Object.entries({ headers, withoutHeaders, queryParams })) {
    for (const [key, value] of Object.entries(map ?? {})) {
      const at = `${property}.${field}[${JSON.stringify(key)}]`;
      if (field !== 'queryParams') {
        input.text(at, key, HEADER_NAME);
      }
      checkStringMatch(input, at, value);
    }
  }
  for (const field of ['uri', 'scheme', 'method', 'authority']) {
    if (others[field] !== undefined) {
      checkStringMatch(input, `${property}.${field}`, others[field]);
    }
  }
}

/** Istio takes RE2, which has neither look-around nor back-references; an empty prefix or regex is refused by its webhook. */
function checkStringMatch(input: Input, property: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    input.reject(
      property,
      value,
      'be one of { exact }, { prefix } and { regex }',
      typeof value === 'string' ? `{ exact: ${JSON.stringify(value)} }` : undefined,
    );
    return;
  }
  for (const kind of ['prefix', 'regex'] as const) {
    if ((value as Record<string, unknown>)[kind] === '') {
      input.reject(`${property}.${kind}`, '', 'not be empty');
    }
  }
  const { regex } = value as { regex?: unknown };
  if (typeof regex === 'string' && (regex.length > 1024 || /\(\?(?:[=!]|<[=!])|\\[1-9]/.test(regex) || !compiles(regex))) {
    input.reject(`${property}.regex`, regex, 'be an RE2 expression of at most 1024 characters, without look-around and back-references');
  }
}

function compiles(regex: string): boolean {
  try {
    new RegExp(regex.replace(/\(\?P</g, '(?<').replace(/^\(\?[a-zA-Z]+\)/, ''));
    return true;
  } catch {
    return false;
  }
}
