import type { ObjectRef, Resource } from '../core/resource';
import { at, nameOf, textAt } from '../core/resource';
import { REPLICAS_PATH } from '../core/kubernetes/autoscaler';
import { CliError, EXIT } from '../core/errors';
import type { Api } from './api';
import { writeLatest } from './apply';
import type { Kinds } from './kinds';

export interface ScaleOptions {
  readonly fieldManager: string;
  /** Awaited before each attempt; throws if the request must not be sent. */
  readonly guard: () => Promise<void>;
}

/**
 * Raises the count of an autoscaled Deployment, as its autoscaler does. A count that is as high by now stays.
 *
 * @returns the Deployment as the server has it now
 * @throws CliError if it does not exist, or the API server refuses
 */
export function scaleUp(api: Api, kinds: Kinds, ref: ObjectRef, pods: number, { fieldManager, guard }: ScaleOptions): Promise<Resource> {
  const path = kinds.path(ref);
  return writeLatest(`scale ${nameOf(ref)}`, async () => {
    const before = await api.find(path);
    if (before === undefined) {
      throw new CliError(`another client deleted ${nameOf(ref)} during the rollout`, EXIT.conflict);
    }
    const count = at(before, ...REPLICAS_PATH);
    return typeof count === 'number' && count >= pods
      ? before
      : api.call('PATCH', path, {
          body: { metadata: { resourceVersion: textAt(before, 'metadata', 'resourceVersion') }, spec: { replicas: pods } },
          type: 'application/merge-patch+json',
          query: { fieldManager },
          guard,
        });
  });
}
