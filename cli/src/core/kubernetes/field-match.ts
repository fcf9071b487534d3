import { type Resource, at } from '../resource';
import { REPLICAS_PATH } from './autoscaler';
import { contains, listRuleOf } from './compare';
import type { Path } from './objects';

/**
 * Whether a live object has the value of a manifest at a path. A Deployment without a count in the manifest has an autoscaler, which sets any
 * count but 0.
 */
export function hasValueOf(live: Resource | undefined, manifest: Resource | undefined, path: Path): boolean {
  const [is, wanted] = [at(live, ...path), at(manifest, ...path)];
  const isCount = manifest?.['kind'] === 'Deployment' && path.length === 2 && path.every((key, n) => key === REPLICAS_PATH[n]);
  return isCount && wanted === undefined ? is !== 0 : contains(is, wanted, listRuleOf(manifest));
}
