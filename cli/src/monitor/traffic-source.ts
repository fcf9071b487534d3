import type { Api } from '../cluster/api';
import { type ProbeRequest, prepareProbe } from './probe-source';
import { type CountedRequest, prepareCounted } from './prometheus-source';
import type { KubectlOptions } from './target';
import type { Prepared, Release } from './traffic';

/** What to measure: requests that we send, or requests that others count. */
export type TrafficRequest = { readonly probe: ProbeRequest; readonly counted?: undefined } | { readonly counted: CountedRequest };

/** Prepares the requested measurement; see {@link prepareProbe} and {@link prepareCounted}. */
export function prepareTraffic(
  api: Api | undefined,
  release: Release,
  asked: TrafficRequest,
  kubectl: KubectlOptions,
  signal: AbortSignal,
): Promise<Prepared> {
  return asked.counted ? prepareCounted(api, release, asked.counted, signal) : prepareProbe(api, release, asked.probe, kubectl, signal);
}
