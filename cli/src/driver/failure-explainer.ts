import type { Api } from '../cluster/api';
import type { ClusterCache } from '../cluster/cluster-cache';
import type { Direction } from '../core/rollout/direction';
import { type RecordedFailure, failingTracks, failureText } from '../core/rollout/failure';
import type { Publish } from './events';
import { readFailure } from './failure-reader';

/** A failure as the driver knows it. */
export interface Failure {
  readonly why: string;
  readonly folder: string;
  readonly direction: Direction;
}

/** Reads what the failing pods tell, publishes it for the record, and returns the reason with the most telling part of it. */
export async function explainFailure(
  api: Api,
  cache: Pick<ClusterCache, 'health' | 'podsOf'>,
  { why, folder, direction }: Failure,
  publish: Publish,
): Promise<string> {
  const read = failingTracks(cache.health, direction).map(async ({ pair, track }): Promise<RecordedFailure> => {
    const { namespace, pods } = cache.podsOf(pair.path, track);
    const found = await readFailure(api, namespace, pods);
    return { at: new Date().toISOString(), folder, track, deployment: pair[track].name, ...found };
  });
  const failures = (await Promise.all(read)).filter(({ pods }) => pods.length > 0);
  failures.forEach((failure) => publish({ type: 'failure', failure }));
  const text = failures.map((failure) => failureText(failure, why)).find((one) => one !== undefined);
  return text === undefined ? why : `${why}; ${text}`;
}
