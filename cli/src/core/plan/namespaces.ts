import { UsageError } from '../errors';
import type { PlanFile } from './plan';

/** Returns the namespaces of the pairs of a plan, in their order. Pairs that name none are in the given one. */
export function namespacesOf({ pairs }: Pick<PlanFile, 'pairs'>, given: string): readonly string[] {
  return [...new Set(pairs.map(({ namespace }) => namespace ?? given))];
}

/**
 * Checks `--namespace` as kubectl does: it is where objects go that name no namespace, and must not differ from the one that they name.
 *
 * @throws UsageError if a pair is in another namespace
 */
export function checkNamespace({ pairs }: Pick<PlanFile, 'pairs'>, asked: string | undefined): void {
  const other = pairs.find(({ namespace }) => asked && namespace !== undefined && namespace !== asked);
  if (other) {
    throw new UsageError(
      `--namespace: got ${JSON.stringify(asked)}; must be ${JSON.stringify(other.namespace)}, the namespace of ${other.path} in the plan; leave it out`,
    );
  }
}
