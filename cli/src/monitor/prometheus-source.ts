import type { Api } from '../cluster/api';
import type { Fraction } from '../../../lib/core/fraction';
import { hasService } from '../core/plan/plan';
import { counterQueries } from '../core/prometheus/counter-query';
import type { CounterQueries } from '../core/prometheus/presets';
import { textAt } from '../core/resource';
import { kindsText, routerOf } from '../core/routers';
import type { Expectation } from '../core/traffic/expected-share';
import { DelayedShare } from './delayed-share';
import { type Tracks, watchTracks } from './expected';
import { given } from './probe-source';
import type { PrometheusServer } from './prometheus-server';
import { type PrometheusTrafficOptions, checkPrometheus, startPrometheusTraffic } from './prometheus-traffic';
import { readService } from './target';
import type { Prepared, Release } from './traffic';

/** The source of the counters. */
export type CountedSource = 'istio' | 'ingress-nginx' | 'queries';

/** The counters to read and the server, from the options of `monitor` and `run`. */
export interface CountedRequest {
  readonly source: CountedSource;
  readonly server: PrometheusServer;
  readonly counters: CounterQueries;
  /** Milliseconds after which the measurement ends. Default: no end. */
  readonly duration?: number;
  /** The canary's expected share; `cluster` reads it from the route, `none` checks no share. */
  readonly expect: Fraction | 'cluster' | 'none';
}

/**
 * Milliseconds after a change of the share during which counters may include older requests: a minute between two scrapes, which is the
 * default of Prometheus, and half a minute for the route to reach every sidecar and for the scrape itself.
 */
const OLDEST = 90_000;

/**
 * Prepares the measurement. If the share can be checked, the expected share is watched until `signal` aborts.
 *
 * @param api undefined if the cluster need not be queried, because no share is checked or the options give it
 */
export async function prepareCounted(
  api: Api | undefined,
  release: Release,
  asked: CountedRequest,
  signal: AbortSignal,
): Promise<Prepared> {
  const { pair, namespace } = release;
  const { source, server, counters, duration } = asked;
  const share = await shareOf(api, release, asked, signal);
  const expected = share.judged && new DelayedShare(share.judged, OLDEST);
  const queries = counterQueries(counters, (track) => ({
    version: pair[track].version,
    namespace,
    service: pair.service,
    deployment: pair[track].deployment,
  }));
  const options: PrometheusTrafficOptions = {
    server,
    name: source,
    queries,
    isOwn: source === 'queries',
    timeUnit: counters.times?.unit ?? 1,
    versions: { stable: pair.stable.version, canary: pair.canary.version },
    duration,
    expected,
  };
  const isTimed = counters.times !== undefined;
  const untimed = 'latency is not compared, because no query counts it; add --counter milliseconds=… or --counter seconds=…';
  return {
    expectation: share.judged ?? share.known,
    expected: expected && (() => expected.now()),
    tracks: share.tracks,
    notes: [...share.notes, ...(isTimed ? [] : [untimed])],
    start: (say) => startPrometheusTraffic(options, say),
    check: () => checkPrometheus(options),
    close: () => undefined,
    total: undefined,
    duration,
    isTimed,
  };
}

interface CountedShare {
  /** The expected share, if it is checked. */
  readonly judged?: () => Expectation;
  /** The expected share, if it is not checked. It still shows whether the canary has all traffic. */
  readonly known?: () => Expectation;
  readonly tracks: Tracks | undefined;
  readonly notes: readonly string[];
}

async function shareOf(
  api: Api | undefined,
  { pair, namespace, manifests }: Release,
  { source, expect }: CountedRequest,
  signal: AbortSignal,
): Promise<CountedShare> {
  const by = routerOf(pair).route;
  const route = by?.countedBy === source ? { by, manifests: manifests(), request: undefined } : undefined;
  const tracks =
    api && hasService(pair)
      ? await watchTracks(api, { namespace, pair, service: await readService(api, { namespace, service: pair.service }), route }, signal)
      : undefined;
  if (typeof expect !== 'string') {
    return { judged: given(expect), tracks, notes: [] };
  }
  if (!tracks || expect === 'none') {
    return { tracks, notes: [] };
  }
  const expectation = () => tracks.expectation();
  if (!route) {
    const why = 'the share is not checked: no route divides these requests one by one, and all requests of a connection go to one pod';
    return { ...(source === 'ingress-nginx' ? {} : { known: expectation }), tracks, notes: [why] };
  }
  const object = route.by.find(route.manifests, pair);
  return route.by.isConditional(object, pair)
    ? {
        tracks,
        notes: [
          `the share is not checked: the ${textAt(object, 'kind') ?? kindsText(route.by)} has rules for some requests only, so the share depends on which requests clients send`,
        ],
      }
    : { judged: expectation, tracks, notes: [] };
}
