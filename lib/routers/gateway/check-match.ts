import type * as gateway from '../../../imports/gateway.networking.k8s.io';
import type * as names from '../../core/names';
import { readRe2 } from '../../core/re2';
import type { Input } from '../../input/input';

type HttpMatch = gateway.HttpRouteSpecRulesMatches;
type GrpcMatch = gateway.GrpcRouteSpecRulesMatches;

const HTTP_MATCH: Readonly<Record<keyof HttpMatch, true>> = { headers: true, method: true, path: true, queryParams: true };
const GRPC_MATCH: Readonly<Record<keyof GrpcMatch, true>> = { headers: true, method: true };
const PATH: Readonly<Record<keyof gateway.HttpRouteSpecRulesMatchesPath, true>> = { type: true, value: true };
const NAMED: Readonly<Record<keyof gateway.HttpRouteSpecRulesMatchesHeaders, true>> = { name: true, type: true, value: true };
const GRPC_METHOD: Readonly<Record<keyof gateway.GrpcRouteSpecRulesMatchesMethod, true>> = { method: true, service: true, type: true };

/** The API's limit for the matches of a rule. */
const MOST_MATCHES = 64;

const HEADER: names.Rule = { pattern: /^[A-Za-z0-9!#$%&'*+\-.^_|~]+$/, max: 256, must: 'be the name of a header' };
const QUERY: names.Rule = { pattern: /^[^\0]+$/, max: 256, must: 'be the name of a query parameter' };
const VALUE: names.Rule = { pattern: /^[^\0\r\n]+$/, max: 4096, must: 'be text of one line that is not empty' };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const TEXT_TYPES = ['Exact', 'RegularExpression'];
const GRPC_NAME: names.Rule = { pattern: /^[A-Za-z_][\w.]*$/, max: 1024, must: 'be the name of a gRPC service or method' };

export function checkHttpMatches(input: Input, property: string, matches: unknown): void {
  for (const [index, match] of entriesOf<HttpMatch>(input, property, matches).entries()) {
    const at = `${property}[${index}]`;
    if (!input.known(at, match, HTTP_MATCH)) {
      continue;
    }
    input.oneOf(`${at}.method`, match.method, METHODS);
    checkNamed(input, `${at}.headers`, match.headers, HEADER);
    checkNamed(input, `${at}.queryParams`, match.queryParams, QUERY);
    if (match.path !== undefined && input.known(`${at}.path`, match.path, PATH)) {
      checkPath(input, `${at}.path`, match.path);
    }
  }
}

export function checkGrpcMatches(input: Input, property: string, matches: unknown): void {
  for (const [index, match] of entriesOf<GrpcMatch>(input, property, matches).entries()) {
    const at = `${property}[${index}]`;
    if (!input.known(at, match, GRPC_MATCH)) {
      continue;
    }
    checkNamed(input, `${at}.headers`, match.headers, HEADER);
    const { method } = match;
    if (method !== undefined && input.known(`${at}.method`, method, GRPC_METHOD)) {
      checkGrpcMethod(input, `${at}.method`, method);
    }
  }
}

function entriesOf<T>(input: Input, property: string, matches: unknown): T[] {
  const entries = input.entries<T>(property, matches);
  if (Array.isArray(matches) && entries.length === 0) {
    input.reject(property, matches, 'have at least one match', 'to leave it out');
  }
  if (entries.length > MOST_MATCHES) {
    input.reject(property, `${entries.length} matches`, `be at most ${MOST_MATCHES}, the limit of the Gateway API`);
  }
  return entries;
}

function checkNamed(input: Input, property: string, value: unknown, rule: names.Rule): void {
  const seen = new Set<string>();
  for (const [index, entry] of input.entries<gateway.HttpRouteSpecRulesMatchesHeaders>(property, value).entries()) {
    const at = `${property}[${index}]`;
    if (input.known(at, entry, NAMED)) {
      if (input.text(`${at}.name`, entry.name, rule)) {
        input.once(`${at}.name`, entry.name, entry.name.toLowerCase(), seen);
      }
      input.text(`${at}.value`, entry.value, VALUE);
      input.oneOf(`${at}.type`, entry.type, TEXT_TYPES);
      checkRegex(input, `${at}.value`, entry);
    }
  }
}

function checkPath(input: Input, property: string, { type, value }: gateway.HttpRouteSpecRulesMatchesPath): void {
  input.oneOf(`${property}.type`, type, ['Exact', 'PathPrefix', 'RegularExpression']);
  if (value !== undefined && input.text(`${property}.value`, value, VALUE)) {
    if (type === 'RegularExpression') {
      checkRegex(input, `${property}.value`, { type, value });
    } else if (!value.startsWith('/') || /\/\/|\/\.\.?(?:\/|$)|%2f|#/i.test(value)) {
      input.reject(`${property}.value`, value, 'begin with "/" and have no "//", "/./", "/../", "%2F" or "#"', '"/api"');
    }
  }
}

function checkGrpcMethod(input: Input, property: string, value: gateway.GrpcRouteSpecRulesMatchesMethod): void {
  const { method, service, type } = value;
  input.oneOf(`${property}.type`, type, TEXT_TYPES);
  if (method === undefined && service === undefined) {
    input.reject(property, value, 'have a service or a method', "{ service: 'shop.Cart' }");
  }
  for (const [name, text] of Object.entries({ method, service })) {
    if (text === undefined) {
      continue;
    }
    if (type === 'RegularExpression') {
      checkRegex(input, `${property}.${name}`, { type, value: text });
    } else {
      input.text(`${property}.${name}`, text, GRPC_NAME);
    }
  }
}

/** The syntax depends on the implementation. Most of them are Envoy, which refuses a whole configuration for what RE2 does not have. */
function checkRegex(input: Input, property: string, { type, value }: { readonly type?: string; readonly value: string }): void {
  if (type !== 'RegularExpression' || typeof value !== 'string') {
    return;
  }
  const { problem } = readRe2(value);
  if (problem !== undefined) {
    input.reject(property, value, `be an RE2 expression${problem.startsWith(',') ? '' : ' '}${problem}`);
  }
}
