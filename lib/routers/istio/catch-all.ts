import type * as istio from '../../../imports/networking.istio.io';
import { readRe2 } from '../../core/re2';
import type { IstioVirtualServiceProps } from './props';
import { httpPortsOf } from './protocol';

type Match = istio.VirtualServiceSpecHttpMatch;

/** How a condition compares a string: by one of these. Without any it asks only whether the string is there. */
interface StringMatch {
  readonly exact?: unknown;
  readonly prefix?: unknown;
  readonly regex?: unknown;
}

/** Where requests come in. */
export interface Entrances {
  /** The ports that clients in the mesh address. */
  readonly ports: readonly number[];
  /** The gateways of the VirtualService, `mesh` among them. */
  readonly gateways: readonly string[];
}

/** The ports and gateways through which requests come to the route. The pair itself reports ports that are invalid. */
export function entrancesOf({ pair, gateways, delegate }: IstioVirtualServiceProps): Entrances {
  const ports = pair?._isSound?.() ? httpPortsOf(pair._props.service) : [];
  // A delegate may be referred to for any gateway.
  return { ports, gateways: delegate ? ['mesh', 'any'] : Array.isArray(gateways) && gateways.length > 0 ? gateways : ['mesh'] };
}

/** A request of a client that nobody has in mind. A list of conditions that takes all such requests takes every request. */
interface Probe {
  readonly uri: string;
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly port: number;
  readonly gateway: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PROBES = {
  uri: ['/', '/a', '/Shop/cart', '/api/v1/users/42', '/x-y_z.~', '/index.html'],
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  scheme: ['http', 'https'],
  authority: ['shop', 'shop:8080', 'www.Example.com', '10.0.0.7'],
};

const TEXTS = ['uri', 'method', 'scheme', 'authority'] as const;

const FIRST_PROBE = { uri: PROBES.uri[0]!, method: PROBES.method[0]!, scheme: PROBES.scheme[0]!, authority: PROBES.authority[0]! };

/** Values that have nothing in common. */
const VALUES = ['', 'a', '0', 'x Y;z=1', 'beta-testers', '~', 'de-DE,de;q=0.5'];

/** The headers that Envoy gives to every request. */
const ALWAYS = ['host', 'x-request-id', 'x-forwarded-proto'];

/** A port of a gateway, which is none of the Service's. */
const GATEWAY_PORT = 0;

/** Whether conditions, any of which is enough, take every request, as `{}` does, or the prefix `/`. */
export function catchesAll(matches: readonly Match[], entrances: Entrances): boolean {
  return probesFor(matches, entrances).every((probe) => matches.some((match) => takes(match, probe)));
}

/** Whether a condition on a string takes every string. */
export function takesAnyValue(condition: unknown): boolean {
  return VALUES.every((value) => value === '' || takesText(condition, value));
}

/** Only what the conditions mention varies, so that there are few probes. */
function probesFor(matches: readonly Match[], { ports, gateways }: Entrances): Probe[] {
  const without = matches.flatMap(({ withoutHeaders }) => Object.entries(withoutHeaders ?? {}));
  const headers = [{}, ...without.flatMap(([name, condition]) => [...VALUES, valueOf(condition)].map((value) => ({ [name]: value })))];
  const places = gateways.flatMap((gateway) =>
    (gateway === 'mesh' && ports.length > 0 ? ports : [GATEWAY_PORT]).map((port) => ({ gateway, port })),
  );
  let probes: Probe[] = places.flatMap((place) => headers.map((own) => ({ ...FIRST_PROBE, ...place, headers: own })));
  for (const name of TEXTS.filter((one) => matches.some((match) => match[one] !== undefined))) {
    probes = probes.flatMap((probe) => PROBES[name].map((text) => ({ ...probe, [name]: text })));
  }
  return probes;
}

/** A value that meets a condition. For a regular expression it stands for one that does. */
function valueOf(condition: unknown): string {
  const { exact, prefix, regex } = (condition ?? {}) as StringMatch;
  return String(exact ?? prefix ?? `${REGEX}${String(regex)}`);
}

const REGEX = '\u0000regex:';

function takes(match: Match, probe: Probe): boolean {
  return (
    TEXTS.every((name) => match[name] === undefined || takesText(match[name], probe[name])) &&
    (match.port === undefined || match.port === probe.port) &&
    (match.gateways === undefined || match.gateways.includes(probe.gateway)) &&
    Object.entries(match.headers ?? {}).every(([name, condition]) => takesHeader(name, condition, probe)) &&
    !Object.entries(match.withoutHeaders ?? {}).some(([name, condition]) => takesHeader(name, condition, probe)) &&
    [match.queryParams, match.sourceLabels].every((conditions) => Object.keys(conditions ?? {}).length === 0) &&
    !match.sourceNamespace
  );
}

function takesHeader(name: string, condition: unknown, probe: Probe): boolean {
  const value = probe.headers[name];
  return ALWAYS.includes(name) ? takesAnyValue(condition) : value !== undefined && takesText(condition, value);
}

function takesText(condition: unknown, text: string): boolean {
  const { exact, prefix, regex } = (condition ?? {}) as StringMatch;
  if (exact !== undefined) {
    return text === exact;
  }
  if (prefix !== undefined) {
    return text.startsWith(String(prefix));
  }
  return (
    regex === undefined || regex === '*' || text === `${REGEX}${String(regex)}` || (readRe2(String(regex)).pattern?.test(text) ?? false)
  );
}
