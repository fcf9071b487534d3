import type * as istio from '../../../imports/networking.istio.io';
import * as names from '../../core/names';
import { readRe2 } from '../../core/re2';
import { type Input, isMap } from '../../input/input';
import { type Entrances, catchesAll, takesAnyValue } from './catch-all';

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

/** The ways to compare a string. A condition has exactly one of them. */
const STRING_MATCH = { exact: true, prefix: true, regex: true } as const;

export const GATEWAY: names.Rule = {
  pattern: /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
  max: 127,
  must: 'be "mesh" or the name of a Gateway, optionally with its namespace and "/" before it',
};

const HEADER_NAME: names.Rule = {
  pattern: /^[a-z0-9!#$%&'*+.^_`|~-]+$/,
  max: 256,
  must: 'be a header name in lower case without spaces, and not a pseudo-header, because method, scheme, uri and authority are fields of the match',
};

const EXAMPLE = "{ headers: { 'user-group': { exact: 'beta-testers' } } }";

/** Gateways, of a VirtualService or of a condition. */
export function checkGateways(input: Input, property: string, gateways: unknown): void {
  for (const [index, gateway] of input.entries<unknown>(property, gateways).entries()) {
    input.text(`${property}[${index}]`, gateway, GATEWAY, '"mesh" or "istio-system/public"');
  }
}

/**
 * Checks the conditions that lead requests to the canary whatever its weight. If they take every request, all traffic goes to the canary
 * at the first stage.
 */
export function checkTesters(input: Input, property: string, value: unknown, entrances: Entrances): void {
  const problems = input.problems.length;
  const matches = input.entries<unknown>(property, value);
  for (const [index, match] of matches.entries()) {
    if (!isMap(match) || Object.values(match).every((condition) => condition === undefined)) {
      input.reject(`${property}[${index}]`, match, 'have at least one condition, because an empty match matches every request', EXAMPLE);
    } else {
      checkMatch(input, `${property}[${index}]`, match, entrances);
    }
  }
  if (input.problems.length > problems || matches.length === 0) {
    return;
  }
  const valid = matches as istio.VirtualServiceSpecHttpMatch[];
  const single = valid.findIndex((match) => catchesAll([match], entrances));
  if (single >= 0 || catchesAll(valid, entrances)) {
    const [at, got] = single >= 0 ? [`${property}[${single}]`, valid[single]] : [property, valid];
    input.reject(at, got, 'not match every request, because all of them would go to the canary', EXAMPLE);
  }
}

/** Checks one match by the rules that Istio's webhook applies, and for conditions that no request can meet, or that all do. */
export function checkMatch(input: Input, property: string, match: unknown, entrances: Entrances): void {
  if (!input.known(property, match, MATCH) || !isMap(match)) {
    return;
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    checkConditions(input, `${property}.${field}`, match[field], field);
  }
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    if (match[field] !== undefined) {
      checkStringMatch(input, `${property}.${field}`, match[field]);
    }
  }
  for (const field of ['name', 'statPrefix'] as const) {
    if (match[field] !== undefined && typeof match[field] !== 'string') {
      input.reject(`${property}.${field}`, match[field], 'be a string');
    }
  }
  if (match.ignoreUriCase !== undefined && typeof match.ignoreUriCase !== 'boolean') {
    input.reject(`${property}.ignoreUriCase`, match.ignoreUriCase, 'be true or false');
  }
  if (match.sourceNamespace !== undefined) {
    input.text(`${property}.sourceNamespace`, match.sourceNamespace, names.NAMESPACE);
  }
  input.labels(`${property}.sourceLabels`, match.sourceLabels, { values: 'label', ofNodes: true });
  checkGateways(input, `${property}.gateways`, match.gateways);
  checkPort(input, `${property}.port`, match.port, entrances);
}

/** In the mesh the port is one of the Service; at a gateway it is one of the gateway. */
function checkPort(input: Input, property: string, port: unknown, { ports, gateways }: Entrances): void {
  const isNumber = input.integer(property, port, 1, 65535, typeof port === 'string' && /^\d+$/.test(port) ? port : undefined);
  const isMeshAlone = gateways.every((gateway) => gateway === 'mesh');
  if (port !== undefined && isNumber && isMeshAlone && ports.length > 0 && !ports.includes(port as number)) {
    input.reject(property, port, `be an HTTP port of the Service (${ports.join(', ')}), because no request could match`, String(ports[0]));
  }
}

function checkConditions(input: Input, property: string, conditions: unknown, field: 'headers' | 'withoutHeaders' | 'queryParams'): void {
  if (conditions === undefined) {
    return;
  }
  if (!isMap(conditions) || Object.keys(conditions).length === 0) {
    input.reject(property, conditions, 'be a map with at least one condition', EXAMPLE);
    return;
  }
  for (const [key, value] of Object.entries(conditions)) {
    const at = `${property}[${JSON.stringify(key)}]`;
    if (field !== 'queryParams' && names.breaks(HEADER_NAME, key)) {
      input.reject(at, key, HEADER_NAME.must, JSON.stringify(headerName(key)));
    }
    // In Istio, `{}` matches a header or a parameter that exists, whatever its value.
    if (isMap(value) && Object.keys(value).length === 0) {
      continue;
    }
    if (checkStringMatch(input, at, value) && takesAnyValue(value)) {
      input.reject(at, value, 'not match every value', field === 'queryParams' ? '{} for any value' : '{} for a header with any value');
    }
  }
}

function headerName(key: string): string {
  return key
    .toLowerCase()
    .replace(/^:/, '')
    .replace(/[^a-z0-9-]+/g, '-');
}

/** Istio's webhook refuses an empty prefix or regex. */
function checkStringMatch(input: Input, property: string, value: unknown): boolean {
  if (!isMap(value) || Object.keys(value).length !== 1) {
    const example = typeof value === 'string' ? `{ exact: ${JSON.stringify(value)} }` : "{ exact: 'beta-testers' }";
    input.reject(property, value, 'be one of { exact }, { prefix } and { regex }', example);
    return false;
  }
  const problems = input.problems.length;
  input.known(property, value, STRING_MATCH);
  for (const [kind, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      input.reject(`${property}.${kind}`, text, 'be a string');
    } else if (text === '' && kind !== 'exact') {
      input.reject(`${property}.${kind}`, text, 'not be empty');
    } else if (kind === 'regex') {
      checkRegex(input, `${property}.regex`, text);
    }
  }
  return input.problems.length === problems;
}

/** Envoy refuses the whole configuration of a proxy for an expression that RE2 does not have. */
export function checkRegex(input: Input, property: string, text: string): void {
  const { problem } = readRe2(text);
  if (problem !== undefined) {
    input.reject(property, text, `be an RE2 expression${problem.startsWith(',') ? '' : ' '}${problem}`);
  }
}
