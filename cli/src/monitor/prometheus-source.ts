import type { Api } from '../cluster/api';
import type { Fraction } from '../../../lib/core/fraction';
import { counterQueries } from '../core/prometheus/counter-query';
import type { CounterQueries } from '../core/prometheus/presets';
import { routerOf } from '../core/routers';
import type { Expectation } from '../core/traffic/expected-share';
import { DelayedShare } from './delayed-share';
import { Tracks, watchTracks } from './expected';
import { given } from './probe-source';
import type { PrometheusServer } from './prometheus-server';
import { PrometheusTrafficOptions, checkPrometheus, startPrometheusTraffic } from './prometheus-traffic';
import { readService } from './target';
import type { Prepared, Release } from './traffic';

/** Whose counters are read. */
export type CountedSource = 'istio' | 'ingress-nginx' | 'queries';

/** Which counters are read where, as the options of `monitor` and `run` say it. */
export interface CountedRequest {
  readonly source: CountedSource;
  readonly server: PrometheusServer;
  readonly counters: CounterQueries;
  readonly duration?: number;
  /** The share that the canary should have; `cluster` asks the route, `none` leaves it out. */
  readonly expect: Fraction | 'cluster' | 'none';
}

/**
 * Milliseconds for which what is counted may be from before a change of the share: a minute between two scrapes, which is Prometheus's default,
 * and half a minute for a route to reach every sidecar and for a scrape to be answered.
 */
const OLDEST = 90_000;

/**
 * Begins to watch what the share should be until `signal`, where it can be judged.
 *
 * @param api undefined where nothing has to be asked of a cluster: where no share is, or it is given
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
  const untimed = 'nothing counts the times of answers, so they are not compared; --counter milliseconds or --counter seconds does';
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
  /** The share that is judged; undefined where none is. */
  readonly judged?: () => Expectation;
  /** The share where none is judged, so that it is known whether there is anything but the canary. */
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
    api &&
    (await watchTracks(api, { namespace, pair, service: await readService(api, { namespace, service: pair.service }), route }, signal));
  if (typeof expect !== 'string') {
    return { judged: given(expect), tracks, notes: [] };
  }
  if (!tracks || expect === 'none') {
    return { tracks, notes: [] };
  }
  const expectation = () => tracks.expectation();
  if (!route) {
    const why = 'no route divides these requests one by one, and those of one connection go to one pod, so no share is judged';
    return { ...(source === 'ingress-nginx' ? {} : { known: expectation }), tracks, notes: [why] };
  }
  return route.by.isConditional(route.by.find(route.manifests, pair))
    ? { tracks, notes: [`the ${route.by.kind} has rules for some requests, so the share depends on who sends what, and none is judged`] }
    : { judged: expectation, tracks, notes: [] };
}
