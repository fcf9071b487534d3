import type { Api } from '../cluster/api';
import type { Fraction } from '../../../lib/core/fraction';
import { CliError, EXIT } from '../core/errors';
import { hasService } from '../core/plan/plan';
import { routerOf } from '../core/routers';
import type { RoutedRequest } from '../core/routers/router';
import { type Expectation, hindrance } from '../core/traffic/expected-share';
import { type Tracks, watchTracks } from './expected';
import { startProbe } from './probe';
import type { RequestSettings } from './request';
import {
  type KubectlOptions,
  type ServiceTarget,
  type Target,
  balancerTarget,
  forwardTarget,
  proxyTarget,
  readService,
  urlTarget,
} from './target';
import type { Prepared, Release, ShareRule } from './traffic';

/** How requests reach the Service. */
export type Via = 'load-balancer' | 'api' | 'port-forward';

/** The requests to send and their destination, from the options of `monitor` and `run`. */
export interface ProbeRequest {
  /** An address that reaches the Service; it overrides `via`. */
  readonly url?: string;
  readonly via: Via;
  readonly port?: string;
  readonly path: string;
  /** Milliseconds to wait for an address. */
  readonly addressTimeout: number;
  readonly request: RequestSettings;
  /** Requests per second. */
  readonly rate: number;
  /** The most requests that may be pending. */
  readonly concurrency: number;
  /** The total number of requests. Default: no limit. */
  readonly total?: number;
  /** Milliseconds after which no more requests are sent. Default: no limit. */
  readonly duration?: number;
  /** The canary's expected share; `cluster` reads it from the endpoints or the route, `none` checks no share. */
  readonly expect: Fraction | 'cluster' | 'none';
}

/**
 * Finds the address, and watches the expected share until `signal` aborts.
 *
 * @param api undefined if the cluster need not be queried: with a `url`, and if `expect` is a share or `none`
 * @throws CliError if there is no address
 */
export async function prepareProbe(
  api: Api | undefined,
  release: Release,
  asked: ProbeRequest,
  kubectl: KubectlOptions,
  signal: AbortSignal,
): Promise<Prepared> {
  const { pair } = release;
  if (!hasService(pair) && asked.url === undefined) {
    throw new CliError(`${pair.path} has no Service to send requests to`, EXIT.refused, [
      '--url ADDRESS   sends them to an address',
      '--traffic queries   takes what Prometheus counts',
    ]);
  }
  const target = await targetOf(api, release, asked, kubectl, signal);
  const share = await shareOf(api, release, asked, target, signal).catch((error: unknown) => {
    target.close();
    throw error;
  });
  const { request, rate, concurrency, total, duration } = asked;
  const versions = { stable: pair.stable.version, canary: pair.canary.version };
  const { expected } = share;
  return {
    ...share,
    start: () => startProbe({ target, versions, request, rate, concurrency, total, duration, expected }),
    // Nothing but the address can be checked without sending a request.
    check: () => Promise.resolve(),
    close: () => target.close(),
    total,
    duration,
    isTimed: true,
  };
}

function targetOf(
  api: Api | undefined,
  release: Release,
  asked: ProbeRequest,
  kubectl: KubectlOptions,
  signal: AbortSignal,
): Promise<Target> {
  if (asked.url !== undefined) {
    return Promise.resolve(urlTarget(asked.url, asked.path === '/' ? undefined : asked.path));
  }
  const { port, path, addressTimeout } = asked;
  const target: ServiceTarget = { namespace: release.namespace, service: release.pair.service, port, path, timeout: addressTimeout };
  switch (asked.via) {
    case 'api':
      return proxyTarget(api!, target);
    case 'port-forward':
      return forwardTarget(api!, target, kubectl, signal);
    case 'load-balancer':
      return balancerTarget(api!, target, signal);
  }
}

async function shareOf(
  api: Api | undefined,
  release: Release,
  asked: ProbeRequest,
  target: Target,
  signal: AbortSignal,
): Promise<ShareRule> {
  const { expect } = asked;
  if (!api) {
    return rule(typeof expect === 'string' ? undefined : given(expect));
  }
  const { pair, namespace } = release;
  if (!hasService(pair)) {
    const notes = typeof expect === 'string' ? ['the share is not checked: the pair has no Service'] : [];
    return rule(typeof expect === 'string' ? undefined : given(expect), undefined, notes);
  }
  const service = await readService(api, { namespace, service: pair.service });
  const { route: by } = routerOf(pair);
  // Assume that an address from --url leads through the route.
  const takesRoute = by !== undefined && asked.url !== undefined;
  const route = takesRoute ? { by, manifests: release.manifests(), request: routedRequest(new URL(asked.url), asked) } : undefined;
  const tracks = await watchTracks(api, { namespace, pair, service, route }, signal);
  if (typeof expect !== 'string') {
    return rule(given(expect), tracks);
  }
  if (expect === 'none') {
    return rule(undefined, tracks);
  }
  if (target.divides === 'nothing') {
    return rule(undefined, tracks, ['the share is not checked: a port-forward sends all requests to one pod']);
  }
  const why = hindrance(service, asked.url === undefined && asked.via === 'load-balancer');
  if (why !== undefined && !takesRoute) {
    return rule(undefined, tracks, [`the share is not checked: ${why}`]);
  }
  return rule(() => tracks.expectation(), tracks, by && !takesRoute ? [by.bypass] : []);
}

/** The rule for requests that we send: the current share applies to a request that is sent now. */
function rule(share: (() => Expectation) | undefined, tracks?: Tracks, notes: readonly string[] = []): ShareRule {
  return { expectation: share, expected: share, tracks, notes };
}

/** The expected share from an option. */
export function given(share: Fraction): () => Expectation {
  return () => ({ share, from: '--expect' });
}

/** The request as a route sees it. */
function routedRequest(url: URL, { path, request }: ProbeRequest): RoutedRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: request.method,
    host: headers['host'] ?? url.hostname,
    path: path === '/' ? `${url.pathname}${url.search}` : path,
    headers,
  };
}
