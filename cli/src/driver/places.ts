import { isIP, isIPv6 } from 'node:net';
import type { GatewayReader } from '../cluster/gateway-reader';
import {
  type GatewayRef,
  type ProxyEndpoint,
  addressesOf,
  entryOf,
  isSpread,
  proxiesBehind,
  serviceInDns,
  serviceOf,
} from '../core/in-force/gateway-places';
import type { Resource } from '../core/resource';
import { isReachable } from '../monitor/weight-probe';
import type { Place } from './gateway-proof';

/** What can be found of a Gateway: its ready proxies, and the places to send requests through. */
export interface FoundPlaces {
  /** Undefined if they cannot be listed. */
  readonly ready: readonly string[] | undefined;
  readonly places: readonly Place[];
  /** The host that the listener takes; undefined for all. */
  readonly hostname: string | undefined;
}

/** What the user says about the gateways. */
export interface GivenPlaces {
  readonly urls: readonly string[];
  /** The number of proxies behind the URLs, to which connections are spread alike. */
  readonly proxies?: number;
  /** The Service of the gateway's proxies, if it cannot be found. */
  readonly service?: { readonly namespace: string; readonly name: string };
}

/**
 * Finds the proxies of a Gateway and its addresses. Where every ready proxy is reached directly, its addresses are left out: behind them are
 * the same proxies, of which they show less.
 *
 * @param path the path and the query of a request
 */
export async function findPlaces(
  reader: GatewayReader,
  gateway: Resource,
  ref: GatewayRef,
  path: string,
  given: GivenPlaces,
): Promise<FoundPlaces> {
  const entry = entryOf(gateway, ref);
  const service = await findService(reader, gateway, given);
  const slices = service && (await reader.slices(service));
  const proxies = service && slices && entry ? proxiesBehind(service, slices, entry.port) : undefined;
  const byUser = given.urls.map((url) => placeOf(new URL(url), service));
  if (!entry) {
    return { ready: proxies?.map(({ pod }) => pod), places: byUser, hostname: undefined };
  }
  const urlOf = (host: string, port: number) => new URL(path, `${entry.scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  const reached = await reachable(proxies ?? []);
  const direct = reached.map(({ pod, address, port }): Place => ({ kind: 'proxy', name: pod, url: urlOf(address, port), isSpread: false }));
  const isComplete = proxies !== undefined && proxies.length > 0 && reached.length === proxies.length;
  const addresses = isComplete ? [] : await reachableAddresses(gateway, entry.port);
  const places = addresses.map((address) => placeOf(urlOf(address, entry.port), service));
  return { ready: proxies?.map(({ pod }) => pod), places: unique([...direct, ...byUser, ...places]), hostname: entry.hostname };
}

/** The places that the user gave, for a route without a Gateway that could be read. */
export function givenPlaces({ urls, proxies }: GivenPlaces): FoundPlaces {
  const isKnown = proxies !== undefined;
  return {
    ready: isKnown ? Array.from({ length: proxies }, (_, n) => `proxy ${n + 1}`) : undefined,
    places: urls.map((url) => ({ ...placeOf(new URL(url), undefined), isSpread: isKnown })),
    hostname: undefined,
  };
}

async function findService(reader: GatewayReader, gateway: Resource, { service }: GivenPlaces): Promise<Resource | undefined> {
  if (service) {
    return reader.service(service.namespace, service.name);
  }
  for (const { name, namespace } of addressesOf(gateway).flatMap((address) => serviceInDns(address) ?? [])) {
    const found = await reader.service(namespace, name);
    if (found) {
      return found;
    }
  }
  const own = (gateway['metadata'] as { readonly namespace?: string }).namespace;
  return serviceOf(await reader.services(own), gateway) ?? serviceOf(await reader.services(), gateway);
}

function placeOf(url: URL, service: Resource | undefined): Place {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isOwn = service !== undefined && (isIP(host) !== 0 || serviceInDns(host) !== undefined) && namesService(service, host);
  return { kind: 'address', name: url.host, url, isSpread: isOwn && isSpread(service) };
}

function namesService(service: Resource, host: string): boolean {
  const inDns = serviceInDns(host);
  const { name, namespace } = service['metadata'] as { readonly name?: string; readonly namespace?: string };
  return inDns
    ? inDns.name === name && inDns.namespace === namespace
    : JSON.stringify([service['spec'], service['status']]).includes(`"${host}"`);
}

async function reachable(proxies: readonly ProxyEndpoint[]): Promise<readonly ProxyEndpoint[]> {
  const answers = await Promise.all(proxies.map(({ address, port }) => isReachable(address, port)));
  return proxies.filter((_, n) => answers[n]);
}

async function reachableAddresses(gateway: Resource, port: number): Promise<readonly string[]> {
  const addresses = addressesOf(gateway);
  const answers = await Promise.all(addresses.map((address) => isReachable(address, port)));
  return addresses.filter((_, n) => answers[n]);
}

function unique(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((place) => [place.name, place])).values()];
}
